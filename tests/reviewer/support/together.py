"""Processes that write at the same time."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from typing import Iterator, Sequence


@contextlib.contextmanager
def together(program: str, arguments: Sequence[Sequence[str]]) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Run one process for each of *arguments*, let them go when all of them are up, and leave none behind.

    Args:
        program: Python text; it prints `ready`, and begins at the end of its input.
        arguments: what each process gets as `sys.argv[1:]`.
    """
    started = [
        subprocess.Popen([sys.executable, "-c", program, *given], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for given in arguments
    ]
    try:
        for process in started:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
        for process in started:
            assert process.stdin is not None
            process.stdin.close()
        yield started
    finally:
        for process in started:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()
