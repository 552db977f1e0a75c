"""`{"type":"coverage"}`: what each rule in force did for the logged calls."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final, Mapping

from callgate.core.model import Rule
from callgate.reviewer.logs.ask import logs_of, open_relation, skipped
from callgate.reviewer.logs.coverage import Looked, Named, distinct_calls, look, named, shadowing
from callgate.reviewer.logs.stream import Report
from callgate.reviewer.logs.window import Window
from callgate.reviewer.query.base import Context, Field, QueryType
from callgate.reviewer.query.policy import sound
from callgate.times import rfc3339

BUDGET_SECONDS: Final = 0.05
"""For looking at distinct calls again, so that the whole answer takes no more than 200 ms; `full` has no limit."""

_MOST: Final = 1_000
"""Distinct calls that are fetched within that budget: more could not be looked at."""


def answer(fields: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Return `rules`, one object each in the order of the policy, and what of the logs was looked at.

    Raises:
        QueryError: `config_parse_error`, `log_not_found`, or the logs cannot be counted.
    """
    loaded = sound(context.gate)
    found = logs_of(context)
    report = Report()
    full = bool(fields.get("full"))
    with open_relation(context, found, Window(fields.get("since"), fields.get("until")), report) as decisions:
        hits = named(decisions)
        calls, total = distinct_calls(decisions, 2**31 if full else _MOST)
    looked = look(context.gate, loaded.rules, calls, total, None if full else BUDGET_SECONDS)
    rules = [_rule(rule, hits.get(rule.id), looked) for rule in loaded.rules]
    known = {rule.id for rule in loaded.rules}
    return {
        "rules": rules,
        "total_rules": len(rules),
        "never_used": [row["id"] for row in rules if row["never_used"]],
        "gone": sorted(rule for rule in hits if rule not in known),
        "calls": {"distinct": total, "looked_at": looked.calls},
        "skipped": skipped(report),
    }


def _rule(rule: Rule, hits: Named | None, looked: Looked) -> dict[str, Any]:
    """Return what the logs say of *rule*.

    A rule that was named is not shadowed. One that matches logged calls while others are named for all of them is.
    """
    matches = looked.matched.get(rule.id, 0)
    others = looked.others.get(rule.id, Counter())
    return {
        "id": rule.id,
        "type": rule.action,
        "level": rule.level,
        "hits": hits.hits if hits else 0,
        "last_used": rfc3339(hits.last) if hits else None,
        "never_used": hits is None,
        "matches": matches,
        "shadowed_by": shadowing(others) if hits is None and matches else [],
        "source_file": rule.source.file,
        "source_line": rule.source.line,
    }


QUERY: Final = QueryType({"since": Field("time"), "until": Field("time"), "full": Field("flag")}, answer)
