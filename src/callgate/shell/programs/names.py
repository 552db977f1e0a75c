"""What the output of `find` holds, for `find DIR … | xargs PROGRAM`: names below its roots."""

from __future__ import annotations

from typing import NamedTuple

from callgate.core.model import Operation, Unit
from callgate.core.paths import breaks
from callgate.shell.programs.find import names_searched
from callgate.shell.words import Word

# Primaries that print anything but the path as it is, or follow links to places that are not below a root.
_OTHERWISE = frozenset(
    {"-printf", "-ls", "-L", "-follow", "-fls", "-files0-from", "-help", "--help", "-version", "--version", "-D"}
)
_PRINTS = frozenset({"-print", "-print0"})


class Names(NamedTuple):
    """Paths in a pipe."""

    roots: tuple[Word, ...]
    """Absolute; each path lies below one of them, or is one."""
    only: tuple[str, ...]
    """Base-name globs that each path matches one of; empty means any."""
    zero: bool
    """Whether the paths end in NUL, or else in a newline."""


def printed(units: list[Unit]) -> Names | None:
    """Return what a stage prints, when *units* are one `find` that does nothing but print paths; else `None`."""
    commands = [unit for unit in units if unit.kind != "redirect" or unit.operations]
    if len(commands) != 1 or commands[0].argv[:1] != ("find",) or commands[0].dynamic or commands[0].problem:
        return None
    unit = commands[0]
    words = unit.argv[1:]
    if not unit.known or not _OTHERWISE.isdisjoint(words) or not all(_root(one) for one in unit.operations):
        return None
    actions = [place for place, word in enumerate(words) if word in _PRINTS]
    kinds = {words[place] for place in actions} or {"-print"}
    if len(kinds) > 1 or unit.span is None:
        return None
    span = unit.span
    zero = kinds == {"-print0"}
    if not zero and any(one.glob or breaks(one.target) for one in unit.operations):
        return None
    before = [Word(word, span) for word in words[: actions[0] if actions else len(words)]]
    roots = tuple(Word(one.raw or one.target, span, glob=one.glob) for one in unit.operations)
    return Names(roots, names_searched(before), zero)


def _root(operation: Operation) -> bool:
    return operation.kind == "read" and not operation.dynamic and operation.target.startswith("/")
