"""Starts a daemon where none runs. Cheap to import: a hook process comes here after it has answered.

One file lock stands for the daemon, from before it is started until it is gone: whoever holds it passes it on to the
process that it starts. So of two hundred hooks at once exactly one starts a daemon, and nobody needs a process id.
"""

from __future__ import annotations

import fcntl
import os
import sys
from typing import Mapping, Sequence

from callgate.daemon.runtime import Runtime, prepare, runtime_at

_KEPT = ("HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "LANG", "LC_ALL", "TZ", "TMPDIR")
"""All that a daemon gets of the environment: it outlives the session, and each call brings its own."""

LOCK_FD = 3
"""Where the daemon finds the lock that its starter took."""

HTTP_FD = 4
"""Where it finds the socket of the HTTP lane, when it runs in the place of one with older code."""

IDLE_SECONDS = 3600
"""A daemon that was started on demand leaves when nobody has called for so long."""


def ensure(socket: str, environ: Mapping[str, str], *, replace: bool = False) -> str:
    """Start a daemon at *socket* unless one runs, or is starting, there.

    Args:
        socket: absolute path.
        environ: of the process that wants it.
        replace: tell a daemon of another build to leave; the next call starts one of this build.

    Returns:
        Why none could be started; empty when one was, or one is there.

    Raises:
        OSError: the lock cannot be opened, or no process be started.
    """
    files = runtime_at(socket)
    fault = prepare(files)
    if fault:
        return fault
    fd = take(files)
    if fd is None:
        if replace:
            _replace(files)
        return ""
    try:
        spawn(files, fd, environ)
    finally:
        os.close(fd)
    return ""


def take(files: Runtime) -> int | None:
    """Take the lock of the daemon and return its descriptor; `None` when a daemon has it.

    The process id of the holder before is struck out: nobody must take it for that of the new one.

    Raises:
        OSError: the lock file cannot be opened.
    """
    fd = os.open(files.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NOCTTY, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(fd, 0)
    except BlockingIOError:
        os.close(fd)
        return None
    except BaseException:
        os.close(fd)
        raise
    return fd


def adopt(files: Runtime, fd: int) -> bool:
    """Make sure that the descriptor *fd*, which a starter left, is the lock of the daemon, and keep it to ourselves."""
    try:
        there, given = os.lstat(files.lock), os.fstat(fd)
        if (there.st_dev, there.st_ino) != (given.st_dev, given.st_ino):
            return False
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the starter has it: the same open file, so it is ours too
        os.set_inheritable(fd, False)
    except OSError:
        return False
    return True


def let_go_of_others(kept: Sequence[int]) -> None:
    """Close every descriptor but *kept*: a daemon must not hold a pipe on whose end its starter's host waits."""
    try:
        given = [int(name) for name in os.listdir("/dev/fd")]
    except OSError:  # no /proc
        given = list(range(256))
    for descriptor in given:
        if descriptor not in kept:
            try:
                os.close(descriptor)
            except OSError:
                continue  # that of the listing itself


def spawn(files: Runtime, lock: int, environ: Mapping[str, str], *options: str) -> int:
    """Start a daemon that has the lock *lock* and nothing else of this process; return its process id.

    Raises:
        OSError: no process can be started.
    """
    kept = {name: environ[name] for name in _KEPT if name in environ}
    words = [sys.executable, "-I", "-m", "callgate.daemon", "--socket", files.socket, *options]
    # A descriptor that is given to itself would keep its close-on-exec flag.
    own = fcntl.fcntl(lock, fcntl.F_DUPFD_CLOEXEC, LOCK_FD + 1)
    out = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    try:
        return os.posix_spawn(
            sys.executable,
            words,
            {**kept, "PATH": os.defpath},
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, files.log, out, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
                (os.POSIX_SPAWN_DUP2, own, LOCK_FD),
            ],
            # A session of its own: the terminal closes, the host ends its process group, and the daemon goes on.
            setsid=True,
            setsigmask=(),
            setsigdef=range(1, 32),
        )
    finally:
        os.close(own)


def _replace(files: Runtime) -> None:
    from callgate.daemon.asking import ask  # noqa: PLC0415 - builds differ once after an upgrade
    from callgate.daemon.protocol import RETIRE  # noqa: PLC0415 - as above

    ask(files, RETIRE, seconds=0.25)
