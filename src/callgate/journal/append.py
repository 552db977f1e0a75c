"""One line onto a log, whole or not at all, with any number of processes doing the same, and rotation.

A writer takes `flock` on the log itself, waiting 200 ms at most; then it writes anyway, because one `write` with
`O_APPEND` does not tear on a local file system and a decision must not wait. Everything that could harm another
writer (rotating, truncating what a full disk cut short) is done under the lock only.

Logs may lie in a shared directory such as `/tmp`, so nothing is written through another user's symlink, into another
user's file, or into anything that is not a regular file.
"""

from __future__ import annotations

import fcntl
import os
import time
from typing import NamedTuple

_DIRECTORY = 0o040000
_REGULAR = 0o100000
_LINK = 0o120000
_LOCK_WAIT = 0.2
_MAX_HOPS = 8
_MAX_ROTATIONS = 20
_STAMP = "%Y%m%dT%H%M%SZ"


class Limits(NamedTuple):
    """When a log is rotated and how long a rotated one is kept."""

    max_bytes: int = 10 * 1024 * 1024
    """A line that would make the file larger goes into a new one."""
    keep_days: float = 30
    """Rotated files older than this are deleted at the next rotation."""


def append(path: str, line: bytes, *, limits: Limits, now: float) -> str:
    """Append *line* (which ends in a newline) to the file at *path*, which is made with mode 0600 when missing.

    Args:
        path: the log; missing parent directories are made with mode 0700.
        line: one whole line.
        limits: rotation and retention.
        now: seconds since the epoch, for the names of rotated files.

    Returns:
        Empty, or what went wrong beside the write (the log could not be rotated).

    Raises:
        OSError: the line is not in the log. The log ends where it ended before, unless another writer was busy.
        ValueError: the path has a NUL character.
    """
    real = resolve(path)
    deadline = time.monotonic() + _LOCK_WAIT
    fault = ""
    for _ in range(_MAX_ROTATIONS):
        fd = open_log(real)
        try:
            locked = lock(fd, deadline)
            state = os.fstat(fd)
            if locked and not same(real, state):
                continue  # rotated away while we waited
            if locked and not fault and state.st_size and state.st_size + len(line) > limits.max_bytes:
                fault = _rotate(real, limits, now)
                if not fault:
                    continue
            _write(fd, line, state.st_size, locked=locked)
            return fault
        finally:
            os.close(fd)
    raise OSError(f"the log was rotated away {_MAX_ROTATIONS} times while a line waited")


def rotated(path: str) -> list[str]:
    """Return the rotated files of the log at *path* that `append` made, newest first."""
    folder, base = os.path.split(path)
    try:
        names = os.listdir(folder or ".")
    except OSError:
        return []
    found = [(key, name) for name in names if (key := _stamp(name, base))]
    return [os.path.join(folder, name) for _, name in sorted(found, reverse=True)]


def _stamp(name: str, base: str) -> tuple[str, int] | None:
    """Return when *name* was rotated and its number within that second; `None` when it is not a name of ours."""
    if not name.startswith(base + "."):
        return None
    stamp, dash, number = name[len(base) + 1 :].partition("-")
    digits = stamp[:8] + stamp[9:15]
    if len(stamp) != 16 or stamp[8] + stamp[15] != "TZ" or not (digits.isascii() and digits.isdigit()):
        return None
    if dash and not (number.isascii() and number.isdigit() and len(number) < 10):
        return None
    return stamp, int(number or "0")


def resolve(path: str) -> str:
    """Follow symlinks at the end of *path* that we or root own.

    Raises:
        OSError: a link was planted by another user, leads nowhere, or there are too many.
        ValueError: the path has a NUL character.
    """
    hops = 0
    while True:
        try:
            state = os.lstat(path)
        except FileNotFoundError:
            if hops:
                raise
            return path
        if state.st_mode & 0o170000 != _LINK:
            return path
        if state.st_uid not in (os.geteuid(), 0):
            raise PermissionError(f"a symlink of another user: {path}")
        hops += 1
        if hops > _MAX_HOPS:
            raise OSError(f"too many symlinks: {path}")
        path = os.path.join(os.path.dirname(path), os.readlink(path))


def open_log(path: str) -> int:
    """Open the file at *path* for appending, made with mode 0600 when missing (its parents 0700); never blocks.

    Raises:
        OSError: it cannot be opened, is a symlink or not a regular file, or belongs to another user.
        ValueError: the path has a NUL character.
    """
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY | os.O_NOFOLLOW
    try:
        _check(path, os.lstat(path))  # before opening: opening a device can already do something
    except FileNotFoundError:
        _make_parents(os.path.dirname(path))
    fd = os.open(path, flags, 0o600)
    try:
        _check(path, os.fstat(fd))
    except OSError:
        os.close(fd)
        raise
    return fd


def _check(path: str, state: os.stat_result) -> None:
    kind = state.st_mode & 0o170000
    if kind == _DIRECTORY:
        raise IsADirectoryError(f"a directory: {path}")
    if kind != _REGULAR:
        raise OSError(f"not a regular file: {path}")
    if state.st_uid != os.geteuid():
        raise PermissionError(f"a file of another user: {path}")


def _make_parents(folder: str) -> None:
    """Make *folder* and what is missing above it, each with mode 0700 (`os.makedirs` does so for the last one only)."""
    if not folder or os.path.isdir(folder):
        return
    _make_parents(os.path.dirname(folder))
    try:
        os.mkdir(folder, 0o700)
    except FileExistsError:
        if not os.path.isdir(folder):
            raise


def lock(fd: int, deadline: float) -> bool:
    """Take the lock; false when *deadline* (monotonic) has passed. At least one attempt is made."""
    pause = 0.0005
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
        else:
            return True
        time.sleep(pause)
        pause = min(pause * 2, 0.01)


def same(path: str, state: os.stat_result) -> bool:
    """Whether *path* still names the file of *state*: another process may have renamed it meanwhile."""
    try:
        there = os.lstat(path)
    except FileNotFoundError:
        return False
    return (there.st_dev, there.st_ino) == (state.st_dev, state.st_ino)


def _rotate(path: str, limits: Limits, now: float) -> str:
    """Rename the log (whose lock is held) to a free name and delete what is too old; return what went wrong."""
    stamp = time.strftime(_STAMP, time.gmtime(now))
    target, number = f"{path}.{stamp}", 0
    while os.path.lexists(target):
        number += 1
        target = f"{path}.{stamp}-{number}"
    try:
        os.rename(path, target)
    except OSError as error:
        return f"cannot rotate: {error.strerror or error}"
    cutoff = time.strftime(_STAMP, time.gmtime(now - limits.keep_days * 86_400))
    fault = ""
    for old in rotated(path):
        key = _stamp(os.path.basename(old), os.path.basename(path))
        if key and key[0] < cutoff:
            try:
                if os.lstat(old).st_mode & 0o170000 == _REGULAR:
                    os.unlink(old)
            except OSError as error:
                fault = f"cannot delete an old log: {error.strerror or error}"
    return fault


def _write(fd: int, line: bytes, size: int, *, locked: bool) -> None:
    """Write *line*, on a line of its own even after a torn one; take a part of it back when the disk is full."""
    if size and os.pread(fd, 1, size - 1) != b"\n":
        line = b"\n" + line
    done = 0
    try:
        while done < len(line):
            done += os.write(fd, line[done:])
    except OSError:
        # A writer that gave up waiting for the lock may have appended meanwhile: then a torn line must stay.
        if locked and done and os.fstat(fd).st_size == size + done:
            os.ftruncate(fd, size)
        raise
