"""Decisions of many log files as one stream, line by line and without an index: newest or oldest first.

Each chain of files is read in the order of its lines, the chains are merged by their stamps, and lines that raced each
other (`SLACK`) are put in order. What was stamped by a clock that had jumped comes where it was written.
"""

from __future__ import annotations

import heapq
import os
from collections import Counter, deque
from typing import Final, Iterator, NamedTuple, Sequence

from callgate.reviewer.entry import PADDING, Entry, read
from callgate.reviewer.logs.columns import input_text
from callgate.reviewer.logs.lines import backwards, forwards
from callgate.reviewer.logs.sources import Opened, Skipped, open_file
from callgate.reviewer.logs.window import SLACK, Window, ranges

AHEAD: Final = 128
"""Lines looked at, at least, before a short line counts as a decision of its own: clocks jump."""


class Placed(NamedTuple):
    """A decision and where it stands: of two with one stamp, the larger place is the newer."""

    entry: Entry
    place: tuple[int, int, int]
    """Chain and file, negated, so that later written ones are larger; then the byte that the line begins at."""


class Report:
    """What a reading left out."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.lines: Counter[str] = Counter()
        self.files: list[Skipped] = []

    def clear(self) -> None:
        """Start again."""
        self.lines.clear()
        self.files.clear()

    @property
    def total(self) -> int:
        """How many lines were skipped."""
        return self.lines.total()


def stream(files: Sequence[Opened], window: Window, report: Report, *, newest: bool) -> Iterator[Entry]:
    """Yield each decision of *window* once.

    Args:
        files: all files of all chains, the newest file of a chain first.
        window: the times.
        report: gets what is skipped; whole only when the stream has ended.
        newest: newest first, else oldest first.

    A decision that stands in a review log and in an operational log is told from the review log. A review line that
    stands twice, because its writer was interrupted, counts once.
    """
    numbers = sorted({file.chain for file in files})
    chains = []
    for number in numbers:
        own = sorted((file for file in files if file.chain == number), key=lambda file: file.number, reverse=not newest)
        chains.append(_chain(own, window, report, newest=newest))
    yield from _once(_in_order(_merged(chains, newest=newest), newest=newest), newest=newest)


def _chain(files: Sequence[Opened], window: Window, report: Report, *, newest: bool) -> Iterator[Placed]:
    for file in files:
        try:
            fd = open_file(file)
        except OSError as error:
            report.files.append(Skipped(file.path, error.strerror or str(error)))
            continue
        try:
            yield from _file(fd, file, window, report, newest=newest)
        finally:
            os.close(fd)


def _file(fd: int, file: Opened, window: Window, report: Report, *, newest: bool) -> Iterator[Placed]:
    parts = ranges(fd, file.size, window)
    for start, end in reversed(parts) if newest else parts:
        for at, line in (backwards if newest else forwards)(fd, start, end, file.size):
            found = "too long" if line is None else read(line) if line.strip(PADDING) else None
            if isinstance(found, Entry):
                if window.holds(found.time):
                    yield Placed(found, (-file.chain, -file.number, at))
            elif found is not None:
                report.lines[found] += 1


def _merged(chains: Sequence[Iterator[Placed]], *, newest: bool) -> Iterator[Placed]:
    return heapq.merge(*chains, key=_age if newest else _time)


def _time(placed: Placed) -> tuple[float, tuple[int, int, int]]:
    return placed.entry.time, placed.place


def _age(placed: Placed) -> tuple[float, int, int, int]:
    chain, file, at = placed.place
    return -placed.entry.time, -chain, -file, -at


def _in_order(stream: Iterator[Placed], *, newest: bool) -> Iterator[Placed]:
    """Sort what lies within `SLACK` of each other."""
    heap: list[tuple[tuple[float, ...], Placed]] = []
    for placed in stream:
        time = placed.entry.time
        while heap and _is_settled(heap[0][1].entry.time, time, newest=newest):
            yield heapq.heappop(heap)[1]
        place = placed.place
        key = _age(placed) if newest else (time, *place)
        heapq.heappush(heap, (key, placed))
    while heap:
        yield heapq.heappop(heap)[1]


def _is_settled(held: float, read: float, *, newest: bool) -> bool:
    """Whether nothing that is read after a line stamped *read* belongs before one stamped *held*."""
    return held > read + SLACK if newest else held < read - SLACK


def _once(stream: Iterator[Placed], *, newest: bool) -> Iterator[Entry]:
    """Leave out short lines of decisions that a complete line tells of, and complete lines that stand twice."""
    told: set[int] = set()
    twice: set[int] = set()
    held: deque[tuple[Entry, int]] = deque()
    for entry, _ in stream:
        key = hash(identity(entry))
        if entry.complete:
            line = hash((key, entry.decision_id))
            if line in twice:
                continue
            twice.add(line)
            told.add(key)
        held.append((entry, key))
        while held and (held[0][0].complete or (len(held) > AHEAD and _passed(held[0][0], entry, newest=newest))):
            first, its_key = held.popleft()
            if first.complete or its_key not in told:
                yield first
    for entry, its_key in held:
        if entry.complete or its_key not in told:
            yield entry


def _passed(held: Entry, read: Entry, *, newest: bool) -> bool:
    return held.time > read.time + SLACK if newest else held.time < read.time - SLACK


def identity(entry: Entry) -> tuple[object, ...]:
    """Return what the short and the complete line of one decision have in common."""
    return entry.time, entry.session_id, entry.tool, entry.decision, entry.source, input_text(entry)
