"""The head file: how many entries the audit log has and the hash of the last, kept apart from it.

Who cuts entries off the end of the log leaves a chain that is whole in itself; the head file says that it was longer.
"""

from __future__ import annotations

import json
import os
from typing import Final, NamedTuple

from callgate.atomic import read_regular, write_atomic
from callgate.journal.audit.form import GENESIS, canonical, is_count, is_hash

_MAX_FILE: Final = 4096


class Head(NamedTuple):
    """What the head file says, or what a log ends with."""

    number: int = 0
    """Number of the last entry; 0 when there is none."""
    hash: str = GENESIS
    fault: str = ""
    """Why the file says nothing; then the rest is as for an empty log."""


def read_head(file: str) -> Head:
    """Return what the head file says; an empty log's head, without fault, when there is no file."""
    try:
        data = read_regular(file, _MAX_FILE)
    except FileNotFoundError:
        return Head()
    except (OSError, ValueError) as error:
        return Head(fault=f"the head file `{file}` cannot be read: {getattr(error, 'strerror', None) or error}")
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict) or not is_count(value.get("count")) or not is_hash(value.get("hash")):
        return Head(fault=f"the head file `{file}` is malformed")
    return Head(value["count"], value["hash"])


def write_head(file: str, head: Head) -> None:
    """Put *head* into *file*, whole or not at all.

    Raises:
        OSError: it was not written.
    """
    os.makedirs(os.path.dirname(file), mode=0o700, exist_ok=True)
    # Where links lead, as for the log: a state directory may be kept elsewhere.
    write_atomic(os.path.realpath(file), canonical({"count": head.number, "hash": head.hash}) + b"\n", mode=0o600)
