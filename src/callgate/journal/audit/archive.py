"""Retention: old entries move into an archive, and a checkpoint entry proves them.

The log then begins with the entry after the archived ones, whose `prev` is the `last_hash` of the checkpoint. The
checkpoint is an entry like any other, at the end of the chain, so that nothing of the chain is ever written anew.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from typing import Any, Final, Iterable, Mapping, NamedTuple

from callgate.actor import Actor
from callgate.atomic import write_all, write_new
from callgate.journal.audit.entry import AuditEntry
from callgate.journal.audit.form import canonical
from callgate.journal.audit.lines import Line, read_file
from callgate.journal.audit.model import Anchor, Fault
from callgate.journal.audit.store import LockedLog, locked, next_record, settle, sync_folder
from callgate.times import parse_time

_STAMP: Final = "%Y%m%dT%H%M%SZ"
_MAX_TOLD: Final = 50
"""Faults that a checkpoint repeats; it holds the number of all of them."""


class Archived(NamedTuple):
    """What `archive` did."""

    file: str
    """The archive."""
    entries: int
    """How many."""
    first: int
    last: int
    head: str
    """The new head: the hash of the checkpoint."""


class UnsoundError(Exception):
    """The log has faults; nothing was archived."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        """Keep what is wrong with the log."""
        super().__init__(f"the audit log has {len(faults)} faults")
        self.faults = faults


def archive(
    path: str, *, before: float, now: float, actor: Actor | None = None, anchors: Iterable[Anchor] = (),
    despite_faults: bool = False,
) -> Archived | None:  # fmt: skip
    """Move the entries of *path* that are older than *before* into an archive beside it, and add a checkpoint.

    Args:
        path: the log.
        before: seconds since the epoch; the first entry that is not older, and all after it, stay.
        now: seconds since the epoch, UTC.
        actor: who asks.
        anchors: as for `check`.
        despite_faults: archive a log that has faults; the checkpoint keeps them.

    Returns:
        What was done, or `None` when no entry is old enough.

    Raises:
        UnsoundError: the log has faults: archiving would bury them.
        OSError: it could not be done. The log is as before, or the archive and the checkpoint are both there.
        ValueError: the path has a NUL character.
    """
    from callgate.journal.audit.verify import check  # noqa: PLC0415 - verification comes first, outside of the lock

    faults = check(path, anchors).faults
    if faults and not despite_faults:
        raise UnsoundError(faults)
    with locked(path) as log:
        lines = list(read_file(log.file))
        if long := next((line.number for line in lines if line.cut), 0):
            raise OSError(f"line {long} is too long to be moved: take it out by hand")
        old, rest = _split(lines, before)
        numbers = [line for line in old if line.entry is not None]
        if not numbers:
            return None
        data = b"".join(map(_bytes, old))
        file = _write_archive(log, data, now)
        what = _closing(file, data, numbers, faults)
        told = [f"Archived entries {what['first_sequence']}-{what['last_sequence']} in {file}"]
        entry = AuditEntry("checkpoint", path, told, actor=actor)
        record = next_record(log, entry, now=now, checkpoint=what)
        _replace(log, b"".join(map(_bytes, rest)) + canonical(record) + b"\n", record)
        return Archived(file, len(numbers), what["first_sequence"], what["last_sequence"], record["hash"])


def _split(lines: list[Line], before: float) -> tuple[list[Line], list[Line]]:
    """Part the lines at the first entry that is not older than *before*, or does not say how old it is.

    The junk in front of that entry stays with it: the entry tells of it.
    """
    cut = len(lines)
    for position, line in enumerate(lines):
        when = parse_time(line.timestamp) if line.entry is not None else None
        if line.entry is not None and (when is None or when >= before):
            cut = position
            break
    while cut and lines[cut - 1].entry is None:
        cut -= 1
    return lines[:cut], lines[cut:]


def _bytes(line: Line) -> bytes:
    return line.raw + b"\n"


def _write_archive(log: LockedLog, data: bytes, now: float) -> str:
    stamp = time.strftime(_STAMP, time.gmtime(now))
    for number in range(1000):
        file = f"{log.file}.{stamp}-{number}.archive" if number else f"{log.file}.{stamp}.archive"
        try:
            write_new(file, data, mode=0o600)
        except FileExistsError:
            continue
        handle = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        sync_folder(os.path.dirname(file))
        return file
    raise OSError(f"too many archives of this second: {log.file}.{stamp}.archive")


def _closing(file: str, data: bytes, entries: list[Line], faults: tuple[Fault, ...]) -> dict[str, Any]:
    """Return the `checkpoint` field."""
    first, last = entries[0], entries[-1]
    what: dict[str, Any] = {
        "file": os.path.basename(file),
        "sha256": hashlib.sha256(data).hexdigest(),
        "count": len(entries),
        "first_sequence": first.sequence,
        "last_sequence": last.sequence,
        "first_hash": first.hash,
        "last_hash": last.hash,
        "first_timestamp": first.timestamp,
        "last_timestamp": last.timestamp,
    }
    if faults:
        what["faults"] = [_told(fault) for fault in faults[:_MAX_TOLD]]
        what["fault_count"] = len(faults)
    return what


def _told(fault: Fault) -> Mapping[str, object]:
    return {"problem": fault.problem, "line": fault.line, "sequence": fault.sequence, "timestamp": fault.timestamp}


def _replace(log: LockedLog, data: bytes, record: Mapping[str, object]) -> None:
    """Put *data* in the place of the log. The new file is locked before it has the name, so that nobody adds to it."""
    temporary = f"{log.file}.{os.getpid()}-{os.urandom(4).hex()}.new"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            write_all(handle, data)
            os.fchmod(handle, 0o600)
            os.fsync(handle)
            os.replace(temporary, log.file)
        except BaseException:
            os.unlink(temporary)
            raise
        settle(log, record)
        sync_folder(os.path.dirname(log.file))
    finally:
        os.close(handle)
