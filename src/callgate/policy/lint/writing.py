"""Writes a rule as TOML."""

from __future__ import annotations

from typing import Final

from callgate.core.model import Rule

_FIELDS: Final = (
    "description", "tool", "tool_regex", "tool_exclude_regex", "command", "command_regex", "command_exclude_regex",
    "file_path_regex", "file_path_exclude_regex", "operations", "path", "host", "subagent_type",
    "subagent_type_exclude_regex", "prompt_regex", "prompt_exclude_regex", "mode",
)  # fmt: skip


def toml(rule: Rule) -> str:
    """Return *rule* as it would be written in a policy file, in its own section; `expires` is left to its author."""
    section = f"{rule.source.section}." if rule.source.section else ""
    lines = [f"[[{section}{rule.action}]]", f"id = {string(rule.id)}"]
    for field in _FIELDS:
        value = getattr(rule, field)
        if isinstance(value, tuple) and value:
            single = len(value) == 1 and field not in {"operations", "mode"}
            lines.append(f"{field} = " + (string(value[0]) if single else f"[{', '.join(map(string, value))}]"))
        elif isinstance(value, str) and value:
            lines.append(f"{field} = {string(value)}")
    if rule.input_regex:
        pairs = ", ".join(f"{string(key)} = {string(regex)}" for key, regex in rule.input_regex)
        lines.append("input_regex = { " + pairs + " }")
    if rule.level != "enforce":
        lines.append(f"level = {string(rule.level)}")
    if not rule.case_sensitive:
        lines.append("case_sensitive = false")
    return "\n".join(lines)


def string(text: str) -> str:
    """Return *text* as a TOML string: in single quotes where a backslash would have to be doubled."""
    if "\\" in text and "'" not in text and text.isprintable():
        return f"'{text}'"
    escaped = "".join(
        "\\" + char if char in '"\\' else char if char.isprintable() else f"\\U{ord(char):08X}" for char in text
    )
    return f'"{escaped}"'
