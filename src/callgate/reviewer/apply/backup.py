"""Backups beside the target: `FILE.20261101T102345Z.bak`, readable by the owner alone, the last ten kept."""

from __future__ import annotations

import os
import re
import stat
import time
from calendar import timegm
from typing import Final, NamedTuple

from callgate.reviewer.apply.system import Os
from callgate.reviewer.apply.write import Names, durable
from callgate.times import rfc3339

KEEP: Final = 10
"""How many backups of a file are kept (contract.md section 5)."""

_NAME: Final = re.compile(r"\.(?P<stamp>\d{8}T\d{6}Z)(?:-(?P<number>[1-9]\d{0,5}))?\.bak", re.ASCII)
_STAMP: Final = "%Y%m%dT%H%M%SZ"


class Backup(NamedTuple):
    """One backup of a file."""

    path: str
    when: str
    """RFC 3339, UTC; the moment in its name."""
    number: int
    """0, or which one of the same second."""
    size: int


def list_backups(path: str) -> list[Backup]:
    """Return the backups of the file at *path* (a real path), newest first.

    Only regular files with a name of our pattern count: a link that somebody put there is not a backup.
    """
    folder, base = os.path.split(path)
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    found = [backup for name in names if name.startswith(base) and (backup := _backup(folder, base, name))]
    return sorted(found, key=lambda one: (one.when, one.number), reverse=True)


def free_name(path: str, now: float) -> str:
    """Return the path of a new backup of *path* at epoch second *now*; one of the same second gets a number."""
    stamp = time.strftime(_STAMP, time.gmtime(now))
    name, number = f"{path}.{stamp}.bak", 0
    while os.path.lexists(name):
        number += 1
        name = f"{path}.{stamp}-{number}.bak"
    return name


def write_backup(name: str, path: str, data: bytes, mode: int, change_id: str, calls: Os) -> None:
    """Write *data*, the content of *path*, to *name*, with the owner's part of *mode* at most.

    It has that name only when it is whole, so what `list_backups` finds can be trusted.

    Raises:
        OSError: it was not written, or that name is taken.
    """
    if os.path.lexists(name):
        raise FileExistsError(f"`{name}` exists")
    durable(name, data, mode & 0o600, Names(path, change_id).temporary, calls)


def prune(path: str, keep: str, calls: Os) -> str:
    """Delete all but the last ten backups of *path*, never *keep*; return what went wrong, mostly nothing.

    *keep* is the one just made: after the clock was set back it does not sort as the newest.
    """
    others = [one.path for one in list_backups(path) if one.path != keep]
    fault = ""
    for old in others[KEEP - bool(keep) :]:
        try:
            calls.unlink(old)
        except OSError as error:
            fault = f"the old backup `{old}` cannot be deleted: {error.strerror or error}"
    return fault


def _backup(folder: str, base: str, name: str) -> Backup | None:
    match = _NAME.fullmatch(name, len(base))
    if match is None:
        return None
    path = os.path.join(folder, name)
    try:
        info = os.lstat(path)
        when = time.strptime(match["stamp"], _STAMP)
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(info.st_mode):
        return None
    return Backup(path, rfc3339(timegm(when)), int(match["number"] or 0), info.st_size)
