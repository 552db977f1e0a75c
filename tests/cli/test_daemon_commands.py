"""`callgate daemon start|stop|restart|status` with real daemons, each in a runtime directory of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from own_daemon import LIFE, OwnDaemon, eventually, own_daemon

from callgate.cli import daemons
from callgate.cli.errors import UsageError
from callgate.daemon.asking import NoDaemonError
from callgate.daemon.runtime import Runtime
from callgate.daemon.starting import take
from callgate.daemon.stopping import running

__all__ = ["own_daemon"]


def callgate(own: OwnDaemon, *words: str, cwd: str = "/") -> subprocess.CompletedProcess[str]:
    """Run one command as the user who lives there."""
    command = [sys.executable, "-I", "-m", "callgate", *words]
    return subprocess.run(
        command, env=own.environ, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip


def test_from_start_to_stop(own_daemon: OwnDaemon) -> None:
    """Started once, found again, restarted as another process, stopped once."""
    socket = own_daemon.files.socket
    started = callgate(own_daemon, "daemon", "start", "--idle", LIFE)
    pid = own_daemon.pid
    assert started.stdout == f"the daemon was started: process {pid}, {socket}\n"
    assert callgate(own_daemon, "daemon", "start").stdout == f"the daemon runs already: process {pid}, {socket}\n"
    assert json.loads(callgate(own_daemon, "daemon", "start", "--json").stdout)["pid"] == pid
    status = callgate(own_daemon, "daemon", "status")
    assert status.returncode == 0
    assert status.stdout.startswith(f"the daemon answers  process {pid}, callgate ")
    assert callgate(own_daemon, "status", "--socket", socket, "--json").returncode == 0
    assert callgate(own_daemon, "daemon", "restart", "--idle", LIFE).returncode == 0
    assert own_daemon.pid not in (0, pid)
    assert callgate(own_daemon, "daemon", "stop").stdout == "the daemon has left\n"
    assert callgate(own_daemon, "daemon", "stop").stdout == "no daemon runs\n"
    assert callgate(own_daemon, "status").returncode == 1


def test_a_killed_daemon_is_in_nobodys_way(own_daemon: OwnDaemon) -> None:
    """With the socket and the process id that it left, status says none runs, and start starts one."""
    own_daemon.run().kill()
    own_daemon.processes[0].wait()
    assert os.path.exists(own_daemon.files.socket)
    status = callgate(own_daemon, "status", "--json")
    assert status.returncode == 1
    assert json.loads(status.stdout)["running"] is False
    assert "was started" in callgate(own_daemon, "daemon", "start", "--idle", LIFE).stdout


def test_a_stopped_daemon_is_told_apart_and_replaced(own_daemon: OwnDaemon) -> None:
    """It holds the lock and does not answer; restart continues it, so that its lines are written."""
    process = own_daemon.run()
    own_daemon.call("git status")
    process.send_signal(signal.SIGSTOP)
    status = callgate(own_daemon, "status")
    assert status.returncode == 1
    assert status.stdout.startswith(f"the daemon (process {process.pid}) does not answer: ")
    assert callgate(own_daemon, "daemon", "restart", "--idle", LIFE).returncode == 0
    assert process.wait(timeout=30) == 0
    assert own_daemon.pid != process.pid
    assert len(own_daemon.logged()) == 1


def test_a_directory_that_is_gone_is_no_hindrance(own_daemon: OwnDaemon, tmp_path: Path) -> None:
    """The commands work from a working directory that was deleted."""
    gone = tmp_path / "gone"
    gone.mkdir()
    words = [sys.executable, "-I", "-m", "callgate", "status"]
    script = 'cd "$0" && rmdir "$0" && exec "$@"'
    done = subprocess.run(
        ["/bin/sh", "-c", script, str(gone), *words], env=own_daemon.environ, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout.startswith("no daemon runs")


def test_start_waits_for_one_that_is_about_to_leave(own_daemon: OwnDaemon, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock is held and nobody answers: when it comes free, a new one is started."""
    lock = take(own_daemon.files)
    assert lock is not None
    asked = []
    report_of = daemons.report_of

    def letting_go(files: Runtime) -> daemons.Report:
        asked.append(files)
        if len(asked) == 3:
            os.close(lock)
        return report_of(files)

    monkeypatch.setattr(daemons, "report_of", letting_go)
    report, new = daemons.start(own_daemon.files, 120, own_daemon.environ)
    assert new
    assert report["pid"] == own_daemon.pid
    own_daemon.end()
    eventually(lambda: not running(own_daemon.files))


def test_a_daemon_that_ends_at_once_says_why(own_daemon: OwnDaemon, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits ten seconds for a process that is gone; its last words are the reason."""
    monkeypatch.setattr(daemons, "START_SECONDS", 600.0)
    os.mkdir(own_daemon.files.counters)
    with pytest.raises(NoDaemonError, match=r"it said: IsADirectoryError"):
        daemons.start(own_daemon.files, 60, own_daemon.environ)


def test_a_place_that_cannot_be_used_is_named(own_daemon: OwnDaemon) -> None:
    """Exit code 70 and the reason."""
    os.chmod(own_daemon.files.directory, 0o755)
    done = callgate(own_daemon, "daemon", "start", "--socket", own_daemon.files.socket)
    assert done.returncode == 70
    assert "only its owner can enter" in done.stderr


@pytest.mark.parametrize(("text", "seconds"), [("0", 0.0), ("90s", 90.0), ("2h", 7_200.0)])
def test_idle_times(text: str, seconds: float) -> None:
    """As everywhere in callgate, and 0 for never."""
    assert daemons.parse_idle(text) == seconds


@pytest.mark.parametrize("text", ["", "x", "-1", "1", "1y", "0s0"])
def test_no_idle_times(text: str) -> None:
    """Anything else is refused with what to write."""
    with pytest.raises(UsageError) as caught:
        daemons.parse_idle(text)
    assert "0 for never" in caught.value.help
