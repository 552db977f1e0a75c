"""The result as TOML: rules under a header that says where they come from and what to do with them."""

from __future__ import annotations

from typing import Any, Final, Iterable

from callgate.policy.importers.claude_settings_model import Imported, ImportedRule
from callgate.policy.tomltext import toml_value

_WIDTH: Final = 110
_FIELDS: Final = ("tool", "tool_regex", "command", "command_regex", "command_exclude_regex", "subagent_type",
                  "input_regex", "host", "operations", "path")  # fmt: skip


def table(rule: ImportedRule) -> dict[str, Any]:
    """Return the fields of *rule* as they stand in TOML and in an `add_rule` operation."""
    fields: dict[str, Any] = {"id": rule.id, "description": rule.description}
    if not rule.enabled:
        fields["enabled"] = False
    return fields | {name: _plain(rule.draft.matchers[name]) for name in _FIELDS if name in rule.draft.matchers}


def _plain(value: object) -> object:
    """Return a list of one as the one."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def render(imported: Imported, names: Iterable[str]) -> str:
    """Return the rules as a policy file.

    Args:
        imported: the rules.
        names: the files that they come from, as they are shown.
    """
    lines = ["# Permission rules of Claude Code, imported by `callgate import claude-settings`."]
    lines += [f"# From {_comment(name)}" for name in names]
    if any(not rule.enabled for rule in imported.rules):
        lines.append("# Rules with `enabled = false` are dangerous: read the comment before you switch one on.")
    if not imported.rules:
        lines.append("# No rule came out of it.")
    for rule in imported.rules:
        lines.append("")
        if not rule.enabled:
            lines.append(f"# Dangerous: {_comment(rule.draft.danger)}.")
            lines += [f"# {_comment(rule.draft.advice)}."] if rule.draft.advice else []
        lines.append(f"[[{rule.draft.action}]]")
        lines += [f"{key} = {_value(value)}" for key, value in table(rule).items()]
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    line = toml_value(value)
    if not isinstance(value, list) or len(line) <= _WIDTH:
        return line
    return "[\n" + "".join(f"  {toml_value(item)},\n" for item in value) + "]"


def _comment(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text)
