"""Daemons that leave: asked, told, stopped, deaf; and one that takes the place of another."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest
from own_daemon import OwnDaemon, eventually, own_daemon

from callgate.daemon import protocol
from callgate.daemon.runtime import Runtime
from callgate.daemon.service import EXIT_ANEW
from callgate.daemon.starting import take
from callgate.daemon.stopping import pid_of, running, stop, take_over

__all__ = ["own_daemon"]

DEAF = """
import fcntl, os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
fd = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
fcntl.flock(fd, fcntl.LOCK_EX)
os.write(fd, b"%d\\n" % os.getpid())
time.sleep(100)
"""


def holder(own: OwnDaemon) -> subprocess.Popen[bytes]:
    """A process that has the lock, has no socket and does not hear SIGTERM."""
    process = subprocess.Popen([sys.executable, "-I", "-c", DEAF, own.files.lock], stderr=subprocess.PIPE)
    own.processes.append(process)
    eventually(lambda: pid_of(own.files) == process.pid)
    return process


def test_nobody_there(own_daemon: OwnDaemon) -> None:
    """Nothing to stop, whatever a lock file says that nobody holds."""
    assert stop(own_daemon.files) == "none"
    with open(own_daemon.files.lock, "w", encoding="ascii") as file:
        file.write(f"{os.getpid()}\n")
    assert stop(own_daemon.files) == "none"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_loses_no_line(own_daemon: OwnDaemon, number: signal.Signals) -> None:
    """SIGTERM, Ctrl-C, a terminal that closes: what was answered is in the log, the socket is gone, exit code 0."""
    process = own_daemon.run()
    for at in range(50):
        own_daemon.call(f"echo {at}")
    process.send_signal(number)
    process.send_signal(signal.SIGTERM)  # impatience must not cut it short
    assert process.wait(timeout=30) == 0
    assert len(own_daemon.logged()) == 50
    assert not os.path.exists(own_daemon.files.socket)
    assert own_daemon.run().pid == own_daemon.pid
    assert own_daemon.report["journal"]["missing_before"] == 0


def test_asked_to_leave(own_daemon: OwnDaemon) -> None:
    """It writes what it answered and leaves."""
    process = own_daemon.run()
    own_daemon.call("git status")
    assert stop(own_daemon.files) == "left"
    assert process.wait(timeout=30) == 0
    assert len(own_daemon.logged()) == 1


def test_one_that_is_stopped_is_continued(own_daemon: OwnDaemon) -> None:
    """It does not answer, so it is told by signal, and continued: nothing that it answered is lost."""
    process = own_daemon.run()
    own_daemon.call("git status")
    process.send_signal(signal.SIGSTOP)
    assert stop(own_daemon.files) == "left"
    assert process.wait(timeout=30) == 0
    assert len(own_daemon.logged()) == 1


def test_one_that_does_not_hear_is_killed(own_daemon: OwnDaemon) -> None:
    """Neither question nor SIGTERM helps: SIGKILL, and the lock is free."""
    process = holder(own_daemon)
    assert stop(own_daemon.files, seconds=0.2) == "killed"
    assert process.wait(timeout=30) == -signal.SIGKILL
    assert own_daemon.free()


def test_a_lock_without_a_process_id_kills_nobody(own_daemon: OwnDaemon, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody is just starting a daemon, and has struck out the id of the last one: no signal is sent."""
    from callgate.daemon import stopping
    from callgate.daemon.asking import NoDaemonError

    monkeypatch.setattr(stopping, "KILL_SECONDS", 0.05)
    monkeypatch.setattr(os, "kill", lambda *_: pytest.fail("a signal was sent"))
    with open(own_daemon.files.lock, "w", encoding="ascii") as file:
        file.write(f"{os.getppid()}\n")
    lock = take(own_daemon.files)
    assert lock is not None
    with pytest.raises(NoDaemonError, match="does not leave"):
        stop(own_daemon.files, seconds=0.1)
    os.close(lock)


def test_a_service_takes_the_place_of_one_on_demand(own_daemon: OwnDaemon) -> None:
    """With `--replace` the new one answers, the old one has left in peace, and every line is in the log."""
    old = own_daemon.run()
    for at in range(20):
        own_daemon.call(f"echo {at}")
    new = own_daemon.run("--replace")
    assert own_daemon.pid == new.pid != old.pid
    assert old.wait(timeout=30) == 0
    own_daemon.call("echo new")
    new.terminate()
    assert new.wait(timeout=30) == 0
    assert len(own_daemon.logged()) == 21


def test_without_replace_the_first_one_stays(own_daemon: OwnDaemon) -> None:
    """A second daemon ends at once and says why."""
    old = own_daemon.run()
    second = own_daemon.run(wait=False)
    _, said = second.communicate(timeout=30)
    assert second.returncode == 70
    assert b"a daemon runs already at " in said
    assert own_daemon.pid == old.pid


def test_calls_during_a_change_have_an_answer_or_none(own_daemon: OwnDaemon) -> None:
    """Whoever calls all the while gets whole answers or is hung up on; every answer is in the log, once."""
    own_daemon.run()
    answered: list[str] = []
    over = threading.Event()

    def calling(name: str) -> None:
        number = 0
        while not over.is_set():
            number += 1
            try:
                own_daemon.call(f"echo {name}{number}")
            except (OSError, AssertionError):
                continue  # the hook decides by itself
            answered.append(f"echo {name}{number}")

    threads = [threading.Thread(target=calling, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    new = own_daemon.run("--replace")
    over.set()
    for thread in threads:
        thread.join()
    own_daemon.call("echo last")
    new.terminate()
    assert new.wait(timeout=30) == 0
    lines = own_daemon.logged()
    assert answered
    assert all(sum(f'"{command}"' in line for line in lines) == 1 for command in answered)


def test_others_that_start_first_are_asked_to_leave_too(own_daemon: OwnDaemon, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hook that starts a daemon when the old one has just left has that replaced, in the next round."""
    from callgate.daemon import stopping

    first = own_daemon.run()
    rounds: list[int] = []

    def stopped(files: Runtime) -> None:
        stop(files)
        if not rounds:
            rounds.append(own_daemon.run().pid)

    monkeypatch.setattr(stopping, "stop", stopped)
    lock = take_over(own_daemon.files)
    assert lock is not None
    os.close(lock)
    assert rounds
    assert rounds[0] != first.pid
    assert [process.wait(timeout=30) for process in own_daemon.processes] == [0, 0]


@pytest.mark.parametrize("upgraded", [True, False])
def test_a_daemon_of_another_build_leaves(own_daemon: OwnDaemon, upgraded: bool) -> None:
    """`RETIRE` from the same build changes nothing. From another version in the same place, it asks to be started anew.

    From another place it just leaves: started again it would be the wrong one again, and so on.
    """
    process = own_daemon.run()
    same = own_daemon.report["build"]
    other = f"0.0.0 {same.partition(' ')[2]}" if upgraded else "0.0.0 /elsewhere"
    for build in (same, other):
        assert own_daemon.pid == process.pid
        own_daemon.send(protocol.pack(protocol.RETIRE, protocol.head(build)))
    assert process.wait(timeout=30) == (EXIT_ANEW if upgraded else 0)
    assert not running(own_daemon.files)


def test_one_that_nobody_can_reach_any_more_leaves(own_daemon: OwnDaemon) -> None:
    """Its socket was deleted: it would hold the lock for ever, and no other could start."""
    process = own_daemon.run("--idle", "0")
    own_daemon.call("git status")
    os.unlink(own_daemon.files.socket)
    assert process.wait(timeout=30) == EXIT_ANEW
    assert len(own_daemon.logged()) == 1


def test_one_that_was_told_to_leave_is_not_to_be_started_anew(own_daemon: OwnDaemon) -> None:
    """Its socket is gone while it waits for a client to finish: that is its own doing, whenever it looks."""
    process = own_daemon.run("--idle", "1s")
    own_daemon.call("git status")  # it looks again a second later
    time.sleep(0.85)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.connect(own_daemon.files.socket)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0


def test_one_whose_directory_was_replaced_leaves_the_new_one_alone(own_daemon: OwnDaemon) -> None:
    """Another daemon runs there by then: it keeps its socket, and goes on."""
    first = own_daemon.run("--idle", "0")
    os.rename(own_daemon.files.directory, f"{own_daemon.root}/moved")
    os.mkdir(own_daemon.files.directory, 0o700)
    second = own_daemon.run("--idle", "0")
    assert first.wait(timeout=30) == EXIT_ANEW
    assert own_daemon.pid == second.pid


def test_a_new_daemon_in_the_place_of_the_one_that_left_is_not_killed(
    own_daemon: OwnDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hook has started another before we looked again: the one that was meant has left, and that is all."""
    from callgate.daemon import stopping

    first = own_daemon.run()
    tell = stopping._tell  # noqa: SLF001 - what happens between telling and looking again

    def telling(files: Runtime) -> bool:
        told = tell(files)
        if first.poll() is None:
            first.wait(timeout=30)
            own_daemon.run()
        return told

    monkeypatch.setattr(stopping, "_tell", telling)
    assert stop(own_daemon.files) == "left"
    assert own_daemon.pid == own_daemon.processes[1].pid


def test_a_stale_socket_is_replaced(own_daemon: OwnDaemon) -> None:
    """What a killed daemon leaves (socket, lock file, process id) is in nobody's way, and its debt is told."""
    first = own_daemon.run()
    own_daemon.call("git status")
    eventually(lambda: own_daemon.report["journal"]["backlog"] == 0)
    first.kill()
    first.wait()
    assert os.path.exists(own_daemon.files.socket)
    assert pid_of(own_daemon.files) == first.pid
    with socket.socket(socket.AF_UNIX) as conversation, pytest.raises(ConnectionRefusedError):
        conversation.connect(own_daemon.files.socket)
    second = own_daemon.run()
    assert own_daemon.pid == second.pid
    assert own_daemon.report["journal"]["missing_before"] == 0
