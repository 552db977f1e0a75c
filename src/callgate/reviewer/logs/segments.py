"""Parts of a log file that do not change any more, and how to know one again.

A log is only appended to, renamed and deleted. So whole stretches of it can be read once and kept as columns. A stretch
is cut at the first line end behind a multiple of `LARGE`. The rest of a rotated log is a stretch as well. The rest of
the log that is written now is cut at multiples of `SMALL`, and what is left then is its tail, read each time.
"""

from __future__ import annotations

import hashlib
import os
from typing import Any, Final, Mapping, NamedTuple

from callgate.reviewer.logs.lines import line_start
from callgate.reviewer.logs.sources import Opened
from callgate.reviewer.logs.window import Range, Window

LARGE: Final = 16 * 1024 * 1024
SMALL: Final = 512 * 1024
"""What is behind the last cut is decoded for each question: 10 ms for so much."""

_SPOTS: Final = 8
_SPOT: Final = 512


Key = tuple[int, int, int, int]
"""Device, inode, start and end of a stretch."""


class Segment(NamedTuple):
    """A stretch that was read, and what its columns hold."""

    path: str
    """Of the log file when it was last seen."""
    device: int
    inode: int
    start: int
    end: int
    digest: str
    """SHA-256 of its bytes: also the name of its file of columns."""
    spots: str
    """The same of some places in it, with its first and last bytes: what can be looked at each time."""
    size: int
    modified_ns: int
    changed_ns: int
    """Of the log file when all bytes of the stretch were last looked at."""
    rows: int
    short: int
    """How many of the rows are lines of an operational log."""
    low: float
    high: float
    """The smallest and the largest stamp, seconds since the epoch; the first is the larger one when there are none."""
    decisions: Mapping[str, int]
    """Decision -> rows."""
    twice: bool
    """Some complete row stands twice."""
    skipped: Mapping[str, int]
    """Reason -> lines that are no decisions."""

    def meets(self, window: Window, decision: str = "") -> bool:
        """Whether it has a decision that may lie in *window*, and is *decision* where that is not empty."""
        if decision and not self.decisions.get(decision):
            return False
        return self.low <= self.high and window.meets(self.low, self.high)

    @property
    def key(self) -> Key:
        """Which stretch it is."""
        return self.device, self.inode, self.start, self.end

    @property
    def file(self) -> str:
        """The name of its file of columns."""
        return f"{self.digest}.parquet"


def decode(value: object) -> Segment | None:
    """Return the segment that *value*, JSON, tells of; `None` when it does not."""
    kinds: Mapping[str, Any] = {
        **dict.fromkeys(("device", "inode", "start", "end", "size", "modified_ns", "changed_ns", "rows", "short"), int),
        **dict.fromkeys(("path", "digest", "spots"), str),
        **dict.fromkeys(("low", "high"), (int, float)),
        **dict.fromkeys(("decisions", "skipped"), dict),
        "twice": bool,
    }
    if not isinstance(value, dict) or any(not isinstance(value.get(name), kind) for name, kind in kinds.items()):
        return None
    found = Segment(**{name: value[name] for name in Segment._fields})
    plain = len(found.digest) == 64 and found.digest.isalnum() and found.digest.isascii()
    counted = all(isinstance(count, int) for counts in (found.skipped, found.decisions) for count in counts.values())
    return found if plain and counted and 0 <= found.start < found.end else None


def cuts(fd: int, file: Opened) -> list[Range]:
    """Return the stretches of *file*, in order, from its beginning; what lies behind the last one is its tail."""
    size = file.size
    borders = [0]
    for step in (LARGE,) if file.number else (LARGE, SMALL):
        while (wanted := borders[-1] // step * step + step) < size:
            border = line_start(fd, wanted, size)
            if border >= size:
                break
            borders.append(border)
    if file.number and borders[-1] < size:
        borders.append(size)
    return [Range(borders[at], borders[at + 1]) for at in range(len(borders) - 1)]


def key(file: Opened, part: Range) -> Key:
    """Return which stretch *part* of *file* is."""
    return file.device, file.inode, part.start, part.end


def is_unchanged(segment: Segment, file: Opened) -> bool:
    """Whether the state of *file* is what it was when the bytes of *segment* were looked at."""
    state = (file.device, file.inode, file.size, file.modified_ns, file.changed_ns)
    return state == (segment.device, segment.inode, segment.size, segment.modified_ns, segment.changed_ns)


def spots(fd: int, part: Range) -> str:
    """Return the digest of some places of *part*, its first and its last bytes among them."""
    found = hashlib.sha256()
    room = max(0, part.end - part.start - _SPOT)
    for number in range(_SPOTS):
        found.update(os.pread(fd, min(_SPOT, part.end - part.start), part.start + room * number // (_SPOTS - 1)))
    return found.hexdigest()


def read_part(fd: int, part: Range) -> bytes:
    """Return the bytes of *part*; fewer when the file was cut off."""
    pieces = []
    at = part.start
    while at < part.end and (piece := os.pread(fd, part.end - at, at)):
        pieces.append(piece)
        at += len(piece)
    return b"".join(pieces)
