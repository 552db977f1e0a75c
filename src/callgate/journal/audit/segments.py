"""The files that one chain lies in: the archives that checkpoints name, then the log."""

from __future__ import annotations

import hashlib
import os
from typing import Any, Mapping, NamedTuple

from callgate.journal.audit.form import is_count, is_hash
from callgate.journal.audit.lines import Line, open_regular, read_file
from callgate.journal.audit.place import archives_of


class Checkpoint(NamedTuple):
    """The entry that closed an archive."""

    sequence: int
    """Its own number."""
    file: str
    """Name of the archive, without a directory."""
    sha256: str
    """Of the archive's bytes."""
    first: int
    """Number of the first entry that was archived."""
    last: int
    last_hash: str
    last_timestamp: str
    faults: int
    """How many faults were known of what was archived."""


class Segment(NamedTuple):
    """One file of the chain."""

    file: str
    lines: tuple[Line, ...]
    closed_by: Checkpoint | None
    """For an archive: the checkpoint that names it."""
    sha256: str = ""
    """Of its bytes, for an archive."""


class Chain(NamedTuple):
    """Everything there is of one audit log."""

    segments: tuple[Segment, ...]
    """In the order of the chain; the log itself is the last."""
    checkpoints: tuple[Checkpoint, ...]
    """All that are sound by themselves."""
    strays: tuple[str, ...]
    """Archives that no checkpoint names."""
    unread: tuple[tuple[str, str], ...]
    """Archives that cannot be read, and why."""
    exists: bool
    """Whether there is a log."""


def read_chain(path: str) -> Chain:
    """Read the log at *path* and its archives.

    Raises:
        OSError: the log cannot be read; a missing one is an empty one.
    """
    exists = True
    try:
        log = Segment(path, tuple(read_file(path)), None)
    except FileNotFoundError:
        exists, log = False, Segment(path, (), None)
    there = {os.path.basename(file): file for file in archives_of(os.path.realpath(path))}
    checkpoints = _checkpoints(log)
    archives: list[Segment] = []
    unread: list[tuple[str, str]] = []
    pending = list(checkpoints)
    while pending:
        checkpoint = pending.pop()
        file = there.pop(checkpoint.file, "")
        if not file:
            continue
        try:
            segment = Segment(file, tuple(read_file(file)), checkpoint, _sha256(file))
        except OSError as error:
            unread.append((file, error.strerror or str(error)))
            continue
        archives.append(segment)
        found = _checkpoints(segment)
        checkpoints += found
        pending += found
    archives.sort(key=lambda one: one.closed_by.first if one.closed_by else 0)
    return Chain((*archives, log), tuple(checkpoints), tuple(there.values()), tuple(unread), exists)


def checkpoint_of(entry: Mapping[str, Any]) -> Checkpoint | None:
    """Return what a checkpoint entry closes; `None` for every other entry, and for a malformed one."""
    what = entry.get("checkpoint")
    if entry.get("operation") != "checkpoint" or not isinstance(what, dict):
        return None
    first, last = what.get("first_sequence"), what.get("last_sequence")
    last_hash, sha256 = what.get("last_hash"), what.get("sha256")
    if not (is_count(first) and is_count(last) and is_hash(last_hash) and is_hash(sha256)):
        return None
    if last >= entry["sequence"] or first > last:
        return None
    known = what.get("faults")
    return Checkpoint(
        entry["sequence"], str(what.get("file")), sha256, first, last, last_hash, str(what.get("last_timestamp")),
        len(known) if isinstance(known, list) else 0,
    )  # fmt: skip


def _checkpoints(segment: Segment) -> list[Checkpoint]:
    sound = (line.entry for line in segment.lines if line.entry is not None and not line.problem)
    return [found for entry in sound if (found := checkpoint_of(entry)) is not None]


def _sha256(file: str) -> str:
    hasher = hashlib.sha256()
    with open_regular(file) as stream:
        while part := stream.read(1 << 20):
            hasher.update(part)
    return hasher.hexdigest()
