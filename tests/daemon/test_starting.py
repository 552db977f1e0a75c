"""Starting daemons: exactly one, apart from whoever started it, and only with the lock."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from own_daemon import LIFE, OwnDaemon, eventually, own_daemon

from callgate.daemon import starting
from callgate.daemon.starting import LOCK_FD, adopt, ensure, take
from callgate.daemon.stopping import pid_of, running, stop

__all__ = ["own_daemon"]

ENSURE = """
import os, sys
from callgate.daemon import starting
spawn = starting.spawn
starting.spawn = lambda files, lock, environ: spawn(files, lock, environ, "--idle", "120")
sys.exit(bool(starting.ensure(sys.argv[1], os.environ)))
"""


@pytest.fixture(autouse=True)
def _mortal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Daemons that tests start on demand do not live for an hour."""
    spawn = starting.spawn
    seconds = LIFE.removesuffix("s")
    monkeypatch.setattr(starting, "spawn", lambda files, lock, environ: spawn(files, lock, environ, "--idle", seconds))


def test_of_many_hooks_at_once_one_starts_a_daemon(own_daemon: OwnDaemon) -> None:
    """Forty processes ensure a daemon; the one that answers is the only one that ever held the lock."""
    words = [sys.executable, "-I", "-c", ENSURE, own_daemon.files.socket]

    def ensured(_: int) -> int:
        return subprocess.run(words, env=own_daemon.environ, timeout=60, check=False).returncode

    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(ensured, range(40))) == {0}
    eventually(lambda: own_daemon.pid > 0)
    pid = own_daemon.pid
    assert pid_of(own_daemon.files) == pid
    assert own_daemon.report["connections"]["total"] < 100
    # Nobody but this daemon has written its log file: a second one would have said that one runs already.
    with open(own_daemon.files.log, encoding="utf-8") as file:
        assert file.read() == ""
    assert stop(own_daemon.files) == "left"
    assert own_daemon.free()


def test_a_daemon_that_runs_is_left_alone(own_daemon: OwnDaemon) -> None:
    """Ensuring it again starts nothing; with `replace`, one of the same build goes on."""
    assert ensure(own_daemon.files.socket, own_daemon.environ) == ""
    eventually(lambda: own_daemon.pid > 0)
    pid = own_daemon.pid
    assert ensure(own_daemon.files.socket, own_daemon.environ) == ""
    assert ensure(own_daemon.files.socket, own_daemon.environ, replace=True) == ""
    assert own_daemon.pid == pid


def test_it_is_apart_from_its_starter(own_daemon: OwnDaemon) -> None:
    """A session of its own, `/` as its directory, no descriptor of the starter's, no variable that it need not have."""
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)
    environ = {**own_daemon.environ, "SECRET": "x", "PYTHONPATH": "/evil"}
    assert ensure(own_daemon.files.socket, environ) == ""
    os.close(writing)
    try:
        eventually(lambda: own_daemon.pid > 0)
        pid = own_daemon.pid
        assert os.getsid(pid) == pid
        # The pipe's end is seen: the daemon has closed what it was given. Else this would wait for ever.
        os.set_blocking(reading, False)
        assert os.read(reading, 1) == b""
    finally:
        os.close(reading)
    if os.path.isdir(f"/proc/{pid}/fd"):
        assert os.readlink(f"/proc/{pid}/cwd") == "/"
        with open(f"/proc/{pid}/environ", "rb") as file:
            names = {one.partition(b"=")[0] for one in file.read().split(b"\0")}
        assert names.isdisjoint({b"SECRET", b"PYTHONPATH"})


def test_one_that_is_killed_while_it_starts_leaves_the_lock(own_daemon: OwnDaemon) -> None:
    """The lock goes with the process, so the next hook starts another."""
    assert ensure(own_daemon.files.socket, own_daemon.environ) == ""
    eventually(lambda: pid_of(own_daemon.files) > 0)
    os.kill(pid_of(own_daemon.files), signal.SIGKILL)
    eventually(lambda: not running(own_daemon.files))
    assert ensure(own_daemon.files.socket, own_daemon.environ) == ""
    eventually(lambda: own_daemon.pid > 0)


def test_a_place_that_cannot_be_used_is_told(own_daemon: OwnDaemon) -> None:
    """Others can enter the directory: no daemon, and why."""
    os.chmod(own_daemon.files.directory, 0o755)
    assert "only its owner" in ensure(own_daemon.files.socket, own_daemon.environ)
    assert not running(own_daemon.files)


def test_who_takes_the_lock_strikes_out_the_process_id(own_daemon: OwnDaemon) -> None:
    """The number of a daemon that is gone may be that of any process by now."""
    with open(own_daemon.files.lock, "w", encoding="ascii") as file:
        file.write("1234\n")
    assert pid_of(own_daemon.files) == 1234
    lock = take(own_daemon.files)
    assert lock is not None
    assert pid_of(own_daemon.files) == 0
    assert running(own_daemon.files)
    assert take(own_daemon.files) is None
    os.close(lock)
    assert not running(own_daemon.files)


def test_a_descriptor_that_is_not_the_lock_is_not_adopted(own_daemon: OwnDaemon) -> None:
    """Another file, a lock that somebody else holds, nothing at all: none of them is taken, or written to."""
    lock = take(own_daemon.files)
    assert lock is not None
    again = os.open(own_daemon.files.lock, os.O_RDWR)
    other = os.open(f"{own_daemon.root}/other", os.O_RDWR | os.O_CREAT)
    try:
        assert not adopt(own_daemon.files, again)
        assert not adopt(own_daemon.files, other)
        assert not adopt(own_daemon.files, 999)
        os.set_inheritable(lock, True)
        assert adopt(own_daemon.files, lock)
        assert not os.get_inheritable(lock)
    finally:
        for descriptor in (lock, again, other):
            os.close(descriptor)


def test_without_the_lock_in_its_place_it_takes_the_lock(own_daemon: OwnDaemon) -> None:
    """Started by hand, the module does not write into whatever file has the descriptor's number."""
    with open(f"{own_daemon.root}/precious", "w+", encoding="ascii") as file:
        file.write("precious")
        file.flush()
        words = [sys.executable, "-I", "-m", "callgate.daemon", "--socket", own_daemon.files.socket, "--idle", "60"]
        process = subprocess.Popen(
            ["/bin/sh", "-c", f'exec "$@" {LOCK_FD}<>"$0"', file.name, *words],
            env=own_daemon.environ, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        own_daemon.processes.append(process)
        eventually(lambda: own_daemon.pid == process.pid)
        file.seek(0)
        assert file.read() == "precious"
