"""What `install` and `uninstall` have just made of settings files: a person's own change is not held back.

A session that runs hears of every change of its settings and keeps those out that would disarm the gate. Claude Code
then writes its own, older settings over the change at the next opportunity: a person's `uninstall` would be undone. So
these commands leave a note, in the state directory, which self-protection keeps agents out of: the digest of what
they wrote. A file that holds exactly that is a person's doing.
"""

from __future__ import annotations

import json
import os
from typing import Final, Literal, Mapping, get_args

from callgate.atomic import read_regular, write_atomic

Operation = Literal["install", "uninstall"]

SECONDS: Final = 600.0
"""How long a note counts. The client looks at a changed file within a few seconds."""

_MAX_NOTES: Final = 16
_MAX_FILE: Final = 64 * 1024
_MAX_SETTINGS: Final = 4 << 20


def note(place: str, settings: str, data: bytes | None, operation: Operation, *, now: float) -> None:
    """Note that *operation* makes the file *settings* hold *data* (`None`: be gone). Best effort, before it is written.

    Where it cannot be noted a running session keeps the change out, as if somebody else had made it.

    Args:
        place: the note file.
        settings: the settings file; symbolic links in it are resolved.
        data: its new content.
        operation: what the person ran.
        now: seconds since the epoch.
    """
    try:
        notes = {path: one for path, one in _load(place).items() if _fresh(one, now)}
        notes[os.path.realpath(settings)] = {"sum": _sum(data), "operation": operation, "at": now}
        kept = dict(sorted(notes.items(), key=lambda pair: float(str(pair[1]["at"])))[-_MAX_NOTES:])
        os.makedirs(os.path.dirname(place), mode=0o700, exist_ok=True)
        write_atomic(place, json.dumps(kept).encode("ascii"), mode=0o600)
    except (OSError, ValueError):
        return


def written(place: str, *, now: float) -> Mapping[str, Operation]:
    """Return the files that hold what a note says: real path -> what the person ran. Never raises."""
    found: dict[str, Operation] = {}
    for path, one in _load(place).items():
        operation = next((word for word in get_args(Operation) if word == one.get("operation")), None)
        if operation and _fresh(one, now) and one.get("sum") == _sum(_content(path)):
            found[path] = operation
    return found


def _fresh(one: Mapping[str, object], now: float) -> bool:
    at = one.get("at")
    # A clock that was set back makes a note of the future: that does not count either.
    return isinstance(at, (int, float)) and 0 <= now - at <= SECONDS


def _load(place: str) -> dict[str, dict[str, object]]:
    try:
        value = json.loads(read_regular(place, _MAX_FILE))
    except (OSError, ValueError, RecursionError):
        return {}
    pairs = value.items() if isinstance(value, dict) else ()
    return {path: one for path, one in pairs if isinstance(one, dict)}


def _content(path: str) -> bytes | None:
    try:
        return read_regular(path, _MAX_SETTINGS)
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return b""  # what is there cannot be read, so it is not what was written


def _sum(data: bytes | None) -> str:
    import hashlib  # noqa: PLC0415 - only these commands and changed settings come here

    return hashlib.sha256(data).hexdigest() if data is not None else "gone"
