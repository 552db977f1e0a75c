"""The log of sessions: one line for each beginning and end, and how many there were."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from callgate.journal.append import Limits
from callgate.journal.sessions import SessionLine, record, tally


def test_a_line_says_who_began_and_who_ended(tmp_path: Path) -> None:
    """Both lines have all their fields, in a private file."""
    path = tmp_path / "sessions.jsonl"
    record(str(path), SessionLine("started", "s", "startup", "/p", attended=True), now=0.0)
    record(str(path), SessionLine("ended", "s", "logout"), now=1.0)
    begun, ended = map(json.loads, path.read_text().splitlines())
    assert begun == {
        "timestamp": "1970-01-01T00:00:00.000000Z", "session_id": "s", "agent": "claude-code", "event": "started",
        "source": "startup", "cwd": "/p", "attended": True,
    }  # fmt: skip
    assert ended == {
        "timestamp": "1970-01-01T00:00:01.000000Z", "session_id": "s", "agent": "claude-code", "event": "ended",
        "reason": "logout", "cwd": "", "attended": None,
    }  # fmt: skip
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_secrets_are_masked(tmp_path: Path) -> None:
    """A directory may be named after a token."""
    path = tmp_path / "sessions.jsonl"
    token = "ghp_" + "a1B2" * 9
    record(str(path), SessionLine("started", "s", "startup", f"/p/{token}"), now=0.0)
    assert token not in path.read_text()


def test_the_log_is_bounded(tmp_path: Path) -> None:
    """Ten thousand sessions fill files of the size that was given, each line whole."""
    path = tmp_path / "sessions.jsonl"
    for number in range(50):
        record(str(path), SessionLine("started", f"s{number}"), now=float(number), limits=Limits(max_bytes=1000))
    files = [path, *tmp_path.glob("sessions.jsonl.*")]
    assert len(files) > 3
    assert all(file.stat().st_size <= 1000 for file in files)
    assert sum(len(file.read_text().splitlines()) for file in files) == 50


def test_sessions_are_counted_once(tmp_path: Path) -> None:
    """A session that is compacted or resumed counts once; one that goes on after its end is open again."""
    path = str(tmp_path / "sessions.jsonl")
    for at, event, number in (
        (10, "started", "old"), (100, "started", "a"), (101, "started", "a"), (102, "ended", "a"),
        (103, "started", "b"), (104, "started", "c"), (105, "ended", "c"), (106, "started", "c"),
    ):  # fmt: skip
        record(path, SessionLine(event, number), now=float(at))  # type: ignore[arg-type] # words of the table
    found = tally(path, since=50.0)
    assert (found.started, found.ended, found.open) == (3, 1, 2)
    assert tally(path, since=50.0, lines=1).started == 1


@pytest.mark.parametrize("line", ["", "{", "[]", '{"session_id": 5}', '{"session_id": "x", "event": "started"}'])
def test_odd_lines_are_passed_over(tmp_path: Path, line: str) -> None:
    """A torn line, or one that somebody else wrote, is no session."""
    path = tmp_path / "sessions.jsonl"
    record(str(path), SessionLine("started", "s"), now=100.0)
    with path.open("a") as log:
        log.write(line + "\n")
    assert tally(str(path), since=0.0).started == 1


def test_no_log_is_no_session(tmp_path: Path) -> None:
    """Before the first session there is nothing to count."""
    assert tally(str(tmp_path / "sessions.jsonl"), since=0.0) == (0, 0)
