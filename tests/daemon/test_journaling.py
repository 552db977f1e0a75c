"""The journal's thread: what goes wrong is counted, waits or is given up, and never ends it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Callable

import pytest
from own_daemon import eventually

from callgate.core.model import ToolCall, Verdict
from callgate.daemon import journaling
from callgate.daemon.counters import Counters
from callgate.daemon.journaling import Journal
from callgate.gate import Examination
from callgate.hook.answering import Note
from callgate.journal.decision_log import DecisionLog


class Desk:
    """A journal with its counters, and notes for it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.faults: list[str] = []
        self.counters = Counters(str(root / "count"))
        self.journal = Journal(self.counters, self.faults.append)
        self.log = DecisionLog(str(root / "short"), str(root / "review"))

    def put(self, number: int = 1, keep: Callable[[], None] | None = None, log: DecisionLog | None = None) -> None:
        """Answer *number* calls."""
        verdict = Verdict("ask", "why", "rule", 6, "full")
        for at in range(number):
            call = ToolCall("Bash", {"command": f"echo {at}"}, "/")
            self.counters.answer()
            self.journal.put(Note(log or self.log, call, Examination(verdict, None, None), 1e9, keep))

    def close(self) -> tuple[int, int, int]:
        """Write everything; (written, lost, backlog)."""
        assert self.journal.close(30)
        return self.counters.written, self.counters.lost, self.counters.backlog

    def lines(self, name: str) -> int:
        """How many lines a log has."""
        path = self.root / name
        return path.read_bytes().count(b"\n") if path.is_file() else 0


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A fresh one."""
    return Desk(tmp_path)


def raising() -> None:
    """What fails."""
    raise RuntimeError("out of order")


def test_everything_is_written_before_it_ends(desk: Desk) -> None:
    """More than a few batches, put while the thread runs and before."""
    desk.put(300)
    desk.journal.start()
    desk.put(300)
    assert desk.close() == (600, 0, 0)
    assert desk.lines("short") == desk.lines("review") == 600
    assert desk.faults == []


def test_a_policy_that_cannot_be_kept_costs_no_line(desk: Desk) -> None:
    """The copy of the last good policy fails: the decision is in the log, and the fault is told."""
    desk.put(keep=raising)
    desk.journal.start()
    assert desk.close() == (1, 0, 0)
    assert desk.lines("review") == 1
    assert desk.faults == ["the last good policy is not kept: RuntimeError: out of order"]


def test_a_line_that_cannot_be_made_counts_as_lost(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not as written, and its neighbours are written."""
    desk.put()
    bad = DecisionLog(str(desk.root / "short"), str(desk.root / "review"))
    monkeypatch.setattr(bad, "lines", lambda *_, **__: raising())
    desk.put(log=bad)
    desk.put()
    desk.journal.start()
    assert desk.close() == (2, 1, 0)
    assert desk.lines("review") == 2


def test_an_event_that_fails_ends_nothing(desk: Desk) -> None:
    """What is noted beside decisions may fail; no decision is lost by it, or counted."""
    desk.journal.start()
    desk.journal.put(raising)
    desk.put()
    assert desk.close() == (1, 0, 0)
    assert "RuntimeError: out of order" in desk.faults[0]


def test_a_log_that_fails_oddly_waits_like_a_full_disk(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that nobody foresaw does not end the thread: the lines wait, and are written when it has gone."""
    monkeypatch.setattr(journaling, "RETRY_SECONDS", 0.01)
    append = desk.log.append
    failures = iter([True] * 3)

    def failing(path: str, lines: bytes, now: float, faults: list[str]) -> bool:
        if next(failures, False):
            raise MemoryError
        return append(path, lines, now, faults)

    monkeypatch.setattr(desk.log, "append", failing)
    desk.put(10)
    desk.journal.start()
    eventually(lambda: desk.counters.backlog == 0)
    assert desk.close() == (10, 0, 0)
    assert desk.lines("short") == desk.lines("review") == 10
    assert any("MemoryError" in fault for fault in desk.faults)


def test_what_cannot_be_written_is_bounded_and_counted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """One log of two cannot be written: its oldest lines are given up, and the rest when it ends; none is `written`."""
    monkeypatch.setattr(journaling, "MAX_WAITING", 100_000)
    os.mkdir(desk.root / "short")
    desk.put(1_000)
    desk.journal.start()
    written, lost, backlog = desk.close()
    assert (written, lost, backlog) == (0, 1_000, 0)
    assert desk.lines("review") == 1_000
    assert desk.journal.waiting == (0, 0)
    assert any("too much waits" in fault for fault in desk.faults)
    assert any("until the end" in fault for fault in desk.faults)


def test_too_many_at_once_are_counted_as_lost(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that is stuck lets the queue grow no further than its bound."""
    monkeypatch.setattr(journaling, "MAX_QUEUE", 5)
    desk.put(8)
    assert desk.journal.waiting == (5, 0)
    desk.journal.start()
    assert desk.close() == (5, 3, 0)
