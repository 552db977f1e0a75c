"""`{"type":"rule_count"}`: how many rules are in force."""

from __future__ import annotations

from collections import Counter
from typing import Any, Mapping

from callgate.reviewer.query.base import Context, QueryType
from callgate.reviewer.query.policy import sound
from callgate.reviewer.rules import speaking_of, tools_of


def answer(_fields: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Return the counts by action, in all, and by tool: the rules that can speak of a call of that tool.

    A rule that speaks of several tools counts for each, so the numbers of `by_tool` may add up to more than `total`.

    Raises:
        QueryError: `config_parse_error`.
    """
    loaded = sound(context.gate)
    counts = Counter(rule.action for rule in loaded.rules)
    by_tool = speaking_of(loaded.rules, tools_of(loaded))
    return {
        "allow": counts["allow"],
        "ask": counts["ask"],
        "deny": counts["deny"],
        "total": len(loaded.rules),
        "by_tool": {tool: len(rules) for tool, rules in by_tool.items() if rules},
    }


QUERY = QueryType({}, answer)
