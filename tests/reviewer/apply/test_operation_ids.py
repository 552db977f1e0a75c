"""Ids that rules have by their place stay with their rules, as the loader sees it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.policy.loader import load
from callgate.policy.loader.loaded import Candidate
from callgate.reviewer.apply.document import Document
from callgate.reviewer.apply.registry import operation
from callgate.reviewer.apply.rules import rules_of

TOOLS = ["Read", "Glob", "Grep", "Edit", "Write", "Bash"]


def by_tool(path: Path) -> dict[str, str]:
    """Return the ids that the loader gives to the rules of a policy, by the tool that each is about."""
    policy = load((Candidate(str(path), "file"),), "/", "", {})
    return {str(rule.tool): rule.id for rule in policy.rules}


def files_of(path: Path) -> dict[str, str]:
    """Return the file that each id of a policy stands in."""
    policy = load((Candidate(str(path), "file"),), "/", "", {})
    return {rule.id: rule.source.file for rule in policy.rules}


def flat(tools: list[tuple[str, str]], named: dict[str, str]) -> str:
    """Return rules in an older form, one for each tool, some with an id."""
    return "\n".join(
        f"[[{action}]]\n" + (f'id = "{named[tool]}"\n' if tool in named else "") + f'tool = "{tool}"\n'
        for action, tool in tools
    )


@st.composite
def policies(draw: st.DrawFn) -> tuple[str, str]:
    """Generate two older files, the first of which includes the second."""
    tools = draw(st.permutations(TOOLS))
    actions = [draw(st.sampled_from(["allow", "allow", "deny"])) for _ in tools]
    names = st.sampled_from(["own", "allow-1", "allow-2", "q-allow-1", "q-allow-1-2", "p-allow-2"])
    chosen = draw(st.dictionaries(st.sampled_from(TOOLS), names, max_size=2))
    named = {tool: name for tool, name in chosen.items() if list(chosen.values()).count(name) == 1}
    cut = draw(st.integers(1, 5))
    pairs = list(zip(actions, tools, strict=True))
    return 'includes.files = ["q.toml"]\n' + flat(pairs[:cut], named), flat(pairs[cut:], named)


@given(policies(), st.booleans(), st.data())
def test_other_rules_keep_their_ids(
    tmp_path_factory: pytest.TempPathFactory, texts: tuple[str, str], first: bool, data: st.DataObject
) -> None:
    """Whichever rule goes, moves or comes, in whichever of two files: the loader names the others as before."""
    folder = tmp_path_factory.mktemp("ids")
    top = folder / "p.toml"
    for name, text in zip(("p.toml", "q.toml"), texts, strict=True):
        (folder / name).write_text(text, encoding="utf-8")
    before = by_tool(top)
    target = folder / ("p.toml" if first else "q.toml")
    text = target.read_text(encoding="utf-8")
    elsewhere = {rule_id: file for rule_id, file in files_of(top).items() if file != str(target)}
    mine = rules_of(Document(text, str(target)), elsewhere)
    assert {rule.id for rule in mine} == set(before.values()) - set(elsewhere)
    chosen = data.draw(st.sampled_from(mine))
    name = data.draw(st.sampled_from(["remove_rule", "reorder_rule", "add_rule", "toggle_rule", "update_rule"]))
    fields: dict[str, Any] = {
        "remove_rule": {"id": chosen.id},
        "reorder_rule": {"id": chosen.id, "move_to": data.draw(st.sampled_from(["start", "end"]))},
        "add_rule": {
            "rule_type": chosen.action,
            "rule": {"id": "new", "tool": "Task"},
            "position": f"before:{chosen.id}",
        },
        "toggle_rule": {"id": chosen.id, "enabled": True},
        "update_rule": {"id": chosen.id, "changes": {"description": "x"}},
    }[name]
    done = operation(name).edit(text, fields, str(target), elsewhere)
    target.write_text(done.text, encoding="utf-8")
    after = by_tool(top)
    expected = dict(before)
    if name == "remove_rule":
        del expected[str(chosen.table["tool"])]
    if name == "add_rule":
        expected["Task"] = "new"
    if name == "remove_rule":
        # the id is free again: a rule of the other file, which is not for this operation to change, may get it
        others = {str(rule.table["tool"]) for rule in mine}
        after, expected = ({tool: each for tool, each in ids.items() if tool in others} for ids in (after, expected))
    assert after == expected
