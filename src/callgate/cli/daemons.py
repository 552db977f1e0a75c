"""What the daemon's commands share: which daemon is meant, and starting it."""

from __future__ import annotations

import os
import time
from typing import Mapping

from callgate.cli.errors import UsageError
from callgate.daemon.asking import NoDaemonError
from callgate.daemon.reports import Report, metrics_of, report_of
from callgate.daemon.runtime import Runtime, prepare, runtime, runtime_at
from callgate.daemon.starting import spawn, take
from callgate.daemon.stopping import pid_of, running, stop
from callgate.environ import trusted_environ
from callgate.hook.answering import cwd_of_process
from callgate.host import places
from callgate.switch import parse_duration

__all__ = ["Report", "files_of", "metrics_of", "parse_idle", "pid_of", "report_of", "running", "start", "stop"]

START_SECONDS = 10.0
_PAUSE = 0.02


def files_of(socket: str, environ: Mapping[str, str]) -> Runtime:
    """Return the files of the daemon at *socket*, or of the user's own where that is empty.

    Raises:
        UsageError: *socket* is not an absolute path.
    """
    if not socket:
        trusted = trusted_environ(environ, cwd_of_process())
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


def start(files: Runtime, idle: float, environ: Mapping[str, str]) -> tuple[Report, bool]:
    """Start a daemon unless one runs; return its report, and whether it is new.

    One that is about to leave is waited for.

    Raises:
        NoDaemonError: none answers within ten seconds, or the new one ended at once.
        OSError: its lock cannot be opened, or no process be started.
    """
    fault = prepare(files)
    if fault:
        raise NoDaemonError(fault)
    until = time.monotonic() + START_SECONDS
    child = 0
    while True:
        try:
            return report_of(files), bool(child)
        except NoDaemonError as error:
            if time.monotonic() > until or (child and _ended(child)):
                said = _said(files)
                raise NoDaemonError(f"{error}{f'; it said: {said}' if said else ''}") from error
        child = child or _spawned(files, idle, environ)
        time.sleep(_PAUSE)


def _spawned(files: Runtime, idle: float, environ: Mapping[str, str]) -> int:
    """Start a daemon and return its process id; 0 when another has the lock."""
    lock = take(files)
    if lock is None:
        return 0
    try:
        return spawn(files, lock, trusted_environ(environ, cwd_of_process()), "--idle", f"{idle:g}")
    finally:
        os.close(lock)


def _ended(child: int) -> bool:
    try:
        return os.waitpid(child, os.WNOHANG)[0] == child
    except ChildProcessError:  # taken away by somebody else in this process
        return False


def _said(files: Runtime) -> str:
    """Return the last line that the daemon printed: why it could not start."""
    try:
        with open(files.log, encoding="utf-8", errors="replace") as file:
            lines = file.read(20_000).strip().splitlines()
    except OSError:
        return ""
    return lines[-1][:500] if lines else ""
