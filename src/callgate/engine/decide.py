"""The decision: the first stage that concludes something. Pure; the combiner stays this small on purpose."""

from __future__ import annotations

from callgate.core.model import DYNAMIC, SPLIT, Finding, Verdict
from callgate.engine.case import Case, Stage
from callgate.engine.stages import STAGES
from callgate.engine.watched import watched

_SHOWN = {ord(DYNAMIC): "…", ord(SPLIT): "…"}


def decide(case: Case, stages: tuple[Stage, ...] = STAGES) -> Verdict:
    """Return the verdict on *case*. The last stage always concludes."""
    off = case.off
    for stage in stages:
        if off and stage.approves:
            continue
        finding = stage.run(case)
        if finding is not None:
            return verdict(case, stage.number, finding)
    raise AssertionError("the default stage concludes")  # INVARIANT: see engine/stages/default.py


def verdict(case: Case, number: int, finding: Finding) -> Verdict:
    """Complete a stage's finding."""
    notes, shadows = watched(case)
    reason = finding.reason
    if DYNAMIC in reason or SPLIT in reason:
        reason = reason.translate(_SHOWN)
    if case.policy.broken and case.policy.broken not in finding.reason:
        notes = (case.policy.broken, *notes)
    stage = 0 if case.off and finding.source == "preference" else number
    return Verdict(
        finding.decision, reason, finding.source, stage, case.analysis.coverage, case.policy.revision, finding.rule,
        finding.guardrail, finding.unit, finding.matched, notes, shadows,
    )  # fmt: skip
