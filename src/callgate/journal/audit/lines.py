"""The lines of an audit log, each with what is wrong with it by itself."""

from __future__ import annotations

import json
import os
import stat
from typing import Any, BinaryIO, Iterator, Mapping, NamedTuple

from callgate.journal.audit.form import MAX_LINE, canonical, digest, is_count, is_hash


class Line(NamedTuple):
    """One line of a log or of an archive."""

    file: str
    number: int
    """1-based."""
    raw: bytes
    """Without its end; cut for a line that is longer than `MAX_LINE`."""
    entry: Mapping[str, Any] | None
    """`None` when the line is no entry at all."""
    problem: str
    """What is wrong with the line, whatever stands around it; empty when nothing is."""
    whole: bool = True
    """Whether the line has its end."""
    cut: bool = False
    """Whether *raw* is only the beginning."""

    @property
    def sequence(self) -> int:
        """Number of the entry; 0 for a line that is none."""
        return int(self.entry["sequence"]) if self.entry else 0

    @property
    def hash(self) -> str:
        """The hash that the line says it has; empty for a line that is none."""
        return str(self.entry["hash"]) if self.entry else ""

    @property
    def timestamp(self) -> str:
        """As written; empty for a line that is none."""
        return str(self.entry.get("timestamp", "")) if self.entry else ""


def open_regular(file: str) -> BinaryIO:
    """Open the log *file* for reading; never hangs on a FIFO or a device.

    Raises:
        OSError: it cannot be opened, or is not a regular file.
    """
    handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(f"not a regular file: {file}")
    return os.fdopen(handle, "rb")


def lines(stream: BinaryIO, file: str) -> Iterator[Line]:
    """Yield the lines of *stream*, from where it stands, in their order.

    Args:
        stream: an open log.
        file: its name, for the lines.

    Raises:
        OSError: it cannot be read.
    """
    number = 0
    while raw := stream.readline(MAX_LINE + 1):
        number += 1
        if raw.endswith(b"\n"):
            yield read_line(file, number, raw[:-1])
        elif len(raw) <= MAX_LINE:
            yield read_line(file, number, raw)._replace(whole=False)
        else:
            whole = _skip(stream)
            problem = f"longer than {MAX_LINE} bytes, which no entry is"
            yield Line(file, number, raw[:200], None, problem, whole, cut=True)


def _skip(stream: BinaryIO) -> bool:
    """Read on to the end of a line that is too long; tell whether it has one."""
    while rest := stream.readline(1 << 20):
        if rest.endswith(b"\n"):
            return True
    return False


def read_line(file: str, number: int, raw: bytes) -> Line:
    """Return *raw*, a line without its end, as an entry or as what it is."""
    entry = decode(raw)
    if entry is None:
        return Line(file, number, raw, None, "not an entry" if raw.strip() else "an empty line")
    try:
        if digest(entry) != entry["hash"]:
            problem = "edited: its content does not give its hash"
        elif canonical(entry) != raw:
            problem = "edited: not written as callgate writes an entry"
        else:
            problem = ""
    except ValueError:
        problem = "edited: it holds what no entry does"
    return Line(file, number, raw, entry, problem)


def decode(raw: bytes) -> Mapping[str, Any] | None:
    """Return the entry on the line *raw*, whether or not its hash is right; `None` when it has not even the shape."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or not is_count(value.get("sequence")):
        return None
    return value if is_hash(value.get("hash")) and is_hash(value.get("prev")) else None


def read_file(file: str) -> Iterator[Line]:
    """Yield the lines of *file*.

    Raises:
        OSError: as `open_regular`.
    """
    with open_regular(file) as stream:
        yield from lines(stream, file)
