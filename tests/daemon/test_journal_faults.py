"""When the log cannot be written, decisions go on; what waits is bounded, and what is lost is counted and said."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest
from crowd import crowd
from running_daemon import DaemonWorld
from transports import Call, by_function

from callgate.daemon.journaling import MAX_WAITING
from callgate.daemon.starting import ensure
from callgate.journal.faults import read_faults

COMMANDS = ["ls -la", "cp a b", "make x", "frob"]


def _settled(world: DaemonWorld, done: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Wait until the report of the daemon fulfils *done*; return it."""
    until = time.monotonic() + 30
    while True:
        report = world.report()
        if done(report):
            return report
        assert time.monotonic() < until, report["journal"]
        time.sleep(0.05)


def _written(report: dict[str, Any]) -> bool:
    return not report["journal"]["backlog"]


def _refused(report: dict[str, Any]) -> bool:
    return not report["journal"]["queued"] and bool(report["journal"]["waiting_bytes"])


def _faults(world: DaemonWorld) -> tuple[int, str]:
    found = read_faults(str(world.state / "faults"))
    return found.total, found.last


def _calls(world: DaemonWorld, count: int, prefix: str) -> set[str]:
    """Make *count* calls, each of which is answered; return their names."""
    hooks = crowd(world, (COMMANDS * (count // 4 + 1))[:count], prefix=prefix, at_once=50)
    assert all(hook.answer is not None for hook in hooks)
    return {hook.name for hook in hooks}


def test_a_log_that_cannot_grow_stops_no_decision(world: DaemonWorld) -> None:
    """Files at their largest size: everything is answered, waits, is said in the status and counted for `doctor`."""
    world.start(file_size=200_000)
    names = _calls(world, 200, "a")
    report = _settled(world, _refused)
    assert report["calls"] == 200
    journal = report["journal"]
    assert 0 < journal["waiting_bytes"] <= MAX_WAITING
    assert journal["written"] + journal["backlog"] == 200
    assert journal["lost"] == 0
    assert any("File too large" in error["text"] for error in report["errors"])
    assert "File too large" in _faults(world)[1]
    world.stop()
    written = world.counted()
    assert set(written) < names, "and every line that is there is whole"
    assert set(written.values()) == {1}


def test_what_waits_for_a_log_is_bounded(world: DaemonWorld) -> None:
    """Beyond eight megabytes the oldest lines are lost, one by one, and each is counted."""
    world.state.mkdir(parents=True)
    (world.state / "review.jsonl").mkdir()
    world.start()
    for at in range(100):
        assert world.decision("echo " + f"{at:02}" * 60_000) != ""
    report = _settled(world, lambda found: bool(found["journal"]["lost"]) and not found["journal"]["queued"])
    journal = report["journal"]
    assert journal["waiting_bytes"] <= MAX_WAITING
    assert journal["written"] + journal["backlog"] + journal["lost"] == 100
    assert any("too much waits" in error["text"] for error in report["errors"])
    assert report["memory_bytes"] < 120 << 20


def test_a_directory_in_place_of_the_log_only_delays_it(running: DaemonWorld) -> None:
    """What could not be written is, in order, as soon as the log can be again."""
    first = _calls(running, 20, "a")
    _settled(running, _written)
    log = running.state / "review.jsonl"
    log.rename(running.root / "kept")
    log.mkdir()
    second = _calls(running, 40, "b")
    report = _settled(running, _refused)
    assert report["journal"]["backlog"] == 40
    assert any("irectory" in error["text"] for error in report["errors"])
    assert _faults(running)[0] >= 1
    log.rmdir()
    (running.root / "kept").rename(log)
    third = _calls(running, 5, "c")
    assert not _settled(running, _written)["journal"]["lost"]
    names = [entry["tool_use_id"] for entry in running.lines()]
    assert set(names) == first | second | third
    assert len(names) == 65
    assert [name[0] for name in names] == ["a"] * 20 + ["b"] * 40 + ["c"] * 5


def test_the_directory_of_the_logs_may_go(running: DaemonWorld) -> None:
    """It is made anew, private."""
    _calls(running, 10, "a")
    _settled(running, _written)
    shutil.rmtree(running.state)
    names = _calls(running, 10, "b")
    assert not _settled(running, _written)["journal"]["lost"]
    assert set(running.counted()) == names
    assert running.state.stat().st_mode & 0o777 == 0o700


def test_lines_that_a_daemon_cannot_write_until_its_end_are_said(world: DaemonWorld) -> None:
    """Told to leave while the log cannot be written, it leaves, and the next one does not count them as missing."""
    world.state.mkdir(parents=True)
    (world.state / "review.jsonl").mkdir()
    world.start()
    _calls(world, 12, "a")
    world.stop()
    assert world.started.pop().returncode == 0
    total, last = _faults(world)
    assert total >= 1
    assert "review.jsonl" in last
    world.start()
    assert world.report()["journal"]["missing_before"] == 0


@pytest.fixture
def small_disk(world: DaemonWorld) -> Iterator[DaemonWorld]:
    """A world whose logs are on a disk of half a megabyte."""
    world.state.mkdir(parents=True)
    mount = shutil.which("mount")
    done = mount and subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(world.state)], capture_output=True, check=False
    )
    if not done or done.returncode:
        pytest.skip("no file system can be mounted here")
    world.state.chmod(0o700)
    yield world
    world.halt()
    subprocess.run(["umount", "-l", str(world.state)], capture_output=True, check=True)


def test_a_full_disk_stops_no_decision(small_disk: DaemonWorld) -> None:
    """No room: decisions go on, no line is torn, and what waits is written when there is room again."""
    filler = small_disk.state / "filler"
    with filler.open("wb") as file:
        file.write(bytes(300_000))
    small_disk.start()
    names = _calls(small_disk, 200, "a")
    report = _settled(small_disk, _refused)
    assert report["journal"]["backlog"]
    assert any("No space left" in error["text"] for error in report["errors"])
    assert set(small_disk.counted()) < names, "and every line that is there is whole"
    for log in ("decisions.jsonl", "review.jsonl"):
        shutil.copy(small_disk.state / log, small_disk.root / log)
        os.truncate(small_disk.state / log, 0)
    filler.unlink()
    more = _calls(small_disk, 8, "b")
    report = _settled(small_disk, lambda found: _written(found) or found["journal"]["waiting_bytes"] < 100_000)
    early = small_disk.root / "review.jsonl"
    later = small_disk.state / "review.jsonl"
    assert early.stat().st_size
    assert later.stat().st_size
    assert report["journal"]["lost"] == 0
    assert small_disk.decision("cp a b") == "deny"
    assert more


def _nearly_full(world: DaemonWorld) -> None:
    """Have the log rotated soon."""
    world.state.mkdir(parents=True)
    line = b'{"tool_use_id": "", "padding": "' + b"x" * 1_040_000 + b'"}\n'
    (world.state / "review.jsonl").write_bytes(line * 10)


def _without_padding(world: DaemonWorld) -> dict[str, int]:
    assert any(file.name.startswith("review.jsonl.") for file in world.state.iterdir()), "the log was rotated"
    return {name: count for name, count in world.counted().items() if name}


def test_rotation_under_load_loses_no_line(world: DaemonWorld) -> None:
    """The log grows past its size while calls come in: every line is in the log or in what was rotated away."""
    _nearly_full(world)
    world.start()
    names = _calls(world, 200, "a")
    assert not _settled(world, _written)["journal"]["lost"]
    assert _without_padding(world) == dict.fromkeys(names, 1)


def test_the_daemon_and_hooks_write_one_log_at_once(world: DaemonWorld) -> None:
    """Lines of both are whole, and none is missing, while the log is rotated under them."""
    _nearly_full(world)
    world.start()
    own: set[str] = set()

    def hooks(worker: int) -> None:
        for at in range(25):
            name = f"p{worker}-{at}"
            by_function(world, Call(world.message("cp a b", tool_use_id=name))).write()
            own.add(name)

    threads = [threading.Thread(target=hooks, args=(worker,)) for worker in range(3)]
    for thread in threads:
        thread.start()
    names = _calls(world, 200, "d")
    for thread in threads:
        thread.join()
    assert not _settled(world, _written)["journal"]["lost"]
    assert _without_padding(world) == dict.fromkeys(names | own, 1)


def test_a_log_of_another_kind_is_left_alone(running: DaemonWorld) -> None:
    """A device or a FIFO in its place is not written to, and holds nobody up."""
    running.state.mkdir(parents=True)
    log = running.state / "review.jsonl"
    for make in (os.mkfifo, lambda path: path.symlink_to("/dev/full")):
        log.unlink(missing_ok=True)
        make(log)
        assert running.decision("ls -la") == "allow"
        _settled(running, _refused)
    log.unlink()
    assert not _settled(running, _written)["journal"]["lost"]


def test_a_log_that_somebody_locks_for_good_delays_nobody(running: DaemonWorld) -> None:
    """A writer that never lets go costs a line 200 ms, not the call."""
    import fcntl

    _calls(running, 4, "a")
    _settled(running, _written)
    with (running.state / "review.jsonl").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        names = _calls(running, 40, "b")
        report = _settled(running, _written)
    assert report["latency_us"]["p50"] < 200_000
    assert names < set(running.counted())


def test_what_a_killed_daemon_took_with_it_is_counted_for_doctor(world: DaemonWorld) -> None:
    """The next daemon says how many decisions are not in the log: in its status, its errors and the file of faults."""
    world.state.mkdir(parents=True)
    (world.state / "review.jsonl").mkdir()
    pid = world.start()
    _calls(world, 7, "a")
    _settled(world, _refused)
    os.kill(pid, signal.SIGKILL)
    world.wait_until_gone()
    (world.state / "review.jsonl").rmdir()
    assert ensure(world.files.socket, world.environ) == ""
    report = world.wait_until_it_answers()
    assert report["journal"]["missing_before"] == 7
    said = "the daemon before was killed: 7 decisions that it answered are not in the log"
    assert [error["text"] for error in report["errors"]] == [said]
    assert _faults(world)[1] == said
    assert not Path(world.state / "review.jsonl").exists()
