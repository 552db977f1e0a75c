"""The regular expressions of a rule, with where they stand."""

from __future__ import annotations

from typing import Final

from callgate.core.model import Rule

REGEX_FIELDS: Final = (
    "tool_regex", "tool_exclude_regex", "file_path_regex", "file_path_exclude_regex", "command_regex",
    "command_exclude_regex", "subagent_type_exclude_regex", "prompt_regex", "prompt_exclude_regex",
)  # fmt: skip


def regexes(rule: Rule) -> list[tuple[str, int, str]]:
    """Return (field, position, regex) for each regular expression that the rule has; -1 where there is one only."""
    found = [(field, -1, text) for field in REGEX_FIELDS if (text := getattr(rule, field))]
    return found + [("input_regex", at, text) for at, (_, text) in enumerate(rule.input_regex)]
