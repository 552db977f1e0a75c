"""Where in a log a window of time lies, without reading the log.

Stamps are *nearly* sorted. Writers race, so a line may be older than the one before it by up to `SLACK`. And clocks
jump. So the file is looked at in a grid of cells: the stamps at both ends of a cell say which times it holds, and only
where they say so is a cell left out. In a cell where the window begins or ends, the border is found by bisection.

The rule for a clock that jumped, back or ahead: a line counts by its own stamp, wrong or not. Where the clock was wrong
for longer than a cell of the grid (1 MiB, or 1/512 of a larger file: some hundreds of decisions), such lines are found.
Where it was wrong for less, they are found if their neighbours lie in the window, or in the index (`index.py`), which
knows every stamp.
"""

from __future__ import annotations

import itertools
import os
import re
from typing import Final, Iterable, NamedTuple

from callgate.reviewer.entry import Entry, read
from callgate.reviewer.logs.lines import Line, backwards, forwards, line_start
from callgate.times import parse_time

SLACK: Final = 10.0
"""Seconds by which a line may be older than one before it without the clock having jumped. The hook waits at most 0.2 s
for the lock of a log; what is more is the time that a stopped process may sleep between its decision and its line."""

CELL: Final = 1024 * 1024
CELLS: Final = 512
_HEAD: Final = 128
_STAMP: Final = re.compile(rb'\s*\{\s*"timestamp"\s*:\s*"([^"\\]{10,40})"')
_NEAR: Final = 256
"""Bytes within which a border is not looked for any closer."""

_FEW: Final = 64
"""Lines without a stamp that one probe passes over."""


class Range(NamedTuple):
    """Bytes `[start, end)`; the lines that begin there."""

    start: int
    end: int


class Window(NamedTuple):
    """Times `[since, until)` in seconds since the epoch; `None` is without a border."""

    since: float | None = None
    until: float | None = None

    def holds(self, time: float) -> bool:
        """Whether *time* lies in the window."""
        return (self.since is None or time >= self.since) and (self.until is None or time < self.until)

    def meets(self, low: float, high: float) -> bool:
        """Whether some time of `[low, high]` lies in the window."""
        return (self.since is None or high >= self.since) and (self.until is None or low < self.until)

    @property
    def whole(self) -> bool:
        """Whether it has no borders."""
        return self.since is None and self.until is None


def ranges(fd: int, size: int, window: Window, *, start: int = 0) -> list[Range]:
    """Return the ranges of the file from *start* in which lines of *window* can lie, in order and apart.

    They hold more than the window: whoever reads them looks at each stamp again.
    """
    if size <= start:
        return []
    if window.whole:
        return [Range(start, size)]
    step = max(CELL, -(-(size - start) // CELLS))
    borders = [*range(start, size, step), size]
    stamps = [*(stamp_at(fd, at, size) for at in borders[:-1]), last_stamp(fd, size)]
    found: list[Range] = []
    for number, (begin, end) in enumerate(itertools.pairwise(borders)):
        part = _cell(fd, size, Range(begin, end), window, stamps[number], stamps[number + 1])
        if part is None:
            continue
        if found and found[-1].end == part.start:
            found[-1] = Range(found[-1].start, part.end)
        else:
            found.append(part)
    return found


def stamp_at(fd: int, at: int, size: int) -> float | None:
    """Return the stamp of the first decision that begins at *at* or behind it; `None` when none is near."""
    start = line_start(fd, at, size)
    if start >= size:
        return None
    head = _STAMP.match(os.pread(fd, _HEAD, start))
    if head:
        found = parse_time(head[1].decode("ascii", "replace"))
        if found is not None:
            return found
    return _first_stamp(forwards(fd, start, size, size))


def last_stamp(fd: int, size: int) -> float | None:
    """Return the stamp of the last decision of the file; `None` when none is near its end."""
    return _first_stamp(backwards(fd, 0, size, size))


def _first_stamp(lines: Iterable[Line]) -> float | None:
    """Return the stamp of the first of *lines* that is a decision; `None` when none of the first few is one."""
    for _, line in itertools.islice(lines, _FEW + 1):
        entry = read(line) if line else None
        if isinstance(entry, Entry):
            return entry.time
    return None


def _cell(fd: int, size: int, cell: Range, window: Window, low: float | None, high: float | None) -> Range | None:
    """Return the part of *cell* that can hold lines of the window; *low* and *high* are the stamps at its ends."""
    if low is None or high is None:  # one end has no stamp: nobody knows
        return cell
    if not window.meets(min(low, high) - SLACK, max(low, high) + SLACK):
        return None
    if low > high:  # the clock went back in it, or writers raced
        return cell
    begin, end = cell
    if window.since is not None and low < window.since - SLACK:
        begin = _bisect(fd, size, cell, window.since - SLACK).start
    if window.until is not None and high > window.until + SLACK:
        end = _bisect(fd, size, cell, window.until + SLACK).end
    return Range(begin, end) if begin < end else None


def _bisect(fd: int, size: int, cell: Range, time: float) -> Range:
    """Return a small part of *cell*: before it, stamps are below *time*, and behind it they are not (up to `SLACK`)."""
    low, high = cell
    while high - low > _NEAR:
        middle = (low + high) // 2
        stamp = stamp_at(fd, middle, size)
        if stamp is not None and stamp < time:
            low = middle
        else:
            high = middle
    return Range(low, high)
