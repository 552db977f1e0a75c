"""Stage 1: built-in denies that no rule, preference or setting lifts."""

from __future__ import annotations

from callgate.core.model import Finding
from callgate.engine.case import Case
from callgate.engine.guardrails import GUARDRAILS


def run(case: Case) -> Finding | None:
    """Return the denial of the first guardrail that trips."""
    kinds = case.kinds
    for guardrail in GUARDRAILS:
        if guardrail.kinds and guardrail.kinds.isdisjoint(kinds):
            continue
        trip = guardrail.trips(case)
        if trip is not None:
            reason = (
                f"callgate guardrail `{guardrail.id}`: {trip.what}. Instead: {guardrail.instead}. "
                "No rule lifts a guardrail; do not work around it."
            )
            return Finding("deny", reason, "guardrail", guardrail=guardrail.id, unit=trip.unit)
    return None
