"""Newest first, oldest first, DuckDB and plain reading tell the same decisions, whatever is wrong with the logs."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_logs import START, Log, logs, put, reference

from callgate.reviewer.entry import Entry
from callgate.reviewer.history import History
from callgate.reviewer.logs import parse, segments, stream, window
from callgate.reviewer.logs.columns import ANSWERED, from_columns, row
from callgate.reviewer.logs.relation import NEWEST, relation
from callgate.reviewer.logs.sources import Chain, snapshot
from callgate.reviewer.logs.stream import Report
from callgate.reviewer.logs.window import Window

BORDERS = st.none() | st.sampled_from([START - 1, START, START + 2.0, START + 31, START + 600, START + 4_000, 1e12])


def history(paths: Sequence[Path]) -> History:
    """The history of some logs with their rotated files."""
    return History(chains=[Chain(str(path)) for path in paths])


def rows_of(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """As a query answers them."""
    return [row(entry) for entry in entries]


def by_duckdb(paths: Sequence[Path], times: Window, state: Path) -> tuple[list[dict[str, Any]], Report]:
    """All rows of a window, newest first, by the index and DuckDB."""
    report = Report()
    with relation(snapshot([Chain(str(path)) for path in paths]), times, str(state), report) as found:
        records = found.all(f"SELECT {', '.join(ANSWERED)} FROM decisions ORDER BY {NEWEST}")
    return [from_columns(ANSWERED, record) for record in records], report


def unordered(rows: Sequence[dict[str, Any]]) -> list[str]:
    """What two answers must share when the order may differ."""
    return sorted(map(repr, rows))


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a log of a few lines have cells, stretches and a tail."""
    monkeypatch.setattr(segments, "LARGE", 2_000)
    monkeypatch.setattr(segments, "SMALL", 700)
    monkeypatch.setattr(parse, "FEW", 3)


@given(found=logs(), since=BORDERS, until=BORDERS)
def test_all_ways_tell_the_same(found: list[Log], since: float | None, until: float | None) -> None:
    """The order is the same as well, as long as stamps are as sorted as writers that race leave them."""
    times = Window(since, until)
    wanted = [entry for entry in reference(found) if times.holds(entry.time)]
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "AHEAD", 0)
        folder = Path(name)
        paths = put(folder, found)
        read = history(paths)
        newest = rows_of(list(read.newest(since=since, until=until)))
        skipped = dict(read.report.lines)
        oldest = rows_of(list(read.oldest(since=since, until=until)))
        assert dict(read.report.lines) == skipped
        first, report = by_duckdb(paths, times, folder / "state")
        second, _ = by_duckdb(paths, times, folder / "state")
    assert unordered(newest) == unordered(rows_of(wanted))
    assert oldest == newest[::-1]
    assert first == newest
    assert second == first
    if times.whole:
        assert dict(report.lines) == skipped


@given(found=logs(jumps=True), since=BORDERS, until=BORDERS)
def test_a_clock_that_jumps_hides_nothing(found: list[Log], since: float | None, until: float | None) -> None:
    """A line counts by its own stamp, however wrong, and every way finds the same ones."""
    times = Window(since, until)
    wanted = unordered(rows_of([entry for entry in reference(found) if times.holds(entry.time)]))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = put(folder, found)
        read = history(paths)
        newest = rows_of(list(read.newest(since=since, until=until)))
        oldest = rows_of(list(read.oldest(since=since, until=until)))
        counted, _ = by_duckdb(paths, times, folder / "state")
    assert unordered(newest) == wanted
    assert unordered(oldest) == wanted
    assert unordered(counted) == wanted


@given(data=st.data(), found=logs())
def test_small_cells_change_nothing(data: st.DataObject, found: list[Log]) -> None:
    """Leaving cells out and bisecting finds what reading everything finds."""
    since, until = data.draw(BORDERS), data.draw(BORDERS)
    times = Window(since, until)
    wanted = unordered(rows_of([entry for entry in reference(found) if times.holds(entry.time)]))
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(window, "CELL", data.draw(st.sampled_from([64, 300, 1_000])))
        read = history(put(Path(name), found))
        assert unordered(rows_of(list(read.newest(since=since, until=until)))) == wanted
