"""The newest entries of the audit log, without reading more of the chain than they take."""

from __future__ import annotations

import itertools
import os
from typing import Any, Iterable, Mapping, NamedTuple

from callgate.journal.audit.form import is_count
from callgate.journal.audit.place import archives_of
from callgate.journal.audit.segments import Checkpoint, checkpoint_of
from callgate.journal.reading import read_back, read_tail


class Recent(NamedTuple):
    """What `recent` found."""

    entries: tuple[Mapping[str, Any], ...]
    """Newest first. Any JSON object on a line of its own counts, whether or not it has a number or a hash."""
    missing: tuple[str, ...]
    """Names of archives that would have had more, and are not beside the log or cannot be read."""


def recent(path: str, most: int) -> Recent:
    """Return the newest *most* entries of the log at *path*, going on into the archives that its checkpoints name.

    Nothing is verified. A log that is not there has no entries.

    Raises:
        OSError: the log cannot be read, or is not a regular file.
    """
    entries = read_tail(path, most)
    beside = {os.path.basename(file): file for file in archives_of(os.path.realpath(path))}
    pending = _checkpoints(entries)
    missing: list[str] = []
    seen: set[str] = set()
    while pending and len(entries) < most:
        newest = max(pending, key=lambda one: one.last)
        pending.remove(newest)
        if newest.file in seen:
            continue
        seen.add(newest.file)
        try:
            older = _read(beside.get(newest.file, ""), most - len(entries))
        except OSError:
            missing.append(newest.file)
            continue
        entries += older
        pending += _checkpoints(older)
    return Recent(tuple(entries), tuple(missing))


def _read(file: str, most: int) -> list[dict[str, Any]]:
    """Return the last entries of an archive, newest first.

    Raises:
        OSError: it is not there, or cannot be read.
    """
    if not os.path.lexists(file):
        raise FileNotFoundError(file)
    return list(itertools.islice(read_back([file]), most))


def _checkpoints(entries: Iterable[Mapping[str, Any]]) -> list[Checkpoint]:
    numbered = (entry for entry in entries if is_count(entry.get("sequence")))
    return [found for entry in numbered if (found := checkpoint_of(entry)) is not None]
