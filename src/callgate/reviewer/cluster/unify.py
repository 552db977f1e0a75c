"""Anti-unification of commands: one word pattern for many commands of the same skeleton.

A command's *skeleton* says where runs of options and runs of other words stand. Options are never generalised: a
pattern lists the runs that were seen, and no wildcard stands where an option could. Other words become what
`matcher.narrowest` makes of them, place by place where all commands have as many of them, else pooled.

Laws (tests/reviewer/test_unify.py): the pattern matches every command, in any order given; fewer commands never
match more; the engine's own pattern language reads it the same way.
"""

from __future__ import annotations

from itertools import groupby
from typing import Final, NamedTuple, Sequence

from callgate.core.model import DYNAMIC, SPLIT
from callgate.policy.patterns import SEPARATOR
from callgate.reviewer.cluster.matcher import Glob, escape, narrowest

Words = tuple[str, ...]

MAX_RUN: Final = 6
"""Operands in a row; a command with more is a one-off."""

MAX_WORDS: Final = 24
MAX_WORD: Final = 200
"""Characters; a longer word is text, and no part of a pattern that a person would read."""


class Options(NamedTuple):
    """A place where one of several runs of options stands, as they were seen."""

    runs: tuple[Words, ...]

    @property
    def text(self) -> str:
        """As it is written in a `command` pattern."""
        return _choice([" ".join(escape(word) for word in run) for run in self.runs])

    def ends(self, words: Words, start: int) -> set[int]:
        """Return where the place may end when it begins at *start*."""
        return {start + len(run) for run in self.runs if words[start : start + len(run)] == run}


class Operands(NamedTuple):
    """A place where words stand that are no options: a matcher for each, the last ones of which may be missing."""

    places: tuple[tuple[Glob, ...], ...]
    least: int

    @property
    def text(self) -> str:
        """As it is written in a `command` pattern."""
        out = []
        for number, globs in enumerate(self.places):
            texts = [glob.text for glob in globs]
            out.append(_choice(texts) if number < self.least else "(" + "|".join(texts) + ")?")
        return " ".join(out)

    def ends(self, words: Words, start: int) -> set[int]:
        """Return where the place may end when it begins at *start*."""
        found = {start} if self.least == 0 else set()
        for number, globs in enumerate(self.places):
            at = start + number
            if at >= len(words) or not any(glob.matches(words[at]) for glob in globs):
                break
            if number + 1 >= self.least:
                found.add(at + 1)
        return found


class Unified(NamedTuple):
    """What many commands have in common."""

    head: Words
    """Program and subcommand."""
    columns: tuple[Options | Operands, ...]

    @property
    def text(self) -> str:
        """The `command` pattern."""
        return " ".join([*(escape(word) for word in self.head), *(column.text for column in self.columns)])

    def matches(self, words: Words) -> bool:
        """Whether the pattern matches the whole command *words*."""
        if words[: len(self.head)] != self.head:
            return False
        starts = {len(self.head)}
        for column in self.columns:
            starts = {end for start in starts for end in column.ends(words, start)}
        return len(words) in starts


def is_option(word: str) -> bool:
    """Whether *word* stands where options stand: everything that begins with a dash, `-` and `--` included."""
    return word.startswith("-")


def skeleton(words: Sequence[str]) -> str:
    """Return one letter for each run: `o` for options, `w` for other words."""
    return "".join("o" if option else "w" for option, _ in groupby(words, is_option))


def can_unify(words: Sequence[str]) -> bool:
    """Whether the words after the head may become part of a pattern: all known, printable, short, and not many."""
    if len(words) > MAX_WORDS or not all(0 < len(word) <= MAX_WORD and word.isprintable() for word in words):
        return False
    if any(mark in word for word in words for mark in (DYNAMIC, SPLIT, SEPARATOR)):
        return False
    return all(option or sum(1 for _ in run) <= MAX_RUN for option, run in groupby(words, is_option))


def unify(head: Words, rows: Sequence[Words]) -> Unified:
    """Return the pattern for commands that begin with *head*.

    Args:
        head: program and subcommand.
        rows: the words after the head, at least one row, all of one skeleton.

    Raises:
        ValueError: the rows have different skeletons, or there are none.
    """
    if len({skeleton(row) for row in rows}) != 1:
        raise ValueError("commands of different skeletons have no common pattern")
    split = [[(option, tuple(run)) for option, run in groupby(row, is_option)] for row in rows]
    columns: list[Options | Operands] = []
    for column in zip(*split, strict=True):
        runs = [run for _, run in column]
        columns.append(Options(tuple(sorted(set(runs)))) if column[0][0] else _operands(runs))
    return Unified(head, tuple(columns))


def _operands(runs: Sequence[Words]) -> Operands:
    lengths = {len(run) for run in runs}
    if len(lengths) == 1:
        return Operands(tuple(narrowest(place) for place in zip(*runs, strict=True)), lengths.pop())
    pooled = narrowest(word for run in runs for word in run)
    return Operands((pooled,) * max(lengths), min(lengths))


def _choice(texts: Sequence[str]) -> str:
    return texts[0] if len(texts) == 1 else "(" + "|".join(texts) + ")"
