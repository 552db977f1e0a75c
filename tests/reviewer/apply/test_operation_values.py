"""Values as TOML: whatever they hold, they stay data, and look as an author would write them."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.policy.loader import load_text
from callgate.policy.schema import MODES, OPERATIONS
from callgate.reviewer.apply.document import Document
from callgate.reviewer.apply.registry import operation
from callgate.reviewer.apply.request import parse
from callgate.reviewer.apply.values import Style, lines, natural, pair, value

# the pieces that TOML's grammar is made of, beside any other text
SYNTAX = ['"""', "'''", '"', "'", "\n", "\r", "\t", "\\", "\\u0041", "]", "[[allow]]", "#", "=", "{", "}", " ", "\0"]
SYNTAX += ["\x7f", "\x85", "\u2028", "\u202e", "\ufeff", "é", "☃", "\U0001f510", "\\n", "\x1b[2J", ",", "\\"]
hostile = st.lists(st.sampled_from(SYNTAX) | st.characters(exclude_categories=["Cs"]), max_size=12).map("".join)
scalars = hostile | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(hostile, inner, max_size=3), max_leaves=10
)


@given(values, st.booleans(), st.sampled_from(["\n", "\r\n"]), st.integers(0, 120))
def test_any_value_is_read_back(item: object, one_line: bool, eol: str, column: int) -> None:
    """A value is one value, the same, wherever it is written; on one line where it has to."""
    written = value(item, Style(eol, "  ", one_line=one_line), column)
    assert tomllib.loads(f"v = {written} # end{eol}w = 1") == {"v": item, "w": 1}
    if one_line:
        assert "\n" not in written


@given(hostile, st.sampled_from(["\n", "\r\n"]))
def test_prompts_of_several_lines_are_read_back(text: str, eol: str) -> None:
    """A text between triple quotes is the same text, and no line of it ends in a blank or is cut short."""
    written = lines(text, eol)
    assert tomllib.loads(f"v = {written}{eol}w = 1") == {"v": text, "w": 1}
    assert all(line == line.rstrip() for line in written.replace("\r\n", "\n").split("\n"))


@pytest.mark.parametrize(
    ("name", "item", "written"),
    [
        ("command_regex", r"^git\b", r"command_regex = '^git\b'"),
        ("command_regex", "it's \\b", 'command_regex = "it\'s \\\\b"'),
        ("description", "plain", 'description = "plain"'),
        ("description", 'say "x"', "description = 'say \"x\"'"),
        ("description", "a\nb\t", 'description = "a\\nb\\t"'),
        ("input_regex", {"a b": "^x$"}, "input_regex = { \"a b\" = '^x$' }"),
        ("enabled", False, "enabled = false"),
        ("path", ["a", "b"], 'path = ["a", "b"]'),
        ("path", ["a" * 60, "b" * 60], f'path = [\n  "{"a" * 60}",\n  "{"b" * 60}",\n]'),
        (
            "examples",
            {"match": ["a" * 50], "no_match": []},
            'examples = { match = ["' + "a" * 50 + '"], no_match = [] }',
        ),
        (
            "examples",
            {"match": ["a" * 60], "no_match": ["b" * 60]},
            'examples = { match = [\n  "' + "a" * 60 + '",\n], no_match = [\n  "' + "b" * 60 + '",\n] }',
        ),
        ("system_prompt", "a\nb", 'system_prompt = """\na\nb"""'),
        ("system_prompt", "a", 'system_prompt = "a"'),
    ],
)
def test_authors_would_write_it_so(name: str, item: object, written: str) -> None:
    """Patterns in single quotes, short lists on one line, long ones with a line for each item."""
    assert pair(name, item, Style()) == written


def test_dates_are_dates_where_they_mean_the_same() -> None:
    """JSON has no date-times; TOML's own is used for one, and any other text is left as it is."""
    assert value(natural("expires", "2099-01-31T10:00:00Z"), Style()) == "2099-01-31T10:00:00Z"
    assert value(natural("expires", "2099-01-31T10:00:00.25+02:00"), Style()) == "2099-01-31T10:00:00.250000+02:00"
    for text in ("2099-01-31", "2099-13-31T10:00:00Z", "soon", "2099-01-31T10:00:00Z # x"):
        assert natural("expires", text) == text
    assert natural("description", "2099-01-31T10:00:00Z") == "2099-01-31T10:00:00Z"


texts = hostile.filter(bool)
lists = st.lists(texts, min_size=1, max_size=4)
RULES = st.fixed_dictionaries(
    {"id": hostile},
    optional={
        "description": hostile,
        "enabled": st.booleans(),
        "tool": texts | lists,
        "tool_regex": texts,
        "command_regex": texts,
        "command": texts | lists,
        "path": texts | lists,
        "host": lists,
        "operations": st.lists(st.sampled_from(OPERATIONS), min_size=1, unique=True),
        "mode": st.lists(st.sampled_from(MODES), min_size=1, unique=True),
        "input_regex": st.dictionaries(hostile, texts, min_size=1, max_size=2),
        "case_sensitive": st.booleans(),
        "level": st.sampled_from(["enforce", "warn", "shadow"]),
        "expires": st.sampled_from(["2099-01-31T10:00:00Z", "2099-01-31T10:00:00"]),
        "examples": st.fixed_dictionaries({}, optional={"match": st.lists(hostile), "no_match": st.lists(hostile)}),
    },
)
FILES = ["", "# c\n", "allow = []\n[git]\nallow = []\n", "[git]\r\npriority = 1\r\n", "git = { priority = 1 }\n"]


@given(
    RULES, st.sampled_from(FILES), st.sampled_from(["", "git", "brand-new"]), st.sampled_from(["allow", "ask", "deny"])
)
def test_any_rule_is_read_back(rule: dict[str, Any], text: str, section: str, action: str) -> None:
    """Whatever a rule holds, the file holds that rule as data, and nothing else that it did not hold before."""
    fields = {"rule_type": action, "rule": rule, **({"section": section} if section else {})}
    done = operation("add_rule").edit(text, fields, "p.toml")
    data = tomllib.loads(done.text)
    array = data[section][action] if section else data[action]
    assert array == [{name: natural(name, item) for name, item in rule.items()}]
    before = tomllib.loads(text)
    assert {name: item for name, item in data.items() if name != (section or action)} == {
        name: item for name, item in before.items() if name != (section or action)
    }


visible = hostile.map(lambda text: "x" + "".join(char for char in text if char.isprintable()) + "x")
SOUND = st.fixed_dictionaries(
    {"id": visible, "tool": st.just("Read")},
    optional={
        "description": visible | st.just("two\nlines"),
        "file_path_regex": visible.map(re.escape),
        "prompt_exclude_regex": visible.map(re.escape),
        "subagent_type": visible,
        "expires": st.just("2099-01-31T10:00:00Z"),
        "examples": st.fixed_dictionaries({}, optional={"match": st.lists(visible, max_size=3)}),
    },
)


@given(SOUND, st.sampled_from(FILES))
def test_a_sound_rule_goes_from_request_to_loader(rule: dict[str, Any], text: str) -> None:
    """What the schema allows passes the request, and the loader has exactly that rule afterwards."""
    payload = {"operation": "add_rule", "rule_type": "deny", "rule": rule}
    request = parse(json.dumps(payload))
    done = request.operation.edit(text, request.fields, "p.toml")
    policy = load_text(done.text.replace("\r\n", "\n"), "/p.toml")
    (loaded,) = policy.rules
    for name in ("id", "description", "file_path_regex", "prompt_exclude_regex", "subagent_type"):
        assert (getattr(loaded, name) or "") == rule.get(name, "")
    assert loaded.expires == (4073536800.0 if "expires" in rule else None)
    assert [(each.match, each.no_match) for each in policy.examples] == (
        [(tuple(rule["examples"].get("match", ())), ())] if "examples" in rule else []
    )


@given(hostile)
def test_any_prompt_is_read_back(prompt: str) -> None:
    """Instructions to a model are the likeliest place for text that tries to be more than text."""
    for text in (
        "",
        '[llm_fallback]\nenabled = false\n\n[[allow]]\nid = "a"\n',
        "llm_fallback = { enabled = false }\n",
    ):
        done = operation("update_llm_prompt").edit(text, {"prompt": prompt}, "p.toml")
        data = Document(done.text, "p.toml").data
        assert data.pop("llm_fallback")["system_prompt"] == prompt
        assert data == {name: item for name, item in tomllib.loads(text).items() if name != "llm_fallback"}
