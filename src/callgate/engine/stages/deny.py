"""Stage 3: any unit that matches a deny rule denies the whole call; so does the raw command string."""

from __future__ import annotations

from callgate.core.model import Finding, Observation, Unit
from callgate.engine import reasons
from callgate.engine.case import Case
from callgate.policy.index import Index, Table
from callgate.policy.match import Hit, best, call_hits, unit_hits


def run(case: Case) -> Finding | None:
    """Return the denial by the most specific rule that matches, if any."""
    hit = first_hit(case, case.policy.deny)
    return (
        Finding("deny", reasons.denied(case, hit), "rule", hit.rule, unit=hit.unit, matched=hit.matched)
        if hit
        else None
    )


def first_hit(case: Case, index: Index) -> Hit | None:
    """Return the hit of a deny or ask index that is to be named."""
    if not index.rules:
        return None
    table = index.table(case.call.tool)
    hits: list[Hit] = []
    if table.speaks_of_calls or table.has_regexes:
        hits += call_hits(index, case.call, case.analysis, case.observation)
    more = table.speaks_of_commands or bool(table.operations)
    for unit in case.analysis.units:
        if more or (table.paths and _meets_a_path(table, unit, case.observation)):
            hits += unit_hits(index, case.call, unit, case.observation)
    return best(index, case.call, hits) if hits else None


def _meets_a_path(table: Table, unit: Unit, observation: Observation) -> bool:
    """Whether some path rule may speak of *unit*: cheap to ask, and mostly the answer is no."""
    for operation in unit.operations:
        if operation.glob or operation.kind not in {"read", "execute"}:
            return True
        if (operation.raw or operation.target) in observation.links:
            return True
        if table.path_candidates(operation.target):
            return True
    return False
