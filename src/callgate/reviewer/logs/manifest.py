"""What the index knows, in one small file: which columns belong to which stretch of which log."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import json
import os
import time
from typing import Final, Iterable, Mapping

from callgate.atomic import read_regular, write_atomic
from callgate.reviewer.logs.segments import Key, Segment, decode

VERSION: Final = 2
"""Of the columns and of what `parse` makes of a line: with another number all is read anew."""

_MAX_BYTES: Final = 64 * 1024 * 1024
_STRAY_SECONDS: Final = 600
"""So old is a file of nobody when it is deleted: a younger one may be on its way into the manifest."""


def read(folder: str) -> Mapping[Key, Segment]:
    """Return what the manifest in *folder* holds; nothing when there is none, or none that is understood."""
    try:
        return _decoded(read_regular(f"{folder}/manifest.json", _MAX_BYTES))
    except OSError:
        return {}


@functools.lru_cache(maxsize=1)
def _decoded(data: bytes) -> Mapping[Key, Segment]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(value, dict) or value.get("version") != VERSION or not isinstance(value.get("parts"), list):
        return {}
    return {one.key: one for one in map(decode, value["parts"]) if one is not None}


def write(folder: str, fresh: Mapping[Key, Segment], gone: Iterable[Key]) -> None:
    """Add *fresh* to the manifest and take *gone* out of it; keep what others have added; delete columns of nobody.

    Best effort: where it cannot be written, the next question reads the logs again.
    """
    left_out = set(gone)
    with contextlib.suppress(OSError), open(f"{folder}/lock", "ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = read(folder)
        parts = {key: one for key, one in before.items() if key not in left_out} | dict(fresh)
        value = {"version": VERSION, "parts": [one._asdict() for one in parts.values()]}
        write_atomic(f"{folder}/manifest.json", json.dumps(value).encode("ascii"), mode=0o600)
        named = {one.file for one in parts.values()}
        _sweep(folder, named, {one.file for one in before.values()} - named)


def _sweep(folder: str, named: set[str], dropped: set[str]) -> None:
    limit = time.time() - _STRAY_SECONDS
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name in named or not entry.name.endswith((".parquet", ".new", ".jsonl")):
                continue
            with contextlib.suppress(OSError):
                if entry.name in dropped or entry.stat(follow_symlinks=False).st_mtime < limit:
                    os.unlink(entry.path)
