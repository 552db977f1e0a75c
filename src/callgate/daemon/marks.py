"""A mark before each block of lines: by it the next daemon knows whether a killed one still wrote that block.

Between the moment when lines are in the log and the moment when that is counted a daemon may be killed. Its count would
then owe lines that are there.
"""

from __future__ import annotations

import os
import struct
from typing import Final

from callgate.journal.append import rotated

_FORMAT: Final = struct.Struct("<8sQ16sI")
_MAGIC: Final = b"CGMARK01"
_TAIL: Final = 4 * 1024 * 1024
"""Bytes at the end of a log that are searched. Others may have written behind the block."""


class Mark:
    """The file with the mark. A write of so few bytes is in the kernel's hands, whatever happens to the process."""

    def __init__(self, path: str) -> None:
        """Open the file at *path*, made with mode 0600; what it says of a daemon before is in `settled`.

        Raises:
            OSError: it cannot be made.
        """
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        self.settled = settled(os.pread(self._fd, 8192, 0))
        """Decisions that the daemon before had written down, if it was killed right behind that; else 0."""

    def clear(self) -> None:
        """Forget the daemon before.

        Raises:
            OSError: the disk has failed.
        """
        os.ftruncate(self._fd, 0)

    def set(self, decisions: int, decision_id: str, log: str) -> None:
        """Say that *decisions* are written down altogether, if the one with *decision_id* is in *log*.

        Where the mark cannot be written (a full disk), a killed daemon may be taken to owe a block that is there.
        """
        try:
            path = os.fsencode(log)
            os.pwrite(self._fd, _FORMAT.pack(_MAGIC, decisions, decision_id.encode(), len(path)) + path, 0)
        except (OSError, ValueError):
            return

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._fd)


def settled(data: bytes) -> int:
    """Return how many decisions are written down by the mark *data*; 0 when its block is not in the log."""
    if len(data) < _FORMAT.size:
        return 0
    magic, decisions, decision_id, length = _FORMAT.unpack_from(data)
    path = data[_FORMAT.size : _FORMAT.size + length]
    if magic != _MAGIC or len(path) != length or not decision_id.strip(b"\0") or b"\0" in path:
        return 0
    log = os.fsdecode(path)
    return int(decisions) if any(_holds(file, decision_id) for file in (log, *rotated(log)[:1])) else 0


def _holds(path: str, text: bytes) -> bool:
    """Whether *text* stands near the end of the regular file at *path*."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        size = os.fstat(fd).st_size
        return text in os.pread(fd, _TAIL, max(0, size - _TAIL))
    except OSError:
        return False  # no regular file
    finally:
        os.close(fd)
