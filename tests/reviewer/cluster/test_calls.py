"""Distinct calls of a history: what is counted, what is kept, what is believed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from learning_lab import Lab

from callgate.journal.outcomes import input_digest
from callgate.reviewer.cluster.calls import gather
from callgate.reviewer.entry import from_record
from callgate.reviewer.evidence import open_logs, read_calls
from callgate.reviewer.history import History
from callgate.reviewer.recorded import is_whole, observation_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """A lab under `cautious`."""
    return Lab(tmp_path)


def test_the_same_call_is_kept_once(lab: Lab) -> None:
    """Times, conversations, outcomes and decisions are counted on one object."""
    lab.log("pytest a.py", 3, outcome="approved")
    lab.log("pytest a.py", 2, session="one", outcome="refused")
    lab.log("pytest a.py", 1, decision="allow", source="llm", outcome="ran")
    lab.log("cat a.py")
    found = lab.gathered()
    assert (found.total, len(found.calls)) == (7, 2)
    call = found.calls[1]
    assert (call.count, call.prompts, call.undecided) == (6, 6, 6)
    assert (call.approved, call.refused, len(call.sessions), call.was_denied) == (3, 2, 5, True)


def test_refusals_are_kept_beyond_the_bound(lab: Lab) -> None:
    """Ordinary calls beyond the bound are only counted; those that must not become allowed are kept."""
    lab.log("cat .env")
    lab.log("pytest z.py", outcome="refused")
    for name in "abcdef":
        lab.log(f"pytest {name}.py")
    found = gather(History([str(lab.file)]).newest(), lab.outcomes, most=4)
    assert [call.call.input["command"] for call in found.calls] == [
        "pytest f.py", "pytest e.py", "pytest d.py", "pytest c.py", "pytest z.py", "cat .env",
    ]  # fmt: skip
    assert (found.total, found.overflow) == (8, 2)


def test_an_observation_survives_the_log(lab: Lab) -> None:
    """What the engine knew when it decided is what it is told again."""
    lab.log("pytest a.py")
    (entry,) = History([str(lab.file)]).newest()
    seen = observation_of(entry)
    assert seen is not None
    assert (seen.home, seen.project, seen.off_until) == ("/home/dev", "/srv/app", None)
    assert seen.protected == lab.judge.case(lab.gathered().calls[0].call, None).observation.protected
    assert is_whole(entry)


@pytest.mark.parametrize(
    "change",
    [
        {"home": "x"}, {"home": None}, {"project": 1}, {"project": "rel"}, {"now": "x"}, {"links": []},
        {"links": {"a": 1}}, {"protected": "x"}, {"protected": [1]}, {"sweeps": {"a": "b"}},
        {"expansions": {"a": [None]}}, {"shadowing": 3},
    ],
)  # fmt: skip
def test_an_odd_observation_is_none(lab: Lab, change: dict[str, Any]) -> None:
    """A line whose observation has not the right shape says nothing of the host."""
    lab.log("pytest a.py")
    record = json.loads(lab.file.read_text())
    record["observation"] |= change
    entry = from_record(record)
    assert entry is not None
    assert observation_of(entry) is None
    record["observation"] = None
    entry = from_record(record)
    assert entry is not None
    assert observation_of(entry) is None


def test_a_masked_call_is_not_whole(lab: Lab) -> None:
    """What was masked in the input is not what was sent; a mask elsewhere does not matter."""
    lab.log(f"pytest a.py -k ghp_{'x1' * 18}")
    (entry,) = History([str(lab.file)]).newest()
    assert not is_whole(entry)


def test_logs_that_are_not_there(lab: Lab, tmp_path: Path) -> None:
    """A named log must exist; a gate that never wrote one has none."""
    with pytest.raises(FileNotFoundError, match="there is no log `/none`"):
        open_logs(lab.gate, ["/none"])
    lab.log("ls")
    assert read_calls(lab.gate, [str(lab.file)], tool="Read").total == 0
    with lab.file.open("a") as out:
        out.write("torn")
    assert read_calls(lab.gate, [str(lab.file)]).skipped == 1
    assert tmp_path.is_dir()


def test_outcomes_are_looked_up(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where hooks told what became of calls, that counts: a person approved this one, and the dialog was theirs."""
    lab.log("acme status", session="told")
    record = json.loads(lab.file.read_text())
    digest = input_digest(record["tool_input"])
    base = {"session_id": "told", "tool_name": "Bash", "tool_use_id": record["tool_use_id"], "input_digest": digest}
    lines = [
        {**base, "timestamp": "2026-09-21T20:30:00+00:00", "event": "requested", "attended": True},
        {**base, "timestamp": "2026-09-21T20:31:00+00:00", "event": "ran", "attended": True},
    ]
    outcomes = tmp_path / "outcomes.jsonl"
    monkeypatch.setattr(lab.gate, "places", lab.gate.places._replace(outcomes_file=str(outcomes)))
    assert [call.approved for call in read_calls(lab.gate, [str(lab.file)]).calls] == [0]
    outcomes.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert [call.approved for call in read_calls(lab.gate, [str(lab.file)]).calls] == [1]
