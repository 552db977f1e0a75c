"""What verification looks for and what it reports."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Anchor(NamedTuple):
    """A hash that was written down elsewhere while it was the head of the log: in the message of a commit."""

    hash: str
    source: str
    """Where it stands, for messages: a repository and a commit."""
    time: float | None = None
    """When it was written down, seconds since the epoch."""
    log: str = ""
    """Which log it is of (`place.log_id`); empty when it does not say, and it then counts for this one."""


class Fault(NamedTuple):
    """One thing that verification found."""

    problem: str
    """One sentence."""
    file: str
    line: int = 0
    """1-based; 0 for what is no line: the end of a log, an anchor."""
    sequence: int = 0
    """Number of the entry; 0 for what is none."""
    timestamp: str = ""
    """Of the entry, as it is written; of an anchor, when it was written down."""
    severity: Literal["fault", "note"] = "fault"
    """A note is worth knowing and proves nothing wrong."""


class Report(NamedTuple):
    """What verification found of a whole log, with its archives."""

    faults: tuple[Fault, ...]
    notes: tuple[Fault, ...]
    entries: int
    """Entries that were looked at, those in archives included."""
    archives: tuple[str, ...]
    """The archives that were looked at."""
    anchors: int
    """Anchors that are in the chain."""
    head: str
    """Hash of the last entry; `form.GENESIS` when there is none."""
