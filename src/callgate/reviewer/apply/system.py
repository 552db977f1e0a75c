"""The system calls of a change, as one value: a test gives another one, whose calls fail or are the last ones."""

from __future__ import annotations

import errno
import os
import time
from typing import Callable, Final, NamedTuple

from callgate.atomic import sync_folder


def _no_step(name: str) -> None:  # noqa: ARG001 - the real system has nothing to do before a step of a library
    return


def _set_xattr(handle: int, name: str, value: bytes) -> None:
    os.setxattr(handle, name, value)


def _utime(path: str, nanoseconds: int) -> None:
    os.utime(path, ns=(nanoseconds, nanoseconds))


class Os(NamedTuple):
    """Every call that changes something, and the clock of waiting. What only looks is called on `os` directly."""

    open: Callable[[str, int, int], int] = os.open
    write: Callable[[int, memoryview], int] = os.write
    fsync: Callable[[int], None] = os.fsync
    close: Callable[[int], None] = os.close
    fchmod: Callable[[int, int], None] = os.fchmod
    fchown: Callable[[int, int, int], None] = os.fchown
    setxattr: Callable[[int, str, bytes], None] = _set_xattr
    replace: Callable[[str, str], None] = os.replace
    link: Callable[[str, str], None] = os.link
    unlink: Callable[[str], None] = os.unlink
    mkdir: Callable[[str, int], None] = os.mkdir
    utime: Callable[[str, int], None] = _utime
    """Set both times of a file, in nanoseconds."""
    step: Callable[[str], None] = _no_step
    """Called before each step that is not a system call of ours: a library's, or the audit log's."""
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic


OS = Os()
"""The real ones."""

NO_SYNC: Final = frozenset({errno.EINVAL, errno.ENOTSUP, errno.ENOSYS, errno.EBADF})
"""How file systems say that they cannot sync a directory at all (some network and FUSE mounts), as against failing."""


def sync(folder: str, calls: Os) -> bool:
    """Bring the names in *folder* to the disk; tell whether the file system can do that.

    Raises:
        OSError: it can, and it has failed.
    """
    try:
        sync_folder(folder, calls=calls)
    except OSError as error:
        if error.errno not in NO_SYNC:
            raise
        return False
    return True


def remove(path: str, calls: Os) -> bool:
    """Remove the file at *path*; tell whether there was one.

    Raises:
        OSError: it is there and stays.
    """
    try:
        calls.unlink(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def remove_quietly(path: str, calls: Os) -> None:
    """Remove the file at *path* if that is possible; for what is removed again at the next occasion."""
    try:
        calls.unlink(path)
    except OSError:
        return
