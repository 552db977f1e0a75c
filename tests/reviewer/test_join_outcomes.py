"""What is concluded from decisions and outcome lines, and what is not."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.journal.outcomes import input_digest
from callgate.journal.reading import log_files, read_back
from callgate.journal.records import timestamp
from callgate.reviewer.outcomes import join
from callgate.reviewer.went_on import GRACE, LONGEST

START = 1_795_000_000.0
Record = dict[str, Any]


class Say(NamedTuple):
    """A short way to write both kinds of lines: seconds since the start, then what matters."""

    session: str = "s"
    attended: bool | None = True

    def decided(self, at: float, id_: str, decision: str, command: str = "deploy", **more: object) -> Record:
        """A line of the review log; *id_* is decision id and, but for `-`, the agent's number."""
        return {
            "timestamp": timestamp(START + at), "session_id": self.session, "tool_name": "Bash",
            "tool_input": {"command": command}, "decision": decision, "decision_source": "rule", "decision_id": id_,
            "tool_use_id": f"toolu_{id_}", "permission_mode": "default", **more,
        }  # fmt: skip

    def heard(self, at: float, event: str, id_: str = "", command: str = "deploy", **more: object) -> Record:
        """A line of the outcome log."""
        return {
            "timestamp": timestamp(START + at), "session_id": self.session, "tool_name": "Bash",
            "tool_use_id": f"toolu_{id_}" if id_ else "", "agent": "claude-code", "event": event,
            "input_digest": input_digest({"command": command}), "interrupted": False, "attended": self.attended,
            "subagent": "", **more,
        }  # fmt: skip


SAY = Say()
LATER = 60.0
DIALOG = SAY.heard(1, "requested")
RAN, FAILED = SAY.heard(9, "ran", "x"), SAY.heard(9, "failed", "x")
NEXT = [SAY.decided(LATER, "next", "allow", "ls")], [SAY.heard(LATER + 1, "ran", "next", "ls")]
"""The session goes on: a later call that ran."""

SINGLE: dict[str, tuple[str, list[Record], bool, str]] = {
    # name: (decision, outcome lines, whether the session goes on, conclusion)
    "asked, ran": ("ask", [RAN], False, "approved"),
    "asked with a dialog, ran": ("ask", [DIALOG, RAN], False, "approved"),
    "asked, failed while it ran": ("ask", [FAILED], False, "approved"),
    "asked, stopped while it ran": ("ask", [SAY.heard(9, "failed", "x", interrupted=True)], False, "approved"),
    "no opinion, a dialog, ran": ("passthrough", [DIALOG, RAN], True, "approved"),
    "no opinion, a dialog, failed": ("passthrough", [DIALOG, FAILED], True, "approved"),
    "allowed, a dialog of the host, ran": ("allow", [DIALOG, RAN], True, "approved"),
    "no opinion, ran": ("passthrough", [RAN], True, "ran"),
    "no opinion, failed": ("passthrough", [FAILED], True, "ran"),
    "allowed, ran": ("allow", [RAN], True, "ran"),
    "asked, the session went on": ("ask", [DIALOG], True, "refused"),
    "asked, dialog unheard, the session went on": ("ask", [], True, "refused"),
    "no opinion, a dialog, the session went on": ("passthrough", [DIALOG], True, "refused"),
    "allowed, a dialog, the session went on": ("allow", [DIALOG], True, "refused"),
    "asked, still waiting": ("ask", [DIALOG], False, "unknown"),
    "no opinion, still waiting": ("passthrough", [DIALOG], False, "unknown"),
    "no opinion, nothing heard": ("passthrough", [], True, "unknown"),
    "allowed, nothing heard": ("allow", [], True, "unknown"),
    "denied": ("deny", [], True, "unknown"),
    "denied, a line says it ran": ("deny", [DIALOG, RAN], True, "unknown"),
    "asked, another input ran": ("ask", [SAY.heard(9, "ran", "x", "deploy --dry-run")], True, "unknown"),
    "no opinion, another input ran": ("passthrough", [SAY.heard(9, "ran", "x", "ls")], True, "unknown"),
    "the line of another tool": ("ask", [SAY.heard(9, "ran", "x", tool_name="Read")], False, "unknown"),
    "the line of another session": ("ask", [SAY.heard(9, "ran", "x", session_id="other")], False, "unknown"),
    "a line without the number": ("ask", [SAY.heard(9, "ran")], False, "unknown"),
}  # fmt: skip


@pytest.mark.parametrize(("decision", "heard", "goes_on", "expected"), SINGLE.values(), ids=SINGLE)
def test_one_call(decision: str, heard: list[Record], goes_on: bool, expected: str) -> None:
    """What is concluded for one call with a person in front."""
    decisions, lines = NEXT if goes_on else ([], [])
    assert join([SAY.decided(0, "x", decision), *decisions], [*heard, *lines])["x"] == expected


@pytest.mark.parametrize("name", [name for name, row in SINGLE.items() if row[3] in ("approved", "refused")])
def test_where_nobody_is_there_nobody_decided(name: str) -> None:
    """Under `claude -p` a dialog is answered by nobody or by a program: neither approves nor refuses for a person."""
    decision, heard, _, _ = SINGLE[name]
    nobody = [{**line, "attended": False} for line in (*heard, *NEXT[1])]
    assert join([SAY.decided(0, "x", decision), *NEXT[0]], nobody)["x"] == "unknown"


@pytest.mark.parametrize("name", SINGLE)
def test_a_host_that_does_not_say_counts_as_attended(name: str) -> None:
    """Lines without `attended`, of a host that does not know the word, are concluded from like those with a person."""
    decision, heard, goes_on, expected = SINGLE[name]
    decisions, lines = NEXT if goes_on else ([], [])
    silent = [{key: value for key, value in line.items() if key != "attended"} for line in (*heard, *lines)]
    assert join([SAY.decided(0, "x", decision), *decisions], silent)["x"] == expected


def test_without_hooks_nothing_is_known() -> None:
    """Decisions of a session that no outcome line tells of are all unknown."""
    decisions = [SAY.decided(number, str(number), "ask") for number in range(5)]
    assert join(decisions, [Say("other").heard(1, "ran", "1")]) == {str(number): "unknown" for number in range(5)}


def test_two_equal_calls_are_told_apart_by_their_numbers() -> None:
    """Of the same command twice, the one that ran is approved and the other one refused, in either order."""
    for ran, other in (("a", "b"), ("b", "a")):
        decisions = [SAY.decided(0, "a", "ask"), SAY.decided(10, "b", "ask"), *NEXT[0]]
        lines = [SAY.heard(1, "requested"), SAY.heard(11, "requested"), SAY.heard(20, "ran", ran), *NEXT[1]]
        found = join(decisions, lines)
        assert (found[ran], found[other]) == ("approved", "refused")


def test_an_approval_that_lasts_is_not_counted_twice() -> None:
    """Approved once with "do not ask again": the first was a person's, the second ran by the settings."""
    decisions = [SAY.decided(0, "a", "passthrough"), SAY.decided(20, "b", "passthrough")]
    lines = [SAY.heard(1, "requested"), SAY.heard(9, "ran", "a"), SAY.heard(21, "ran", "b")]
    assert join(decisions, lines) == {"a": "approved", "b": "ran"}
    # The other way round: ran by the settings, which then changed.
    lines = [SAY.heard(1, "ran", "a"), SAY.heard(21, "requested"), SAY.heard(29, "ran", "b")]
    assert join(decisions, lines) == {"a": "ran", "b": "approved"}


def test_without_numbers_the_input_decides() -> None:
    """An agent that sends no numbers: a line belongs to the latest equal call that had begun."""
    bare = {"tool_use_id": ""}
    decisions = [SAY.decided(0, "a", "ask", **bare), SAY.decided(10, "b", "ask", **bare), *NEXT[0]]
    found = join(decisions, [SAY.heard(1, "requested"), SAY.heard(11, "requested"), SAY.heard(19, "ran"), *NEXT[1]])
    assert (found["a"], found["b"]) == ("refused", "approved")
    assert join(decisions, [SAY.heard(5, "ran"), *NEXT[1]])["a"] == "approved"


def test_a_request_may_be_written_late() -> None:
    """The host goes on while the hook of a dialog still runs: its line may come after the next decision."""
    decisions = [SAY.decided(0, "a", "passthrough"), SAY.decided(0.3, "b", "allow", "ls"), *NEXT[0]]
    lines = [SAY.heard(0.35, "requested"), SAY.heard(0.6, "ran", "b", "ls"), *NEXT[1]]
    assert join(decisions, lines)["a"] == "refused"


def test_calls_of_one_answer_do_not_show_that_the_session_went_on() -> None:
    """A sibling that began together with the waiting call may end long after: the dialog can still be open."""
    decisions = [SAY.decided(0, "x", "ask"), SAY.decided(GRACE / 2, "sibling", "allow", "ls")]
    lines = [SAY.heard(1, "requested"), SAY.heard(500, "ran", "sibling", "ls")]
    assert join(decisions, lines)["x"] == "unknown"
    decisions.append(SAY.decided(GRACE + 2, "after", "allow", "pwd"))
    assert join(decisions, lines)["x"] == "refused"


def test_a_subagent_goes_on_while_the_main_conversation_waits() -> None:
    """Only a later call of the same conversation counts, where the session has several."""
    waiting = SAY.decided(0, "x", "ask")
    other = SAY.decided(LATER, "y", "allow", "ls")
    lines = [SAY.heard(1, "requested"), SAY.heard(LATER + 1, "ran", "y", "ls", subagent="a1")]
    assert join([waiting, other], lines)["x"] == "unknown"
    third = SAY.decided(2 * LATER, "z", "allow", "pwd")
    assert join([waiting, other, third], lines)["x"] == "unknown"  # nobody knows whose that is
    lines.append(SAY.heard(2 * LATER + 1, "ran", "z", "pwd"))
    assert join([waiting, other, third], lines)["x"] == "refused"


def test_a_call_whose_decision_is_not_at_hand_began_at_most_so_long_ago() -> None:
    """An orphaned line counts only when its tool cannot have begun beside the waiting call."""
    lines = [SAY.heard(1, "requested")]
    for at, expected in ((LONGEST, "unknown"), (LONGEST + GRACE + 2, "refused")):
        assert join([SAY.decided(0, "x", "ask")], [*lines, SAY.heard(at, "ran", "gone")])["x"] == expected


def test_the_host_refuses_by_itself_in_dont_ask_mode() -> None:
    """Without a dialog nobody refused; with one somebody did."""
    decision = SAY.decided(0, "x", "ask", permission_mode="dontAsk")
    assert join([decision, *NEXT[0]], NEXT[1])["x"] == "unknown"
    assert join([decision, *NEXT[0]], [SAY.heard(1, "requested"), *NEXT[1]])["x"] == "refused"


def test_a_session_that_is_resumed_by_a_program() -> None:
    """The same session with a person first and nobody later: each dialog counts by its own time."""
    decisions = [
        SAY.decided(0, "a", "ask"),
        *NEXT[0],
        SAY.decided(900, "b", "ask"),
        SAY.decided(990, "c", "allow", "ls"),
    ]
    nobody = Say(attended=False)
    lines = [SAY.heard(1, "requested"), *NEXT[1], nobody.heard(901, "requested"), nobody.heard(991, "ran", "c", "ls")]
    found = join(decisions, lines)
    assert (found["a"], found["b"]) == ("refused", "unknown")


def test_a_hook_registered_twice_decides_one_call() -> None:
    """Two decisions on one call share what became of it, and the stricter one says whether it was asked about."""
    decisions = [SAY.decided(0, "a", "passthrough"), SAY.decided(0.1, "b", "ask", tool_use_id="toolu_a")]
    lines = [SAY.heard(9, "ran", "a"), SAY.heard(9.1, "ran", "a")]
    assert join(decisions, lines) == {"a": "approved", "b": "approved"}


ODD: list[object] = [None, 1, "x", [], {}, True, 1e308, "2026-11-01T00:00:00Z"]


@pytest.mark.parametrize("field", [*SAY.heard(1, "ran", "x"), "tool_input", "decision_id", "decision"])
@pytest.mark.parametrize("value", ODD)
def test_odd_values_are_passed_over(field: str, value: object) -> None:
    """Lines may be written by another version, or by somebody else: no value breaks the others' conclusions."""
    decisions = [
        SAY.decided(0, "x", "ask"),
        {**SAY.decided(5, "odd", "ask"), field: value},
        SAY.decided(-5, "y", "ask"),
    ]
    lines = [SAY.heard(9, "ran", "x"), {**SAY.heard(8, "ran", "odd"), field: value}, SAY.heard(-1, "ran", "y")]
    found = join(decisions, lines)
    assert (found["x"], found["y"]) == ("approved", "approved")


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["ask", "allow", "deny", "passthrough"]),
        st.sampled_from(["", "requested", "ran", "requested ran", "failed", "ran requested"]),
        st.sampled_from(["deploy", "ls"]),
        st.booleans(),
    ),
    max_size=8,
)


def _session(steps: list[tuple[str, str, str, bool]]) -> tuple[list[Record], list[Record]]:
    decisions, lines = [], []
    for number, (decision, events, command, numbered) in enumerate(steps):
        at = number * 10.0
        bare = {} if numbered else {"tool_use_id": ""}
        decisions.append(SAY.decided(at, str(number), decision, command, **bare))
        for offset, event in enumerate(events.split(), 1):
            id_ = str(number) if numbered and event != "requested" else ""
            lines.append(SAY.heard(at + offset, event, id_, command))
    return decisions, lines


@given(_STEPS, st.randoms(use_true_random=False))
def test_order_does_not_matter(steps: list[tuple[str, str, str, bool]], shuffler: random.Random) -> None:
    """Lines come in any order, as logs are read from their ends."""
    decisions, lines = _session(steps)
    expected = join(decisions, lines)
    shuffler.shuffle(decisions)
    shuffler.shuffle(lines)
    assert join(decisions, lines) == expected


@given(_STEPS)
def test_approval_needs_a_question_and_a_run(steps: list[tuple[str, str, str, bool]]) -> None:
    """Whatever happened: every decision has a conclusion, nothing denied is approved, and nothing that did not run."""
    decisions, lines = _session(steps)
    found = join(decisions, lines)
    assert list(found) == [one["decision_id"] for one in decisions]
    ended = {line["tool_use_id"] for line in lines if line["event"] != "requested"}
    spoken = {line["input_digest"] for line in lines if line["event"] == "requested"}
    for one in decisions:
        conclusion = found[one["decision_id"]]
        if conclusion in ("approved", "refused"):
            assert one["decision"] != "deny"
            assert one["decision"] == "ask" or input_digest(one["tool_input"]) in spoken
        if one["tool_use_id"]:
            assert (conclusion in ("approved", "ran")) <= (one["tool_use_id"] in ended)


@given(_STEPS)
def test_without_requests_nothing_but_an_ask_is_a_persons(steps: list[tuple[str, str, str, bool]]) -> None:
    """Taking the dialogs' lines away never makes an approval of what did not ask."""
    decisions, lines = _session(steps)
    found = join(decisions, [line for line in lines if line["event"] != "requested"])
    persons = [one["decision"] for one in decisions if found[one["decision_id"]] in ("approved", "refused")]
    assert set(persons) <= {"ask"}


def test_many_equal_calls_take_linear_time() -> None:
    """A loop of one command in one session is joined by one look at each line."""
    count = 20_000
    decisions = [SAY.decided(number, str(number), "passthrough") for number in range(count)]
    lines = [SAY.heard(number + 0.5, "requested") for number in range(count)]
    found = join(decisions, lines)
    assert sum(conclusion == "refused" for conclusion in found.values()) > count - 10


def test_logs_are_read_with_their_rotated_files(tmp_path: Path) -> None:
    """Newest first; torn lines and other programs' lines are passed over; a log that is not there is empty."""
    log, old = tmp_path / "outcomes.jsonl", tmp_path / "outcomes.jsonl.20261101T000000Z"
    old.write_text(json.dumps({"n": 1}) + "\n")
    log.write_text(json.dumps({"n": 2}) + "\n[1]\n" + "[" * 100_000 + "\n" + json.dumps({"n": 3}) + '\n{"n": ')
    assert [line["n"] for line in read_back(log_files(str(log)))] == [3, 2, 1]
    assert list(read_back(log_files(str(tmp_path / "missing")))) == []
    with pytest.raises(OSError, match="not a regular file"):
        list(read_back([str(tmp_path)]))
