"""Writes a rule as TOML."""

from __future__ import annotations

from typing import Final

from callgate.core.model import Rule
from callgate.policy.tomltext import toml_value

_FIELDS: Final = (
    "description", "tool", "tool_regex", "tool_exclude_regex", "command", "command_regex", "command_exclude_regex",
    "file_path_regex", "file_path_exclude_regex", "operations", "path", "host", "subagent_type",
    "subagent_type_exclude_regex", "prompt_regex", "prompt_exclude_regex", "mode",
)  # fmt: skip


def toml(rule: Rule) -> str:
    """Return *rule* as it would be written in a policy file, in its own section; `expires` is left to its author."""
    section = f"{rule.source.section}." if rule.source.section else ""
    lines = [f"[[{section}{rule.action}]]", f"id = {toml_value(rule.id)}"]
    for field in _FIELDS:
        value = getattr(rule, field)
        if isinstance(value, tuple) and value:
            single = len(value) == 1 and field not in {"operations", "mode"}
            lines.append(f"{field} = {toml_value(value[0] if single else value)}")
        elif isinstance(value, str) and value:
            lines.append(f"{field} = {toml_value(value)}")
    if rule.input_regex:
        lines.append(f"input_regex = {toml_value(dict(rule.input_regex))}")
    if rule.level != "enforce":
        lines.append(f"level = {toml_value(rule.level)}")
    if not rule.case_sensitive:
        lines.append("case_sensitive = false")
    return "\n".join(lines)
