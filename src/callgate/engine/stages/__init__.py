"""The stages in order. Numbers are those of design.md section 2; 4, 5, 8 and 9 slot in between."""

from __future__ import annotations

from callgate.engine.case import Stage
from callgate.engine.stages import allow, ask, default, deny, guardrails, protection

STAGES: tuple[Stage, ...] = (
    Stage(1, "guardrails", guardrails.run),
    Stage(2, "self-protection", protection.run),
    Stage(3, "deny rules", deny.run),
    Stage(6, "ask rules", ask.run),
    Stage(7, "allow rules", allow.run, approves=True),
    Stage(10, "default", default.run),
)

NAMES = {
    0: "switch", 1: "guardrails", 2: "self-protection", 3: "deny rules", 4: "checks", 5: "session preference",
    6: "ask rules", 7: "allow rules", 8: "learned patterns", 9: "model judge", 10: "default",
}  # fmt: skip
"""Every stage that there is or will be, for `explain` and the docs."""
