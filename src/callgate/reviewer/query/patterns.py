"""`{"type": "patterns"}`: what the calls of one decision have in common."""

from __future__ import annotations

from typing import Any, Mapping

from callgate.reviewer.cluster.group import clusters
from callgate.reviewer.entry import DECISIONS
from callgate.reviewer.evidence import read_calls
from callgate.reviewer.query.base import Context, Field, QueryError, QueryType
from callgate.reviewer.query.remembered import remembered
from callgate.reviewer.query.sound import judge_of


def answer(query: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Answer `{"clusters": [{"pattern", "count", "calls", "examples"}], …}`, the most frequent first."""
    return remembered("patterns", query, context, lambda: _answer(query, context))


def _answer(query: Mapping[str, Any], context: Context) -> dict[str, Any]:
    judge = judge_of(context)
    decision = str(query.get("decision", "passthrough"))
    try:
        found = read_calls(
            context.gate, context.logs, since=query.get("since"), until=query.get("until"),
            tool=query.get("tool", ""), decision=decision, outcomes={}, sessions="none", rules=False,
        )  # fmt: skip
    except OSError as error:
        raise QueryError("log_not_found", str(error), {"help": "name one with `--log FILE`"}) from error
    lacking = decision in {"passthrough", "ask"}
    made = clusters(
        judge, found.calls, lambda call: call.decisions.get(decision, 0), lacking=lacking, most=query.get("limit", 50)
    )
    return {
        "clusters": [
            {"pattern": one.pattern, "count": one.times, "calls": one.calls, "examples": list(one.examples)}
            for one in made
        ],
        "decision": decision,
        "total": sum(call.decisions.get(decision, 0) for call in found.calls),
        "skipped_lines": found.skipped,
    }


QUERY = QueryType(
    {
        "decision": Field("choice", DECISIONS),
        "tool": Field("text"),
        "since": Field("time"),
        "until": Field("time"),
        "limit": Field("count"),
    },
    answer,
)
