"""A report as one JSON object, for programs: the answer of `query impact` and of `replay --json`."""

from __future__ import annotations

from typing import Any, Final, Iterable, Mapping

from callgate.reviewer.entry import DECISIONS
from callgate.reviewer.replay.compare import Report
from callgate.reviewer.replay.groups import Group, calls_in

MAX_GROUPS: Final = 500
"""Groups of one kind that are listed; the counts are of all of them."""


def as_object(report: Report) -> dict[str, Any]:
    """Return *report* as JSON values.

    `newly_allowed`, `newly_denied`, `newly_asked`, `no_longer_decided` and `contradictions` are each
    `{"count", "groups_left_out", "groups": [{"kind", "shape", "tool", "decided_by", "decided_by_kind", "person"?,
    "count", "distinct", "was": {decision: calls}, "examples": [{"text", "cwd", "count", "was", "was_by", "reason",
    "decision_id"}]}]}`. Texts are as logged: whoever shows them makes them visible first.
    """
    left = report.left
    return {
        "baseline": report.baseline,
        "calls": report.calls,
        "distinct": report.distinct,
        "changed": report.changed,
        "contradictions": _groups(report.contradictions),
        **{kind: _groups(groups) for kind, groups in report.changes.items()},
        "decisions": {"before": _decisions(report.before), "after": _decisions(report.decisions)},
        "decided_differently_than_logged": report.drift if report.baseline == "current" else None,
        "sampled": report.sampled,
        "of": report.of,
        "left_out": {"not_understood": left.unread, "failed_then": left.failed, "policy_broken": left.broken},
        "masked": left.masked,
        "without_observation": left.unobserved,
        "failed_now": report.failures,
        "policy_revision": report.revision or None,
        "notes": list(report.notes),
    }


def _decisions(counts: Mapping[str, int]) -> dict[str, int]:
    return {decision: counts.get(decision, 0) for decision in DECISIONS}


def _groups(groups: Iterable[Group]) -> dict[str, Any]:
    found = tuple(groups)
    return {
        "count": calls_in(found),
        "groups_left_out": max(0, len(found) - MAX_GROUPS),
        "groups": [_group(group) for group in found[:MAX_GROUPS]],
    }


def _group(group: Group) -> dict[str, Any]:
    out: dict[str, Any] = {
        "kind": group.kind,
        "shape": group.shape,
        "tool": group.tool,
        "decided_by": group.by,
        "decided_by_kind": group.by_kind,
    }
    if group.person:
        out["person"] = group.person
    out |= {"count": group.calls, "distinct": group.distinct, "was": dict(group.was)}
    out["examples"] = [
        {
            "text": one.text,
            "cwd": one.cwd,
            "count": one.calls,
            "was": one.was or None,
            "was_by": one.was_by or None,
            "reason": one.reason,
            "decision_id": one.decision_id or None,
        }
        for one in group.examples
    ]
    return out
