"""How many decisions were answered and how many of them are in the log, in a file that survives a killed daemon.

The file is mapped into memory: a number that was stored there is in the kernel's hands, whatever happens to the
process. So the next daemon knows how many lines the last one took with it.
"""

from __future__ import annotations

import mmap
import os
import struct
from typing import Final

from callgate.daemon.marks import Mark

_FORMAT: Final = struct.Struct("<8sQQQ")
_ANSWERED: Final = struct.Struct("<Q")
_SETTLED: Final = struct.Struct("<QQ")
_MAGIC: Final = b"CGCOUNT1"


class Counters:
    """Counts of one daemon: decisions answered, lines settled (written, or given up and counted as lost).

    INVARIANT: the thread that answers stores the first number and nothing else, whoever settles the other two. One
    store of all three would put back what the other thread has stored meanwhile, and a killed daemon would be short
    of decisions that nobody misses.
    """

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
            self._mark = Mark(f"{path}.mark")
            self.missing = missing(os.pread(fd, _FORMAT.size, 0), self._mark.settled)
            """Decisions that the daemon before this one answered and never wrote down."""
            # Written, not only made larger: on a full disk a store into a hole would end the process (SIGBUS).
            os.pwrite(fd, _FORMAT.pack(_MAGIC, 0, 0, 0), 0)
            os.ftruncate(fd, _FORMAT.size)
            self._mark.clear()
            self._map = mmap.mmap(fd, _FORMAT.size)
        finally:
            os.close(fd)

    def answer(self) -> None:
        """Count a decision, before it is sent."""
        self.answered += 1
        _ANSWERED.pack_into(self._map, 8, self.answered)

    def withdraw(self) -> None:
        """Take back a decision that was not sent after all."""
        self.answered -= 1
        _ANSWERED.pack_into(self._map, 8, self.answered)

    def expect(self, written: int, decision_id: str, log: str) -> None:
        """Have it known that *written* more are in the log as soon as *decision_id* is in *log*, the last of them."""
        self._mark.set(self.written + written, decision_id, log)

    def settle(self, written: int, lost: int = 0) -> None:
        """Count decisions whose lines are in the log, and those whose lines never will be; one thread at a time."""
        self.written += written
        self.lost += lost
        _SETTLED.pack_into(self._map, 16, self.written, self.lost)

    @property
    def backlog(self) -> int:
        """Decisions that are answered and not yet written down."""
        return max(0, self.answered - self.written - self.lost)

    def close(self) -> None:
        """Let go of the file; the counts stay in it."""
        self._map.close()
        self._mark.close()


def missing(data: bytes, settled: int = 0) -> int:
    """Return how many decisions, by the content of such a file, were answered and never written down.

    Args:
        data: the file's.
        settled: decisions that are known to be in the log, whether they were counted or not.
    """
    if len(data) != _FORMAT.size:
        return 0
    magic, answered, written, lost = _FORMAT.unpack(data)
    return max(0, int(answered) - max(int(written), settled) - int(lost)) if magic == _MAGIC else 0
