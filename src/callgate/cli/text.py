"""Text that is safe to show: control and invisible characters made visible, widths counted in terminal cells.

What commands print quotes tool calls and files that an attacker may have written: escape sequences, bidirectional
overrides and zero-width characters would otherwise redraw the very line that a person reads to decide.
"""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

from callgate.core.model import Span
from callgate.reviewer.shown import resolved, visible

__all__ = ["Marked", "clip", "pad", "resolved", "underline", "visible", "visible_lines", "width"]


def visible_lines(text: str) -> str:
    """Return *text* like `visible`, but with its line breaks kept."""
    return "\n".join(visible(line) for line in text.split("\n"))


def width(text: str) -> int:
    """Return how many terminal cells the visible form of *text* takes."""
    return sum(map(_cells, visible(text)))


def pad(text: str, cells: int) -> str:
    """Return *text* followed by spaces up to *cells* terminal cells (unchanged when it is wider)."""
    return text + " " * max(0, cells - width(text))


def clip(text: str, cells: int) -> str:
    """Return the visible form of *text*, cut to *cells* terminal cells with `…` when it is longer."""
    shown = visible(text[: cells + 1])  # every character takes a cell or none: no more of a huge text is looked at
    if len(text) <= cells and width(shown) <= cells:
        return shown
    out, used = [], 0
    for char in shown:
        used += _cells(char)
        if used >= cells:
            break
        out.append(char)
    return "".join(out) + "\u2026"


class Marked(NamedTuple):
    """One display row of a command and the row of `^` below it."""

    text: str
    marks: str
    line: int
    """1-based line of the command."""


def underline(command: str, span: Span, columns: int, rows: int = 6) -> tuple[Marked, ...]:
    """Return the display rows of *command* that *span* touches, each with its `^^^^`.

    Args:
        command: the command as the agent sent it; may hold several lines and any character.
        span: the half-open range of characters to mark; what lies outside of the command is ignored.
        columns: rows break after this many terminal cells.
        rows: at most this many rows come back: a span may cover a here-document of thousands of lines.
    """
    out: list[Marked] = []
    number = command.count("\n", 0, max(0, span.start)) + 1
    offset = command.rfind("\n", 0, max(0, span.start)) + 1
    while offset <= min(span.end - 1, len(command)) and len(out) < rows:
        end = command.find("\n", offset)
        end = len(command) if end < 0 else end
        out += _line(command, offset, end, span, columns, number, rows - len(out))
        offset, number = end + 1, number + 1
    return tuple(out)


def _line(command: str, start: int, end: int, span: Span, columns: int, number: int, rows: int) -> list[Marked]:
    """Break one line of the command into rows; only rows with a mark come back."""
    out: list[Marked] = []
    text, marks, used = "", "", 0
    # A span far into a very long line: begin a little before it, and stop when its rows are full.
    first = max(start, span.start - columns // 2)
    if first > start:
        text, marks, used = "\u2026", " ", 1
    for index in range(first, end):
        shown = visible(command[index])
        cells = sum(map(_cells, shown))
        if used + cells > columns and text:
            _row(out, text, marks, number)
            text, marks, used = "", "", 0
            if len(out) >= rows or index >= span.end:
                return out[:rows]
        text += shown
        marks += ("^" if span.start <= index < span.end else " ") * cells
        used += cells
    _row(out, text, marks, number)
    return out[:rows]


def _row(out: list[Marked], text: str, marks: str, number: int) -> None:
    if "^" in marks:
        out.append(Marked(text, marks.rstrip(), number))


def _cells(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1
