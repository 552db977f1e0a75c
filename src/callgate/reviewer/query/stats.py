"""`{"type":"stats"}`: how often what was decided, by what, and how fast."""

from __future__ import annotations

from typing import Any, Final, Mapping

from callgate.reviewer.logs.ask import logs_of, open_relation, skipped
from callgate.reviewer.logs.people import counted, outcomes
from callgate.reviewer.logs.sql import KINDS
from callgate.reviewer.logs.statistics import Statistics, statistics
from callgate.reviewer.logs.stream import Report
from callgate.reviewer.logs.window import Window
from callgate.reviewer.query.base import Context, Field, QueryType
from callgate.reviewer.query.filters import And, Condition
from callgate.reviewer.redact import masked
from callgate.times import rfc3339

MAX_COMMAND: Final = 2_000
"""Characters of a command in `top_denied_commands`."""


def answer(fields: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Return the numbers of the decisions in `since` to `until`, of one tool or session when named.

    `by_person` is null where nothing is known of people: without outcomes, for one tool or session, for named logs.

    Raises:
        QueryError: `log_not_found`, or the logs cannot be counted.
    """
    found = logs_of(context)
    report = Report()
    tests = [Condition(name, "eq", fields[name], KINDS[name]) for name in ("tool", "session_id") if name in fields]
    heard = outcomes(context.gate, fields.get("since")) if not context.logs else []
    with open_relation(context, found, Window(fields.get("since"), fields.get("until")), report) as decisions:
        numbers = statistics(decisions, And(tuple(tests)))
        people = counted(decisions, heard) if heard and not tests else None
    return {**as_object(numbers), "by_person": people, "skipped": skipped(report)}


def as_object(numbers: Statistics) -> dict[str, Any]:
    """Return *numbers* as contract.md section 4 names them, and more."""
    latency = numbers.latency or (None, None, None)
    return {
        "total_decisions": numbers.total,
        "by_decision": numbers.decisions,
        "by_source": {"hard_rule" if name == "rule" else name: count for name, count in numbers.sources.items()},
        "by_tool": numbers.tools,
        "top_denied_commands": [
            {"command": masked(_cut(command)), "count": count} for command, count in numbers.denied
        ],
        "top_rules": [
            {"rule_id": rule, "decision": decision, "count": count} for rule, decision, count in numbers.rules
        ],
        "latency_us": dict(zip(("p50", "p95", "p99"), latency, strict=True)),
        "prompts": sum(numbers.decisions.get(name, 0) for name in ("ask", "passthrough")),
        "needs_review": numbers.flagged,
        "sessions": numbers.sessions,
        "first": _stamp(numbers.first),
        "last": _stamp(numbers.last),
        "by_hour": [{"hour": _stamp(hour * 3600), "count": count} for hour, count in numbers.hours],
    }


def _cut(command: str) -> str:
    return command if len(command) <= MAX_COMMAND else command[: MAX_COMMAND - 1] + "…"


def _stamp(seconds: float | None) -> str | None:
    """Return a time as RFC 3339 in whole seconds."""
    return None if seconds is None else rfc3339(seconds)


QUERY: Final = QueryType(
    {"since": Field("time"), "until": Field("time"), "tool": Field("text"), "session_id": Field("text")}, answer
)
