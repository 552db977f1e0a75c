"""What is known of a call is used again, is never more than it was, and never outweighs the log."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_logs import START, Log, logs, put, record, write

from callgate.reviewer.cluster import counted, known
from callgate.reviewer.cluster.calls import Gathered
from callgate.reviewer.cluster.counted import gather_counted
from callgate.reviewer.cluster.known import Known
from callgate.reviewer.logs import segments
from callgate.reviewer.logs.relation import relation
from callgate.reviewer.logs.sources import Chain, snapshot
from callgate.reviewer.logs.stream import Report
from callgate.reviewer.logs.window import Window


def gathered(folder: Path, paths: list[Path], window: Window, kept: Known | None) -> Gathered:
    """The distinct calls of a window."""
    with relation(snapshot([Chain(str(path)) for path in paths]), window, str(folder / "state"), Report()) as decisions:
        return gather_counted(decisions, known=kept)


def told(found: Gathered) -> list[Any]:
    """What *found* says of each call."""
    return [(one.call, repr(one.observation), one.whole, one.decisions, one.latest, one.rule_id) for one in found.calls]


BORDERS = st.sampled_from([None, START, START + 1, START + 30, START + 600])


@given(
    found=logs(), windows=st.lists(st.tuples(BORDERS, BORDERS), min_size=2, max_size=4), most=st.sampled_from([1, 9])
)
def test_what_is_known_changes_no_answer(
    found: list[Log], windows: list[tuple[float | None, float | None]], most: int
) -> None:
    """One question after the other, about any windows, with room for few calls or many."""
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(segments, "LARGE", 2_000)
        patch.setattr(known, "MOST", most)
        paths, kept = put(Path(name), found), Known()
        for since, until in windows:
            window = Window(since, until)
            fresh = gathered(Path(name), paths, window, None)
            assert told(gathered(Path(name), paths, window, kept)) == told(fresh)


def test_a_line_is_decoded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second question about the same calls reads none of them."""
    log = write(tmp_path / "log", [record(START + at, f"cmd {at % 5}") for at in range(20)])
    kept = Known()
    first = told(gathered(tmp_path, [log], Window(), kept))
    monkeypatch.setattr(counted, "read", lambda _: pytest.fail("a line was decoded again"))
    assert told(gathered(tmp_path, [log], Window(), kept)) == first
    assert [one[0] for one in told(gathered(tmp_path, [log], Window(START + 15), kept))] == [one[0] for one in first]


def test_what_was_not_met_for_long_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice the bound is kept at most, and what passes through is marked."""
    monkeypatch.setattr(known, "MOST", 3)
    log = write(tmp_path / "log", [record(START + at, f"cmd {at}") for at in range(30)])
    kept = Known()
    found = gathered(tmp_path, [log], Window(), kept)
    assert len(found.calls) == 30
    assert sum(call.fact.lasting for call in found.calls) == 6
    gathered(tmp_path, [log], Window(START + 29), kept)
    gathered(tmp_path, [log], Window(START, START + 1), kept)
    assert len(kept) <= 12


def test_a_line_that_was_edited_is_not_what_the_index_says(tmp_path: Path) -> None:
    """In place, leaving its length: it is left out, and nothing is known of it under the name of another call."""
    log = write(tmp_path / "log.20261101T000000Z", [record(START + at, f"cmd {at}") for at in range(3)])
    kept = Known()
    found = snapshot([Chain(str(tmp_path / "log"))])
    with relation(found, Window(), str(tmp_path / "state"), Report()) as decisions:
        data = log.read_bytes()
        log.write_bytes(data.replace(b'"cmd 1"', b'"rm -r"'))
        made = gather_counted(decisions, known=kept)
    assert [call.call.input["command"] for call in made.calls] == ["cmd 2", "cmd 0"]
    assert made.overflow == 1
    again = gathered(tmp_path, [tmp_path / "log"], Window(), kept)
    assert [call.call.input["command"] for call in again.calls] == ["cmd 2", "rm -r", "cmd 0"]
