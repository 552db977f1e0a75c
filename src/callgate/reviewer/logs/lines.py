"""Lines of a range of bytes of an open file, first or last line first.

A line belongs to the range that it begins in; its end may lie behind. So ranges that touch share no line and lose none.
"""

from __future__ import annotations

import os
from typing import Final, Iterator

BLOCK: Final = 64 * 1024
MAX_LINE: Final = 32 * 1024 * 1024
"""More bytes without a line end are no line of ours: it is told of by its place, and its bytes are not kept."""

Line = tuple[int, bytes | None]
"""Where the line begins, and the line without its end; `None` when it is too long."""


def forwards(fd: int, start: int, end: int, size: int) -> Iterator[Line]:
    """Yield the lines that begin in `[start, end)` of a file of *size* bytes, in the order of the file."""
    at = line_start(fd, start, size)
    pieces: list[bytes] = []
    held, position = 0, at
    while position < size and at < end:
        block = os.pread(fd, min(BLOCK, size - position), position)
        if not block:  # cut off while we read
            break
        position += len(block)
        *whole, last = block.split(b"\n")
        for piece in whole:
            if at >= end:
                return
            pieces.append(piece)
            held += len(piece)
            yield at, b"".join(pieces) if held <= MAX_LINE else None
            at += held + 1
            pieces, held = [], 0
        held += len(last)
        if held <= MAX_LINE:
            pieces.append(last)
    if held and at < end:
        yield at, b"".join(pieces) if held <= MAX_LINE else None


def backwards(fd: int, start: int, end: int, size: int) -> Iterator[Line]:
    """Yield the same lines, last first."""
    position = stop = line_start(fd, end, size)
    begin = line_start(fd, start, size)
    pieces: list[bytes] = []  # of the line that is being put together, last first
    held = 0
    first = True
    while position > begin:
        length = min(BLOCK, position - begin)
        position -= length
        block = os.pread(fd, length, position)
        if len(block) < length:
            return
        offset = position + length
        if first and block.endswith(b"\n"):
            block = block[:-1]
            offset -= 1
        first = False
        head, *rest = block.split(b"\n")
        for piece in reversed(rest):
            offset -= len(piece)
            pieces.append(piece)
            held += len(piece)
            yield offset, b"".join(reversed(pieces)) if held <= MAX_LINE else None
            offset -= 1
            pieces, held = [], 0
        held += len(head)
        if held <= MAX_LINE:
            pieces.append(head)
    if begin < stop:
        yield begin, b"".join(reversed(pieces)) if held <= MAX_LINE else None


def line_start(fd: int, at: int, size: int) -> int:
    """Return where the first line begins that begins at *at* or behind it; *size* when there is none."""
    if at <= 0 or at >= size:
        return min(max(at, 0), size)
    position = at - 1
    while position < size:
        block = os.pread(fd, min(BLOCK, size - position), position)
        if not block:
            return size
        found = block.find(b"\n")
        if found >= 0:
            return position + found + 1
        position += len(block)
    return size
