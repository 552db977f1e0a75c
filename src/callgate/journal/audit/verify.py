"""Verification: is every entry as it was written, in its place, and is none missing?"""

from __future__ import annotations

import os
import time
from contextlib import contextmanager, suppress
from typing import Iterable, Iterator

from callgate.journal.append import lock
from callgate.journal.audit.form import GENESIS
from callgate.journal.audit.head import Head, read_head
from callgate.journal.audit.links import Walk
from callgate.journal.audit.model import Anchor, Fault, Report
from callgate.journal.audit.place import head_file_of, log_id
from callgate.journal.audit.segments import Chain, Checkpoint, read_chain
from callgate.times import parse_time

_WAIT = 5.0


def verify(path: str, anchors: Iterable[Anchor] = ()) -> list[Fault]:
    """Return what is wrong with the audit log at *path*, oldest first; nothing when it is whole. See `check`.

    Raises:
        OSError, ValueError: as `check`.
    """
    return list(check(path, anchors).faults)


def check(path: str, anchors: Iterable[Anchor] = ()) -> Report:
    """Verify the audit log at *path* with its archives.

    Every entry must be as it was written and follow the entry before it; the last one must be the one that the head
    file names; and every anchor must be in the chain.

    Args:
        path: the log.
        anchors: heads that were written down elsewhere. Those of other logs are passed over.

    Raises:
        OSError: the log is there and cannot be read.
        ValueError: the path has a NUL character.
    """
    with _still(path):
        chain = read_chain(path)
        head = read_head(head_file_of(path))
    walk = Walk(chain)
    for segment in chain.segments:
        walk.segment(segment)
    found = [*walk.found, *_beside(chain), *_against_head(path, head, walk)]
    held, missing = _against_anchors(path, anchors, chain, walk)
    found += missing
    return Report(
        tuple(one for one in found if one.severity == "fault"),
        tuple(one for one in found if one.severity == "note"),
        walk.entries,
        tuple(segment.file for segment in chain.segments[:-1]),
        held,
        walk.head.hash,
    )


@contextmanager
def _still(path: str) -> Iterator[None]:
    """Keep writers away while the log and its head file are read, where that is possible."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        yield
        return
    try:
        # Without the lock when it is not to be had: a writer that hangs must not hide the log.
        with suppress(OSError):
            lock(fd, time.monotonic() + _WAIT)
        yield
    finally:
        os.close(fd)


def _beside(chain: Chain) -> Iterator[Fault]:
    for file in chain.strays:
        problem = (
            "no checkpoint names this archive; an interrupted `archive` leaves one, and the log still has its entries"
        )
        yield Fault(problem, file, severity="note")
    for file, reason in chain.unread:
        yield Fault(f"the archive cannot be read: {reason}", file, severity="note")


def _against_head(path: str, head: Head, walk: Walk) -> Iterator[Fault]:
    last = walk.head
    if head.fault:
        yield Fault(f"{head.fault}, so the end of the log may be missing", path)
    elif head.number > last.number:
        which = (
            f"entry {head.number} is"
            if head.number == last.number + 1
            else f"entries {last.number + 1}-{head.number} are"
        )
        yield Fault(f"{which} missing from the end: the head file knows of {head.number}", path, sequence=head.number)
    elif head.number == 0:
        if last.number:
            problem = "there is no head file, so the end of the log may be missing"
            yield Fault(f"{problem}; the next entry makes a new one, and says so", path)
    elif walk.hashes.get(head.number, head.hash) != head.hash:
        problem = f"the head file says that entry {head.number} was another one: the log was rewritten or replaced"
        yield Fault(problem, path, walk.places.get(head.number, 0), head.number)
    elif head.number < last.number:
        problem = (
            f"the head file knows of {head.number} of {last.number} entries: after a crash, or another hand added some"
        )
        yield Fault(
            f"{problem}; the next entry brings it up to date, and says so", path, walk.places.get(head.number, 0)
        )


def _against_anchors(path: str, anchors: Iterable[Anchor], chain: Chain, walk: Walk) -> tuple[int, list[Fault]]:
    """Return how many anchors the chain has, and what there is to say about the others."""
    ours = {log_id(), *walk.logs}
    held, strange = 0, 0
    out: list[Fault] = []
    gone = _absent(chain)
    for anchor in anchors:
        if anchor.hash in walk.sound or anchor.hash == GENESIS:  # the log was empty then
            held += 1
        elif anchor.log and anchor.log not in ours:
            strange += 1
        elif gone is not None and _before(anchor, gone):
            problem = f"{anchor.source} names entry {anchor.hash[:12]}, which would be in an archive that is not here"
            out.append(Fault(problem, path, timestamp=_when(anchor), severity="note"))
        else:
            what = "the log has no such entry" if chain.exists else "there is no log"
            out.append(Fault(f"{anchor.source} names entry {anchor.hash[:12]}: {what}", path, timestamp=_when(anchor)))
    if strange:
        out.append(Fault(f"{strange} heads in commits are of other people's or other machines' logs", path,
                         severity="note"))  # fmt: skip
    return held, out


def _absent(chain: Chain) -> Checkpoint | None:
    """Return the last checkpoint whose archive is not here."""
    here = {os.path.basename(segment.file) for segment in chain.segments[:-1]}
    away = [one for one in chain.checkpoints if one.file not in here]
    return max(away, key=lambda one: one.last, default=None)


def _before(anchor: Anchor, gone: Checkpoint) -> bool:
    """Whether the entry of *anchor* may be among those that *gone* closed. A commit follows its entry by seconds."""
    last = parse_time(gone.last_timestamp)
    return anchor.time is None or last is None or anchor.time <= last + 60


def _when(anchor: Anchor) -> str:
    from callgate.journal.records import timestamp  # noqa: PLC0415 - only for an anchor that is missing

    return "" if anchor.time is None else timestamp(anchor.time)
