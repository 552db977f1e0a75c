"""What a window of the logs adds up to: one reading of few columns, then small questions about what was kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Mapping, NamedTuple

from callgate.reviewer.logs.sql import Translation

if TYPE_CHECKING:
    from callgate.reviewer.logs.relation import Relation
    from callgate.reviewer.query.filters import Filter

TOP: Final = 10
HOUR_US: Final = 3_600_000_000
MAX_HOURS: Final = 24 * 400
"""Hours that are told apart; a clock that jumped to another century makes no more of them."""

_TARGETS: Final = ("file_path", "notebook_path", "path", "url", "pattern", "query", "description")


class Statistics(NamedTuple):
    """The numbers. Counts are largest first, ties by name."""

    total: int
    decisions: dict[str, int]
    sources: dict[str, int]
    tools: dict[str, int]
    denied: list[tuple[str, int]]
    """Commands, or tool and target, that were denied."""
    rules: list[tuple[str, str, int]]
    """Rule, what it decided, how often."""
    latency: tuple[int, int, int] | None
    """Microseconds at 50, 95 and 99 per cent (nearest rank); `None` when no line says."""
    hours: list[tuple[int, int]]
    """Hour since the epoch, and decisions in it; hours without any are left out. The latest `MAX_HOURS` of them."""
    first: float | None
    last: float | None
    sessions: int
    flagged: int
    """Decisions that need a look."""


def statistics(decisions: Relation, condition: Filter) -> Statistics:
    """Return the numbers of the decisions that pass *condition*, which SQL must be able to express."""
    translation = Translation()
    where = translation.condition(condition)
    if not where.exact:
        raise ValueError("the condition is not one that SQL can express")
    # One small table with all the counts: a million rows are looked at once for it, and once for what does not add up.
    decisions.keep(
        "counted",
        f"SELECT time_us // {HOUR_US} AS hour, tool, decision, coalesce(source, 'unknown') AS source, rule_id, "
        "count(*) AS n, count(*) FILTER (needs_review) AS flagged, min(time_us) AS first, max(time_us) AS last "
        f"FROM decisions WHERE {where.sql} GROUP BY ALL",
        translation.parameters,
    )
    total, first, last, flagged = decisions.kept(
        "SELECT coalesce(sum(n), 0)::BIGINT, min(first) / 1e6, max(last) / 1e6, coalesce(sum(flagged), 0)::BIGINT "
        "FROM counted"
    )[0]
    sessions, latency = decisions.all(
        "SELECT count(DISTINCT session_id), quantile_disc(latency_us, [0.5, 0.95, 0.99]) "
        f"FROM decisions WHERE {where.sql}",
        translation.parameters,
    )[0]
    hours = decisions.kept(
        f"SELECT hour, sum(n)::BIGINT FROM counted GROUP BY hour ORDER BY hour DESC LIMIT {MAX_HOURS}"
    )
    rules = decisions.kept(
        "SELECT rule_id, decision, sum(n)::BIGINT AS times FROM counted WHERE rule_id IS NOT NULL "
        f"GROUP BY rule_id, decision ORDER BY times DESC, rule_id, decision LIMIT {TOP}"
    )
    return Statistics(
        total,
        _counts(decisions, "decision"),
        _counts(decisions, "source"),
        _counts(decisions, "tool"),
        _denied(decisions, translation, where.sql),
        [(rule, decision, count) for rule, decision, count in rules],
        None if latency is None else (latency[0], latency[1], latency[2]),
        sorted((hour, count) for hour, count in hours),
        first,
        last,
        sessions,
        flagged,
    )


def _counts(decisions: Relation, column: str) -> dict[str, int]:
    sql = f"SELECT {column} AS name, sum(n)::BIGINT AS times FROM counted GROUP BY name ORDER BY times DESC, name"
    return dict(decisions.kept(sql))


def _denied(decisions: Relation, translation: Translation, where: str) -> list[tuple[str, int]]:
    sql = (
        "SELECT tool, coalesce(command, '') AS command, CASE WHEN command IS NULL THEN input ELSE '{}' END AS input, "
        f"count(*) AS n FROM decisions WHERE decision = 'deny' AND {where} "
        f"GROUP BY ALL ORDER BY n DESC, tool, command, input LIMIT {TOP * 10}"
    )
    found: dict[str, int] = {}
    for tool, command, text, count in decisions.all(sql, translation.parameters):
        name = command or what(tool, json.loads(text))
        found[name] = found.get(name, 0) + count
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))[:TOP]


def what(tool: str, tool_input: Mapping[str, Any]) -> str:
    """Return what a call is about in one text: its command, else its tool and the file, page, … that it names."""
    command = tool_input.get("command")
    if isinstance(command, str) and command:
        return command
    for name in _TARGETS:
        target = tool_input.get(name)
        if isinstance(target, str) and target:
            return f"{tool} {target}"
    return tool
