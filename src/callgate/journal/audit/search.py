"""Looking through the audit log."""

from __future__ import annotations

import json
from typing import Any, Final, Iterator, Mapping, NamedTuple

from callgate.journal.audit.segments import read_chain
from callgate.times import parse_time

Entry = Mapping[str, Any]

_WHO: Final = ("claimed", "kind", "agent", "user", "host")
_MIN_PREFIX: Final = 4
"""Digits of a hash that may stand for all of them."""


class Wanted(NamedTuple):
    """Which entries; an empty field takes every entry. Texts are looked for without regard to case."""

    text: str = ""
    """Part of any text of the entry."""
    operation: str = ""
    """The whole name of the operation."""
    who: str = ""
    """Part of who asked: as they say, or as the process shows."""
    target: str = ""
    """Part of the target file."""
    since: float | None = None
    """Seconds since the epoch; entries without a time do not count then."""
    until: float | None = None


def read(path: str, *, archives: bool = True) -> list[Entry]:
    """Return the entries of the audit log at *path*, oldest first; what is no entry is left out. Nothing is verified.

    Args:
        path: the log; a missing one has no entries.
        archives: those of its archives that checkpoints name as well.

    Raises:
        OSError: it cannot be read.
        ValueError: the path has a NUL character.
    """
    segments = read_chain(path).segments
    chosen = segments if archives else segments[-1:]
    return [line.entry for segment in chosen for line in segment.lines if line.entry is not None]


def search(path: str, wanted: Wanted = Wanted(), *, limit: int = 0) -> list[Entry]:  # noqa: B008 - immutable
    """Return the entries of the log and its archives that are *wanted*, newest first.

    Args:
        path: the log.
        wanted: which ones.
        limit: at most that many; 0 for all of them.

    Raises:
        OSError, ValueError: as `read`.
    """
    found = [entry for entry in reversed(read(path)) if matches(entry, wanted)]
    return found[:limit] if limit else found


def matches(entry: Entry, wanted: Wanted) -> bool:
    """Whether *entry* is one of the wanted."""
    if wanted.operation and str(entry.get("operation")).casefold() != wanted.operation.casefold():
        return False
    if wanted.target and not _holds(str(entry.get("target_file")), wanted.target):
        return False
    if wanted.who and not any(_holds(text, wanted.who) for text in _who(entry)):
        return False
    if wanted.since is not None or wanted.until is not None:
        when = parse_time(entry.get("timestamp"))
        if when is None or when < (wanted.since or 0.0) or (wanted.until is not None and when > wanted.until):
            return False
    return not wanted.text or any(_holds(text, wanted.text) for text in texts(entry))


def find(path: str, name: str) -> list[Entry]:
    """Return the entries that *name* may mean: a number, or the beginning of a hash of at least four digits.

    Raises:
        OSError, ValueError: as `read`.
    """
    number = int(name) if name.isascii() and name.isdigit() and len(name) < 16 else 0
    prefix = name.lower() if len(name) >= _MIN_PREFIX else ""
    entries = read(path)
    numbered = [entry for entry in entries if number and entry["sequence"] == number]
    return numbered or [entry for entry in entries if prefix and str(entry["hash"]).startswith(prefix)]


def holds(path: str, change_id: str) -> bool:
    """Whether the log or an archive has an entry of the change *change_id* that is as it was written.

    Raises:
        OSError, ValueError: as `read`.
    """
    return any(
        line.entry is not None and not line.problem and line.entry.get("change_id") == change_id
        for segment in reversed(read_chain(path).segments)
        for line in segment.lines
    )


def texts(value: object) -> Iterator[str]:
    """Yield every text in *value*, keys of tables included."""
    pending = [value]
    while pending:
        one = pending.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            pending += [*one.keys(), *one.values()]
        elif isinstance(one, list):
            pending += one
        elif one is not None:
            yield json.dumps(one)


def _who(entry: Entry) -> Iterator[str]:
    yield str(entry.get("applied_by"))
    actor = entry.get("actor")
    if isinstance(actor, dict):
        yield from (str(actor[name]) for name in _WHO if actor.get(name))


def _holds(text: str, part: str) -> bool:
    return part.casefold() in text.casefold()
