"""Files of calls: read in ranges, counted by distinct call, and single lines fetched again to be decided."""

from __future__ import annotations

import os
from typing import Final, Iterator, Mapping, NamedTuple, Sequence

from callgate.reviewer.replay.calls import Call, LineKind, Person, Unusable, Where, read_line
from callgate.reviewer.replay.facts import digest_of
from callgate.reviewer.replay.judge import Judge
from callgate.reviewer.replay.lines import Reader
from callgate.reviewer.replay.tally import Left, Tally, place_of

MAX_LINE: Final = 32 * 1024 * 1024
"""A longer line is none of ours; `journal/reading.py` has the same limit."""

_BLOCK: Final = 1 << 20


class Source(NamedTuple):
    """One file that is open for reading."""

    fd: int
    kind: LineKind
    size: int
    """Bytes that are looked at: what it held when it was opened."""


class Window(NamedTuple):
    """Which calls are looked at: those of `[since, until)`, in seconds since the epoch."""

    since: float | None = None
    until: float | None = None

    def holds(self, time: float) -> bool:
        """Whether a call at *time* is within."""
        return (self.since is None or time >= self.since) and (self.until is None or time < self.until)


class People(NamedTuple):
    """Ids of decisions that a person took themselves."""

    approved: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()

    @classmethod
    def from_outcomes(cls, outcomes: Mapping[str, str]) -> People:
        """Take decision id -> what `outcomes.join` concludes; what no person decided is left out."""
        chosen = ({key for key, told in outcomes.items() if told == what} for what in ("approved", "refused"))
        return cls(*map(frozenset, chosen))

    def of(self, decision_id: str) -> Person:
        """Return what a person made of a decision; nothing when it has no id, as in the older hook's log."""
        if not decision_id:
            return ""
        return "refused" if decision_id in self.refused else "approved" if decision_id in self.approved else ""


class Scanner:
    """Counts the calls of files.

    Attributes:
        tally: of all ranges so far.
        left: what was left out, or has to be mentioned.
    """

    def __init__(self, judge: Judge, where: Where, window: Window, people: People, *, quick: bool = True) -> None:
        """Count nothing yet; without *quick* every line takes the slow way (for a test that compares the two)."""
        self.tally = Tally()
        self.left = Left()
        self._judge = judge
        self._where = where
        self._window = window
        self._people = people
        self._reader = Reader() if quick else None

    def scan(self, sources: Sequence[Source], number: int, start: int, end: int) -> None:
        """Count the calls on the lines that begin in `[start, end)` of file *number*.

        Raises:
            OSError: the file cannot be read.
            PolicyError: a policy is broken for all projects.
        """
        source = sources[number]
        for offset, line in lines_of(source, start, end):
            if line is None:
                self._leave(unread=1)
            elif line and not line.isspace():
                self._count(line, source.kind, place_of(number, offset))

    def forget(self) -> None:
        """Begin anew: somebody else has the counts now."""
        self.tally, self.left = Tally(), Left()

    def _count(self, line: bytes, kind: LineKind, place: int) -> None:
        quick = self._reader.read(line) if kind == "log" and self._reader is not None else None
        if quick is not None and self._reader is not None:
            if not self._window.holds(quick.time):
                return
            facts = self._judge.facts(quick.seen.project, quick.cwd)
            if facts is None:
                self._leave(broken=1)
                return
            digest = self._reader.digest(quick, facts)
            if digest is not None:
                self.tally.add(digest, quick.decision, self._people.of(quick.decision_id), place)
                return
        call = read_line(line, kind, self._where)
        if isinstance(call, Unusable):
            self._leave(failed=int(call.failed), unread=int(not call.failed))
        elif self._window.holds(call.time):
            self._add(call, place)

    def _add(self, call: Call, place: int) -> None:
        facts = self._judge.facts(call.project, call.call.cwd)
        if facts is None:
            self._leave(broken=1)
            return
        try:
            digest = digest_of(call, facts)
        except RecursionError:
            self._leave(unread=1)
            return
        self._leave(masked=int(call.masked), unobserved=int(call.observation is None))
        person = call.person or self._people.of(call.decision_id)
        self.tally.add(digest, call.logged, person, place)

    def _leave(
        self, *, unread: int = 0, failed: int = 0, broken: int = 0, masked: int = 0, unobserved: int = 0
    ) -> None:
        self.left = self.left.plus(Left(unread, failed, broken, masked, unobserved))


def lines_of(source: Source, start: int, end: int) -> Iterator[tuple[int, bytes | None]]:
    """Yield (offset, line without its end) of the lines that begin in `[start, end)`; `None` for one that is too long.

    Raises:
        OSError: the file cannot be read.
    """
    position = start
    if start > 0:  # a line that began before belongs to the range before
        found = _line_end(source, start - 1, end - 1)
        if found is None or found + 1 >= source.size:
            return
        position = found + 1
    while position < min(end, source.size):
        block = os.pread(source.fd, min(_BLOCK, source.size - position), position)
        cut = block.rfind(b"\n")
        if not block:
            return
        if cut < 0:
            stop = _line_end(source, position + len(block), source.size)
            stop = source.size if stop is None else stop
            yield position, _piece(source, position, stop)
            position = stop + 1
            continue
        for line in block[:cut].split(b"\n"):
            if position >= end:
                return
            yield position, line
            position += len(line) + 1


def line_at(source: Source, offset: int) -> bytes:
    """Return the line that begins at *offset*.

    Raises:
        OSError: the file cannot be read.
    """
    block = os.pread(source.fd, min(8_192, source.size - offset), offset)
    cut = block.find(b"\n")
    if cut >= 0:
        return block[:cut]
    stop = _line_end(source, offset + len(block), source.size)
    return _piece(source, offset, source.size if stop is None else stop) or b""


def _piece(source: Source, start: int, stop: int) -> bytes | None:
    if stop - start > MAX_LINE:
        return None
    parts = []
    while start < stop and (part := os.pread(source.fd, stop - start, start)):
        parts.append(part)
        start += len(part)
    return b"".join(parts)


def _line_end(source: Source, start: int, stop: int) -> int | None:
    """Return the offset of the first line end in `[start, stop)`; `None` when there is none."""
    stop = min(stop, source.size)
    while start < stop:
        block = os.pread(source.fd, min(_BLOCK, stop - start), start)
        if not block:
            return None
        cut = block.find(b"\n")
        if cut >= 0:
            return start + cut
        start += len(block)
    return None
