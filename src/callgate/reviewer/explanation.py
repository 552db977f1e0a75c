"""An `Explanation` as JSON values, for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callgate.reviewer.shown import resolved

if TYPE_CHECKING:
    from callgate.core.model import Verdict
    from callgate.engine.explain import Explanation, UnitReport


def as_object(explanation: Explanation, fault: str = "") -> dict[str, Any]:
    """Return *explanation* as JSON values: `call`, `verdict`, `stages`, `units`, `unlock`, `policy_fault`."""
    call = explanation.call
    return {
        "call": {"tool": call.tool, "input": dict(call.input), "cwd": call.cwd, "mode": call.mode, "agent": call.agent},
        "verdict": verdict_object(explanation.verdict),
        "stages": [stage._asdict() for stage in explanation.stages],
        "units": [_unit_object(report) for report in explanation.units],
        "unlock": list(explanation.unlock),
        "policy_fault": fault,
    }


def verdict_object(verdict: Verdict) -> dict[str, Any]:
    """Return *verdict* as JSON values; what does not apply is null."""
    rule = verdict.rule
    return {
        "decision": verdict.decision,
        "reason": verdict.reason,
        "source": verdict.source,
        "stage": verdict.stage,
        "coverage": verdict.coverage,
        "rule": {"id": rule.id, "file": rule.source.file, "line": rule.source.line} if rule else None,
        "guardrail": verdict.guardrail or None,
        "matched": verdict.matched or None,
        "policy_revision": verdict.revision,
        "notes": list(verdict.notes),
        "shadows": list(verdict.shadows),
    }


def _unit_object(report: UnitReport) -> dict[str, Any]:
    unit = report.unit
    return {
        "kind": unit.kind,
        "text": resolved(unit.text),
        "span": list(unit.span) if unit.span else None,
        "known": unit.known,
        "problem": unit.problem or None,
        "wrappers": list(unit.wrappers),
        "status": report.status,
        "operations": [
            {
                "kind": operation.kind,
                "target": resolved(operation.target),
                "span": list(operation.span) if operation.span else None,
                "dynamic": operation.dynamic,
                "recursive": operation.recursive,
                "glob": operation.glob,
                "via": operation.via or None,
                "status": status,
            }
            for operation, status in report.operations
        ],
    }
