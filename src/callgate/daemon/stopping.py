"""Has a daemon leave: asked, told, and at last by the signal that cannot be refused; and takes its place.

The lock says whether one is there. Its content says which process, as soon as that is the daemon's own.
"""

from __future__ import annotations

import fcntl
import os
import signal
import time
from typing import Final, Literal

from callgate.daemon.asking import NoDaemonError, ask
from callgate.daemon.protocol import STOP
from callgate.daemon.runtime import Runtime
from callgate.daemon.starting import take

STOP_SECONDS: Final = 15.0
"""A daemon writes its journal before it leaves; that may take ten."""

KILL_SECONDS: Final = 2.0
"""For the system to take a killed process away."""

ASK_SECONDS: Final = 1.0
_ROUNDS: Final = 5
_PAUSE: Final = 0.01

How = Literal["none", "left", "killed"]


def running(files: Runtime) -> bool:
    """Whether a daemon, or whoever is starting one, holds the lock; whether it answers or not."""
    try:
        fd = os.open(files.lock, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)  # shared: two that look do not take each other for a daemon
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False


def pid_of(files: Runtime) -> int:
    """Return the process id that the holder of the lock wrote down; 0 when there is none."""
    try:
        with open(files.lock, encoding="ascii") as file:
            return int(file.read(20))
    except (OSError, ValueError):
        return 0


def stop(files: Runtime, *, seconds: float = STOP_SECONDS) -> How:
    """Have the daemon leave; kill it when it has not after *seconds*.

    One that is stopped (SIGSTOP) is continued, so that it can write down what it answered.

    Returns:
        `none` ran, it `left`, or it was `killed`.

    Raises:
        NoDaemonError: it neither leaves nor can be killed.
    """
    if not running(files):
        return "none"
    until = time.monotonic() + seconds
    told, pid = False, 0
    while time.monotonic() < until:
        now = pid_of(files)
        if not running(files) or (pid and now != pid):  # a hook may have started another one already
            return "left"
        pid = now
        told = told or _tell(files)
        time.sleep(_PAUSE)
    _signal(files, signal.SIGKILL)
    until = time.monotonic() + KILL_SECONDS
    while running(files):
        if time.monotonic() > until:
            raise NoDaemonError(f"the daemon that holds {files.lock} does not leave")
        time.sleep(_PAUSE)
    return "killed"


def take_over(files: Runtime) -> int | None:
    """Have the daemon that runs leave, and take its lock; `None` when others were faster time and again.

    Calls meanwhile are decided by their hooks. One of these may start a daemon before us: it is asked to leave, too.

    Raises:
        NoDaemonError: the daemon neither leaves nor can be killed.
        OSError: the lock file cannot be opened.
    """
    for _ in range(_ROUNDS):
        fd = take(files)
        if fd is not None:
            return fd
        stop(files)
    return take(files)


def _tell(files: Runtime) -> bool:
    """Ask the daemon to leave, and where it does not hear, signal it; false when there is nobody to tell yet."""
    try:
        ask(files, STOP, seconds=ASK_SECONDS)
    except NoDaemonError:
        return _signal(files, signal.SIGTERM, signal.SIGCONT)
    return True


def _signal(files: Runtime, *numbers: signal.Signals) -> bool:
    """Send signals to the holder of the lock; false when its process id is not known.

    Whoever takes the lock strikes out the id of the one before. So an id that stands there before and after we see
    the lock held is that of a living daemon, not of a process that got its number since.
    """
    pid = pid_of(files)
    if pid <= 1 or not running(files) or pid_of(files) != pid:
        return False
    try:
        for number in numbers:
            os.kill(pid, number)
    except OSError:
        return False
    return True
