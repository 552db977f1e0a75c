"""What the gate saw comes back from the log as it was."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.core.model import Observation, ToolCall, Verdict
from callgate.journal.records import build
from callgate.reviewer.replay.observation import observation_of

PATHS = st.text("/.*ab\u00e9\ud800 -", min_size=1, max_size=12)
LISTS = st.dictionaries(PATHS, st.none() | st.lists(PATHS, max_size=3).map(tuple), max_size=3)
TIMES = st.floats(0, 4e9) | st.integers(0, 4_000_000_000).map(float)
OBSERVATIONS = st.builds(
    Observation, home=PATHS, project=st.just("") | PATHS, links=st.dictionaries(PATHS, PATHS, max_size=3),
    expansions=LISTS, sweeps=LISTS, shadowing=LISTS, now=TIMES, off_until=st.none() | st.just(float("inf")) | TIMES,
    protected=st.lists(PATHS, max_size=3).map(tuple),
)  # fmt: skip


@given(OBSERVATIONS)
def test_round_trip(seen: Observation) -> None:
    """Whatever the gate observed is the same after the journal has written it and the replay has read it."""
    call, verdict = ToolCall("Bash", {"command": "ls"}, "/p"), Verdict("ask", "why", "default", 10, "full")
    record = build(call, verdict, None, seen, now=1.0).review
    assert observation_of(json.loads(json.dumps(record, allow_nan=False))["observation"]) == seen


def test_an_older_version_wrote_fewer_fields() -> None:
    """A field that was not there yet is empty, as it was for that version."""
    assert observation_of({"home": "/h", "project": "/p"}) == Observation("/h", "/p")


@pytest.mark.parametrize(
    "damage",
    [
        {"home": None}, {"project": 1}, {"links": []}, {"links": {"a": 1}}, {"expansions": {"a": "b"}}, {"sweeps": 1},
        {"shadowing": {"a": [1]}}, {"now": "1"}, {"now": True}, {"now": None}, {"now": 10**400}, {"off_until": "soon"},
        {"off_until": []}, {"protected": {}}, {"protected": [None]}, {"links": "\u00abcut: 9 values\u00bb"},
    ],
    ids=repr,
)  # fmt: skip
def test_half_an_observation_is_none(damage: dict[str, object]) -> None:
    """A field of another type, or one that was cut, makes all of it unknown."""
    assert observation_of({"home": "/h", "project": "/p", **damage}) is None


@pytest.mark.parametrize("value", [None, [], "x", 1, {}])
def test_no_observation(value: object) -> None:
    """A line of the older hook has none."""
    assert observation_of(value) is None
