"""The query `impact`: what one more rule would change, within half a second or in full."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from replay_place import Place

from callgate.reviewer.query import impact
from callgate.reviewer.query.base import Context, QueryError

RULE = {"id": "run-make", "command": "make *"}
NOW = 1_790_000_000.0


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A world of its own."""
    return Place(tmp_path)


def ask(place: Place, **fields: object) -> dict[str, Any]:
    """The answer, made of JSON values only."""
    context = Context(place.gate(), NOW, (str(place.log),))
    answer = impact.QUERY.answer({"rule": RULE, "rule_type": "allow", **fields}, context)
    decoded: dict[str, Any] = json.loads(json.dumps(answer, allow_nan=False))
    return decoded


@pytest.mark.parametrize("full", [False, True])
def test_an_allow_rule(place: Place, full: bool) -> None:
    """The calls that it would allow, in groups with examples and what decided before."""
    place.decide(place.shell("make all"), place.shell("make all"), place.shell("make all; rm -rf src"))
    place.decide(place.shell("pytest -q"))
    answer = ask(place, full=full)
    assert (answer["calls"], answer["distinct"], answer["changed"], answer["sampled"]) == (4, 3, 2, False)
    assert answer["baseline"] == "current"
    (group,) = answer["newly_allowed"]["groups"]
    assert (group["shape"], group["decided_by"], group["count"]) == ("make all", "run-make", 2)
    assert group["examples"][0]["text"] == "make all"
    assert (
        answer["newly_denied"]["count"] == answer["newly_asked"]["count"] == answer["no_longer_decided"]["count"] == 0
    )
    assert answer["decisions"]["before"]["passthrough"] == 3
    assert answer["decisions"]["after"]["allow"] == 3
    assert answer["policy_revision"]


def test_since(place: Place) -> None:
    """Calls before that are not looked at; no call at all is an answer."""
    place.decide(place.shell("make all"))
    assert ask(place, since=4e9)["calls"] == 0


def test_faults_of_the_rule(place: Place) -> None:
    """Every fault of the rule is in `details`, with what to do."""
    place.decide(place.shell("make all"))
    with pytest.raises(QueryError) as raised:
        ask(place, rule={"id": "push-asks", "comand": "x"})
    assert raised.value.code == "invalid_query"
    details = raised.value.details
    assert isinstance(details, dict)
    assert len(details["problems"]) >= 2
    assert all(one["message"] for one in details["problems"])


def test_no_log(place: Place) -> None:
    """Where nothing was logged yet there is nothing to answer from."""
    with pytest.raises(QueryError) as raised:
        ask(place)
    assert raised.value.code == "log_not_found"


def test_a_log_that_cannot_be_read(place: Place) -> None:
    """A directory in place of the log is an error, not an empty history."""
    place.log.mkdir(parents=True)
    with pytest.raises(QueryError) as raised:
        ask(place)
    assert raised.value.code == "log_not_found"


def test_a_broken_policy(place: Place) -> None:
    """What another policy would change cannot be told while the one in force is broken."""
    place.decide(place.shell("make all"))
    place.policy("[[deny]\n")
    with pytest.raises(QueryError) as raised:
        ask(place)
    assert raised.value.code == "config_parse_error"
