"""Adding to the audit log: one writer at a time, on disk before it returns, and never a second branch of the chain."""

from __future__ import annotations

import hashlib
import os
import time
from contextlib import contextmanager
from typing import Any, Final, Iterator, Mapping, NamedTuple

from callgate.atomic import write_all
from callgate.journal.append import lock, open_log, resolve, same
from callgate.journal.audit.entry import AuditEntry, Continuity, build
from callgate.journal.audit.form import GENESIS, canonical
from callgate.journal.audit.head import Head, read_head, write_head
from callgate.journal.audit.lines import decode
from callgate.journal.audit.place import head_file_of, log_id
from callgate.journal.reading import backwards

LOCK_WAIT: Final = 5.0
"""Seconds that a writer waits for another."""

_MAX_SWAPS: Final = 20


class Tail(NamedTuple):
    """How a log ends."""

    head: Head
    """Its last entry."""
    junk: int
    """Where what is no entry begins, in bytes from the start; the size of the file when nothing follows."""


class LockedLog(NamedTuple):
    """An audit log whose lock is held; nobody else writes it."""

    fd: int
    file: str
    """Its real path."""
    head_file: str


def append(path: str, entry: AuditEntry, *, now: float) -> str:
    """Add *entry* to the audit log at *path* and return its hash, the new head. It is on disk then.

    What is found out of order (a line torn by a crash, a head file that knows of more entries than there are) is
    written into the new entry, so that it stays to be seen. When entries are missing from the end, the chain goes on
    from the head file and shows the gap; putting them back mends it.

    Args:
        path: the log; made with mode 0600 when it is missing.
        entry: what happened; masked before it is written.
        now: seconds since the epoch, UTC.

    Raises:
        OSError: the entry is not in the log, or it is not known to be: no access, a full disk, or another writer that
            did not finish within `LOCK_WAIT` seconds.
        ValueError: the path has a NUL character.
    """
    with locked(path) as log:
        return add(log, entry, now=now)


def head(path: str) -> str:
    """Return the hash of the last entry of the audit log at *path*; `GENESIS` when it has none.

    Raises:
        OSError: the log cannot be read.
        ValueError: the path has a NUL character.
    """
    try:
        fd = os.open(resolve(path), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return GENESIS
    try:
        return tail_of(fd, path).head.hash
    finally:
        os.close(fd)


@contextmanager
def locked(path: str) -> Iterator[LockedLog]:
    """Open the audit log at *path*, made when missing, and hold its lock.

    Raises:
        OSError, ValueError: as `append`.
    """
    real = resolve(path)
    deadline = time.monotonic() + LOCK_WAIT
    for _ in range(_MAX_SWAPS):
        fd = open_log(real)
        try:
            if not lock(fd, deadline):
                raise TimeoutError(f"another process has held the audit log for {LOCK_WAIT:.0f} seconds: {path}")
            state = os.fstat(fd)
            if not same(real, state):
                continue  # archived while we waited
            if state.st_mode & 0o077:
                os.fchmod(fd, 0o600)
            yield LockedLog(fd, real, head_file_of(path))
            return
        finally:
            os.close(fd)
    raise OSError(f"the audit log was replaced {_MAX_SWAPS} times while an entry waited: {path}")


def add(log: LockedLog, entry: AuditEntry, *, now: float) -> str:
    """Add *entry* to a log whose lock is held; as `append`."""
    size = os.fstat(log.fd).st_size
    record = next_record(log, entry, now=now)
    data = canonical(record) + b"\n"
    if size and os.pread(log.fd, 1, size - 1) != b"\n":
        data = b"\n" + data
    try:
        write_all(log.fd, data)
        os.fsync(log.fd)
    except OSError:
        os.ftruncate(log.fd, size)
        raise
    if not size:
        sync_folder(os.path.dirname(log.file))
    settle(log, record)
    return str(record["hash"])


def next_record(
    log: LockedLog, entry: AuditEntry, *, now: float, checkpoint: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the record that *entry* would be as the next of *log*; see `entry.build`."""
    tail = tail_of(log.fd, log.file)
    before, continuity = _go_on(log, tail)
    return build(
        entry, sequence=before.number + 1, prev=before.hash, log=log_id(), now=now,
        continuity=continuity, checkpoint=checkpoint,
    )  # fmt: skip


def settle(log: LockedLog, record: Mapping[str, Any]) -> None:
    """Tell the head file of the *record* that now ends *log*.

    A fault is not raised: the entry is in the log. The next entry finds the head file behind, and says so.
    """
    try:
        write_head(log.head_file, Head(int(record["sequence"]), str(record["hash"])))
    except OSError:
        return


def tail_of(fd: int, file: str) -> Tail:
    """Return how the open log ends.

    Raises:
        OSError: it cannot be read, or is not a regular file.
    """
    end = os.fstat(fd).st_size
    position = end
    for number, line in enumerate(backwards(fd, file)):
        position -= len(line) + (number > 0)
        entry = decode(line)
        if entry is not None:
            last = position + len(line)
            return Tail(Head(entry["sequence"], entry["hash"]), min(end, last + 1))
    return Tail(Head(), 0)


def _go_on(log: LockedLog, tail: Tail) -> tuple[Head, Continuity]:
    """Return the entry that the next one follows, and what there is to say about how the log was found."""
    torn = _torn(log.fd, tail.junk)
    found, known = tail.head, read_head(log.head_file)
    state = ""
    if known.fault:
        state = "unreadable"
    elif known.number == 0:
        state = "missing" if found.number else ""
    elif known.number > found.number:
        state = "ahead"
    elif known.number < found.number:
        there = _hash_at(log, known.number)
        state = "behind" if there in ("", known.hash) else "differs"
    elif known.hash != found.hash:
        state = "differs"
    if not state:
        return found, Continuity(torn)
    what: dict[str, Any] = {"state": state, "found": found.number, "found_hash": found.hash}
    if known.number:
        what |= {"count": known.number, "hash": known.hash}
    return (known if state == "ahead" else found), Continuity(torn, what)


def _torn(fd: int, start: int) -> Mapping[str, Any] | None:
    """Return what lies behind the last entry, from byte *start* on; `None` when nothing does."""
    end = os.fstat(fd).st_size
    if start >= end:
        return None
    return torn_record(read_range(fd, start, end))


def torn_record(parts: Iterator[bytes]) -> dict[str, Any]:
    """Return how bytes that are no entry are told of: their number and their SHA-256, without line ends at the end."""
    hasher, size, held = hashlib.sha256(), 0, b""
    for part in parts:
        text = held + part
        kept = text.rstrip(b"\n")
        hasher.update(kept)
        size += len(kept)
        held = text[len(kept) :]
    return {"bytes": size, "sha256": hasher.hexdigest()}


def read_range(fd: int, start: int, end: int) -> Iterator[bytes]:
    """Yield the bytes of a file from *start* up to *end*."""
    while start < end and (part := os.pread(fd, min(1 << 20, end - start), start)):
        yield part
        start += len(part)


def _hash_at(log: LockedLog, sequence: int) -> str:
    """Return the hash of the entry with that number, searched from the end; empty when the log does not have it."""
    for line in backwards(log.fd, log.file):
        entry = decode(line)
        if entry is not None and entry["sequence"] <= sequence:
            return str(entry["hash"]) if entry["sequence"] == sequence else ""
    return ""


def sync_folder(folder: str) -> None:
    """Make a new name in *folder* survive a power cut.

    Raises:
        OSError: the directory cannot be opened or synchronised.
    """
    handle = os.open(folder or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
