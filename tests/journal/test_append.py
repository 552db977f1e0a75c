"""Appending: whole lines from many processes, across torn lines, full disks, held locks and rotation."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from together import together

from callgate.journal.append import Limits, append, rotated
from callgate.journal.reading import read_tail

NOW = 1_795_255_200.0
DAY = 86_400.0

WRITER = """
import sys, time
from callgate.core.model import ToolCall, Verdict
from callgate.journal.decision_log import DecisionLog
path, who, lines, max_bytes = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
journal = DecisionLog(path, path + ".review", max_bytes=max_bytes)
verdict = Verdict("allow", "r" * 50, "rule", 7, "full")
print("ready", flush=True)
sys.stdin.read()
for n in range(lines):
    call = ToolCall("Bash", {"command": "x" * (n * 7 % 90)}, "/p", session_id=f"{who}-{n}")
    faults = journal.record(call, verdict, None, None, now=time.time())
    if faults:
        sys.exit(str(faults))
"""


@pytest.mark.parametrize("max_bytes", [10 * 1024 * 1024, 20_000])
def test_fifty_processes_lose_nothing(tmp_path: Path, max_bytes: int) -> None:
    """Fifty processes writing at once tear no line and lose none, also while the logs rotate under them."""
    log = tmp_path / "log"
    writers, count = 50, 20
    with together(WRITER, [(str(log), str(who), str(count), str(max_bytes)) for who in range(writers)]) as started:
        assert [process.wait(timeout=120) for process in started] == [0] * writers
    for path in (log, tmp_path / "log.review"):
        files = [path, *map(Path, rotated(str(path)))]
        assert (len(files) > 5) is (max_bytes == 20_000)
        written = [line for file in files for line in file.read_bytes().split(b"\n") if line]
        seen = sorted(json.loads(line)["session_id"] for line in written)
        assert seen == sorted(f"{who}-{n}" for who in range(writers) for n in range(count))
        assert all(file.stat().st_mode & 0o777 == 0o600 for file in files)
        assert len(read_tail(str(path), 10_000)) == writers * count


def test_a_torn_line_does_not_swallow_the_next(tmp_path: Path) -> None:
    """After a line that lacks its end, the next one starts on a line of its own."""
    log = tmp_path / "log"
    log.write_bytes(b'{"a":1}\n{"torn')
    append(str(log), b'{"b":2}\n', limits=Limits(), now=NOW)
    append(str(log), b'{"c":3}\n', limits=Limits(), now=NOW)
    assert log.read_bytes() == b'{"a":1}\n{"torn\n{"b":2}\n{"c":3}\n'


def test_a_held_lock_delays_and_does_not_stop(tmp_path: Path) -> None:
    """When another writer never lets go, the line is written all the same, and nothing is rotated."""
    log = tmp_path / "log"
    log.write_bytes(b"x\n")
    fd = os.open(log, os.O_RDWR)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        append(str(log), b"y\n", limits=Limits(max_bytes=1), now=NOW)
    finally:
        os.close(fd)
    assert log.read_bytes() == b"x\ny\n"
    assert rotated(str(log)) == []


SHORT = """
import resource, sys
from callgate.journal.append import Limits, append
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    append(sys.argv[1], b"z" * 50 + b"\\n", limits=Limits(), now=0.0)
except OSError as error:
    print(error.errno)
"""


@pytest.mark.parametrize("room", [0, 1, 30, 50])
def test_a_line_cut_short_is_taken_back(tmp_path: Path, room: int) -> None:
    """When there is room for a part of a line only, the log ends where it ended before."""
    log = tmp_path / "log"
    log.write_bytes(b"before\n")
    command = [sys.executable, "-c", SHORT, str(log), str(7 + room)]
    run = subprocess.run(command, check=True, capture_output=True, timeout=60)
    assert run.stdout.strip().isdigit()
    assert log.read_bytes() == b"before\n"


def test_rotation_starts_a_new_file(tmp_path: Path) -> None:
    """A line that would pass the limit goes into a new file; the old one is named after the second, never replaced."""
    log = tmp_path / "log"
    for text in (b"one\n", b"two\n", b"three\n", b"a line that is longer than the limit\n", b"end\n"):
        assert append(str(log), text, limits=Limits(max_bytes=8), now=NOW) == ""
    old = rotated(str(log))
    assert [Path(name).name for name in old] == [
        "log.20261121T100000Z-2",
        "log.20261121T100000Z-1",
        "log.20261121T100000Z",
    ]
    texts = [Path(name).read_bytes() for name in (str(log), *old)]
    assert texts == [b"end\n", b"a line that is longer than the limit\n", b"three\n", b"one\ntwo\n"]
    assert log.stat().st_mode & 0o777 == 0o600


def test_a_log_that_cannot_rotate_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When renaming fails, the line is written and the fault returned."""

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "rename", refuse)
    log = tmp_path / "log"
    log.write_bytes(b"x\n")
    assert append(str(log), b"y\n", limits=Limits(max_bytes=1), now=NOW) == "cannot rotate: Permission denied"
    assert log.read_bytes() == b"x\ny\n"


def test_retention_deletes_old_rotated_files_and_no_others(tmp_path: Path) -> None:
    """Only regular files with a name that rotation makes, of this log and older than the limit, are deleted."""
    log = tmp_path / "log"
    old = ["log.20261021T095959Z", "log.20261001T000000Z-3"]
    kept = [
        *("log.20261022T100001Z", "log.20261001T000000Z.bak", "log.20261001T000000Z-", "log.2026100100000000Z"),
        *("other.20261001T000000Z", "log.old", "log.20261001T000000Z-x", "log.²⁰²⁶¹⁰⁰¹T000000Z"),
    ]
    for name in (*old, *kept, "log"):
        (tmp_path / name).write_text("x\n")
    (tmp_path / "log.20260101T000000Z").mkdir()
    (tmp_path / "log.20260102T000000Z").symlink_to("log.old")
    append(str(log), b"y\n", limits=Limits(max_bytes=1, keep_days=30), now=NOW)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {
        *(*kept, "log", "log.20261121T100000Z", "log.20260101T000000Z", "log.20260102T000000Z"),
    }


def test_reading_the_tail(tmp_path: Path) -> None:
    """The newest records come first, across blocks and rotated files, without torn or foreign lines."""
    log = tmp_path / "log"
    for n in range(300):
        append(
            str(log),
            json.dumps({"n": n, "x": "é" * (n * 13 % 4000)}).encode() + b"\n",
            limits=Limits(400_000),
            now=NOW + n,
        )
    with log.open("ab") as stream:
        stream.write(b'[1]\nnot json\n\n{"n": 300}\n{"torn": ')
    assert len(rotated(str(log))) >= 2
    assert [record["n"] for record in read_tail(str(log), 1000)] == list(range(300, -1, -1))
    assert [record["n"] for record in read_tail(str(log), 3)] == [300, 299, 298]
    assert read_tail(str(log), 0) == []


def test_reading_what_is_no_log(tmp_path: Path) -> None:
    """A missing log has no records; a pipe or a directory is an error and never waits."""
    assert read_tail(str(tmp_path / "none"), 5) == []
    (tmp_path / "empty").write_bytes(b"")
    assert read_tail(str(tmp_path / "empty"), 5) == []
    (tmp_path / "deep").write_bytes(b"[" * 100_000 + b'\n{"a":1}')
    assert read_tail(str(tmp_path / "deep"), 5) == [{"a": 1}]
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path / "fifo", tmp_path):
        with pytest.raises(OSError, match="not a regular file"):
            read_tail(str(path), 5)
