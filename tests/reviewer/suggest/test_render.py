"""Suggested rules as TOML say what they are made of, and as tomlkit would."""

from __future__ import annotations

import tomllib
from typing import Any

import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from callgate.reviewer.suggest.render import WIDTH, rule_toml

TEXTS = st.text(st.characters(codec="utf-8"), max_size=30) | st.sampled_from(
    ['"""', "\\", "\x7f\x1b", "a\nb\r\tc", "]]\n[[deny]]", "\u2028", "é", "!not", "# no comment", "'"]
)
LISTS = st.lists(TEXTS, min_size=1, max_size=6)
RULES = st.fixed_dictionaries(
    {"id": TEXTS, "description": TEXTS, "command": LISTS, "path": LISTS},
    optional={"examples": st.fixed_dictionaries({"match": LISTS, "no_match": LISTS})},
)


def written(value: Any) -> Any:  # noqa: ANN401 - tomlkit's items have no common public type
    """A value as tomlkit holds it."""
    if isinstance(value, dict):
        table = tomlkit.inline_table()
        for key, texts in value.items():
            table.add(key, tomlkit.item(texts))
        return table
    if isinstance(value, str):
        return tomlkit.item(value)
    if len(value) == 1 and not value[0].startswith("!"):
        return tomlkit.item(value[0])
    array = tomlkit.array()
    array.extend(value)
    return array.multiline(multiline=sum(len(one) + 4 for one in value) > WIDTH)


@given(rule=RULES)
def test_every_value_comes_back(rule: dict[str, Any]) -> None:
    """Whatever the calls held: a list of one text is that text."""
    (found,) = tomllib.loads(rule_toml(rule))["allow"]
    for key, value in rule.items():
        one = isinstance(value, list) and len(value) == 1 and not value[0].startswith("!")
        assert found[key] == (value[0] if one else value)


@given(rule=RULES)
def test_it_is_what_tomlkit_writes(rule: dict[str, Any]) -> None:
    """To the letter, so that a rule that was saved and edited looks the same."""
    table = tomlkit.table()
    for key, value in rule.items():
        table.add(key, written(value))
    rules = tomlkit.aot()
    rules.append(table)
    document = tomlkit.document()
    document.add("allow", rules)
    assert rule_toml(rule) == tomlkit.dumps(document).strip() + "\n"
