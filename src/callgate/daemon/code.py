"""Whether the code on the disk is still the code that runs: an upgrade must not be answered by what was before."""

from __future__ import annotations

import os
from typing import Final, Iterator

PACKAGE: Final = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
"""The directory of the package `callgate`."""

_READ: Final = (".py", ".toml")


def signature(package: str = PACKAGE) -> int:
    """Return a number that changes with the sources and the packs below *package*; -1 where they are gone."""
    try:
        return hash(tuple(sorted(_files(package))))
    except OSError:
        return -1


def _files(directory: str) -> Iterator[tuple[str, int, int, int]]:
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if entry.name != "__pycache__":
                    yield from _files(entry.path)
            elif entry.name.endswith(_READ):
                state = entry.stat()
                yield entry.path, state.st_size, state.st_mtime_ns, state.st_ino
