"""What loosens a policy: a table, and the law that a change which is not called loosening lets nothing new through."""

from __future__ import annotations

from typing import Any

import pytest
import strategies as world
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from callgate.core.model import Rule, Settings, ToolCall
from callgate.engine.case import Case
from callgate.engine.decide import decide
from callgate.engine.units import analyse
from callgate.policy.compiled import Policy
from callgate.policy.globs import Anchors
from callgate.policy.loader import LoadedPolicy, load_text
from callgate.reviewer.apply.loosening import added_allows, changed_rules, loosening, weakened

EMPTY = load_text("")
RANK = {"allow": 0, "passthrough": 1, "ask": 2, "deny": 3}
BASE = """
[settings]
default = "ask"
[llm_fallback]
enabled = true
endpoint = "http://localhost:1/v1"
model = "judge"
[[deny]]
id = "d"
command = "git push *"
[[ask]]
id = "a"
path = ["src/**", "!src/gen/**"]
operations = ["write"]
[[allow]]
id = "y"
command = "git log *"
command_exclude_regex = "--output"
"""

TIGHTENING = [
    ("", "", "nothing"),
    ('id = "y"', 'id = "other"', "a name"),
    ('id = "d"', 'id = "d"\ndescription = "x"', "a description"),
    (
        'command_exclude_regex = "--output"',
        'command_exclude_regex = "--output"\nmode = ["plan"]',
        "an allow in one mode",
    ),
    ('command_exclude_regex = "--output"', 'command_exclude_regex = "--output"\nenabled = false', "an allow is off"),
    (
        'command_exclude_regex = "--output"',
        'command_exclude_regex = "--output"\nlevel = "shadow"',
        "an allow is shadow",
    ),
    (
        'command_exclude_regex = "--output"',
        'command_exclude_regex = "--output"\nexpires = 2999-01-01T00:00:00Z',
        "an allow expires",
    ),
    ('["src/**", "!src/gen/**"]', '["src/**"]', "an ask without its exclude"),
    ("[[ask]]", "[[deny]]", "an ask becomes a deny"),
    ('default = "ask"', 'default = "deny"', "a stricter default"),
    ("enabled = true", "enabled = false", "no model"),
    ('model = "judge"', 'model = "judge"\n[llm_fallback.actions]\non_safe = "ask"', "a model that may less"),
    ("[[deny]]", '[[deny]]\nid = "more"\ntool = "Bash"\n[[deny]]', "one deny more"),
]


@pytest.mark.parametrize(("old", "new", "what"), TIGHTENING, ids=[what for _, _, what in TIGHTENING])
def test_what_tightens(old: str, new: str, what: str) -> None:
    """What plainly takes away is not called loosening."""
    assert loosening(load_text(BASE), load_text(BASE.replace(old, new, 1) if old else BASE)) == (), what


LOOSENING = [
    ('command = "git log *"', 'command = "git *"', "an allow is widened"),
    ('\ncommand_exclude_regex = "--output"', "", "an allow loses its exclude"),
    ('command_exclude_regex = "--output"', 'command_exclude_regex = "--out"', "an exclude is another one"),
    ("[[allow]]", '[[allow]]\nid = "z"\ntool = "Read"\n[[allow]]', "one allow more"),
    ('command = "git push *"', 'command = "git push origin *"', "a deny is narrowed"),
    ('command = "git push *"', 'command = "git push *"\nmode = ["plan"]', "a deny in one mode"),
    ('command = "git push *"', 'command = "git push *"\nenabled = false', "a deny is off"),
    ('command = "git push *"', 'command = "git push *"\nlevel = "shadow"', "a deny is shadow"),
    ('command = "git push *"', 'command = "git push *"\nlevel = "warn"', "a deny only warns"),
    ('command = "git push *"', 'command = "git push *"\nexpires = 2999-01-01T00:00:00Z', "a deny expires"),
    ('command = "git push *"', 'command = "git push *"\ncase_sensitive = false', "a deny by other letters"),
    ('command = "git push *"', 'command = "git push *"\ncommand_exclude_regex = "x"', "a deny has an exclude"),
    ("[[deny]]", "[[ask]]", "a deny becomes an ask"),
    ("[[ask]]", "[[allow]]", "an ask becomes an allow"),
    ('"!src/gen/**"', '"!src/gen/**", "!src/x"', "an ask has one exclude more"),
    ('default = "ask"', 'default = "passthrough"', "a looser default"),
    ('default = "ask"', 'default = "ask"\nshell = "raw"', "raw"),
    ('model = "judge"', 'model = "other"', "another model"),
    ('model = "judge"', 'model = "judge"\nsystem_prompt = "say yes"', "another prompt"),
    ('model = "judge"', 'model = "judge"\n[llm_fallback.actions]\non_unsafe = "allow"', "a model that may more"),
    ("[settings]", '[logging]\nlog_file = "/tmp/x"\n[settings]', "another log"),
    ("[settings]", '[logging]\nlog_level = "error"\n[settings]', "another level"),
]


def test_a_question_loosens_where_the_default_denies() -> None:
    """An ask more only tightens, but not where everything that no rule names is denied."""
    ask = '[[ask]]\nid = "q"\ncommand = "ls"\n'
    strict = '[settings]\ndefault = "deny"\n'

    assert loosening(EMPTY, load_text(ask)) == ()
    assert loosening(load_text(strict), load_text(strict + ask)) == (
        "ask rule `q` makes a question of what the default denies",
    )
    # An allow needs every part of a call, an ask one: `ls; rm x` was denied.
    assert loosening(load_text(strict + ask.replace("ask", "allow", 1)), load_text(strict + ask)) != ()


@pytest.mark.parametrize(("old", "new", "what"), LOOSENING, ids=[what for _, _, what in LOOSENING])
def test_what_loosens(old: str, new: str, what: str) -> None:
    """What takes a refusal away, adds an approval, or cannot be told, is called loosening, and why is said."""
    assert old in BASE
    assert loosening(load_text(BASE), load_text(BASE.replace(old, new, 1))), what


def test_a_change_back_is_told_apart() -> None:
    """The same two policies the other way round: what tightens one way loosens the other."""
    with_deny = load_text('[[deny]]\nid = "d"\ncommand = "ls"\n')

    assert loosening(EMPTY, with_deny) == ()
    assert loosening(with_deny, EMPTY) == ("deny rule `d` is removed or covers less than before",)


def test_which_rules_changed() -> None:
    """A rule that only moved within its file did not change; one with another text did, and is there twice."""
    one, other = '[[deny]]\nid = "d"\ncommand = "ls"\n', '[[deny]]\nid = "e"\ncommand = "rm"\n'

    assert changed_rules(load_text(one + other), load_text(other + one)) == ()
    assert [rule.id for rule in changed_rules(load_text(one), load_text(one.replace("ls", "cat")))] == ["d", "d"]


def _policy(rules: list[Rule], chosen: Settings) -> LoadedPolicy:
    return EMPTY._replace(rules=tuple(rules), settings=chosen)


def _decision(policy: LoadedPolicy, call: ToolCall) -> str:
    compiled = Policy(policy.rules, Anchors(world.HOME, world.PROJECT, world.PROJECT), settings=policy.settings)
    return decide(Case(compiled, call, analyse(call, world.HOME), world.OBSERVATION)).decision


# Made once and not for each change: making strategies takes longer than drawing from them.
_COUNTS = st.integers(1, 3)
_KINDS = st.sampled_from(["add", "remove", "action", "level", "mode", "exclude", "glob", "expire", "default"])
_POLICIES = world.policies()
_NEW = [world.rules(f"n{number}") for number in range(3)]
_AT = [st.integers(0, most) for most in range(20)]
_ACTIONS = st.sampled_from(["allow", "ask", "deny"])
_LEVELS = st.sampled_from(["enforce", "warn", "shadow"])
_MODES: st.SearchStrategy[tuple[str, ...]] = st.sampled_from([(), ("default",), ("plan",), ("default", "plan")])
_EXCLUDES = st.sampled_from(["", "src", "^git "])
_GLOBS = st.sampled_from(["!src/**", "!**/.env"])
_EXPIRES = st.sampled_from([None, 500.0, 2000.0])


@st.composite
def changes(draw: st.DrawFn) -> tuple[LoadedPolicy, LoadedPolicy]:
    """A policy, and what one to three small changes make of it."""
    rules: list[Rule] = draw(_POLICIES)
    chosen: Settings = draw(world.SETTINGS)
    old = _policy(list(rules), chosen)
    for number in range(draw(_COUNTS)):
        kind = draw(_KINDS)
        if kind == "add" or not rules:
            rules.append(draw(_NEW[number]))
        elif kind == "default":
            chosen = draw(world.SETTINGS)
        else:
            at = draw(_AT[len(rules) - 1])
            rules[at : at + 1] = _changed(rules[at], kind, draw)
    return old, _policy(rules, chosen)


def _changed(rule: Rule, kind: str, draw: st.DrawFn) -> list[Rule]:
    fields: dict[str, dict[str, Any]] = {
        "action": {"action": draw(_ACTIONS)},
        "level": {"level": draw(_LEVELS)},
        "mode": {"mode": draw(_MODES)},
        "exclude": {"command_exclude_regex": draw(_EXCLUDES)},
        "glob": {"path": (*rule.path, draw(_GLOBS))} if rule.path else {},
        "expire": {"expires": draw(_EXPIRES)},
    }
    return [] if kind == "remove" else [rule._replace(**fields[kind])]


@settings(max_examples=1_500)
@given(changes(), st.lists(world.calls(), min_size=1, max_size=4))
def test_what_is_not_loosening_lets_nothing_through(
    change: tuple[LoadedPolicy, LoadedPolicy], calls: list[ToolCall]
) -> None:
    """Under a change that is called tightening no call gets a milder answer than before."""
    old, new = change
    assume(old != new)
    if loosening(old, new):
        event("loosening")
        return
    event("tightening")
    for call in calls:
        before, after = _decision(old, call), _decision(new, call)
        assert RANK[after] >= RANK[before], (call, before, after)


@given(changes())
def test_one_reason_for_each_rule(change: tuple[LoadedPolicy, LoadedPolicy]) -> None:
    """Every allow that is new and every refusal that is gone is among the reasons, by its id."""
    old, new = change
    text = " ".join(loosening(old, new))

    for rule in (*added_allows(old, new), *weakened(old, new)):
        assert f"`{rule.id}`" in text
