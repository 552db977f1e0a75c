"""Where a change leaves its marks while it runs: the lock and the intent of each target, in the state directory."""

from __future__ import annotations

import hashlib
import os
from typing import NamedTuple

from callgate.reviewer.apply.system import Os


class Station(NamedTuple):
    """The files of one target. They are named by a hash, so that any path can have them."""

    folder: str
    lock: str
    intent: str
    """There while a change is not finished."""
    temporary: str
    """The intent while it is being written; without meaning otherwise."""


def station(state_dir: str, target: str) -> Station:
    """Return where the marks of *target* (a real path) lie below *state_dir*."""
    return station_of(f"{state_dir}/apply", hashlib.sha256(os.fsencode(target)).hexdigest()[:32])


def station_of(folder: str, name: str) -> Station:
    """Return the files of the target whose hash is *name*."""
    return Station(folder, f"{folder}/{name}.lock", f"{folder}/{name}.json", f"{folder}/{name}.tmp")


def pending(state_dir: str) -> list[Station]:
    """Return the stations that have an intent, in a fixed order."""
    folder = f"{state_dir}/apply"
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    return [station_of(folder, name[:-5]) for name in names if name.endswith(".json")]


def make_folder(folder: str, calls: Os) -> None:
    """Make *folder* and what is missing above it, each with mode 0700.

    Raises:
        OSError: it cannot be made.
    """
    if os.path.isdir(folder):
        return
    if os.path.dirname(folder) != folder:
        make_folder(os.path.dirname(folder), calls)
    try:
        calls.mkdir(folder, 0o700)
    except FileExistsError:
        if not os.path.isdir(folder):
            raise
