"""Percentiles and tables: the arithmetic and the form of every benchmark, apart from measuring."""

from __future__ import annotations

import math
import statistics
from typing import NamedTuple, Sequence


class BenchError(Exception):
    """A measurement cannot be trusted: what should have been timed did not do its work."""


class Table(NamedTuple):
    """One table of results."""

    title: str
    head: tuple[str, ...]
    """Column names; the first column is text, the others are numbers (aligned to the right)."""
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    """Sentences for below the table: what was left out and why, how to read it."""


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest of *values* that at least *share* (0 < share <= 1) of them do not exceed (nearest rank).

    Raises:
        ValueError: there are no values, or *share* is out of range.
    """
    if not values:
        raise ValueError("no values")
    if not 0 < share <= 1:
        raise ValueError(f"`{share}` is no share")
    return sorted(values)[math.ceil(share * len(values)) - 1]


def middle(rounds: Sequence[Sequence[float]], share: float) -> float:
    """Return the median over *rounds* of each round's percentile: one disturbed round does not move it."""
    return statistics.median(percentile(values, share) for values in rounds)


def render(table: Table) -> str:
    """Return *table* as Markdown that also reads well in a terminal, title and notes included."""
    widths = [max(len(row[column]) for row in (table.head, *table.rows)) for column in range(len(table.head))]
    rule = ["-" * max(width, 3) if column == 0 else "-" * (max(width, 3) - 1) + ":"
            for column, width in enumerate(widths)]  # fmt: skip
    lines = [_line(table.head, widths), "| " + " | ".join(rule) + " |"]
    lines += [_line(row, widths) for row in table.rows]
    notes = "".join(f"\n{note}" for note in table.notes)
    return f"## {table.title}\n\n" + "\n".join(lines) + "\n" + notes + ("\n" if notes else "")


def _line(cells: tuple[str, ...], widths: Sequence[int]) -> str:
    padded = [cell.ljust(max(width, 3)) if column == 0 else cell.rjust(max(width, 3))
              for column, (cell, width) in enumerate(zip(cells, widths, strict=True))]  # fmt: skip
    return "| " + " | ".join(padded) + " |"


def millis(seconds: float) -> str:
    """Return *seconds* in milliseconds, three significant digits or so."""
    value = seconds * 1e3
    return f"{value:,.0f} ms" if value >= 100 else f"{value:.1f} ms" if value >= 1 else f"{value:.2f} ms"


def micros(seconds: float) -> str:
    """Return *seconds* in whole microseconds."""
    return f"{seconds * 1e6:,.0f} µs"


def percent(part: float, whole: float) -> str:
    """Return *part* of *whole* as a percentage; a share that is not nothing is not printed as nothing.

    Raises:
        ValueError: *whole* is not positive.
    """
    if whole <= 0:
        raise ValueError("a share of nothing")
    value = 100 * part / whole
    return f"{value:.1f} %" if value == 0 or value >= 0.1 else f"{value:.2f} %"
