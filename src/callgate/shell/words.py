"""A word of a command after as much expansion as constants allow."""

from __future__ import annotations

from typing import NamedTuple

from callgate.core.model import DYNAMIC, SPLIT, Span

GLOB_CHARACTERS = frozenset("*?[")


class Word(NamedTuple):
    """One word as the program would get it."""

    value: str
    """The text; holds `DYNAMIC` or `SPLIT` for what only the running shell knows. When `glob`, a pattern in
    which literal `*?[` stand in brackets (`[*]`)."""
    span: Span
    glob: bool = False
    taint: str = ""
    """`remote` or `decoded` when the text comes from a command that downloads or decodes."""
    glued: bool = False
    """The word began quoted or escaped; a reserved word or an option means the same, an alias does not."""

    below: tuple[Word, ...] = ()
    """When dynamic: it is one or more paths below these directories (`{}` of `find`), so it is no option either."""
    only: tuple[str, ...] = ()
    """With `below`: base-name globs that each of the paths matches one of; empty means any."""
    broken: bool = False
    """With `below`: xargs breaks the names at blanks, so this holds only where no name has one (`Operation.split`)."""

    @property
    def dynamic(self) -> bool:
        """Whether some of the text is unknown."""
        value = self.value
        return not value.isascii() and (DYNAMIC in value or SPLIT in value)

    @property
    def splits(self) -> bool:
        """Whether the word may become any number of words."""
        return SPLIT in self.value

    @property
    def could_be_option(self) -> bool:
        """Whether the word may begin with `-` once it is expanded."""
        value = self.value
        if value.isascii():
            return value[:1] == "-" and not self.below
        return not self.below and (value[:1] in ("-", DYNAMIC, SPLIT) or SPLIT in value)


def literal(value: str, span: Span) -> Word:
    """Return *value* as a constant word."""
    return Word(value, span)


_MARKS = frozenset("\t\n'\"\\")
_NEEDS_QUOTES = _MARKS | {" "}


def shown(value: str) -> str:
    """Quote *value* for a unit's text where it would not read as one word."""
    if value and _NEEDS_QUOTES.isdisjoint(value):
        return value
    return "'" + value.replace("'", "'\\''") + "'"


def shown_words(values: tuple[str, ...]) -> str:
    """Join *values* for a unit's text, each as `shown` has it; mostly there is nothing to quote in any of them."""
    text = " ".join(values)
    # More blanks than stand between the words: one of the words holds the other.
    if "" in values or not _MARKS.isdisjoint(text) or text.count(" ") >= len(values):
        return " ".join([shown(value) for value in values])
    return text
