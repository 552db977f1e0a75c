"""A real process writes and rotates while others read and follow: nothing is missed, nothing counts twice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Iterator

import pytest
from made_logs import START, line, record, write

from callgate.reviewer.history import History
from callgate.reviewer.logs.follow import HOLD_SECONDS, Follower
from callgate.reviewer.logs.relation import relation
from callgate.reviewer.logs.sources import Chain, snapshot
from callgate.reviewer.logs.stream import Report
from callgate.reviewer.logs.window import Window

COUNT = 1_500

WRITER = """
import json, sys, time
from callgate.core.model import ToolCall, Verdict
from callgate.journal.decision_log import DecisionLog
folder, count = sys.argv[1], int(sys.argv[2])
log = DecisionLog(folder + "/decisions.jsonl", folder + "/review.jsonl", max_bytes=40_000)
sys.stdin.readline()
for number in range(count):
    call = ToolCall("Bash", {"command": f"echo {number}"}, "/p", "s")
    verdict = Verdict("allow", "because", "rule", 7, "full", decision_id=f"d{number}", latency_us=number)
    faults = log.record(call, verdict, None, None, now=time.time())
    assert not faults, faults
"""


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that writes `COUNT` decisions to both logs once it is told to; a log is rotated every 100 or so."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path), str(COUNT)], stdin=subprocess.PIPE, stderr=subprocess.PIPE
    )
    yield process
    process.kill()
    process.communicate(timeout=60)


def start(process: subprocess.Popen[bytes]) -> None:
    """Let it write."""
    assert process.stdin is not None
    process.stdin.write(b"go\n")
    process.stdin.flush()


def test_readers_see_a_beginning_of_what_was_written(tmp_path: Path, writer: subprocess.Popen[bytes]) -> None:
    """Whenever they look, they see the first so many decisions, each once, more than the time before."""
    chains = [Chain(str(tmp_path / "review.jsonl")), Chain(str(tmp_path / "decisions.jsonl"), complete=False)]
    start(writer)
    before, looked = 0, 0
    while True:
        over = writer.poll() is not None
        read = [entry.command for entry in History(chains=chains).oldest()]
        # The operational line of the latest decision may be there before its review line.
        assert read == [f"echo {number}" for number in range(len(read))]
        report = Report()
        with relation(snapshot(chains), Window(), str(tmp_path / "state"), report) as decisions:
            counted = [
                one for (one,) in decisions.all("SELECT command FROM decisions ORDER BY time_us, part DESC, line")
            ]
        assert counted == [f"echo {number}" for number in range(len(counted))]
        assert before <= len(read) <= len(counted)
        assert report.lines.keys() <= {"not JSON"}  # a line that is being written
        before, looked = len(counted), looked + 1
        if over:
            break
    assert writer.returncode == 0
    assert before == COUNT
    assert looked > 1
    assert len(list(tmp_path.glob("review.jsonl.*"))) > 5


def test_a_follower_tells_each_decision_once(tmp_path: Path, writer: subprocess.Popen[bytes]) -> None:
    """Through every rotation, in their order, with two logs that tell the same."""
    chains = [Chain(str(tmp_path / "review.jsonl")), Chain(str(tmp_path / "decisions.jsonl"), complete=False)]
    follower = Follower(chains, snapshot(chains).files)
    start(writer)
    seen: list[str] = []
    over = False
    while not over:
        over = writer.poll() is not None
        seen += commands(follower)  # at one moment: however slow the writer is, no short line waits in vain
    seen += commands(follower, 2 * HOLD_SECONDS)
    assert seen == [f"echo {number}" for number in range(COUNT)]
    assert not follower.report.total


def commands(follower: Follower, now: float = 0.0) -> list[str]:
    """What is new."""
    return [entry.command for entry in follower.poll(now)]


def test_only_what_is_new_is_told(tmp_path: Path) -> None:
    """Nothing before the start; a line that was half written then is told when it is whole."""
    log = write(tmp_path / "log", [record(START, "old")])
    late = line(record(START + 1, "late"))
    with log.open("ab") as out:
        out.write(late[:40])
    chains = [Chain(str(log))]
    follower = Follower(chains, snapshot(chains).files)
    assert commands(follower) == []
    with log.open("ab") as out:
        out.write(late[40:] + b"\n" + b"noise\n" + line(record(START + 2, "next"))[:-1])
    assert commands(follower) == ["late"]
    with log.open("ab") as out:
        out.write(b"}\n")
    assert commands(follower) == ["next"]
    assert dict(follower.report.lines) == {"not JSON": 1}


def test_a_log_that_is_not_there_yet(tmp_path: Path) -> None:
    """Who follows may be first."""
    chains = [Chain(str(tmp_path / "log"))]
    follower = Follower(chains, snapshot(chains).files)
    assert commands(follower) == []
    write(tmp_path / "log", [record(START, "first")])
    assert commands(follower) == ["first"]
    (tmp_path / "log").unlink()
    assert commands(follower) == []
    write(tmp_path / "log", [record(START + 1, "again")])
    assert commands(follower) == ["again"]


def test_a_log_that_is_cut_off(tmp_path: Path) -> None:
    """`> log` begins it anew."""
    log = write(tmp_path / "log", [record(START, "a"), record(START + 1, "b")])
    chains = [Chain(str(log))]
    follower = Follower(chains, snapshot(chains).files)
    log.write_bytes(line(record(START + 2, "c")) + b"\n")
    assert commands(follower) == ["c"]


def test_two_rotations_between_two_looks(tmp_path: Path) -> None:
    """What was written into files that were renamed since is told, oldest first."""
    log = write(tmp_path / "log", [record(START, "a")])
    chains = [Chain(str(log))]
    follower = Follower(chains, snapshot(chains).files)
    with log.open("ab") as out:
        out.write(line(record(START + 1, "b")) + b"\n")
    log.rename(tmp_path / "log.20261121T100001Z")
    write(log, [record(START + 2, "c")])
    log.rename(tmp_path / "log.20261121T100002Z")
    write(log, [record(START + 3, "d")])
    assert commands(follower) == ["b", "c", "d"]


def test_a_short_line_waits_for_the_complete_one(tmp_path: Path) -> None:
    """It is told alone only when no review line comes."""
    chains = [Chain(str(tmp_path / "review")), Chain(str(tmp_path / "log"), complete=False)]
    follower = Follower(chains, snapshot(chains).files)
    write(tmp_path / "log", [record(START, "a", complete=False), record(START + 1, "b", complete=False)])
    assert commands(follower, 0.0) == []
    write(tmp_path / "review", [record(START, "a")])
    assert commands(follower, 0.5) == ["a"]
    assert commands(follower, 0.5 + HOLD_SECONDS) == ["b"]
    assert commands(follower, 10.0) == []
    write(
        tmp_path / "review", [record(START, "a"), record(START + 1, "b"), record(START + 1, "b", decision_id="other")]
    )
    assert [entry.decision_id for entry in follower.poll(11.0)] == ["other"]
