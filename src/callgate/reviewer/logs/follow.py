"""New decisions as they are written, through rotation."""

from __future__ import annotations

import os
from collections import deque
from typing import Final, Sequence

from callgate.reviewer.entry import PADDING, Entry, read
from callgate.reviewer.logs.lines import backwards
from callgate.reviewer.logs.sources import Chain, Opened, open_file, snapshot
from callgate.reviewer.logs.stream import Report, identity

HOLD_SECONDS: Final = 1.0
"""A line of an operational log waits so long for the review line of the same decision, which is written after it."""

_BLOCK: Final = 4 * 1024 * 1024
_REMEMBERED: Final = 10_000


class _Tail:
    """The file of one chain that is written now, and how far it was read."""

    def __init__(self, file: Opened | None) -> None:
        """Begin behind the last whole line of *file*: the rest of it may still be on its way."""
        self.inode = (file.device, file.inode) if file else None
        self.at = _last_line_end(file) if file else 0
        self.rest = b""


class Follower:
    """Tells the decisions that are written after `files` were looked at."""

    def __init__(self, chains: Sequence[Chain], files: Sequence[Opened], shown: Sequence[Entry] = ()) -> None:
        """Begin behind *files*.

        Args:
            chains: the logs.
            files: as `snapshot` returned them.
            shown: decisions that are known already.
        """
        self._chains = tuple(chains)
        self._tails = [
            _Tail(next((file for file in files if (file.chain, file.number) == (number, 0)), None))
            for number in range(len(chains))
        ]
        self._known: deque[int] = deque(maxlen=_REMEMBERED)
        for entry in shown:
            key = hash(identity(entry))
            self._known.extend((key, hash((key, entry.decision_id))))
        self._told_alone: deque[int] = deque(maxlen=_REMEMBERED)
        self._held: list[tuple[float, int, Entry]] = []
        self.report = Report()

    def poll(self, now: float) -> list[Entry]:
        """Return the decisions that were written since the last time, in the order of their stamps.

        Args:
            now: seconds of a clock that only goes forward.
        """
        fresh: list[Entry] = []
        for number, chain in enumerate(self._chains):
            for line in self._lines(chain, self._tails[number]):
                found = read(line) if line.strip(PADDING) else None
                if isinstance(found, Entry):
                    self._take(found, now, fresh)
                elif found is not None:
                    self.report.lines[found] += 1
        waiting = []
        for until, key, entry in self._held:
            if key in self._known:
                continue
            if now < until:
                waiting.append((until, key, entry))
            else:
                self._known.append(key)
                self._told_alone.append(key)
                fresh.append(entry)
        self._held = waiting
        return sorted(fresh, key=lambda entry: entry.time)

    def _take(self, entry: Entry, now: float, fresh: list[Entry]) -> None:
        key = hash(identity(entry))
        if not entry.complete:
            self._held.append((now + HOLD_SECONDS, key, entry))
            return
        line = hash((key, entry.decision_id))
        if line in self._known:
            return
        self._known.extend((key, line))
        if key in self._told_alone:  # it came after all
            self._told_alone.remove(key)
        else:
            fresh.append(entry)

    def _lines(self, chain: Chain, tail: _Tail) -> list[bytes]:
        """Return the whole lines that were added, those in files that were rotated away meanwhile first."""
        try:
            state = os.stat(chain.path)
            if (state.st_dev, state.st_ino, state.st_size) == (*(tail.inode or (0, 0)), tail.at):
                return []
        except OSError:  # renamed a moment ago, or deleted
            pass
        lines: list[bytes] = []
        found = snapshot([chain]).files
        there = {(file.device, file.inode): file for file in found}
        if tail.inode is not None and tail.inode in there:
            newer = [file for file in found if file.number <= there[tail.inode].number]
        else:
            tail.inode = None  # deleted: another file may get its number
            newer = [file for file in found if file.number == 0]
        for file in sorted(newer, key=lambda file: -file.number):
            if (file.device, file.inode) != tail.inode:
                tail.inode, tail.at, tail.rest = (file.device, file.inode), 0, b""
            lines += self._rest_of(file, tail)
        return lines

    def _rest_of(self, file: Opened, tail: _Tail) -> list[bytes]:
        if file.size < tail.at:  # cut off and written anew
            tail.at, tail.rest = 0, b""
        if file.size == tail.at:
            return []
        pieces = [tail.rest]
        try:
            fd = open_file(file)
        except OSError:
            return []
        try:
            while tail.at < file.size and (block := os.pread(fd, min(_BLOCK, file.size - tail.at), tail.at)):
                pieces.append(block)
                tail.at += len(block)
        finally:
            os.close(fd)
        *lines, tail.rest = b"".join(pieces).split(b"\n")
        if file.number and tail.rest:  # nothing is added to a rotated file
            lines.append(tail.rest)
            tail.rest = b""
        return lines


def _last_line_end(file: Opened) -> int:
    """Return where the last line begins that has no end yet; the size of *file* when there is none."""
    try:
        fd = open_file(file)
    except OSError:
        return file.size
    try:
        if file.size == 0 or os.pread(fd, 1, file.size - 1) == b"\n":
            return file.size
        return next((at for at, _ in backwards(fd, 0, file.size, file.size)), file.size)
    finally:
        os.close(fd)
