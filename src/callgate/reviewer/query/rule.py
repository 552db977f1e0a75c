"""`{"type":"rule"}`: the rules in force, in the order in which they are named."""

from __future__ import annotations

from typing import Any, Mapping

from callgate.reviewer.query.base import ColumnKind, Context, Field, QueryType
from callgate.reviewer.query.filters import shape
from callgate.reviewer.query.policy import sound
from callgate.reviewer.query.words import invalid, nearest
from callgate.reviewer.rules import as_object, speaking_of


def answer(fields: Mapping[str, Any], context: Context) -> list[dict[str, Any]]:
    """Return the rules that *fields* leave: of one action, tool, id, section, or by a filter over their fields.

    Raises:
        QueryError: `config_parse_error`; `invalid_query`: there is no such section.
    """
    loaded = sound(context.gate)
    rules = list(loaded.rules)
    action = fields.get("filter")
    if isinstance(action, str):
        rules = [rule for rule in rules if rule.action == action]
    if "id" in fields:
        rules = [rule for rule in rules if rule.id == fields["id"]]
    if "section" in fields:
        section = fields["section"]
        if section not in loaded.sections:
            known = sorted(loaded.sections)
            raise invalid(
                f"the policy has no section `{section[:80]}`",
                nearest(section, known) if known else "none of its rules stands in a section",
            )
        rules = [rule for rule in rules if rule.source.section == section]
    if "tool" in fields:
        rules = speaking_of(rules, (fields["tool"],))[fields["tool"]]
    rows = [as_object(rule, with_source=True) for rule in rules]
    found = shape(rows, fields)
    if not fields.get("with_source") and "aggregate" not in fields:
        for row in found:
            row.pop("source_file", None)
            row.pop("source_line", None)
    return found


_COLUMNS: Mapping[str, ColumnKind] = {
    **dict.fromkeys(("id", "type", "section", "layer", "description", "source_file"), "text"),
    **dict.fromkeys(("tool", "tool_regex", "tool_exclude_regex", "subagent_type", "level"), "text"),
    **dict.fromkeys(("command_regex", "command_exclude_regex", "file_path_regex", "file_path_exclude_regex"), "text"),
    **dict.fromkeys(("subagent_type_exclude_regex", "prompt_regex", "prompt_exclude_regex"), "text"),
    **dict.fromkeys(("path", "operations", "command", "input_regex", "host", "mode"), "object"),
    **dict.fromkeys(("case_sensitive", "derived_id"), "flag"),
    "expires": "time",
    "source_line": "number",
}

QUERY = QueryType(
    {
        "filter": Field("choice", ("allow", "ask", "deny")),
        "tool": Field("text"),
        "id": Field("text"),
        "section": Field("text"),
        "with_source": Field("flag"),
    },
    answer,
    _COLUMNS,
)
