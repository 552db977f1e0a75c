"""What the rules in force did for the logged calls: which were named, and which matched while another one was named."""

from __future__ import annotations

import json
import time
from collections import Counter
from typing import TYPE_CHECKING, Mapping, NamedTuple, Sequence

from callgate.core.model import Rule, ToolCall
from callgate.policy.globs import Anchors
from callgate.policy.index import Index
from callgate.policy.match import call_hits, unit_hits

if TYPE_CHECKING:
    from callgate.gate import Gate
    from callgate.reviewer.logs.relation import Relation


class Named(NamedTuple):
    """How often a rule was named in the logs."""

    hits: int
    last: float
    """Seconds since the epoch."""


class Logged(NamedTuple):
    """One distinct call, and who decided it most often."""

    call: ToolCall
    named: str
    """Rule or guardrail; empty when nothing but the default spoke."""
    times: int


class Looked(NamedTuple):
    """What deciding the distinct calls again has shown."""

    calls: int
    """Distinct calls that were looked at."""
    total: int
    """Distinct calls that there are."""
    matched: Mapping[str, int]
    """Rule -> logged calls that it matches, whoever was named."""
    others: Mapping[str, Counter[str]]
    """Rule -> who was named for those, and how often."""


def named(decisions: Relation) -> dict[str, Named]:
    """Return how often each rule was named, whether it is still in force or not."""
    sql = "SELECT rule_id, count(*), max(time_us) / 1e6 FROM decisions WHERE rule_id IS NOT NULL GROUP BY rule_id"
    return {rule: Named(hits, last) for rule, hits, last in decisions.all(sql)}


def distinct_calls(decisions: Relation, most: int) -> tuple[list[Logged], int]:
    """Return the *most* frequent distinct calls, the latest first among equals, and how many there are."""
    by_call = (
        "SELECT tool, input, coalesce(cwd, '') AS cwd, coalesce(mode, 'default') AS mode, "
        "coalesce(rule_id, guardrail, '') AS named, count(*) AS n, max(time_us) AS last FROM decisions GROUP BY ALL"
    )
    decisions.keep("named_calls", by_call)
    total = decisions.kept("SELECT count(*) FROM (SELECT DISTINCT tool, input, cwd, mode FROM named_calls)")[0][0]
    rows = decisions.kept(
        "SELECT tool, input, cwd, mode, arg_max(named, n), sum(n)::BIGINT AS n, max(last) AS last FROM named_calls "
        "GROUP BY tool, input, cwd, mode ORDER BY n DESC, last DESC, tool, input LIMIT $most",
        {"most": most},
    )
    calls = [
        Logged(ToolCall(tool, json.loads(text), cwd, mode=mode), name, count)
        for tool, text, cwd, mode, name, count, _ in rows
    ]
    return calls, total


def look(gate: Gate, rules: Sequence[Rule], calls: Sequence[Logged], total: int, seconds: float | None) -> Looked:
    """Find, for each of *calls*, every rule that matches a part of it.

    Args:
        gate: knows what a call does, and what of the host the rules may know.
        rules: those in force.
        calls: the most frequent first.
        total: how many distinct calls there are.
        seconds: how long this may take; `None` for as long as it needs.
    """
    matched: Counter[str] = Counter()
    others: dict[str, Counter[str]] = {}
    deadline = None if seconds is None else time.monotonic() + seconds
    indexes: dict[Anchors, Index] = {}
    done = 0
    for logged in calls:
        if deadline is not None and time.monotonic() >= deadline:
            break
        done += 1
        for rule in _matching(gate, rules, logged.call, indexes):
            matched[rule] += logged.times
            if logged.named != rule:
                others.setdefault(rule, Counter())[logged.named] += logged.times
    return Looked(done, total, matched, others)


def _matching(gate: Gate, rules: Sequence[Rule], call: ToolCall, indexes: dict[Anchors, Index]) -> set[str]:
    """Return the ids of all rules that match some part of *call*, as a deny rule would.

    That an allow rule must cover the whole call is no part of it.
    """
    case = gate.case(call)
    anchors = case.policy.anchors
    index = indexes.get(anchors)
    if index is None:
        index = indexes[anchors] = Index("ask", tuple(rules), anchors)
    hits = list(call_hits(index, call, case.analysis, case.observation))
    for unit in case.analysis.units:
        hits += unit_hits(index, call, unit, case.observation)
    return {hit.rule.id for hit in hits}


def shadowing(counts: Counter[str]) -> list[str]:
    """Return who was named instead, most often first."""
    return [name for name, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])) if name]
