"""Failures of the journal, counted in one small file for `doctor`: how many, and the last of them."""

from __future__ import annotations

import fcntl
import json
import os
from typing import NamedTuple

from callgate.journal.append import open_log
from callgate.journal.records import timestamp

_MAX_FILE = 4096


class Faults(NamedTuple):
    """What the fault file says."""

    total: int = 0
    """Faults since the file was made."""
    last: str = ""
    """The last fault, one sentence."""
    at: str = ""
    """When, RFC 3339."""


def count_faults(path: str, faults: list[str], *, now: float) -> None:
    """Add *faults* to the count at *path*. Best effort: where even this cannot be written, nothing happens.

    The file is rewritten in place under its lock and never grows; when another process holds the lock, these faults
    go uncounted and not the decision delayed.
    """
    try:
        fd = open_log(path)
    except (OSError, ValueError):
        return
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        count = _decode(os.pread(fd, _MAX_FILE, 0)).total + len(faults)
        text = json.dumps({"count": count, "last": faults[-1][:500], "at": timestamp(now)})
        os.ftruncate(fd, 0)
        os.write(fd, text.encode("ascii") + b"\n")
    except OSError:
        return
    finally:
        os.close(fd)


def read_faults(path: str) -> Faults:
    """Return what `count_faults` left at *path*; all zero when there is nothing, or nothing readable."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return Faults()
    try:
        return _decode(os.pread(fd, _MAX_FILE, 0))
    except OSError:
        return Faults()
    finally:
        os.close(fd)


def _decode(data: bytes) -> Faults:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return Faults()
    if not isinstance(value, dict) or type(value.get("count")) is not int:
        return Faults()
    return Faults(max(0, value["count"]), str(value.get("last", "")), str(value.get("at", "")))
