"""Suggested rules as TOML, as a person would write them: ready for `apply` and for saving.

Written by hand: tomlkit, which edits policy files, takes ten times as long, and each candidate is written several times
while it is proven. A property test holds the two together.
"""

from __future__ import annotations

import json
from typing import Any, Final, Mapping, Sequence

WIDTH: Final = 100
"""Columns; a longer list gets a line for each entry."""


def rule_toml(rule: Mapping[str, Any]) -> str:
    """Return `[[allow]]` with the fields of *rule* in the order given. Values stay data, whatever they hold.

    Args:
        rule: texts, lists of texts, and `examples`: a table of lists of texts.
    """
    lines = [f"{key} = {_examples(value) if key == 'examples' else _value(value)}" for key, value in rule.items()]
    return "\n".join(["[[allow]]", *lines]) + "\n"


def _value(value: str | Sequence[str]) -> str:
    if isinstance(value, str):
        return _text(value)
    if len(value) == 1 and not value[0].startswith("!"):
        return _text(value[0])
    if sum(len(one) + 4 for one in value) <= WIDTH:
        return _list(value)
    return "[\n" + "".join(f"    {_text(one)},\n" for one in value) + "]"


def _examples(examples: Mapping[str, Sequence[str]]) -> str:
    return "{" + ", ".join(f"{key} = {_list(texts)}" for key, texts in examples.items()) + "}"


def _list(texts: Sequence[str]) -> str:
    return "[" + ", ".join(map(_text, texts)) + "]"


def _text(text: str) -> str:
    """Return *text* as a basic string: what JSON escapes TOML does in the same way, and DEL as well."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
