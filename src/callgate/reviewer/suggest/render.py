"""Suggested rules as TOML, as a person would write them: ready for `apply` and for saving.

tomlkit writes them, not `policy.tomltext`: it knows how a document is laid out, with lists of several lines.
"""

from __future__ import annotations

from typing import Any, Final, Mapping

WIDTH: Final = 100
"""Columns; a longer list gets a line for each entry."""


def rule_toml(rule: Mapping[str, Any]) -> str:
    """Return `[[allow]]` with the fields of *rule* in the order given. Values stay data, whatever they hold."""
    import tomlkit  # noqa: PLC0415 - 30 ms that only a suggestion costs

    table = tomlkit.table()
    for key, value in rule.items():
        table.add(key, _examples(value) if key == "examples" else _value(value))
    rules = tomlkit.aot()
    rules.append(table)
    document = tomlkit.document()
    document.add("allow", rules)
    return tomlkit.dumps(document).strip() + "\n"


def _value(value: object) -> Any:  # noqa: ANN401 - tomlkit's items have no common public type
    import tomlkit  # noqa: PLC0415 - as above

    if not isinstance(value, list):
        return tomlkit.item(value)
    if len(value) == 1 and not value[0].startswith("!"):
        return tomlkit.item(value[0])
    array = tomlkit.array()
    array.extend(value)
    return array.multiline(multiline=sum(len(one) + 4 for one in value) > WIDTH)


def _examples(examples: Mapping[str, list[str]]) -> Any:  # noqa: ANN401 - as above
    import tomlkit  # noqa: PLC0415 - as above

    table = tomlkit.inline_table()
    for key, texts in examples.items():
        array = tomlkit.array()
        array.extend(texts)
        table.add(key, array)
    return table
