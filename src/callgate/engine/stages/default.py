"""Stage 10: what happens when nothing spoke. INVARIANT: it always concludes."""

from __future__ import annotations

from callgate.core.model import Finding
from callgate.engine import reasons
from callgate.engine.case import Case


def run(case: Case) -> Finding:
    """Return the default of `[settings]`; a broken policy and the switch ask instead."""
    if case.policy.broken:
        return Finding("ask", case.policy.broken, "error")
    if case.off:
        return Finding("ask", reasons.switched_off(case), "preference")
    default = case.policy.settings.default
    why = reasons.undecided(case)
    if default == "passthrough":
        return Finding("passthrough", why, "passthrough")
    return Finding(default, why, "default")
