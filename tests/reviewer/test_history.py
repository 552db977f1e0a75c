"""The logs as a history: whoever wrote a line, whatever is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from callgate.reviewer.entry import decode
from callgate.reviewer.history import History
from callgate.times import parse_time


def line(stamp: str, command: str = "ls", more: dict[str, object] | None = None) -> str:
    """A line with the six fields that every log has."""
    return json.dumps(
        {
            "timestamp": stamp, "session_id": "s", "tool_name": "Bash", "tool_input": {"command": command},
            "decision": "allow", "decision_source": "rule", **(more or {}),
        }
    )  # fmt: skip


def commands(history: History, since: float | None = None, until: float | None = None) -> list[str]:
    """The commands of a history, newest first."""
    return [entry.command for entry in history.newest(since=since, until=until)]


def test_files_are_read_newest_first_and_oldest_first(tmp_path: Path) -> None:
    """The rotated file goes on where the log ends, and both directions tell the same."""
    new, old = tmp_path / "log", tmp_path / "old"
    old.write_text(line("2026-11-01T00:00:00Z", "a") + "\n" + line("2026-11-02T00:00:00Z", "b") + "\n")
    new.write_text(line("2026-11-03T00:00:00Z", "c") + "\n")
    history = History([str(new), str(tmp_path / "missing"), str(old)])
    assert commands(history) == ["c", "b", "a"]
    assert [entry.command for entry in history.oldest()] == ["a", "b", "c"]


def test_a_window_takes_its_start_and_not_its_end(tmp_path: Path) -> None:
    """Windows of one border share no decision."""
    log = tmp_path / "log"
    log.write_text("".join(line(f"2026-11-0{day}T00:00:00Z", str(day)) + "\n" for day in (1, 2, 3, 4)))
    borders = [parse_time(f"2026-11-0{day}T00:00:00+00:00") for day in (2, 4)]
    assert commands(History([str(log)]), *borders) == ["3", "2"]


def test_what_is_no_decision_is_skipped_and_counted(tmp_path: Path) -> None:
    """A torn line, another program's line and a nesting bomb are counted; empty lines are nothing."""
    log = tmp_path / "log"
    log.write_text("\n".join(["[" * 100_000, "{}", "", line("2026-11-01T00:00:00Z"), line("soon"), '{"timest']))
    history = History([str(log)])
    assert commands(history) == ["ls"]
    assert history.skipped == 4


@pytest.mark.parametrize("field", ["tool_input", "cwd", "rule_metadata", "review_flags", "session_id", "latency_us"])
@pytest.mark.parametrize("value", [None, 1, "x", [1], {"a": None}, True, 1e308])
def test_odd_values_are_no_trouble(field: str, value: object) -> None:
    """A line may be written by another version: a field of another type reads as absent."""
    entry = decode(line("2026-11-01T00:00:00Z", more={field: value}).encode())
    assert entry is not None
    assert isinstance(entry.cwd + entry.rule_id + entry.session_id + entry.command, str)
    assert entry.latency_us is None or isinstance(entry.latency_us, int)
    assert isinstance(entry.needs_review, bool)


def test_times_without_a_zone_are_utc() -> None:
    """The older hook writes zones, people who query may not."""
    assert parse_time("2026-11-01T00:00:00") == parse_time("2026-11-01T01:00:00+01:00")
    assert parse_time("yesterday") is None
