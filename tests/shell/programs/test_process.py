"""Programs that signal processes."""

from __future__ import annotations

import pytest
from util import run

CASES = [
    ("kill 5", ["system signals processes: kill 5"]),
    ("kill -9 -1", ["system signals processes: kill -9 -1"]),
    ("kill $PID", ["system signals processes: kill …"]),
    ("kill -0 5", []),
    ("kill -s 0 5", []),
    ("kill -0 -9 5", ["system signals processes: kill -0 -9 5"]),
    ("kill -0 $ARGS", ["system signals processes: kill -0 …"]),
    ("kill -l", []),
    ("kill", ["system signals processes: kill"]),
    ("pkill -f callgate", ["system signals processes: pkill -f callgate"]),
    ("pkill -F pids", ["read /p/pids", "system signals processes: pkill -F pids"]),
    ("pkill --pidfile=pids", ["read /p/pids", "system signals processes: pkill --pidfile=pids"]),
    ("pkill -V", []),
    ("killall -9 node", ["system signals processes: killall -9 node"]),
    ("killall -l", []),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_operations(line: str, expected: list[str]) -> None:
    """Signals are system operations that say whom they reach; listing and probing are none."""
    assert run(line) == expected
