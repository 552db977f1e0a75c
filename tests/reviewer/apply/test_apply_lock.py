"""One writer at a time, and the lock of a dead process is none."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from callgate.reviewer.apply.base import ApplyError
from callgate.reviewer.apply.lock import hold
from callgate.reviewer.apply.state import station

HOLDER = """
import sys, time
from callgate.reviewer.apply.lock import hold
from callgate.reviewer.apply.state import station
with hold(station(sys.argv[1], sys.argv[2]), sys.argv[2]):
    print("held", flush=True)
    time.sleep(60)
"""


def _holder(state: Path, target: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(state), target], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    return process


def test_locked_names_the_holder_and_since_when(tmp_path: Path) -> None:
    """Who waits in vain is told which process holds the lock, and since when."""
    process = _holder(tmp_path, "/p.toml")
    try:
        with pytest.raises(ApplyError) as caught, hold(station(str(tmp_path), "/p.toml"), "/p.toml", wait=0):
            pass
    finally:
        process.kill()
        process.communicate()
    assert caught.value.error_type == "locked"
    assert f"process {process.pid}, since {time.strftime('%Y', time.gmtime())}" in caught.value.message
    assert str(process.pid) in caught.value.details[0].suggestion


def test_the_lock_of_a_killed_process_is_none(tmp_path: Path) -> None:
    """A process that was killed holds nothing, whatever its lock file says."""
    process = _holder(tmp_path, "/p.toml")
    process.send_signal(signal.SIGKILL)
    process.communicate()
    place = station(str(tmp_path), "/p.toml")
    assert str(process.pid) in Path(place.lock).read_text()
    with hold(place, "/p.toml", wait=0):
        assert str(os.getpid()) in Path(place.lock).read_text()


def test_threads_exclude_each_other_and_other_targets_do_not_wait(tmp_path: Path) -> None:
    """Two threads of a process are two writers; another file has another lock."""
    place = station(str(tmp_path), "/p.toml")
    seen: list[str] = []

    def second() -> None:
        try:
            with hold(place, "/p.toml", wait=0):
                seen.append("held")
        except ApplyError as error:
            seen.append(error.error_type)

    with hold(place, "/p.toml", wait=0), hold(station(str(tmp_path), "/q.toml"), "/q.toml", wait=0):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert seen == ["locked"]
    second()
    assert seen == ["locked", "held"]


def test_a_lock_file_that_was_removed_while_waiting_locks_nothing(tmp_path: Path) -> None:
    """Who gets the lock of a file that has lost its name takes that of the new one."""
    place = station(str(tmp_path), "/p.toml")
    with hold(place, "/p.toml"):
        os.unlink(place.lock)
        with hold(place, "/p.toml", wait=0), pytest.raises(ApplyError), hold(place, "/p.toml", wait=0):
            pass


def test_no_lock_lies_beside_the_target(tmp_path: Path) -> None:
    """The lock is in the state directory, private, and named by no part of the target."""
    target = tmp_path / "p.toml"
    target.write_text("")
    with hold(station(str(tmp_path / "state"), str(target)), str(target)):
        assert [path.name for path in tmp_path.iterdir() if path.name != "state"] == ["p.toml"]
        locks = list((tmp_path / "state/apply").iterdir())
        assert len(locks) == 1
        assert "p.toml" not in locks[0].name
        assert locks[0].stat().st_mode & 0o777 == 0o600
        assert (tmp_path / "state/apply").stat().st_mode & 0o777 == 0o700


def test_a_state_directory_that_cannot_be_used_is_an_error(tmp_path: Path) -> None:
    """A file in the place of the state directory is named, and nothing is locked."""
    (tmp_path / "state").write_text("")
    with pytest.raises(ApplyError) as caught, hold(station(str(tmp_path / "state"), "/p"), "/p"):
        pass
    assert caught.value.error_type == "io_error"
    assert "state" in caught.value.message
