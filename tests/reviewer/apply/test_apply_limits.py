"""What an agent may change: `[apply]` of the layers, and each of its limits against changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.actor import Actor
from callgate.core.errors import PolicyError
from callgate.policy.loader import ApplyLimits, Candidate, LoadedPolicy, load, load_text
from callgate.policy.schema import ACTIONS, BREADTHS, CHANGES, PERSONS
from callgate.reviewer.apply import registry
from callgate.reviewer.apply.base import Detail
from callgate.reviewer.apply.limits import CLOSED, NeedsPerson, changes_in, closed, gate_open, is_agent, judge
from callgate.reviewer.apply.standing import BROKEN, standing

AGENT = Actor("bot", "agent", "claude-code")
PERSON = Actor("anna", "person", terminal=True)
NOBODY = Actor("anna", "unknown")
SOMEBODY = Actor("anna", "unknown", terminal=True)

EMPTY = load_text("")
ALLOW = load_text('[[allow]]\nid = "a"\ncommand = "git log *"\n')
BROAD = load_text('[[allow]]\nid = "a"\ncommand = "*"\n')
DENY = load_text('[[deny]]\nid = "d"\ncommand = "git push *"\n')
ADD_ALLOW = {"operation": "add_rule", "rule_type": "allow", "rule": {"id": "a"}}
ADD_DENY = {"operation": "add_rule", "rule_type": "deny", "rule": {"id": "d"}}


def refused(found: list[Detail] | NeedsPerson) -> str:
    """Return the words of a refusal; fails when there is none."""
    assert isinstance(found, list)
    assert found
    return " ".join(one.error for one in found)


def test_without_a_table_nothing_is_limited() -> None:
    """The defaults let an agent make every change, a broad one as well."""
    assert judge(ApplyLimits(), AGENT, ADD_ALLOW, EMPTY, BROAD, 10_000) == []


def test_operations() -> None:
    """Only the named operations, in a batch as well; what only reads is nobody's business."""
    limits = ApplyLimits(operations=("add_rule",))
    remove = {"operation": "remove_rule", "id": "a"}

    assert judge(limits, AGENT, ADD_ALLOW, EMPTY, ALLOW, 0) == []
    assert judge(limits, AGENT, {"operation": "batch", "operations": [ADD_ALLOW]}, EMPTY, ALLOW, 0) == []
    assert judge(limits, AGENT, {"operation": "validate"}, EMPTY, EMPTY, 0) == []
    assert "`remove_rule`" in refused(judge(limits, AGENT, remove, ALLOW, EMPTY, 0))
    batch = {"operation": "batch", "operations": [ADD_ALLOW, {"operation": "batch", "operations": [remove]}]}
    assert "`remove_rule`" in refused(judge(limits, AGENT, batch, ALLOW, EMPTY, 0))


def test_rule_types() -> None:
    """What changes is told from the policies: a rollback that brings a rule back is a change of that rule."""
    limits = ApplyLimits(rule_types=("deny",))
    rollback = {"operation": "rollback", "to_commit": "abc"}

    assert judge(limits, AGENT, ADD_DENY, EMPTY, DENY, 0) == []
    assert "allow rules (`a`)" in refused(judge(limits, AGENT, rollback, EMPTY, ALLOW, 0))
    assert "allow rules (`a`)" in refused(judge(limits, AGENT, rollback, ALLOW, EMPTY, 0))
    # switched off, it is in neither policy
    assert "allow rules" in refused(judge(limits, AGENT, ADD_ALLOW, EMPTY, EMPTY, 0))


@pytest.mark.parametrize(("broadest", "fits"), [("exact", False), ("subcommand", True), ("program", True)])
def test_broadest(broadest: str, fits: bool) -> None:
    """An allow rule that covers more than the policy lets an agent's is refused; a deny may be as broad as it likes."""
    limits = ApplyLimits(broadest=broadest)

    assert (judge(limits, AGENT, ADD_ALLOW, EMPTY, ALLOW, 0) == []) is fits
    assert f"`{broadest}`" in refused(judge(limits, AGENT, ADD_ALLOW, EMPTY, BROAD, 0))
    assert judge(limits, AGENT, ADD_DENY, EMPTY, load_text('[[deny]]\nid = "d"\ntool = "Bash"\n'), 0) == []
    assert judge(limits, AGENT, ADD_DENY, BROAD, BROAD, 0) == []  # what was there before is not the agent's


@pytest.mark.parametrize(("used", "fits"), [(0, True), (1, True), (2, False), (9, False)])
def test_max_per_day(used: int, fits: bool) -> None:
    """A change fits as long as the count with it stays within the limit; a batch counts as what it holds."""
    limits = ApplyLimits(max_per_day=2)

    assert (judge(limits, AGENT, ADD_DENY, EMPTY, DENY, used) == []) is fits
    batch = {"operation": "batch", "operations": [ADD_DENY] * 2}
    assert changes_in(batch) == 2
    assert (judge(limits, AGENT, batch, EMPTY, DENY, used) == []) is (used == 0)


def test_none_a_day() -> None:
    """A limit of nothing lets nothing be made."""
    assert "0 changes" in refused(judge(ApplyLimits(max_per_day=0), AGENT, ADD_DENY, EMPTY, DENY, 0))


def test_require_person() -> None:
    """`always` is every change, `loosening` each that does not provably tighten; the reasons say which rule it is."""
    always, loosening = ApplyLimits(require_person="always"), ApplyLimits(require_person="loosening")

    assert isinstance(judge(always, AGENT, ADD_DENY, EMPTY, DENY, 0), NeedsPerson)
    assert judge(loosening, AGENT, ADD_DENY, EMPTY, DENY, 0) == []
    found = judge(loosening, AGENT, ADD_ALLOW, EMPTY, ALLOW, 0)
    assert isinstance(found, NeedsPerson)
    assert found.reasons == ("allow rule `a` is added or covers more than before",)


def test_a_refusal_comes_before_the_question() -> None:
    """What is outside of the limits does not become a proposal: a confirmation would not lift the limit."""
    limits = ApplyLimits(rule_types=("deny",), require_person="always")

    assert "allow" in refused(judge(limits, AGENT, ADD_ALLOW, EMPTY, ALLOW, 0))


STRICT = ApplyLimits((), (), "exact", 0, "always")


def test_who_is_limited() -> None:
    """An agent, and nobody knows who without a terminal; a person is not, and only a person confirms."""
    assert judge(STRICT, PERSON, ADD_ALLOW, EMPTY, BROAD, 99) == []
    assert refused(judge(STRICT, AGENT, ADD_ALLOW, EMPTY, BROAD, 99))
    assert refused(judge(STRICT, NOBODY, ADD_ALLOW, EMPTY, BROAD, 99))
    assert isinstance(judge(STRICT, SOMEBODY, ADD_ALLOW, EMPTY, BROAD, 99), NeedsPerson)
    assert [is_agent(one) for one in (AGENT, PERSON, NOBODY, SOMEBODY)] == [True, False, True, False]


@pytest.mark.parametrize("value", [None, "", "0", "true", "yes", " 1", "1 ", "11"])
def test_the_gate_is_open_for_one_value_only(value: str | None) -> None:
    """`1` and nothing else opens it."""
    environ = {} if value is None else {"DECISION_REVIEWER_ALLOW_WRITES": value}

    assert not gate_open(environ)
    assert gate_open({"DECISION_REVIEWER_ALLOW_WRITES": "1"})


def test_the_refusal_says_who_can_open_it() -> None:
    """The sentence is the contract's; a person is told what to type, an agent to ask."""
    assert CLOSED == "Write operations disabled. Set DECISION_REVIEWER_ALLOW_WRITES=1 to enable."
    assert closed(AGENT).error_type == "writes_disabled"
    assert "ask the person" in closed(AGENT).details[0].suggestion
    assert "export" in closed(PERSON).details[0].suggestion


# The table


def policy(tmp_path: Path, **layers: str) -> LoadedPolicy:
    """Load a policy of these layers."""
    candidates = []
    for layer, text in layers.items():
        file = tmp_path / f"{layer}.toml"
        file.write_text(text)
        candidates.append(Candidate(str(file), layer))  # type: ignore[arg-type]
    return load(candidates, str(tmp_path), str(tmp_path), {})


def test_the_strictest_of_both_layers_counts(tmp_path: Path) -> None:
    """Field by field, whichever layer says it."""
    managed = '[apply]\noperations = ["add_rule", "remove_rule"]\nmax_per_day = 20\nrequire_person = "loosening"\n'
    user = '[apply]\noperations = ["add_rule", "toggle_rule"]\nbroadest = "program"\nmax_per_day = 5\n'

    assert policy(tmp_path, managed=managed, user=user).apply == ApplyLimits(
        ("add_rule",), ACTIONS, "program", 5, "loosening"
    )


@pytest.mark.parametrize("layer", ["project", "file"])
def test_it_does_not_count_elsewhere(tmp_path: Path, layer: str) -> None:
    """A project's table and that of `--config` is reported and has no effect, whichever way it points."""
    loaded = policy(tmp_path, **{layer: '[apply]\nrequire_person = "always"\n'})

    assert loaded.apply == ApplyLimits()
    assert any("`[apply]` does not count" in str(warning) for warning in loaded.warnings)


def test_an_include_adds_its_limits(tmp_path: Path) -> None:
    """The includer's word counts on a key that both set; other keys of the included file count as well."""
    (tmp_path / "more.toml").write_text('[apply]\nbroadest = "exact"\nmax_per_day = 3\n')
    loaded = policy(tmp_path, user='[includes]\nfiles = ["more.toml"]\n[apply]\nbroadest = "program"\n')

    assert (loaded.apply.broadest, loaded.apply.max_per_day) == ("program", 3)


@pytest.mark.parametrize(
    "line",
    [
        'operations = ["rm"]',
        "operations = []",
        'broadest = "wide"',
        "max_per_day = -1",
        'require_person = "no"',
        "x = 1",
    ],
)
def test_mistakes_are_errors(line: str) -> None:
    """A limit that is misspelled must not be one that is not there."""
    with pytest.raises(PolicyError):
        load_text(f"[apply]\n{line}\n")


def test_the_names_are_those_of_the_operations() -> None:
    """Every operation but `batch` and `validate`, which change nothing by themselves, can be limited."""
    assert [*CHANGES, "batch", "validate"] == sorted(registry.NAMES, key=[*CHANGES, "batch", "validate"].index)


LIMITS = st.builds(
    ApplyLimits,
    st.lists(st.sampled_from(CHANGES), unique=True).map(lambda names: tuple(sorted(names, key=CHANGES.index))),
    st.lists(st.sampled_from(ACTIONS), unique=True).map(lambda names: tuple(sorted(names, key=ACTIONS.index))),
    st.sampled_from(BREADTHS),
    st.none() | st.integers(0, 5),
    st.sampled_from(PERSONS),
)
CHANGED = st.sampled_from([EMPTY, ALLOW, BROAD, DENY])


@given(LIMITS, LIMITS, CHANGED, CHANGED, st.sampled_from([ADD_ALLOW, ADD_DENY]), st.integers(0, 6))
def test_joining_limits_never_lets_more_through(
    one: ApplyLimits, other: ApplyLimits, old: LoadedPolicy, new: LoadedPolicy, operation: dict[str, Any], used: int
) -> None:
    """A change that either of two limits stops, both together stop; and joining has no order."""
    joined = one.with_limits(other)

    assert joined == other.with_limits(one)
    assert joined.with_limits(ApplyLimits()) == joined
    if judge(joined, AGENT, operation, old, new, used) == []:
        for each in (one, other):
            assert judge(each, AGENT, operation, old, new, used) == []


# Where the limits come from


def home(tmp_path: Path, text: str) -> str:
    """Write a user policy and return the home directory."""
    (tmp_path / ".config/callgate").mkdir(parents=True)
    (tmp_path / ".config/callgate/policy.toml").write_text(text)
    return str(tmp_path)


def test_standing_limits(tmp_path: Path) -> None:
    """The user's and the managed file count, however the policy in force was chosen."""
    managed, elsewhere = tmp_path / "managed.toml", tmp_path / "elsewhere.toml"
    managed.write_text('[apply]\nbroadest = "program"\n')
    elsewhere.write_text("[apply]\nmax_per_day = 7\n")
    where = home(tmp_path, '[apply]\nmax_per_day = 9\nrequire_person = "loosening"\n')

    found = standing({"CLAUDE_PERMISSIONS_CONFIG": str(elsewhere)}, where, managed=str(managed))
    assert found == ApplyLimits(broadest="program", max_per_day=7, require_person="loosening")


def test_limits_that_cannot_be_read_are_strict(tmp_path: Path) -> None:
    """A broken policy file lifts no limit: a person looks at every change."""
    where = home(tmp_path, "[apply\n")

    assert standing({}, where, managed="") == BROKEN
    assert BROKEN.require_person == "always"


def test_no_policy_no_limits(tmp_path: Path) -> None:
    """Where nobody wrote a policy nothing is limited."""
    assert standing({}, str(tmp_path), managed="") == ApplyLimits()
