"""The walk along the chain: each entry against the one before it."""

from __future__ import annotations

from typing import Any, Mapping

from callgate.journal.audit.form import is_count
from callgate.journal.audit.head import Head
from callgate.journal.audit.lines import Line
from callgate.journal.audit.model import Fault
from callgate.journal.audit.segments import Chain, Segment
from callgate.journal.audit.store import torn_record


class Walk:
    """Goes along the segments of one chain in their order.

    Attributes:
        found: faults and notes, in the order of the chain.
        head: the last entry.
        entries: how many entries were looked at.
        hashes: number of an entry -> the hash it says it has; the first of several that have one number.
        places: number of an entry -> its line.
        sound: the hashes that entries really have.
        logs: every `log` that entries name.
    """

    def __init__(self, chain: Chain) -> None:
        """Look at nothing yet."""
        self._chain = chain
        self._junk: list[Line] = []
        self._was_edited = False
        self.found: list[Fault] = []
        self.head = Head()
        self.entries = 0
        self.hashes: dict[int, str] = {}
        self.places: dict[int, int] = {}
        self.sound: set[str] = set()
        self.logs: set[str] = set()

    def segment(self, segment: Segment) -> None:
        """Walk along one file."""
        closed = segment.closed_by
        before = len(self.found)
        if closed is not None and segment.sha256 != closed.sha256:
            self._say(f"the archive is not the one that the checkpoint (entry {closed.sequence}) closed", segment.file)
        first = True
        for line in segment.lines:
            if line.entry is None:
                self._junk.append(line)
                continue
            self._entry(line, line.entry, first=first)
            first = False
        self._unclaimed()
        if closed is not None and (self.head.number, self.head.hash) != (closed.last, closed.last_hash):
            self._say(f"the archive does not end with entry {closed.last}, as its checkpoint says", segment.file)
        if closed is not None and closed.faults:
            # A person archived it in the knowledge of its faults, and the checkpoint keeps them.
            self.found[before:] = [one._replace(severity="note") for one in self.found[before:]]
            self._say(f"the archive was closed with {closed.faults} known faults", segment.file, severity="note")

    def _entry(self, line: Line, entry: Mapping[str, Any], *, first: bool) -> None:
        self._claim_junk(line, entry)
        linked = self._link(line, entry, first=first)
        if line.problem:
            self._line(line, line.problem)
        else:
            self.sound.add(line.hash)
        if not line.whole:
            self._line(line, "torn: the line has no end")
        if linked and not line.problem:
            self._told(line, entry)
        if line.sequence > self.head.number:  # what stands out of its order says nothing about what follows
            self.head = Head(line.sequence, line.hash)
            self._was_edited = bool(line.problem)
        self.entries += 1
        self.hashes.setdefault(line.sequence, line.hash)
        self.places.setdefault(line.sequence, line.number)
        if isinstance(entry.get("log"), str):
            self.logs.add(entry["log"])

    def _link(self, line: Line, entry: Mapping[str, Any], *, first: bool) -> bool:
        """Hold the entry against the one before it."""
        last, sequence, prev = self.head, line.sequence, entry["prev"]
        if sequence == last.number + 1 and prev == last.hash:
            return True
        if first and sequence > last.number + 1 and self._archived(line, prev):
            return True
        if sequence > last.number + 1:
            missing = f"{last.number + 1}" if sequence == last.number + 2 else f"{last.number + 1}-{sequence - 1}"
            self._line(line, f"entries are missing before this one: {missing}")
        elif sequence <= last.number:
            what = "a second time" if self.hashes.get(sequence) == line.hash else "out of its order"
            self._line(line, f"entry {sequence} stands here {what}: it was moved or inserted")
        elif self._was_edited:
            self._line(line, "it was written after an entry with another hash: the one before was edited")
        else:
            self._line(line, "it was not written after the entry before it: that one was replaced, or was inserted")
        return False

    def _archived(self, line: Line, prev: str) -> bool:
        """Whether a later checkpoint closed everything before *line*; the archives are then just not here."""
        last = line.sequence - 1
        for one in self._chain.checkpoints:
            if one.sequence >= line.sequence and (one.last, one.last_hash) == (last, prev):
                problem = f"entries {self.head.number + 1}-{last} are archived, and the archive is not here"
                self._line(line, f"{problem}; the checkpoint (entry {one.sequence}) proves them", severity="note")
                return True
        return False

    def _told(self, line: Line, entry: Mapping[str, Any]) -> None:
        """Report what the writer of the entry found out of order: it stays true whatever was mended since."""
        told = entry.get("continuity")
        about = told.get("head") if isinstance(told, dict) else None
        if not isinstance(about, dict):
            return
        state, count = about.get("state"), about.get("count")
        if state == "differs":
            self._line(line, f"when it was written, the head file knew of another entry {count}: the log was replaced")
        elif state == "ahead":
            problem = f"when it was written, the log ended with entry {about.get('found')} of {count}"
            whole = is_count(count) and self.hashes.get(count, "") == about.get("hash")
            self._line(line, f"{problem}{'; they are back' if whole else ''}", severity="note" if whole else "fault")
        else:
            self._line(line, f"when it was written, the head file was {state}", severity="note")

    def _claim_junk(self, line: Line, entry: Mapping[str, Any]) -> None:
        """Lines that are no entry: the next entry tells of them when a crash tore them."""
        if not self._junk:
            return
        told = entry.get("continuity")
        torn = told.get("torn") if isinstance(told, dict) else None
        if not line.problem and torn == torn_record(_bytes_of(self._junk)):
            first = self._junk[0]
            problem = f"torn: {torn['bytes']} bytes that are no entry; entry {line.sequence} tells of them"
            self._line(first, problem, severity="note")
            self._junk = []
        self._unclaimed()

    def _unclaimed(self) -> None:
        for line in self._junk:
            torn = "torn, by a crash or by hand; the next entry will tell of it"
            self._line(line, line.problem if line.whole else torn)
        self._junk = []

    def _line(self, line: Line, problem: str, severity: str = "fault") -> None:
        self._say(problem, line.file, line.number, line.sequence, line.timestamp, severity=severity)

    def _say(
        self, problem: str, file: str, line: int = 0, sequence: int = 0, stamp: str = "", *, severity: str = "fault"
    ) -> None:
        self.found.append(Fault(problem, file, line, sequence, stamp, "note" if severity == "note" else "fault"))


def _bytes_of(junk: list[Line]) -> Any:  # noqa: ANN401 - a generator of bytes
    """The bytes of some lines, as they stand in the file."""
    for line in junk:
        yield line.raw + (b"\n" if line.whole else b"")
