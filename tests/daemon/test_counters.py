"""The counts of a daemon: what is owed to the log is known after it was killed, exactly."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.daemon.counters import Counters, missing

KILLED = """
import os, signal, sys
from callgate.daemon.counters import Counters
counters = Counters(sys.argv[1])
for _ in range(1_000):
    counters.answer()
counters.settle(600, 50)
counters.withdraw()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_daemon_leaves_its_debt(tmp_path: Path) -> None:
    """1,000 answered, one of them taken back, 600 written, 50 lost: 349 are missing, and the next begins at zero."""
    path = str(tmp_path / "count")
    done = subprocess.run([sys.executable, "-c", KILLED, path], timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    counters = Counters(path)
    assert counters.missing == 349
    assert (counters.answered, counters.written, counters.lost, counters.backlog) == (0, 0, 0, 0)
    counters.close()
    again = Counters(path)
    assert again.missing == 0
    again.close()


@given(st.lists(st.sampled_from(["answer", "withdraw", "write", "lose"]), max_size=60))
def test_the_file_says_what_the_object_says(steps: list[str]) -> None:
    """After any sequence the file's debt is the backlog."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/count"
        counters = Counters(path)
        for step in steps:
            if step == "answer":
                counters.answer()
            elif counters.backlog and step == "withdraw":
                counters.withdraw()
            elif counters.backlog:
                counters.settle(int(step == "write"), int(step == "lose"))
        with open(path, "rb") as file:
            assert missing(file.read()) == counters.backlog
        counters.close()


def test_two_threads_do_not_undo_each_other(tmp_path: Path) -> None:
    """Whoever answers and whoever settles store at once; the file ends with what both have counted."""
    path = str(tmp_path / "count")
    counters = Counters(path)
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:

        def settle() -> None:
            for _ in range(20_000):
                counters.settle(1)

        settling = threading.Thread(target=settle)
        settling.start()
        for _ in range(30_000):
            counters.answer()
            with open(path, "rb") if counters.answered % 1_000 == 0 else open(os.devnull, "rb") as file:
                data = file.read()
            # What this thread has stored is there at once, whatever the other one does meanwhile.
            assert not data or int.from_bytes(data[8:16], "little") == counters.answered
        settling.join()
    finally:
        sys.setswitchinterval(before)
    assert missing((tmp_path / "count").read_bytes()) == counters.backlog == 10_000
    counters.close()


@pytest.mark.parametrize(
    "data", [b"", b"x" * 32, b"x" * 31, b"CGCOUNT1", b"\0" * 4096, b"CGCOUNT1" + b"\0" * 8 + b"\xff" * 16]
)
def test_what_is_no_such_file_owes_nothing(tmp_path: Path, data: bytes) -> None:
    """Torn, foreign or impossible contents count as no debt, and are replaced."""
    path = tmp_path / "count"
    path.write_bytes(data)
    counters = Counters(str(path))
    assert counters.missing == 0
    counters.answer()
    counters.close()
    assert len(path.read_bytes()) == 32
    assert missing(path.read_bytes()) == 1


def test_the_file_is_its_owners_and_no_link(tmp_path: Path) -> None:
    """Mode 0600; a link is refused, and what it leads to stays."""
    Counters(str(tmp_path / "count")).close()
    assert stat.S_IMODE((tmp_path / "count").stat().st_mode) == 0o600
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "link").symlink_to(tmp_path / "precious")
    with pytest.raises(OSError, match="link"):
        Counters(str(tmp_path / "link"))
    assert (tmp_path / "precious").read_text() == "precious"
