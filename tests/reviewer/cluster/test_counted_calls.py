"""Counted by DuckDB or folded one by one, a history has the same distinct calls."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_logs import START, Log, logs, put, record, write

from callgate.gate import open_gate
from callgate.reviewer import evidence
from callgate.reviewer.cluster.calls import MANY_SESSIONS, Gathered, gather
from callgate.reviewer.cluster.counted import gather_counted
from callgate.reviewer.history import History
from callgate.reviewer.logs import parse, segments
from callgate.reviewer.logs.relation import relation
from callgate.reviewer.logs.sources import Chain, snapshot
from callgate.reviewer.logs.stream import Report
from callgate.reviewer.logs.window import Window


def told(found: Gathered) -> dict[str, Any]:
    """All that *found* says; which 16 sessions of more are kept is nobody's business."""
    calls = []
    for call in found.calls:
        values = {name: getattr(call, name) for name in call.__slots__ if name != "fact" and name[0] != "_"}
        fact = (call.call, call.whole, call.fact.key, repr(call.observation))
        calls.append({**values, "sessions": len(call.sessions), "fact": fact})
    return {
        "calls": calls, "order": [call.latest for call in found.calls], "total": found.total,
        "span": (found.earliest, found.latest), "overflow": found.overflow,
    }  # fmt: skip


def both(folder: Path, paths: list[Path], outcomes: dict[str, str], tool: str, most: int = 100) -> tuple[Any, Any]:
    """What both ways make of some logs."""
    chains = [Chain(str(path)) for path in paths]
    one_by_one = gather(History(chains=chains).newest(), outcomes, tool=tool, most=most)
    with relation(snapshot(chains), Window(), str(folder / "state"), Report()) as decisions:
        counted = gather_counted(decisions, outcomes, tool=tool, most=most)
    return told(one_by_one), told(counted)


@given(found=logs(), outcomes=st.dictionaries(st.integers(0, 24), st.sampled_from(["approved", "refused", "ran"])),
       tool=st.sampled_from(["", "", "Bash", "Read"]))  # fmt: skip
def test_both_ways_make_the_same(found: list[Log], outcomes: dict[int, str], tool: str) -> None:
    """Counts, the latest line with all that it says, what people did, and the order."""
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(segments, "LARGE", 2_000)
        patch.setattr(segments, "SMALL", 700)
        patch.setattr(parse, "FEW", 3)
        said = {f"d{number}": word for number, word in outcomes.items()}
        one, other = both(Path(name), put(Path(name), found), said, tool)
    assert other == one


@given(found=logs(), tool=st.sampled_from(["", "Bash"]))
def test_two_conversations_stand_for_all(found: list[Log], tool: str) -> None:
    """Whether a call has one conversation or more, and whether the history has few, is told as with all names."""
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(segments, "LARGE", 2_000)
        chains = [Chain(str(path)) for path in put(Path(name), found)]
        with relation(snapshot(chains), Window(), str(Path(name) / "state"), Report()) as decisions:
            every, two = (gather_counted(decisions, tool=tool, sessions=how) for how in ("all", "two"))
    assert [min(len(call.sessions), 2) for call in two.calls] == [min(len(call.sessions), 2) for call in every.calls]
    assert len({one for call in two.calls for one in call.sessions}) <= len(
        {one for call in every.calls for one in call.sessions}
    )
    for least in range(1, MANY_SESSIONS + 1):
        assert two.has_sessions(least) == every.has_sessions(least)


def test_projects_and_modes_are_told_apart(tmp_path: Path) -> None:
    """The same text elsewhere is another call; keys in another order are not."""
    observed = [{"home": "/h", "project": name, "now": 1.0} for name in ("/a", "/b", "")]
    wheres = itertools.product([*observed, None], ("default", "plan", None))
    records = [
        record(START + at, observation=one, permission_mode=mode) for at, (one, mode) in enumerate(wheres)
    ]  # fmt: skip
    records += [record(START + 50, tool_input={"a": 1, "b": 2}), record(START + 51, tool_input={"b": 2, "a": 1})]
    one, other = both(tmp_path, [write(tmp_path / "log", records)], {}, "")
    assert other == one
    assert len(one["calls"]) == 9


def test_refusals_are_kept_beyond_the_bound(tmp_path: Path) -> None:
    """Of more calls than are kept, those that were denied come in front of nothing."""
    records = [record(START + at, f"cmd {at}", decision="deny" if at < 3 else "allow") for at in range(10)]
    log = write(tmp_path / "log", records)
    chains = [Chain(str(log))]
    with relation(snapshot(chains), Window(), str(tmp_path / "state"), Report()) as decisions:
        found = gather_counted(decisions, most=4)
    kept = [call.call.input["command"] for call in found.calls]
    assert kept == ["cmd 9", "cmd 8", "cmd 7", "cmd 6", "cmd 2", "cmd 1", "cmd 0"]
    assert (found.total, found.overflow) == (10, 3)


def test_long_logs_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Above a few megabytes; rotated files of a named log are read, too; and when DuckDB fails, lines are."""
    gate = open_gate({}, str(tmp_path), home=str(tmp_path / "home"), managed="", profile="cautious")
    log = write(tmp_path / "log", [record(START + at, f"cmd {at % 7}") for at in range(50)])
    write(tmp_path / "log.20261101T000000Z", [record(START - at, f"old {at % 5}") for at in range(50)])
    few = told(evidence.read_calls(gate, [str(log)]))
    assert len(few["calls"]) == 12
    monkeypatch.setattr(evidence, "LINE_BY_LINE", 0)
    monkeypatch.setattr(evidence, "gather", lambda *_args, **_more: pytest.fail("read line by line"))
    assert told(evidence.read_calls(gate, [str(log)])) == few
    window = evidence.read_calls(gate, [str(log)], since=START - 4, until=START + 4, tool="Bash")
    assert window.total == 9
    monkeypatch.setattr(evidence, "gather", gather)
    monkeypatch.setattr(evidence, "_counted", lambda *_, **_more: None)
    assert told(evidence.read_calls(gate, [str(log)])) == few
