"""What a decision depends on: nothing that decides is left out of a digest, and what does not is."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import callgate
from callgate.core.model import Observation, Rule, RuleSource, ToolCall
from callgate.engine import units
from callgate.policy.index import SHELL_TOOLS
from callgate.reviewer.replay.calls import Call
from callgate.reviewer.replay.facts import FIELDS, KNOWN_TOOLS, Facts, digest_of, facts_of

SOURCE = Path(callgate.__file__).parent
SEEN = Observation("/h", "/p", now=100.0)


def a_call(tool: str = "Bash", given: dict[str, object] | None = None, seen: Observation = SEEN) -> Call:
    """A call with its observation."""
    return Call(ToolCall(tool, given or {"command": "ls"}, "/p"), seen, seen.project, 100.0)


def test_every_field_that_the_engine_reads_is_in_the_digest() -> None:
    """The names under which engine, policy and gate look into a call's input are all in `FIELDS`."""
    found: set[str] = set()
    loops: set[str] = set()
    for path in [*(SOURCE / "engine").rglob("*.py"), *(SOURCE / "policy").glob("*.py"), SOURCE / "gate.py"]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
                owner = node.func.value
                if isinstance(owner, ast.Attribute) and owner.attr == "input":
                    argument = node.args[0]
                    found.update([str(argument.value)] if isinstance(argument, ast.Constant) else [])
                    loops.update([f"{path.name}:{ast.unparse(argument)}"] if isinstance(argument, ast.Name) else [])
    assert {"command", "path", "prompt"} <= found <= set(FIELDS)
    # `field` is a parameter there: `file_path` or `notebook_path`, and the three names of `match.file_forms`.
    assert loops == {"units.py:field", "match.py:field"}
    assert {"file_path", "notebook_path", "path"} <= set(FIELDS)


def test_known_tools_are_those_that_the_engine_analyses() -> None:
    """Of any other tool the whole input counts, because the gate looks for paths everywhere in it."""
    assert frozenset(units._TOOLS) | SHELL_TOOLS == KNOWN_TOOLS  # noqa: SLF001 - the table is the fact


@pytest.mark.parametrize(
    "other",
    [
        a_call(given={"command": "ls -l"}), a_call("Monitor"), a_call(given={"command": "ls", "path": "x"}),
        a_call(given={"command": "ls", "dangerouslyDisableSandbox": True}),
        a_call(seen=SEEN._replace(home="/g")), a_call(seen=SEEN._replace(project="/q")),
        a_call(seen=SEEN._replace(links={"/a": "/b"})), a_call(seen=SEEN._replace(expansions={"/*": None})),
        a_call(seen=SEEN._replace(sweeps={"/p": ("/p/.env",)})), a_call(seen=SEEN._replace(shadowing={"/p": ()})),
        a_call(seen=SEEN._replace(off_until=101.0)), a_call(seen=SEEN._replace(protected=("/p/x",))),
        a_call()._replace(observation=None), a_call()._replace(call=ToolCall("Bash", {"command": "ls"}, "/p/src")),
        a_call()._replace(call=ToolCall("Bash", {"command": "ls"}, "/p", mode="plan")),
    ],
    ids=str,
)  # fmt: skip
def test_what_decides_makes_another_call(other: Call) -> None:
    """Tool, input, cwd, mode and each part of the observation tell calls apart."""
    assert digest_of(other, Facts()) != digest_of(a_call(), Facts())


@given(st.text(max_size=5), st.floats(0, 1e9))
def test_what_does_not_decide_makes_none(text: str, now: float) -> None:
    """The description that an agent adds, its session and the time of day leave a call what it is."""
    other = a_call(given={"command": "ls", "description": text, "timeout": now}, seen=SEEN._replace(now=now))
    call = other.call._replace(session_id=text, tool_use_id=text)
    assert digest_of(other._replace(call=call, decision_id=text, logged="deny"), Facts()) == digest_of(
        a_call(), Facts()
    )


def test_rules_say_what_else_decides() -> None:
    """A field of an `input_regex` and the end of a rule's life tell calls apart where there are such rules."""
    source = RuleSource("f", 1)
    facts = facts_of([Rule("a", "deny", source, tool="Bash", input_regex=(("note", "x"),)),
                      Rule("b", "allow", source, tool="Bash", expires=150.0)])  # fmt: skip
    assert facts == Facts(("note",), (150.0,))
    noted = a_call(given={"command": "ls", "note": "x"})
    later = a_call(seen=SEEN._replace(now=150.0))
    assert len({digest_of(one, facts) for one in (a_call(), noted, later)}) == 3
    assert len({digest_of(one, Facts()) for one in (a_call(), noted, later)}) == 1


def test_the_whole_input_of_a_foreign_tool_counts() -> None:
    """An MCP tool has fields of its own."""
    one, two = (a_call("mcp__fs__move", {"to": to}) for to in ("a", "b"))
    assert digest_of(one, Facts()) != digest_of(two, Facts())
