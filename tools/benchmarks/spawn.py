"""One process, started and timed with as little as possible around it: a client of two milliseconds is to be seen."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import NamedTuple, Sequence

from benchmarks.figures import BenchError
from benchmarks.scratch import TIMEOUT, environ

_PIPE = 60_000
"""Bytes that a pipe holds on every system in use, so that the whole call is in it before the process starts."""


class Sample(NamedTuple):
    """One process, in seconds."""

    wall: float
    cpu: float
    """User and system time: what is left of the noise when others share the machine."""


class Ended(NamedTuple):
    """A process that has ended."""

    sample: Sample
    code: int
    output: bytes


def timed(words: Sequence[str], data: bytes, home: Path) -> Ended:
    """Run *words* in the current directory with *data* on stdin, from its start to its end.

    Raises:
        BenchError: it does not end in time, or *data* is larger than a pipe.
    """
    if len(data) > _PIPE:
        raise BenchError(f"a call of {len(data)} bytes does not fit into a pipe")
    reading, writing = os.pipe()
    out, into = os.pipe()
    os.write(writing, data)
    os.close(writing)
    null = os.open(os.devnull, os.O_WRONLY)
    started = time.perf_counter()
    try:
        pid = os.posix_spawnp(
            words[0], list(words), environ(home),
            file_actions=[(os.POSIX_SPAWN_DUP2, reading, 0), (os.POSIX_SPAWN_DUP2, into, 1),
                          (os.POSIX_SPAWN_DUP2, null, 2)],
        )  # fmt: skip
    finally:
        for fd in (reading, into, null):
            os.close(fd)
    late = threading.Event()

    def end() -> None:
        late.set()
        os.kill(pid, signal.SIGKILL)

    watch = threading.Timer(TIMEOUT, end)
    watch.start()
    try:
        output = _read(out)
        _, status, used = os.wait4(pid, 0)
        wall = time.perf_counter() - started
    finally:
        watch.cancel()
        os.close(out)
    if late.is_set():
        raise BenchError(f"`{words[0]}` did not end in {TIMEOUT} s")
    return Ended(Sample(wall, used.ru_utime + used.ru_stime), os.waitstatus_to_exitcode(status), output)


def _read(fd: int) -> bytes:
    parts = []
    while part := os.read(fd, 65_536):
        parts.append(part)
    return b"".join(parts)
