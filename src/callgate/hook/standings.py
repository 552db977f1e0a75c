"""How the settings stood when each running session loaded them: one small file per process of the agent.

Without one every flaw of the settings counts as new, so losing a file only makes the gate stricter. The directory is
part of the state directory, which self-protection guards.
"""

from __future__ import annotations

import json
import os
from typing import Any, Final, Mapping, NamedTuple

from callgate.atomic import read_regular, write_atomic
from callgate.doctor.standing import Before

MAX_FILES: Final = 256
"""More files than that are not kept; the oldest go."""

MAX_BYTES: Final = 256 * 1024
KEEP_SECONDS: Final = 30 * 86_400.0
_PROCESS: Final = "pid-"


class Kept(NamedTuple):
    """What is kept of one process of the agent."""

    before: Before
    held: frozenset[str] = frozenset()
    """Keys of the flaws that were last kept out, so that each is noted once."""


def key_of(environ: Mapping[str, str], session_id: str) -> str:
    """Return what names the process of the agent: its settings go on when its session gets another number.

    Args:
        environ: `CLAUDE_PID`, which the client sets for its hooks over whatever settings say.
        session_id: stands in for it.
    """
    number = environ.get("CLAUDE_PID", "")
    if number.isascii() and number.isdigit() and len(number) <= 10:
        return f"{_PROCESS}{int(number)}"
    import hashlib  # noqa: PLC0415 - a session id may be no name for a file

    return f"session-{hashlib.sha256(session_id.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


def load(directory: str, key: str) -> Kept | None:
    """Return what is kept under *key*; `None` when there is nothing, or nothing readable."""
    try:
        value = json.loads(read_regular(_file(directory, key), MAX_BYTES))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    policies = _texts(value, "policies") if isinstance(value.get("policies"), list) else None
    return Kept(Before(_texts(value, "known"), _texts(value, "handlers"), policies), _texts(value, "held"))


def save(directory: str, key: str, kept: Kept) -> None:
    """Keep *kept* under *key*.

    Raises:
        OSError: it cannot be written.
    """
    os.makedirs(directory, mode=0o700, exist_ok=True)
    value = {
        "known": sorted(kept.before.known),
        "handlers": sorted(kept.before.handlers),
        "policies": sorted(kept.before.policies) if kept.before.policies is not None else None,
        "held": sorted(kept.held),
    }
    write_atomic(_file(directory, key), json.dumps(value).encode("ascii"), mode=0o600)


def forget(directory: str, key: str) -> None:
    """Forget what is kept under *key*.

    Raises:
        OSError: it cannot be removed.
    """
    _remove(_file(directory, key))


def prune(directory: str, *, now: float) -> None:
    """Forget processes that are gone (a killed client says no farewell), old files, and the oldest of too many.

    Raises:
        OSError: the directory cannot be read, or a file in it not removed.
    """
    try:
        entries = [(entry.stat(follow_symlinks=False).st_mtime, entry.name) for entry in os.scandir(directory)]
    except FileNotFoundError:
        return
    kept = sorted((age, name) for age, name in entries if now - age <= KEEP_SECONDS and _lives(name))
    stay = {name for _, name in kept[-MAX_FILES:]}
    for _, name in entries:
        if name not in stay:
            _remove(f"{directory}/{name}")


def _lives(name: str) -> bool:
    number = name.removeprefix(_PROCESS).removesuffix(".json")
    if not name.startswith(_PROCESS) or not number.isdigit():
        return True
    try:
        os.kill(int(number), 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return False  # a process of somebody else: the number was given away anew
    return True


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return


def _file(directory: str, key: str) -> str:
    return f"{directory}/{key}.json"


def _texts(value: Mapping[str, Any], name: str) -> frozenset[str]:
    found = value.get(name)
    return frozenset(one for one in found if isinstance(one, str)) if isinstance(found, list) else frozenset()
