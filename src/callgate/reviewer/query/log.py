"""`{"type":"log"}`: decisions, newest first, or counted in groups."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final, Mapping

from callgate.journal import secrets
from callgate.journal.masking import Find, mask_parts
from callgate.reviewer.entry import DECISIONS
from callgate.reviewer.logs.ask import logs_of, skipped
from callgate.reviewer.logs.select import Wanted, group, select
from callgate.reviewer.logs.sql import KINDS
from callgate.reviewer.logs.stream import Report
from callgate.reviewer.logs.window import Window
from callgate.reviewer.query.base import Context, Field, QueryType, Rows
from callgate.reviewer.query.filters import And, Condition, Filter, Not, Or, shape

MAX_ROWS: Final = 10_000
"""Rows of one answer; `truncated` says when there are more, and `offset` goes on."""

SOURCES: Final = (
    *("rule", "llm", "guardrail", "preference", "pattern", "check", "default", "error", "passthrough"),
    "hard_rule",
)
"""What decided, as the logs have it; `hard_rule` is what `stats` calls a rule."""

_QUOTED: Final = frozenset(("tool", "reasoning", "session_id", "cwd", "mode", "tool_use_id", "rule_id"))


def answer(fields: Mapping[str, Any], context: Context) -> Rows:
    """Return the rows, or the groups of `aggregate`; `skipped` beside them says what the logs had that is no decision.

    Raises:
        QueryError: `log_not_found`, or the logs cannot be counted.
    """
    found = logs_of(context)
    report = Report()
    condition = condition_of(fields)
    window = Window(fields.get("since"), fields.get("until"))
    if "aggregate" in fields:
        rows = _grouped(fields, context, Wanted(window, condition), report)
        return Rows(rows, {"skipped": skipped(report)})
    limit = min(fields.get("limit", MAX_ROWS), MAX_ROWS)
    offset = fields.get("offset", 0)
    wanted = Wanted(window, condition, fields.get("sort", ()), offset, limit + 1, fields.get("last_n"))
    rows = select(context, found, wanted, report)
    beside: dict[str, Any] = {"skipped": skipped(report)}
    if len(rows) > limit and "limit" not in fields:
        beside["truncated"] = True
    find = lru_cache(maxsize=256)(secrets.find)  # of this answer only: what it holds are secrets
    return Rows((masked(row, find) for row in rows[:limit]), beside)


def condition_of(fields: Mapping[str, Any]) -> Filter:
    """Return the simple fields and `filter` of a query as one filter."""
    parts: list[Filter] = [
        Condition(name, "eq", fields[name], KINDS[name])
        for name in ("decision", "tool", "session_id", "rule_id", "needs_review")
        if name in fields
    ]
    if "source" in fields:
        parts.append(Condition("source", "eq", {"hard_rule": "rule"}.get(fields["source"], fields["source"])))
    if "contains" in fields:
        text = fields["contains"]
        parts.append(Or((Condition("input", "contains", text, "object"), Condition("reasoning", "contains", text))))
    if isinstance(fields.get("filter"), (Condition, And, Or, Not)):
        parts.append(fields["filter"])
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def masked(row: dict[str, Any], find: Find = secrets.find) -> dict[str, Any]:
    """Return *row* without secrets: the older hook does not mask what it logs."""
    parts = {"tool_input": row["input"], **{name: row[name] for name in _QUOTED}}
    found = mask_parts(parts, fields=("tool_input",), find=find)[0]
    return {**row, "input": found.pop("tool_input"), **found}


def _grouped(fields: Mapping[str, Any], context: Context, wanted: Wanted, report: Report) -> list[dict[str, Any]]:
    found = logs_of(context)
    later = {name: fields[name] for name in ("sort", "limit", "offset") if name in fields}
    if "last_n" in fields:
        rows = select(context, found, wanted._replace(newest=fields["last_n"]), report)
        return shape(rows, {**later, "aggregate": fields["aggregate"]})
    return shape(group(context, found, wanted, fields["aggregate"], report), later)


QUERY: Final = QueryType(
    {
        "decision": Field("choice", DECISIONS),
        "source": Field("choice", SOURCES),
        "tool": Field("text"),
        "session_id": Field("text"),
        "rule_id": Field("text"),
        "needs_review": Field("flag"),
        "since": Field("time"),
        "until": Field("time"),
        "contains": Field("text"),
        "last_n": Field("count"),
        "offset": Field("count"),
    },
    answer,
    KINDS,
)
