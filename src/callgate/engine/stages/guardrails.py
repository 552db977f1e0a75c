"""Stage 1: built-in denies that no rule, preference or setting lifts."""

from __future__ import annotations

from callgate.core.model import Finding
from callgate.engine.case import Case
from callgate.engine.guardrails import GUARDRAILS

_KINDS = frozenset().union(*(guardrail.kinds for guardrail in GUARDRAILS))


def run(case: Case) -> Finding | None:
    """Return the denial of the first guardrail that trips."""
    kinds, analysis = case.kinds, case.analysis
    # Those that name no kinds look at what flows, and for a function that calls itself.
    still = not analysis.flows and "()" not in analysis.raw
    if still and kinds.isdisjoint(_KINDS):
        return None
    for guardrail in GUARDRAILS:
        if guardrail.kinds.isdisjoint(kinds) if guardrail.kinds else still:
            continue
        trip = guardrail.trips(case)
        if trip is not None:
            reason = (
                f"callgate guardrail `{guardrail.id}`: {trip.what}. Instead: {guardrail.instead}. "
                "No rule lifts a guardrail; do not work around it."
            )
            return Finding("deny", reason, "guardrail", guardrail=guardrail.id, unit=trip.unit)
    return None
