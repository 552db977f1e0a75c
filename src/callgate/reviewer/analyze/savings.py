"""Time and prompts saved: by the policy in force, and by what is suggested."""

from __future__ import annotations

from typing import Any

from callgate.reviewer.analyze.subject import Subject


def savings(subject: Subject) -> dict[str, Any]:
    """Return what was saved and what could be, counted in prompts and hours.

    `{"decisions", "allowed", "denied", "prompts", "hours_saved", "hours_prompted", "days", "suggested": [{"id",
    "prompts", "per_week", "left"}], "hours_suggested"}`. Hours rest on an assumption: so many seconds a prompt.
    """
    decisions: dict[str, int] = {}
    for call in subject.calls:
        for decision, count in call.decisions.items():
            decisions[decision] = decisions.get(decision, 0) + count
    prompts = sum(call.prompts for call in subject.calls)
    hour = subject.seconds_per_prompt / 3_600
    suggested, left = [], prompts
    for one in subject.suggestions.suggestions:
        left -= one.prompts
        suggested.append(
            {"id": one.fields["id"], "prompts": one.prompts, "per_week": round(one.per_week, 1), "left": left}
        )  # fmt: skip
    return {
        "decisions": subject.gathered.total,
        "by_decision": decisions,
        "allowed": decisions.get("allow", 0),
        "denied": decisions.get("deny", 0),
        "prompts": prompts,
        "hours_saved": round(decisions.get("allow", 0) * hour, 2),
        "hours_prompted": round(prompts * hour, 2),
        "hours_suggested": round((prompts - left) * hour, 2),
        "seconds_per_prompt": subject.seconds_per_prompt,
        "days": round(subject.gathered.days, 2),
        "suggested": suggested,
    }
