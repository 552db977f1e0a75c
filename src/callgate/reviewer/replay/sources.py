"""The files of a history, opened once: what is rotated away or deleted while they are read is read all the same."""

from __future__ import annotations

import contextlib
import os
import stat
from typing import Final, Iterator, Sequence

from callgate.core.errors import InputError
from callgate.reviewer.entry import decode
from callgate.reviewer.replay.calls import LineKind
from callgate.reviewer.replay.scan import Source
from callgate.reviewer.replay.workers import Range

_TAIL: Final = 1 << 20
"""Bytes at the end of a log in which its last decision is looked for."""

_SPARE: Final = 64
"""Descriptors that a process needs beside those of the logs."""


@contextlib.contextmanager
def opened(files: Sequence[str], kind: LineKind, since: float | None = None) -> Iterator[tuple[Source, ...]]:
    """Open *files*, newest lines in the first one; those that are not there are empty.

    Args:
        files: paths.
        kind: what kind of lines they hold.
        since: seconds since the epoch; a log whose last decision is older is left out. Logs are appended to.

    Raises:
        InputError: one cannot be opened or is not a regular file.
    """
    _allow_descriptors(len(files))
    sources: list[Source] = []
    try:
        for file in files:
            source = _open(file, kind)
            if source is not None:
                sources.append(source)
                if since is not None and kind == "log" and _ends_before(source, since):
                    os.close(sources.pop().fd)
        yield tuple(sources)
    finally:
        for source in sources:
            os.close(source.fd)


def ranges(sources: Sequence[Source], size: int) -> Iterator[Range]:
    """Yield all of *sources* in ranges of *size* bytes, those at the end of the first file first."""
    for number, source in enumerate(sources):
        for start in range((source.size - 1) // size * size, -1, -size) if source.size else ():
            yield Range(number, start, min(start + size, source.size))


def _open(file: str, kind: LineKind) -> Source | None:
    try:
        fd = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read `{file}`: {getattr(error, 'strerror', None) or error}") from error
    state = os.fstat(fd)
    if not stat.S_ISREG(state.st_mode):
        os.close(fd)
        raise InputError(f"cannot read `{file}`: not a regular file")
    return Source(fd, kind, state.st_size)


def _ends_before(source: Source, since: float) -> bool:
    """Whether the last decision of a log was made before *since*; when that cannot be told, it was not."""
    start = max(0, source.size - _TAIL)
    for line in reversed(os.pread(source.fd, source.size - start, start).split(b"\n")[bool(start) :]):
        entry = decode(line)
        if entry is not None:
            return entry.time < since
    return False


def _allow_descriptors(number: int) -> None:
    """Raise the soft limit of open files when *number* of them need it."""
    import resource  # noqa: PLC0415 - only here

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = number + _SPARE
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):  # then opening them says what is wrong
            resource.setrlimit(
                resource.RLIMIT_NOFILE, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard)
            )
