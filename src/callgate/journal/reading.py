"""The newest lines of a log, without reading the rest of it."""

from __future__ import annotations

import itertools
import json
import os
from typing import Any, Iterable, Iterator

from callgate.journal.append import rotated

_BLOCK = 64 * 1024
_MAX_LINE = 32 * 1024 * 1024
"""More bytes without a line end are no line of ours; what lies before them in that file is not looked at."""
_REGULAR = 0o100000


def read_tail(path: str, n: int) -> list[dict[str, Any]]:
    """Return the last *n* records of the log at *path*, newest first, going on into its rotated files.

    Raises:
        OSError: as `read_back`.
    """
    return list(itertools.islice(read_back(log_files(path)), max(n, 0)))


def log_files(path: str) -> list[str]:
    """Return the log at *path*, whether or not it is there, and its rotated files, newest first."""
    return [path, *rotated(os.path.realpath(path))]


def read_back(files: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield the records of *files*, file by file, last written first.

    Torn lines and lines that are not JSON objects are skipped. A file that does not exist has no records.

    Raises:
        OSError: a file cannot be read, or is not a regular file.
    """
    for file in files:
        try:
            fd = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        try:
            for line in backwards(fd, file):
                record = decode_object(line)
                if record is not None:
                    yield record
        finally:
            os.close(fd)


def backwards(fd: int, file: str) -> Iterator[bytes]:
    """Yield the lines of a file, last first, without their ends."""
    state = os.fstat(fd)
    if state.st_mode & 0o170000 != _REGULAR:
        raise OSError(f"not a regular file: {file}")
    position = state.st_size
    pieces: list[bytes] = []  # of the line that is being put together, last first
    held = 0
    while position > 0:
        start = max(0, position - _BLOCK)
        block = os.pread(fd, position - start, start)
        position = start
        first, *rest = block.split(b"\n")
        if rest:
            yield b"".join((rest.pop(), *reversed(pieces)))
            yield from reversed(rest)
            pieces, held = [], 0
        pieces.append(first)
        held += len(first)
        if held > _MAX_LINE:
            return
    yield b"".join(reversed(pieces))


def decode_object(line: bytes) -> dict[str, Any] | None:
    """Return the JSON object on *line*; `None` when it is torn, too deep, or something else."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
