"""The newest lines of a log, without reading the rest of it."""

from __future__ import annotations

import json
import os
from typing import Any, Iterator

from callgate.journal.append import rotated

_BLOCK = 64 * 1024
_MAX_LINE = 32 * 1024 * 1024
"""More bytes without a line end are no line of ours; what lies before them in that file is not looked at."""
_REGULAR = 0o100000


def read_tail(path: str, n: int) -> list[dict[str, Any]]:
    """Return the last *n* records of the log at *path*, newest first, going on into its rotated files.

    Torn lines and lines that are not JSON objects are skipped. A log that does not exist has no records.

    Raises:
        OSError: the log cannot be read, or is not a regular file.
    """
    out: list[dict[str, Any]] = []
    if n <= 0:
        return out
    for file in (path, *rotated(os.path.realpath(path))):
        try:
            fd = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        try:
            for line in backwards(fd, file):
                record = decode_object(line)
                if record is not None:
                    out.append(record)
                    if len(out) == n:
                        return out
        finally:
            os.close(fd)
    return out


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
