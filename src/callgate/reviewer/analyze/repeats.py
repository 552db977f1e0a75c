"""Prompts that repeat: the very same call, again and again."""

from __future__ import annotations

from typing import Any

from callgate.reviewer.analyze.subject import TOP, Subject, day
from callgate.reviewer.cluster.calls import Call
from callgate.reviewer.cluster.group import text_of


def repeats(subject: Subject) -> list[dict[str, Any]]:
    """Return `[{"call", "tool", "prompts", "sessions", "approved", "refused", "first", "last", "suggested"}]`.

    `suggested` is the id of a suggested rule under which the call no longer prompts; empty when there is none.
    """
    often = [call for call in subject.calls if call.prompts > 1]
    often.sort(key=lambda call: (-call.prompts, text_of(call)))
    found = []
    for call in often[:TOP]:
        row: dict[str, Any] = {
            "call": text_of(call), "tool": call.call.tool, "prompts": call.prompts, "sessions": len(call.sessions),
            "approved": call.approved, "refused": call.refused, "first": day(call.earliest), "last": day(call.latest),
            "suggested": _suggested(subject, call),
        }  # fmt: skip
        found.append(row)
    return found


def _suggested(subject: Subject, call: Call) -> str:
    rules = subject.suggestions.rules
    for number in range(1, len(rules) + 1):
        if subject.judge.decide(call, rules[:number]).decision == "allow":
            return rules[number - 1].id
    return ""
