"""Rules at level `warn` and `shadow`: what they would have said, without deciding anything."""

from __future__ import annotations

from callgate.engine.case import Case
from callgate.policy.match import call_hits, unit_hits


def watched(case: Case) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the notes of matching `warn` rules and the ids of matching `shadow` rules."""
    if not case.policy.watched:
        return (), ()
    notes: dict[str, str] = {}
    shadows: dict[str, None] = {}
    for index in case.policy.watched:
        hits = list(call_hits(index, case.call, case.analysis, case.observation))
        for unit in case.analysis.units:
            hits += unit_hits(index, case.call, unit, case.observation)
        for hit in hits:
            if hit.rule.level == "shadow":
                shadows[hit.rule.id] = None
            else:
                notes[hit.rule.id] = f"rule `{hit.rule.id}` (warn) would {hit.rule.action} this"
    return tuple(notes[key] for key in sorted(notes)), tuple(sorted(shadows))
