"""Stage 6: any unit that matches an ask rule asks; so does a recursive read that would sweep what a deny protects."""

from __future__ import annotations

from callgate.core.model import Finding
from callgate.engine import reasons
from callgate.engine.case import Case
from callgate.engine.stages.deny import first_hit
from callgate.engine.sweeps import swept


def run(case: Case) -> Finding | None:
    """Return the question, if any."""
    hit = first_hit(case, case.policy.ask)
    if hit is not None:
        return Finding("ask", reasons.asked(case, hit), "rule", hit.rule, unit=hit.unit, matched=hit.matched)
    for unit in case.analysis.units:
        for operation in unit.operations:
            sweep = swept(case, operation)
            if sweep is not None:
                reason = reasons.sweeps(unit, operation, sweep)
                return Finding("ask", reason, "rule", sweep.rule, unit=unit, matched=sweep.matched)
    return None
