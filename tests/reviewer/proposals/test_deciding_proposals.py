"""Proposals: made by an agent, kept, forgotten, and decided by a person only."""

from __future__ import annotations

import json
import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.actor import Actor
from callgate.journal.audit import AuditEntry
from callgate.reviewer.proposals import Asked, Proposal, ProposalError, Store, accept, propose, reject, sha256_of
from callgate.reviewer.proposals.model import LIFETIME, MAX_OPEN, from_json, identify

AGENT = Actor("bot", "agent", "claude-code", ("claude[7], an ancestor, is claude-code",))
PERSON = Actor("anna", "person", terminal=True)
NOW = 1_800_000_000.0
ANSWER = {"success": True, "changes": ["Would add rule 'a' to FILE at line 1"], "diff": "+x\n", "validation": {}}


class World:
    """A state directory, a target, an audit log in memory, and a pipeline that remembers what it was asked."""

    def __init__(self, place: Path) -> None:
        self.target = place / "policy.toml"
        self.target.write_text("# empty\n")
        self.state = place / "state"
        self.entries: list[AuditEntry] = []
        self.asked: list[Asked] = []
        self.answer: dict[str, Any] = {"success": True, "changes": ["Added rule 'a'"]}

    def store(self, now: float = NOW) -> Store:
        """Return the proposals at some time."""
        return Store(str(self.state), now)

    def apply(self, asked: Asked) -> dict[str, Any]:
        """Stand in for the pipeline."""
        self.asked.append(asked)
        return {**ANSWER, "diff": "+again\n"} if asked.dry_run and self.answer["success"] else self.answer

    def propose(self, rule: str = "a", *, actor: Actor = AGENT, now: float = NOW) -> Proposal:
        """Propose to add a rule."""
        operation = {"operation": "add_rule", "rule_type": "allow", "rule": {"id": rule}}
        asked = Asked(operation, str(self.target), str(self.target.parent), dry_run=False, reason="tests need it")
        return propose(self.store(now), actor, asked, ["it loosens"], ANSWER, self.entries.append)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A world of its own."""
    return World(tmp_path)


def test_a_proposal_is_kept(world: World) -> None:
    """What was proposed is read back as it was, from a file that only its owner reads."""
    made = world.propose()
    (file,) = (world.state / "proposals").glob("*.json")

    assert world.store().all() == [made]
    assert file.name == f"{made.id}.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert (made.actor["agent"], made.reasons, made.why) == ("claude-code", ("it loosens",), "tests need it")
    assert made.target_sha256 == sha256_of(str(world.target))


def test_the_same_again_is_the_same(world: World) -> None:
    """Made twice it is one proposal that was made twice, tried out on the target as it is now."""
    first = world.propose()
    world.target.write_text("# changed\n")
    second = world.propose(actor=AGENT._replace(claimed="other"), now=NOW + 60)

    assert world.store().all() == [second]
    assert (second.id, second.created, second.seen, second.times) == (first.id, NOW, NOW + 60, 2)
    assert second.actor["claimed"] == "bot"
    assert second.target_sha256 == sha256_of(str(world.target))


def test_another_change_is_another_proposal(world: World) -> None:
    """The id is of the operation and the file."""
    assert world.propose("a").id != world.propose("b").id
    assert identify({"operation": "x"}, "/a") != identify({"operation": "x"}, "/b")


def test_a_person_accepts(world: World) -> None:
    """The change is made once, as it was proposed, and both steps are in the audit log."""
    made = world.propose()
    answer = accept(world.store(), made.id[:8], PERSON, world.apply, world.entries.append, force=True)

    assert answer["success"]
    assert world.asked == [
        Asked(made.operation, made.target_file, made.cwd, dry_run=False, force=True, reason="tests need it")
    ]
    assert [(one.operation, one.phase) for one in world.entries] == [
        ("propose", ""),
        ("proposal_accept", "begun"),
        ("proposal_accept", "done"),
    ]
    assert world.entries[-1].actor == PERSON
    assert world.store().all()[0].status == "accepted"
    with pytest.raises(ProposalError, match="accepted already"):
        accept(world.store(), made.id, PERSON, world.apply, world.entries.append, force=False)


def test_a_refused_change_stays_open(world: World) -> None:
    """When the pipeline refuses, nothing is decided, and the attempt is in the log."""
    made = world.propose()
    world.answer = {"success": False, "error": "no", "error_type": "locked"}

    assert accept(world.store(), made.id, PERSON, world.apply, world.entries.append, force=False) == world.answer
    assert world.store().find(made.id).status == "open"
    assert (world.entries[-1].phase, world.entries[-1].success) == ("failed", False)


NOBODY = [
    AGENT,
    AGENT._replace(terminal=True),
    Actor("anna", "unknown", terminal=True),
    Actor("anna", "unknown"),
    Actor("anna", "person"),
]


@pytest.mark.parametrize("actor", NOBODY)
def test_nobody_but_a_person_decides(world: World, actor: Actor) -> None:
    """An agent, somebody unknown, and a person without a terminal: refused, and nothing is made or written."""
    made = world.propose()
    entries = list(world.entries)
    with pytest.raises(ProposalError, match="only a person can accept"):
        accept(world.store(), made.id, actor, world.apply, world.entries.append, force=True)
    with pytest.raises(ProposalError, match="only a person can reject"):
        reject(world.store(), made.id, actor, world.entries.append, note="")

    assert world.asked == []
    assert world.entries == entries
    assert world.store().all() == [made]


def test_a_stale_proposal_is_tried_out_anew(world: World) -> None:
    """The target changed: nothing is applied, the new diff is kept, and accepting again applies what was then seen."""
    made = world.propose()
    world.target.write_text("# by hand\n")
    with pytest.raises(ProposalError, match="target changed"):
        accept(world.store(), made.id, PERSON, world.apply, world.entries.append, force=False)

    assert [one.dry_run for one in world.asked] == [True]
    assert world.store().find(made.id).diff == "+again\n"
    assert accept(world.store(), made.id, PERSON, world.apply, world.entries.append, force=False)["success"]
    assert [one.dry_run for one in world.asked] == [True, False]


def test_a_stale_proposal_that_no_longer_fits(world: World) -> None:
    """The person is told, and it stays what it was."""
    made = world.propose()
    world.target.unlink()
    world.answer = {"success": False, "error": "no such file"}
    with pytest.raises(ProposalError, match="no longer fits: no such file"):
        accept(world.store(), made.id, PERSON, world.apply, world.entries.append, force=False)

    assert world.store().find(made.id) == made


def test_without_an_audit_log_nothing_is_decided(world: World) -> None:
    """What cannot be written down is not done."""
    made = world.propose()

    def full(_entry: AuditEntry) -> None:
        raise ProposalError("disk full")

    for decide in (
        lambda: accept(world.store(), made.id, PERSON, world.apply, full, force=False),
        lambda: reject(world.store(), made.id, PERSON, full, note=""),
    ):
        with pytest.raises(ProposalError, match="disk full"):
            decide()
    assert world.asked == []
    assert world.store().all() == [made]


def test_a_person_rejects(world: World) -> None:
    """The same change is not taken again, and who makes it is told why; after 30 days it is."""
    made = world.propose()
    reject(world.store(), made.id, PERSON, world.entries.append, note="use make")
    with pytest.raises(ProposalError, match="a person rejected this change: use make"):
        world.propose()

    assert (world.entries[-1].operation, world.entries[-1].reason) == ("proposal_reject", "use make")
    assert world.propose(now=NOW + LIFETIME + 1).status == "open"


def test_an_accepted_change_may_be_proposed_again(world: World) -> None:
    """It may have been rolled back since."""
    made = world.propose()
    accept(world.store(), made.id, PERSON, world.apply, world.entries.append, force=False)

    assert world.propose().status == "open"


def test_forgotten_after_thirty_days(world: World) -> None:
    """What nobody decided about is neither listed nor kept; what was made again lives on from then."""
    world.propose("a")
    world.propose("b")
    world.propose("b", now=NOW + LIFETIME)
    later = world.store(NOW + LIFETIME + 1)

    assert [one.operation["rule"]["id"] for one in later.all()] == ["b"]
    with later.locked():
        assert len(list((world.state / "proposals").glob("*.json"))) == 1


def test_at_most_a_hundred_wait(world: World) -> None:
    """One more is refused, one that is there already is not, and one place that becomes free is taken."""
    for number in range(MAX_OPEN):
        world.propose(f"r{number}")
    with pytest.raises(ProposalError, match="wait for a person already"):
        world.propose("more")

    assert world.propose("r7").times == 2
    reject(world.store(), world.propose("r7").id, PERSON, world.entries.append, note="")
    assert world.propose("more").status == "open"


def test_files_that_are_no_proposals(world: World) -> None:
    """What was damaged, exchanged or put there by somebody else is told of and never decided about."""
    made = world.propose()
    place = world.state / "proposals"
    other = made._replace(operation={**made.operation, "rule": {"id": "evil"}})
    (place / f"{made.id}.json").write_bytes(other.to_json())
    (place / "p-000000000000.json").write_bytes(made.to_json())
    (place / "p-111111111111.json").write_bytes(b"\xff\x00{")
    (place / "x.json").write_text("{}")
    os.symlink("/dev/zero", place / "p-222222222222.json")

    assert world.store().all() == []
    assert len(world.store().damaged()) == 5
    with pytest.raises(ProposalError, match="there is no proposal"):
        accept(world.store(), made.id, PERSON, world.apply, world.entries.append, force=False)


@pytest.mark.parametrize("name", ["", "p", "p-", "p-1", "../../x", "p-zzzzzz", "x" * 10_000, "p-\x1b[31m"])
def test_names_that_mean_nothing(world: World, name: str) -> None:
    """A name that is no id, or too short to be the beginning of one, means no proposal."""
    world.propose()
    with pytest.raises(ProposalError, match="there is no proposal"):
        world.store().find(name)


def test_agents_at_once(world: World) -> None:
    """Writers take turns: every proposal is there, whole, and the same one was counted each time."""
    threads = [threading.Thread(target=world.propose, args=(f"r{number % 5}",)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(one.times for one in world.store().all()) == [4] * 5
    assert world.store().damaged() == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(Proposal._fields), inner, max_size=4),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(Proposal._fields), JSON) | JSON)
def test_any_json_is_read(value: object) -> None:
    """Whatever a file holds, it is a proposal or none; the fields of one are of their types."""
    found = from_json(json.dumps(value).encode())

    assert found is None or isinstance(found, Proposal)


@given(st.dictionaries(st.text(max_size=10), JSON, max_size=3), st.text(max_size=20), st.text(max_size=20))
def test_back_and_forth(operation: dict[str, Any], target: str, why: str) -> None:
    """A proposal comes back from its file as it was, whatever texts it holds."""
    made = Proposal(
        identify(operation, target),
        1.5,
        2.5,
        1,
        {"claimed": why},
        operation,
        target,
        "",
        "/",
        (why,),
        {"diff": why},
        why,
    )

    assert from_json(made.to_json()) == made
