"""JSON values as an author would lay them out in TOML. Whatever a value holds, it stays that value."""

from __future__ import annotations

import re
import tomllib
from datetime import datetime
from typing import Any, Final, Mapping, NamedTuple

from callgate.policy.schema import LLM_FIELDS, RULE_FIELDS, SECTION_FIELDS
from callgate.policy.tomltext import toml_char, toml_key, toml_value

WIDTH: Final = 100
"""Columns; a longer list gets a line for each item."""

_PATTERNS: Final = ("regex", "regex-table")
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:[Zz]|[+-]\d\d:\d\d)")


class Style(NamedTuple):
    """How values are written at some place."""

    eol: str = "\n"
    indent: str = ""
    """Of the line that the key stands on."""
    one_line: bool = False
    """Within an inline table or an item of an array that keeps to one line."""


def lines(text: str, eol: str) -> str:
    """Return *text* between triple quotes, its line ends as line ends."""
    escaped = "".join(char if char in '\n"' else toml_char(char) for char in text)
    # three in a row would end it, and so would one in front of the closing ones
    escaped = re.sub(r'"{3,}|"+\Z', lambda quotes: '\\"' * len(quotes.group()), escaped)
    # blanks at the end of a line are invisible, and editors strip them
    escaped = re.sub(r" (?=\n|\Z)", "\\\\u0020", escaped)
    return '"""' + ("\n" + escaped).replace("\n", eol) + '"""'


def value(item: object, style: Style, column: int = 0, kind: str = "") -> str:
    """Return *item* as TOML.

    Args:
        item: a string, number, boolean, date-time, or a list or table of these.
        style: of the place.
        column: how many characters stand in front of it on its line.
        kind: type of the field in the schema; tells patterns from other strings.
    """
    flat = toml_value(item, pattern=kind in _PATTERNS)
    if style.one_line or column + len(flat) <= WIDTH or not item or not isinstance(item, (list, dict)):
        return flat
    if isinstance(item, list):
        inner = style.indent + "  "
        rows = "".join(f"{inner}{toml_value(each, pattern=kind in _PATTERNS)},{style.eol}" for each in item)
        return f"[{style.eol}{rows}{style.indent}]"
    # an inline table keeps to one line, but a list within it may take several
    inner = ", ".join(f"{toml_key(name)} = {value(each, style, WIDTH, kind)}" for name, each in item.items())
    return "{ " + inner + " }"


def pair(name: str, item: object, style: Style, *, prefix: str = "") -> str:
    """Return `name = item`.

    Args:
        name: the field; its schema tells how it is written.
        item: its value.
        style: of the place.
        prefix: of a dotted key, with its dot.
    """
    start = f"{prefix}{toml_key(name)} = "
    if name == "system_prompt" and isinstance(item, str) and "\n" in item and not style.one_line:
        return start + lines(item, style.eol)
    return start + value(item, style, len(style.indent) + len(start), kind_of(name))


def rule_lines(rule: Mapping[str, Any], style: Style) -> str:
    """Return the fields of *rule*, one below the other, without a last line end."""
    return style.eol.join(style.indent + pair(name, rule[name], style) for name in ordered(rule))


def rule_table(rule: Mapping[str, Any]) -> str:
    """Return *rule* as an inline table on one line."""
    style = Style(one_line=True)
    return "{ " + ", ".join(pair(name, rule[name], style) for name in ordered(rule)) + " }" if rule else "{}"


def ordered(rule: Mapping[str, Any]) -> list[str]:
    """Return the fields of *rule* in the order of the schema."""
    known = list(RULE_FIELDS)
    return sorted(rule, key=lambda name: known.index(name) if name in known else len(known))


def natural(name: str, item: Any) -> Any:  # noqa: ANN401 - as many types as fields
    """Return the value that an author would write for the JSON value *item* of field *name*.

    A date-time, which JSON has only as a string, becomes one where it means the same.
    """
    if name == "expires" and isinstance(item, str) and _MOMENT.fullmatch(item):
        try:
            moment = tomllib.loads(f"v = {item}")["v"]
            return moment if moment == datetime.fromisoformat(item) else item
        except ValueError:
            return item
    return item


def kind_of(name: str) -> str:
    """Return the type of the field *name* in the schema; empty for an unknown one."""
    field = RULE_FIELDS.get(name) or LLM_FIELDS.get(name) or SECTION_FIELDS.get(name)
    return field.type if field else ""
