"""How many decisions were answered and how many of them are in the log, in a file that survives a killed daemon.

The file is mapped into memory: a number that was stored there is in the kernel's hands, whatever happens to the
process. So the next daemon knows how many lines the last one took with it.
"""

from __future__ import annotations

import mmap
import os
import struct
from typing import Final

_FORMAT: Final = struct.Struct("<8sQQQ")
_MAGIC: Final = b"CGCOUNT1"


class Counters:
    """Counts of one daemon: decisions answered, lines settled (written, or given up and counted as lost)."""

    def __init__(self, path: str) -> None:
        """Open the file at *path*, made with mode 0600; the counts begin at zero.

        Raises:
            OSError: it cannot be made or mapped.
        """
        self.answered = 0
        self.written = 0
        self.lost = 0
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            self.missing = missing(os.pread(fd, _FORMAT.size, 0))
            """Decisions that the daemon before this one answered and never wrote down."""
            os.ftruncate(fd, _FORMAT.size)
            self._map = mmap.mmap(fd, _FORMAT.size)
        finally:
            os.close(fd)
        self._store()

    def answer(self) -> None:
        """Count a decision, before it is sent."""
        self.answered += 1
        self._store()

    def withdraw(self) -> None:
        """Take back a decision that was not sent after all."""
        self.answered -= 1
        self._store()

    def settle(self, written: int, lost: int = 0) -> None:
        """Count decisions whose lines are in the log, and those whose lines never will be."""
        self.written += written
        self.lost += lost
        self._store()

    @property
    def backlog(self) -> int:
        """Decisions that are answered and not yet written down."""
        return max(0, self.answered - self.written - self.lost)

    def close(self) -> None:
        """Let go of the file; the counts stay in it."""
        self._map.close()

    def _store(self) -> None:
        _FORMAT.pack_into(self._map, 0, _MAGIC, self.answered, self.written, self.lost)


def missing(data: bytes) -> int:
    """Return how many decisions, by the content of such a file, were answered and never written down."""
    if len(data) != _FORMAT.size:
        return 0
    magic, answered, written, lost = _FORMAT.unpack(data)
    return max(0, int(answered) - int(written) - int(lost)) if magic == _MAGIC else 0
