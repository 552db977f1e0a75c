"""Decisions of the logs on stdout: a line each, for people or as JSON."""

from __future__ import annotations

import json
import sys
import time
from typing import Any, Final, Iterable, Mapping, Protocol

from callgate.cli.output import DECISION_STYLE, console, say
from callgate.cli.text import clip, pad, visible
from callgate.reviewer.logs.statistics import what
from callgate.reviewer.logs.stream import Report
from callgate.reviewer.query.log import masked
from callgate.times import parse_time

_COLUMNS: Final = (("TIME (UTC)", 19), ("DECISION", 11), ("TOOL", 12), ("BY", 20))
_PERSON: Final = ("PERSON", 8)
_LAST: Final = "WHAT"
_GAP: Final = "  "
_MAX_WHAT: Final = 2_000


class Writer(Protocol):
    """Where decisions go."""

    def begin(self, *, people: bool) -> None:
        """Write what stands above; *people*: rows have a `person`."""

    def show(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Write *rows*, oldest first, now."""

    def end(self, report: Report) -> None:
        """Say what was skipped in what was shown so far."""


class Lines:
    """Aligned lines, cut to the width of a terminal, where decisions are coloured; whole and plain elsewhere."""

    def __init__(self, *, no_color: bool = False) -> None:
        """Open stdout."""
        self._out = console(no_color=no_color)
        self._columns: tuple[tuple[str, int], ...] = _COLUMNS

    def begin(self, *, people: bool) -> None:
        """Write the headings."""
        self._columns = (*_COLUMNS, _PERSON) if people else _COLUMNS
        heads = (*(pad(name, cells) for name, cells in self._columns), _LAST)
        say(self._out, (_GAP.join(heads), "bold"))

    def show(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Write a line for each row. Whatever a row holds, it takes one line, and nothing on it is obeyed."""
        for row in rows:
            shown = masked(dict(row))
            decision = shown["decision"]
            person = shown.get("person")
            person = "-" if person in (None, "unknown") else str(person)
            texts = (moment(shown["timestamp"]), decision, shown["tool"], decided_by(shown), person)
            cells = [pad(clip(text, width), width) for text, (_, width) in zip(texts, self._columns, strict=False)]
            told = what(shown["tool"], shown["input"])
            fixed = sum(width + len(_GAP) for _, width in self._columns)
            room = max(20, self._out.width - fixed) if self._out.is_terminal else _MAX_WHAT
            parts: list[str | tuple[str, str]] = [
                cells[0],
                _GAP,
                (cells[1], DECISION_STYLE[decision]),
                _GAP,
                _GAP.join(cells[2:]),
                _GAP,
            ]
            say(self._out, *parts, clip(told, room))
        sys.stdout.flush()

    def end(self, report: Report) -> None:
        """Say on stderr what was skipped."""
        say_skipped(report)


class JsonLines:
    """One JSON object a line, as `query` answers it, in ASCII."""

    def begin(self, *, people: bool) -> None:
        """Nothing stands above."""

    def show(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Write a line for each row."""
        for row in rows:
            sys.stdout.write(json.dumps(masked(dict(row)), separators=(",", ":")) + "\n")
        sys.stdout.flush()

    def end(self, report: Report) -> None:
        """Say on stderr what was skipped: stdout is for the rows."""
        say_skipped(report)


def moment(stamp: str) -> str:
    """Return *stamp* to the second, as `2026-11-21 10:15:02`; what it says when that is no time."""
    found = parse_time(stamp)
    try:
        return visible(stamp) if found is None else time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(found))
    except (ValueError, OverflowError, OSError):
        return visible(stamp)


def decided_by(row: Mapping[str, Any]) -> str:
    """Return the rule or guardrail that decided; else which kind of thing; `-` when nothing did."""
    if row["rule_id"]:
        return str(row["rule_id"])
    if row["guardrail"]:
        return f"guardrail {row['guardrail']}"
    return "-" if row["source"] in (None, "passthrough") else str(row["source"])


def say_skipped(report: Report) -> None:
    """Say on stderr what of the logs was left out; nothing when nothing was."""
    from callgate.cli.errors import report as tell  # noqa: PLC0415 - rarely

    if report.total:
        reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(report.lines.items()))
        tell(f"skipped {report.total} line{'s' * (report.total != 1)}: {reasons}")
    for file in report.files:
        tell(f"skipped {file.path}: {file.reason}")
