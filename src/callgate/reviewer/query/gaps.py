"""`{"type": "gaps"}`: calls that no rule decided, and the rules that would."""

from __future__ import annotations

from typing import Any, Mapping

from callgate.reviewer.evidence import read_calls
from callgate.reviewer.query.base import Context, Field, QueryError, QueryType
from callgate.reviewer.query.remembered import remembered
from callgate.reviewer.query.sound import judge_of
from callgate.reviewer.suggest.rank import LIMIT, suggest
from callgate.reviewer.suggest.summary import suggestion_object


def answer(query: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Answer `{"total_gaps", "suggestions": [{"pattern", "count", "risk", "suggested_rule", …}], "left_out", …}`."""
    return remembered("gaps", query, context, lambda: _answer(query, context))


def _answer(query: Mapping[str, Any], context: Context) -> dict[str, Any]:
    judge = judge_of(context)
    try:
        found = read_calls(
            context.gate, context.logs, since=query.get("since"), until=query.get("until"),
            tool=query.get("tool", ""), sessions="two", rules=False,
        )  # fmt: skip
    except OSError as error:
        raise QueryError("log_not_found", str(error), {"help": "name one with `--log FILE`"}) from error
    made = suggest(judge, found, limit=query.get("limit", LIMIT))
    return {
        "total_gaps": sum(call.undecided for call in found.calls),
        "suggestions": [suggestion_object(one) for one in made.suggestions],
        "left_out": [{"reason": why, "count": count} for why, count in sorted(made.left_out.items())],
        "days": round(made.days, 2),
        "skipped_lines": found.skipped,
    }


QUERY = QueryType(
    {"tool": Field("text"), "since": Field("time"), "until": Field("time"), "limit": Field("count")}, answer
)
