"""Laws of every edit, over policies that are written in any way that TOML allows."""

from __future__ import annotations

import copy
import tomllib
from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from odd_policies import SECTIONS, TEXTS, WORDS, Draw, Odd, policies

from callgate.core.errors import PolicyError
from callgate.policy.loader import load_text
from callgate.policy.loader.loaded import LoadedPolicy
from callgate.policy.loader.locate import Path
from callgate.reviewer.apply.base import Edit
from callgate.reviewer.apply.document import Document
from callgate.reviewer.apply.registry import operation
from callgate.reviewer.apply.rules import RuleAt, rules_of

NAME = "/nowhere/p.toml"
NEW: dict[str, Any] = {"id": "new", "description": "x # y", "command": ["git log", 'echo "]"']}


def parsed(text: str) -> dict[str, Any]:
    """Return the values of *text*."""
    return tomllib.loads(text.removeprefix("\ufeff").replace("\r\n", "\n"))


def rules(text: str) -> list[RuleAt]:
    """Return the rules of *text*."""
    return rules_of(Document(text, NAME), {})


def loaded(text: str) -> LoadedPolicy | None:
    """Return what the loader makes of *text*, without its includes; `None` when it refuses."""
    data = text.removeprefix("\ufeff").replace("\r\n", "\n")
    if "includes" in tomllib.loads(data):
        return None
    try:
        return load_text(data, NAME)
    except PolicyError:
        return None


def accepted(before: str, after: str) -> LoadedPolicy | None:
    """Assert that the loader takes *after* when it took *before*; return what it makes of it."""
    now = loaded(after)
    assert loaded(before) is None or now is not None
    return now


def edit(name: str, text: str, **fields: object) -> Edit:
    """Make one operation. It ends in an error, and fails the test, when it cannot be made exactly."""
    return operation(name).edit(text, fields, NAME)


def within(part: str, whole: str) -> bool:
    """Return whether *part* is *whole* with pieces left out."""
    rest = iter(whole)
    return all(char in rest for char in part)


def comments(text: str) -> Counter[str]:
    """Return the comments of *text* as a line-wise count, good enough for generated ones: whole lines only."""
    return Counter(line.strip() for line in text.lstrip("\ufeff").splitlines() if line.strip().startswith("#"))


def place(draw: Draw, text: str, array: Path) -> str:
    """Return a place in *array*."""
    near = [rule.id for rule in rules(text) if rule.array == array]
    sides = ["start", "end", *(f"{side}:{rule_id}" for rule_id in near for side in ("before", "after"))]
    return str(draw(st.sampled_from(sides)))


@st.composite
def with_rule(draw: st.DrawFn) -> tuple[str, RuleAt]:
    """Generate a policy with one of its rules."""
    text = draw(policies().filter(lambda odd: bool(rules(odd.text)))).text
    return text, draw(st.sampled_from(rules(text)))


def ids_by_content(text: str, *, but: str = "") -> Counter[str]:
    """Return every rule as its id and what else it says, but for one."""
    return Counter(
        repr((rule.id, rule.array, {name: item for name, item in rule.table.items() if name != "id"}))
        for rule in rules(text)
        if rule.id != but
    )


@given(policies(), st.data())
def test_add_rule_only_inserts(odd: Odd, data: st.DataObject) -> None:
    """Adding leaves every character where it was, holds exactly the new rule at its place, and names its line."""
    text = odd.text
    section = data.draw(st.sampled_from(["", *SECTIONS, "brand-new"]))
    action = data.draw(st.sampled_from(["allow", "ask", "deny"]))
    array = (section, action) if section else (action,)
    where = place(data.draw, text, array)
    fields = {"section": section} if section else {}
    done = edit("add_rule", text, rule_type=action, rule=NEW, position=where, **fields)
    assert within(text, done.text)
    found = next(rule for rule in rules(done.text) if rule.id == "new")
    assert found.array == array
    assert dict(found.table) == NEW
    assert ids_by_content(done.text, but="new") == ids_by_content(text)
    order = [rule.id for rule in rules(text) if rule.array == array]
    side, _, near = where.partition(":")
    index = {"start": 0, "end": len(order)}.get(side)
    order.insert(order.index(near) + (side == "after") if index is None else index, "new")
    assert [rule.id for rule in rules(done.text) if rule.array == array] == order
    line = int(done.changes[-1].rest.rsplit(" ", 1)[1])
    after = accepted(text, done.text)
    if after is not None:
        sources = {rule.id: rule.source.line for rule in after.rules}
        # of a section that is switched off the loader names no rule
        assert sources.get("new", line) == line


@given(with_rule())
def test_remove_rule_only_removes(case: tuple[str, RuleAt]) -> None:
    """Removing leaves out one span with the rule and the comments on it; the other rules keep their ids."""
    text, rule = case
    done = edit("remove_rule", text, id=rule.id)
    assert ids_by_content(done.text) == ids_by_content(text, but=rule.id)
    pins = sum(change.past == "Wrote" for change in done.changes)
    if not pins:
        assert within(done.text, text)
    expected = copy.deepcopy(parsed(text))
    rest = {name: value for name, value in expected.items() if name not in (rule.array[0], "allow", "ask", "deny")}
    assert {name: value for name, value in parsed(done.text).items() if name in rest} == rest
    document = Document(text, NAME)
    if not document.is_inline(rule.path):
        own = "\n".join(text[chunk.start : chunk.end] for chunk in document.chunks(rule.path))
        assert comments(text) - comments(done.text) <= comments(own)
    accepted(text, done.text)


@given(with_rule(), st.data())
def test_reorder_rule_moves_lines(case: tuple[str, RuleAt], data: st.DataObject) -> None:
    """Moving keeps every line of the file, and all rules with their ids; the one that moved stands at its place."""
    text, rule = case
    where = place(data.draw, text, rule.array)
    if where.endswith(f":{rule.id}"):
        return
    done = edit("reorder_rule", text, id=rule.id, move_to=where)
    assert ids_by_content(done.text) == ids_by_content(text)
    order = [each.id for each in rules(text) if each.array == rule.array and each.id != rule.id]
    side, _, near = where.partition(":")
    index = {"start": 0, "end": len(order)}.get(side)
    order.insert(order.index(near) + (side == "after") if index is None else index, rule.id)
    assert [each.id for each in rules(done.text) if each.array == rule.array] == order
    accepted(text, done.text)
    if not any(change.past == "Wrote" for change in done.changes):
        assert Counter("".join(text.split())) == Counter("".join(done.text.split()))
        assert comments(text) == comments(done.text) or Document(text, NAME).is_inline(rule.path)


@given(with_rule(), st.booleans())
def test_toggle_rule_changes_one_word(case: tuple[str, RuleAt], enabled: bool) -> None:
    """Switching changes the one value, or inserts it; off, on and off again is the same text as off."""
    text, rule = case
    done = edit("toggle_rule", text, id=rule.id, enabled=enabled)
    now = next(each for each in rules(done.text) if each.id == rule.id)
    assert now.table.get("enabled", True) == enabled
    assert ids_by_content(done.text, but=rule.id) == ids_by_content(text, but=rule.id)
    if rule.table.get("enabled", True) == enabled:
        assert done.text == text
        assert done.changes == ()
    elif "enabled" not in rule.table:
        assert within(text, done.text)
    accepted(text, done.text)
    # the first change writes an id that a rule has by its place; from then on it is the same text
    text = edit("update_rule", text, id=rule.id, changes={"case_sensitive": True}).text
    off = edit("toggle_rule", text, id=rule.id, enabled=False).text
    again = edit("toggle_rule", off, id=rule.id, enabled=True).text
    assert edit("toggle_rule", again, id=rule.id, enabled=False).text == off


CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "description": st.none() | st.sampled_from(TEXTS),
        "enabled": st.none() | st.booleans(),
        "command": st.none() | st.lists(st.sampled_from(WORDS), min_size=1, max_size=5),
        "path": st.none() | st.sampled_from(["src/**", ["src/**", "!x"]]),
        "examples": st.none()
        | st.fixed_dictionaries({}, optional={"match": st.just(["git status"]), "no_match": st.just(["x", "y"])}),
        "input_regex": st.none()
        | st.dictionaries(st.sampled_from(["query", "other", "a b"]), st.just("^x'y\\d"), min_size=1),
    },
)


@given(with_rule(), CHANGES)
def test_update_rule_changes_only_its_fields(case: tuple[str, RuleAt], changes: dict[str, Any]) -> None:
    """Fields get their values or go; other fields, other rules and all comments outside of the rule stay."""
    text, rule = case
    done = edit("update_rule", text, id=rule.id, changes=changes)
    now = next(each for each in rules(done.text) if each.id == rule.id)
    wanted = {**rule.table, **changes, "id": rule.id}
    assert dict(now.table) == {name: value for name, value in wanted.items() if value is not None}
    assert ids_by_content(done.text, but=rule.id) == ids_by_content(text, but=rule.id)
    start = Document(text, NAME).chunks(rule.path)[0].start if not Document(text, NAME).is_inline(rule.path) else 0
    assert done.text[:start] == text[:start]


@given(
    policies(),
    st.sampled_from(["enabled", "model", "timeout_secs", "system_prompt", "provider_preferences"]),
    st.data(),
)
def test_llm_settings(odd: Odd, name: str, data: st.DataObject) -> None:
    """A setting of the model fallback, or of its actions, is set or removed, whatever form the table has."""
    values: dict[str, list[Any]] = {
        "enabled": [True, False, None],
        "model": ["m", "it's", None],
        "timeout_secs": [5, 0.5, None],
        "system_prompt": [*TEXTS, 'a\n"""b\n', "\n", "x \n\ty\\", None],
        "provider_preferences": [["a", "b"], [], None],
    }
    changes = {name: data.draw(st.sampled_from(values[name]))}
    actions = data.draw(
        st.none() | st.dictionaries(st.sampled_from(["on_safe", "on_unknown"]), st.sampled_from(["ask", "deny", None]))
    )
    before = parsed(odd.text).get("llm_fallback", {})
    done = edit("update_llm_config", odd.text, changes={**changes, "actions": actions})
    after = parsed(done.text)
    wanted = {**before, **changes}
    wanted["actions"] = None if actions is None else {**before.get("actions", {}), **actions}
    wanted = {key: value for key, value in wanted.items() if value is not None}
    if "actions" in wanted:
        wanted["actions"] = {key: value for key, value in wanted["actions"].items() if value is not None}
    got = after.get("llm_fallback", {})
    assert {key: value for key, value in got.items() if value != {}} == {
        key: value for key, value in wanted.items() if value != {}
    }
    rest = {key: value for key, value in parsed(odd.text).items() if key != "llm_fallback"}
    assert {key: value for key, value in after.items() if key != "llm_fallback"} == rest


@given(policies(), st.data())
def test_includes(odd: Odd, data: st.DataObject) -> None:
    """An include is added behind the others without touching a character, and removed again."""
    added = edit("add_include", odd.text, file="it's new.toml")
    assert within(odd.text, added.text)
    files = parsed(odd.text).get("includes", {}).get("files", [])
    assert parsed(added.text)["includes"]["files"] == [*files, "it's new.toml"]
    removed = edit("remove_include", added.text, file="./it's new.toml")
    assert parsed(removed.text)["includes"]["files"] == files
    if files:
        gone = data.draw(st.sampled_from(files))
        done = edit("remove_include", odd.text, file=gone)
        assert parsed(done.text)["includes"]["files"] == [each for each in files if each != gone]
        assert within(done.text, odd.text)


@given(with_rule(), st.data())
def test_batch_is_one_after_the_other(case: tuple[str, RuleAt], data: st.DataObject) -> None:
    """A batch makes of a file what its operations make of it one by one, and every line it tells is of the end."""
    text, rule = case
    steps: list[dict[str, Any]] = [
        {"operation": "add_rule", "rule_type": rule.action, "rule": NEW},
        {"operation": "toggle_rule", "id": rule.id, "enabled": False},
        {"operation": "add_include", "file": "more.toml"},
        {"operation": "reorder_rule", "id": rule.id, "move_to": "start"},
        {"operation": "update_llm_prompt", "prompt": "a\nb"},
    ]
    chosen = data.draw(st.permutations(steps))
    alone = text
    for step in chosen:
        fields = {name: item for name, item in step.items() if name != "operation"}
        alone = edit(step["operation"], alone, **fields).text
    done = edit("batch", text, operations=chosen)
    assert done.text == alone
    document = Document(done.text, NAME)
    added = next(change.rest for change in done.changes if change.rest.startswith("rule 'new'"))
    found = next(each for each in rules(done.text) if each.id == "new")
    offset = document.offset(found.path)
    assert offset is not None
    assert added.endswith(f" at line {document.line(offset)}")
