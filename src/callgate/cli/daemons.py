"""What the daemon's commands share: which daemon is meant, starting and stopping it, its report as text."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import time
from typing import Any, Mapping

from callgate.cli.errors import UsageError
from callgate.daemon.asking import NoDaemonError, ask
from callgate.daemon.protocol import ANSWER, METRICS, STATUS, STOP
from callgate.daemon.runtime import Runtime, prepare, runtime, runtime_at
from callgate.daemon.starting import spawn, take
from callgate.environ import trusted_environ
from callgate.host import places
from callgate.switch import parse_duration

START_SECONDS = 10.0
STOP_SECONDS = 15.0
"""A daemon writes its journal before it leaves; that may take ten."""

Report = Mapping[str, Any]


def files_of(socket: str, environ: Mapping[str, str]) -> Runtime:
    """Return the files of the daemon at *socket*, or of the user's own where that is empty.

    Raises:
        UsageError: *socket* is not an absolute path.
    """
    if not socket:
        trusted = trusted_environ(environ, os.getcwd())
        return runtime(trusted, places(trusted))
    if not socket.startswith("/"):
        raise UsageError(f"the path of the socket is not absolute: `{socket}`", help="give the whole path")
    return runtime_at(socket)


def parse_idle(text: str) -> float:
    """Return the seconds of `--idle`.

    Raises:
        UsageError: it is not a time.
    """
    if text == "0":
        return 0.0
    try:
        return float(parse_duration(text))
    except ValueError as error:
        raise UsageError(str(error), help="write it like `90s`, `10m`, `2h` or `1d`, or 0 for never") from error


def report_of(files: Runtime, *, seconds: float = 2.0) -> Report:
    """Ask the daemon how it is.

    Raises:
        NoDaemonError: none answers, or one of another version.
    """
    frame = ask(files, STATUS, seconds=seconds)
    if frame.kind != ANSWER:
        raise NoDaemonError("the daemon does not understand the question: it is of another version")
    try:
        report = json.loads(frame.body)
    except ValueError as error:
        raise NoDaemonError(f"the daemon's report cannot be read: {error}") from error
    if not isinstance(report, dict):
        raise NoDaemonError("the daemon's report is not an object")
    return report


def metrics_of(files: Runtime) -> str:
    """Return the daemon's numbers as OpenMetrics text.

    Raises:
        NoDaemonError: none answers, or one of another version.
    """
    frame = ask(files, METRICS)
    if frame.kind != ANSWER:
        raise NoDaemonError("the daemon does not understand the question: it is of another version")
    return frame.body.decode("utf-8", "replace")


def start(files: Runtime, idle: float, environ: Mapping[str, str]) -> tuple[Report, bool]:
    """Start a daemon unless one runs; return its report, and whether it is new.

    Raises:
        NoDaemonError: none answers within ten seconds.
    """
    fault = prepare(files)
    if fault:
        raise NoDaemonError(fault)
    lock = take(files)
    if lock is not None:
        try:
            spawn(files, lock, trusted_environ(environ, os.getcwd()), "--idle", f"{idle:g}")
        finally:
            os.close(lock)
    return _answering(files), lock is not None


def _answering(files: Runtime) -> Report:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            return report_of(files)
        except NoDaemonError as error:
            if time.monotonic() > until:
                said = _said(files)
                raise NoDaemonError(f"{error}{f'; it said: {said}' if said else ''}") from error
        time.sleep(0.02)


def _said(files: Runtime) -> str:
    """Return the last line that the daemon printed: why it could not start."""
    try:
        with open(files.log, encoding="utf-8", errors="replace") as file:
            lines = file.read(20_000).strip().splitlines()
    except OSError:
        return ""
    return lines[-1][:500] if lines else ""


def stop(files: Runtime) -> str:
    """Have the daemon leave, by the signal that cannot be refused where it does not answer.

    Returns:
        `none` ran, it `left`, or it was `killed`.

    Raises:
        NoDaemonError: it neither leaves nor can be killed.
    """
    if _free(files):
        return "none"
    try:
        ask(files, STOP)
    except NoDaemonError:
        _signal(files, signal.SIGTERM)
    if _wait(files, STOP_SECONDS):
        return "left"
    _signal(files, signal.SIGKILL)
    if _wait(files, 2.0):
        return "killed"
    raise NoDaemonError(f"the daemon that holds {files.lock} does not leave")


def running(files: Runtime) -> bool:
    """Whether a daemon holds the lock, whether it answers or not."""
    return not _free(files)


def pid_of(files: Runtime) -> int:
    """Return the process id that the holder of the lock wrote down; 0 when there is none."""
    try:
        with open(files.lock, encoding="ascii") as file:
            return int(file.read(20))
    except (OSError, ValueError):
        return 0


def _free(files: Runtime) -> bool:
    try:
        fd = os.open(files.lock, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return True
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(fd)
    return True


def _wait(files: Runtime, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while not _free(files):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def _signal(files: Runtime, number: int) -> None:
    """Send a signal to the holder of the lock. The lock is held, so the number in it is that of a living process."""
    pid = pid_of(files)
    if pid > 1 and not _free(files):
        try:
            os.kill(pid, number)
        except OSError:
            return
