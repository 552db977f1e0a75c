"""Gaps: calls that no rule decided, in clusters, and why no rule is suggested for some."""

from __future__ import annotations

from typing import Any

from callgate.reviewer.analyze.subject import TOP, Subject
from callgate.reviewer.cluster.group import clusters


def gaps(subject: Subject) -> dict[str, Any]:
    """Return `{"total", "share", "clusters": [{"pattern", "count", "example"}], "left_out": [{"reason", "count"}]}`.

    `share` is of all decisions, from 0 to 1.
    """
    total = sum(call.undecided for call in subject.calls)
    found = clusters(subject.judge, subject.calls, lambda call: call.undecided, lacking=True, most=TOP)
    left_out = sorted(subject.suggestions.left_out.items(), key=lambda one: (-one[1], one[0]))
    return {
        "total": total,
        "share": total / subject.gathered.total if subject.gathered.total else 0.0,
        "clusters": [
            {"pattern": one.pattern, "count": one.times, "example": one.examples[0] if one.examples else ""}
            for one in found
        ],
        "left_out": [{"reason": why, "count": count} for why, count in left_out],
    }
