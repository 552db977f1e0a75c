"""A daemon that is killed between writing and counting owes nothing that is in the log."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from callgate.daemon.counters import Counters
from callgate.daemon.marks import Mark, settled

KILLED = """
import os, signal, sys
from callgate.daemon.counters import Counters
counters = Counters(sys.argv[1])
for _ in range(10):
    counters.answer()
counters.settle(3)
counters.expect(5, "0123456789abcdef", sys.argv[2])
if sys.argv[3] == "written":
    with open(sys.argv[2], "ab") as log:
        log.write(b'{"decision_id":"0123456789abcdef"}\\n')
if sys.argv[4] == "counted":
    counters.settle(5)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(
    ("written", "counted", "missing"), [("", "", 7), ("written", "", 2), ("written", "counted", 2)]
)
def test_a_block_counts_when_it_is_in_the_log(written: str, counted: str, missing: int, tmp_path: Path) -> None:
    """Ten answered, three counted, five in a block: seven are missing without the block, two with it."""
    path, log = str(tmp_path / "count"), tmp_path / "log"
    log.write_bytes(b'{"decision_id":"other"}\n')
    done = subprocess.run([sys.executable, "-c", KILLED, path, str(log), written, counted], timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    with log.open("ab") as file:
        file.write(b"x" * 100_000 + b"\n")  # others go on writing
    counters = Counters(path)
    assert counters.missing == missing
    counters.close()
    again = Counters(path)
    assert again.missing == 0
    again.close()


def test_a_log_that_was_rotated_since_is_searched(tmp_path: Path) -> None:
    """The block may lie in the newest rotated file by then."""
    mark = Mark(str(tmp_path / "mark"))
    mark.set(4, "0123456789abcdef", str(tmp_path / "log"))
    (tmp_path / "log").write_bytes(b"")
    (tmp_path / "log.20260101T000000Z").write_bytes(b"0123456789abcdef")
    assert settled((tmp_path / "mark").read_bytes()) == 4
    (tmp_path / "log.20260201T000000Z").write_bytes(b"")
    assert settled((tmp_path / "mark").read_bytes()) == 0
    mark.close()


@pytest.mark.parametrize("kind", ["missing", "directory", "fifo"])
def test_a_log_that_cannot_be_read_holds_nothing(kind: str, tmp_path: Path) -> None:
    """Nor does it hold anybody up."""
    log = tmp_path / "log"
    if kind == "directory":
        log.mkdir()
    elif kind == "fifo":
        os.mkfifo(log)
    mark = Mark(str(tmp_path / "mark"))
    mark.set(4, "0123456789abcdef", str(log))
    assert settled((tmp_path / "mark").read_bytes()) == 0
    mark.close()


@pytest.mark.parametrize("data", [b"", b"x" * 36, b"CGMARK01" + b"\xff" * 28, b"CGMARK01" + bytes(28), bytes(8192)])
def test_what_is_no_mark_settles_nothing(data: bytes) -> None:
    """Torn, foreign and empty contents."""
    assert settled(data) == 0
