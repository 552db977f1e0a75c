"""Text on its way to a terminal: nothing hidden, everything counted in cells."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callgate.cli.text import clip, pad, resolved, underline, visible, visible_lines, width
from callgate.core.model import DYNAMIC, SPLIT, Span

SHOWN = [
    ("plain text", "plain text"),
    ("a\nb\tc", "a\\nb\\tc"),
    ("\x1b[31mred", "\\u001b[31mred"),
    ("a\u202eb", "a\\u202eb"),
    ("zero\u200bwidth", "zero\\u200bwidth"),
    ("lone \ud800", "lone \\ud800"),
    ("größe 漢字", "größe 漢字"),
]


@pytest.mark.parametrize(("text", "shown"), SHOWN)
def test_what_a_terminal_would_obey_is_escaped(text: str, shown: str) -> None:
    """Control, bidirectional and invisible characters are shown as escapes, letters of every script as they are."""
    assert visible(text) == shown


def test_line_breaks_survive_where_lines_are_wanted() -> None:
    """Line breaks stay, everything else hidden is escaped."""
    assert visible_lines("a\x07\nb") == "a\\u0007\nb"


def test_markers_of_unknown_words_are_readable() -> None:
    """What only the running shell knows is shown as an ellipsis in angle brackets, not as a private character."""
    assert resolved(f"rm {DYNAMIC}/x {SPLIT}") == "rm <…>/x <…>"


WIDTHS = [("abc", 3), ("漢字", 4), ("e\u0301", 1), ("\t", 2)]


@pytest.mark.parametrize(("text", "cells"), WIDTHS)
def test_width_counts_cells(text: str, cells: int) -> None:
    """Wide characters take two cells, combining ones none, escapes as many as they have characters."""
    assert width(text) == cells
    assert width(pad(text, 10)) == 10


CLIPPED = [
    ("short", 10, "short"),
    ("exactly ten", 11, "exactly ten"),
    ("exactly ten", 10, "exactly t…"),
    ("漢字漢字", 5, "漢字…"),
]


@pytest.mark.parametrize(("text", "cells", "shown"), CLIPPED)
def test_clip_never_takes_more_cells(text: str, cells: int, shown: str) -> None:
    """A text that is too long ends in an ellipsis and fits."""
    assert clip(text, cells) == shown
    assert width(shown) <= cells


UNDERLINED = [
    ("ls && rm -rf x", Span(6, 14), [("ls && rm -rf x", "      ^^^^^^^^", 1)]),
    ("echo 漢字 x", Span(5, 7), [("echo 漢字 x", "     ^^^^", 1)]),
    ("a\trm", Span(2, 4), [("a\\trm", "   ^^", 1)]),
    ("one\ntwo three\nfour", Span(8, 13), [("two three", "    ^^^^^", 2)]),
    ("one\ntwo\nfour", Span(1, 6), [("one", " ^^", 1), ("two", "^^", 2)]),
    ("\x1b[2Jrm", Span(4, 6), [("\\u001b[2Jrm", "         ^^", 1)]),
    ("x", Span(5, 9), []),
    ("x", Span(0, 0), []),
]


@pytest.mark.parametrize(("command", "span", "rows"), UNDERLINED)
def test_spans_are_underlined_where_they_are_seen(command: str, span: Span, rows: list[tuple[str, str, int]]) -> None:
    """The marks stand below the marked characters, on the right line, whatever the characters are."""
    assert [tuple(row) for row in underline(command, span, 80)] == rows


def test_a_span_far_into_a_long_line_is_found_and_short() -> None:
    """Of a 100,000-character line only the part around the span is shown."""
    command = "x" * 90_000 + " rm " + "y" * 10_000
    (row,) = underline(command, Span(90_001, 90_003), 80)
    assert row.text.startswith("…")
    assert row.text[row.marks.index("^") : row.marks.index("^") + 2] == "rm"
    assert len(row.text) <= 80


def test_a_span_over_many_lines_shows_a_few() -> None:
    """A span over a thousand lines gives as many rows as were asked for."""
    assert len(underline("line\n" * 1000, Span(0, 5000), 80, rows=4)) == 4


@settings(max_examples=300)
@given(st.text(alphabet=st.sampled_from("ab \n\t漢\u0301\x1b\u202e"), max_size=60), st.data())
def test_every_marked_row_is_wide_enough(command: str, data: st.DataObject) -> None:
    """No row is wider than asked for, no mark stands beyond its row, and the rows are lines of the command."""
    start = data.draw(st.integers(0, len(command)))
    end = data.draw(st.integers(start, len(command)))
    for row in underline(command, Span(start, end), 40):
        assert width(row.text) <= 40
        assert len(row.marks) <= width(row.text)
        assert "^" in row.marks
        assert 1 <= row.line <= command.count("\n") + 1
