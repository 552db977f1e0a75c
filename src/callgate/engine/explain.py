"""Why a verdict came out as it did: every stage with what it saw, every unit with what covers it."""

from __future__ import annotations

from typing import NamedTuple

from callgate.core.model import Operation, ToolCall, Unit, Verdict
from callgate.engine.case import Case, Stage
from callgate.engine.guardrails import CONSENTS, GUARDRAILS
from callgate.engine.protection.files import touches
from callgate.engine.protection.scene import Scene
from callgate.engine.reasons import place, short
from callgate.engine.stages import NAMES, STAGES
from callgate.engine.stages.allow import covered
from callgate.engine.unlock import unlock
from callgate.policy.cover import Covered, UnitCover
from callgate.policy.match import unit_hits


class StageReport(NamedTuple):
    """One numbered stage."""

    number: int
    name: str
    outcome: str
    """`decided: deny`, `nothing`, `skipped: why` or `not reached`."""
    details: tuple[str, ...]


class UnitReport(NamedTuple):
    """One unit with how it stands."""

    unit: Unit
    status: str
    operations: tuple[tuple[Operation, str], ...]


class Explanation(NamedTuple):
    """Everything `explain` shows."""

    call: ToolCall
    verdict: Verdict
    stages: tuple[StageReport, ...]
    units: tuple[UnitReport, ...]
    unlock: tuple[str, ...]
    """What would make the call allowed: advice or a rule as TOML; empty when it is."""


_EMPTY = {
    4: "there are no governance checks in this version",
    5: "there are no session preferences in this version",
    8: "there are no learned patterns in this version",
    9: "there is no model judge in this version",
}


def explain(case: Case, verdict: Verdict) -> Explanation:
    """Explain *verdict* on *case*."""
    covers = [covered(case, unit) for unit in case.analysis.units]
    stages = _stages(case, verdict)
    units = tuple(_unit(case, unit, cover) for unit, cover in zip(case.analysis.units, covers, strict=True))
    return Explanation(case.call, verdict, stages, units, unlock(case, verdict, covers))


def _stages(case: Case, verdict: Verdict) -> tuple[StageReport, ...]:
    by_number = {stage.number: stage for stage in STAGES}
    reports: list[StageReport] = []
    off = "auto-approval is off: stages 5 to 9 are skipped" if case.off else "auto-approval is on"
    reports.append(StageReport(0, NAMES[0], "nothing", (off,)))
    for number, name in NAMES.items():
        if number == 0:
            continue
        stage = by_number.get(number)
        if verdict.stage and number > verdict.stage:
            reports.append(StageReport(number, name, "not reached", ()))
        elif stage is None:
            reports.append(StageReport(number, name, f"skipped: {_EMPTY[number]}", ()))
        elif case.off and stage.approves:
            reports.append(StageReport(number, name, "skipped: auto-approval is off", ()))
        else:
            reports.append(_ran(case, stage))
    return tuple(reports)


def _ran(case: Case, stage: Stage) -> StageReport:
    finding = stage.run(case)
    outcome = f"decided: {finding.decision}" if finding else "nothing"
    return StageReport(stage.number, stage.name, outcome, (finding.reason,) if finding else _saw(case, stage))


def _saw(case: Case, stage: Stage) -> tuple[str, ...]:
    policy, tool = case.policy, case.call.tool
    if stage.number == 1:
        return (f"{len(GUARDRAILS)} guardrails looked at {len(case.analysis.units)} units, none tripped",)
    if stage.number == 2:
        return (f"{len(case.observation.protected)} protected paths, none is changed",)
    index = {3: policy.deny, 6: policy.ask, 7: policy.allow}.get(stage.number)
    if index is None:
        return ()
    count = len(index.table(tool).order)
    seen = f"{count} {index.action} rules can speak of `{tool}`"
    if stage.number != 7:
        return (f"{seen}, none matches",)
    if case.analysis.coverage == "partial":
        return (seen, "coverage is partial, and partial never allows")
    missing = [unit for unit in case.analysis.units if covered(case, unit).rule is None]
    asking = f"{len(CONSENTS)} guardrails that ask looked at them, none does"
    return (seen, f"{len(missing)} of {len(case.analysis.units)} units are not covered", asking)


def _unit(case: Case, unit: Unit, cover: UnitCover) -> UnitReport:
    hits = [
        (verb, hit)
        for verb, index in (("denied", case.policy.deny), ("asks", case.policy.ask))
        for hit in unit_hits(index, case.call, unit, case.observation)
    ]
    if hits:
        status = f"{hits[0][0]} by {place(hits[0][1].rule)}"
    elif cover.rule is not None:
        status = f"covered by {place(cover.rule)}"
    else:
        status = f"not covered: {cover.why}"
    results: list[Covered | None] = [*cover.operations] or [None] * len(unit.operations)
    scene = Scene(case)
    operations = []
    for operation, result in zip(unit.operations, results, strict=True):
        stands = next((f"{verb} by {place(hit.rule)}" for verb, hit in hits if hit.operation == operation), "")
        if touches(scene, operation):
            stands = "belongs to the gate"
        elif not stands and result is not None:
            stands = f"covered by {place(result.rule)}" if result.rule else result.why
        operations.append((operation, stands or (status if cover.rule else short(cover.why))))
    return UnitReport(unit, status, tuple(operations))
