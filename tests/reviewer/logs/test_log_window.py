"""Where a window lies: found by looking at few places, and never too small."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_logs import START, record, write

from callgate.reviewer.entry import Entry, read
from callgate.reviewer.logs import window
from callgate.reviewer.logs.lines import forwards
from callgate.reviewer.logs.window import SLACK, Window, ranges


def stamps(path: Path, times: Window) -> tuple[list[float], int]:
    """The stamps that reading the ranges of *times* finds, and how many bytes the ranges have."""
    fd = os.open(path, os.O_RDONLY)
    try:
        size = os.fstat(fd).st_size
        found = ranges(fd, size, times)
        lines = [one for start, end in found for _, one in forwards(fd, start, end, size)]
        entries = [entry for one in lines if one is not None and isinstance(entry := read(one), Entry)]
        return [entry.time for entry in entries if times.holds(entry.time)], sum(end - start for start, end in found)
    finally:
        os.close(fd)


@pytest.mark.parametrize(
    ("since", "until", "wanted"),
    [
        (None, None, 2_000),
        (1_000, 1_010, 10),
        (None, 5, 5),
        (1_990, None, 10),
        (5_000, None, 0),
        (None, 0, 0),
        (7, 7, 0),
    ],
)
def test_a_small_window_reads_a_small_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, since: int | None, until: int | None, wanted: int
) -> None:
    """Of 2,000 decisions a second apart, those of the window are read and hardly more than `SLACK` around them."""
    monkeypatch.setattr(window, "CELL", 16 * 1024)
    log = write(tmp_path / "log", [record(START + at) for at in range(2_000)])
    times = Window(None if since is None else START + since, None if until is None else START + until)
    found, size = stamps(log, times)
    assert len(found) == wanted
    line = log.stat().st_size / 2_000
    assert size <= (wanted + 2 * SLACK + 4) * line


@given(
    steps=st.lists(st.sampled_from([0.0, 0.1, 1.0, 5.0, 300.0, -3.0, -9.0]), min_size=1, max_size=150),
    since=st.integers(-5, 600),
    length=st.integers(0, 900),
)
def test_writers_that_race_are_no_trouble(steps: list[float], since: int, length: int) -> None:
    """With stamps that go back by less than `SLACK`, nothing of the window is missed, wherever its borders fall."""
    at = top = START
    times = []
    for step in steps:
        at = max(at + step, top - SLACK + 0.5)
        top = max(top, at)
        times.append(at)
    wanted = Window(START + since, START + since + length)
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(window, "CELL", 700)
        found, _ = stamps(write(Path(folder, "log"), [record(one, complete=False) for one in times]), wanted)
    assert found == [round(one, 6) for one in times if wanted.holds(round(one, 6))]


@pytest.mark.parametrize("jump", [-86_400.0, 86_400.0, -1_795_255_200.0])
def test_a_clock_that_was_wrong_for_long_is_found_both_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    """A stretch of wrong stamps, longer than a cell, hides neither itself nor what lies around it."""
    monkeypatch.setattr(window, "CELL", 2_000)
    right = [START + at for at in range(300)]
    times = [*right[:100], *(at + jump for at in right[100:200]), *right[200:]]
    log = write(tmp_path / "log", [record(at, complete=False) for at in times])
    assert stamps(log, Window(START + 50, START + 250))[0] == [at for at in times if START + 50 <= at < START + 250]
    there = Window(START + jump + 120, START + jump + 130)
    assert len(stamps(log, there)[0]) == 10


def test_what_has_no_stamp_is_passed_over_or_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines of another program, a megabyte without a line end and a torn end do not lead the search astray."""
    monkeypatch.setattr(window, "CELL", 4_000)
    log = write(tmp_path / "log", [record(START + at, complete=False) for at in range(200)])
    lines = log.read_bytes().splitlines(keepends=True)
    odd = [b"noise\n" * 300, b"x" * 1_000_000 + b"\n", b"\0" * 5_000 + b"\n"]
    log.write_bytes(
        b"".join([*lines[:50], odd[0], *lines[50:100], odd[1], *lines[100:150], odd[2], *lines[150:]]) + b'{"ti'
    )
    for since in range(0, 200, 13):
        found, _ = stamps(log, Window(START + since, START + since + 20))
        assert found == [START + at for at in range(since, min(200, since + 20))]


def test_more_noise_than_a_probe_passes_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no stamp is near, a cell is read and not guessed about."""
    monkeypatch.setattr(window, "CELL", 500)
    log = tmp_path / "log"
    write(log, [record(START, complete=False)])
    log.write_bytes(b"n\n" * 2_000 + log.read_bytes() + b"n\n" * 2_000)
    assert stamps(log, Window(START - 1, START + 1))[0] == [START]
