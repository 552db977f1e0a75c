"""Costly answers are found once, and again as soon as something that they rest on has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from learning_lab import START, Lab

from callgate.gate import open_gate
from callgate.reviewer.query.base import Context
from callgate.reviewer.query.remembered import MOST, remembered

if TYPE_CHECKING:
    from pathlib import Path

    from callgate.gate import Gate


class Asked:
    """Answers with the number of times that it was asked."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.times = 0

    def find(self) -> dict[str, Any]:
        """Find an answer."""
        self.times += 1
        return {"times": self.times}

    def __call__(self, gate: Gate | None = None, **fields: object) -> int:
        """Ask a question with *fields*."""
        context = Context(gate or self.lab.gate, START, (str(self.lab.file),))
        found: int = remembered("gaps", fields, context, self.find)["times"]
        return found


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    """A log with one call."""
    lab = Lab(tmp_path)
    lab.log("python a.py")
    return Asked(lab)


def test_the_same_question_is_answered_once(asked: Asked) -> None:
    """As long as nothing is written; another question is another one."""
    assert [asked(), asked(), asked(limit=1), asked(limit=1), asked()] == [1, 1, 2, 2, 1]


def test_one_more_line_is_looked_into(asked: Asked) -> None:
    """A log that has grown may answer otherwise."""
    assert asked() == 1
    asked.lab.log("python b.py")
    assert asked() == 2


def test_another_gate_is_another_policy(asked: Asked) -> None:
    """What one gate has found is not told to those who ask another."""
    home = asked.lab.gate.places.home
    other = open_gate({"HOME": home}, "/", home=home, profile="cautious", managed="")
    assert [asked(), asked(other), asked(other), asked()] == [1, 2, 2, 1]


def test_what_is_written_while_it_is_found_out_is_not_kept(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows which state of the log such an answer has seen."""
    find = asked.find

    def slowly() -> dict[str, Any]:
        asked.lab.log("python c.py")
        return find()

    monkeypatch.setattr(asked, "find", slowly)
    assert [asked(), asked()] == [1, 2]


def test_no_more_answers_are_kept_than_the_bound(asked: Asked) -> None:
    """The one that was not asked for longest goes."""
    for number in range(MOST + 1):
        asked(limit=number)
    assert asked(limit=1) == 2
    assert asked(limit=0) == MOST + 2
