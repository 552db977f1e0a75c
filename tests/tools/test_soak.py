"""A small soak of a real daemon loses no line, and its judge sees one that is lost."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

from soak import Soak
from soaking.clients import ANSWERED, HUNG_UP
from soaking.world import SoakWorld

TOOLS = Path(__file__).parents[2] / "tools"


def test_a_few_thousand_calls_lose_no_line() -> None:
    """Four clients, some of which vanish, policies that change all the time: each answer is in the log once."""
    done = subprocess.run(
        [sys.executable, str(TOOLS / "soak.py"), "--calls", "2400", "--clients", "3", "--edit", "0.1", "--json"],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    assert done.returncode == 0
    found = json.loads(done.stdout)
    assert found["problems"] == []
    assert found["lines"] >= 2_300
    last = found["tenths"][-1]
    assert last["edits"] > 5
    assert last["journal"]["lost"] == 0


@pytest.fixture
def soak(tmp_path: Path) -> Soak:
    """A soak of four calls by one client, all answered and in the log."""
    one = Soak(SoakWorld(tmp_path, ["ls"]), 4, 1, 1.0)
    one.became[0][:] = bytes([ANSWERED] * 4)
    one.seen[0][:] = bytes([1] * 4)
    one.rows = [{"journal": {"lost": 0}, "memory_bytes": 1}] * 3
    return one


def test_a_lost_line_is_seen(soak: Soak) -> None:
    """An answer without a line, one with two, a line without an answer, and lines that were given up."""
    assert soak.problems() == []
    soak.seen[0][0] = 0
    soak.seen[0][1] = 2
    soak.became[0][2] = HUNG_UP
    soak.rows = [{"journal": {"lost": 1}, "memory_bytes": 1}]
    assert soak.problems() == [
        "call w0-0 was answered and has 0 lines in the log",
        "call w0-1 was answered and has 2 lines in the log",
        "call w0-2 got no answer and has a line in the log",
        "1 lines were given up",
    ]


def test_growing_memory_is_seen(soak: Soak) -> None:
    """From the second tenth on, in a long run."""
    soak.calls = 1_000_000
    soak.rows = [{"journal": {"lost": 0}, "memory_bytes": size << 20} for size in (30, 50, 51, 52, 59)]
    assert soak.problems() == ["memory grew by 9.4 MB after the second tenth"]
    soak.rows.pop()
    assert soak.problems() == []
