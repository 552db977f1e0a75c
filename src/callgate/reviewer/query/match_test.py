"""`{"type":"match_test"}`: what the hook would answer to a call. It runs nothing, logs nothing, and asks no model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping

from callgate.engine.stages import STAGES
from callgate.reviewer.calls import Judged, explained, judge
from callgate.reviewer.query.base import Context, Field, QueryType
from callgate.reviewer.redact import masked

if TYPE_CHECKING:
    from callgate.gate import Gate, World

_JUDGE: int = 9


def answer(fields: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Return the decision with the rule that makes it, as contract.md section 4 shapes it.

    `would_match` tells whether a rule or a guardrail decides (`guardrail` names the latter); the default decides
    otherwise. `note` says what a reader must know: a broken policy, a call that the hook could not judge.
    """
    cwd = fields.get("cwd", context.cwd)
    gate = context.gate
    found = judge(gate, fields["tool"], fields.get("input", {}), cwd=cwd, mode=fields.get("mode", context.mode))
    verdict, rule = found.verdict, found.verdict.rule
    world = gate.at(found.call.cwd if found.call else "")
    consult = found.undecided and world.loaded is not None and bool(world.loaded.llm.get("enabled"))
    result: dict[str, Any] = {
        "would_match": rule is not None or bool(verdict.guardrail),
        "decision": verdict.decision,
        "matched_rule": {
            "id": rule.id,
            "type": rule.action,
            "source_file": rule.source.file,
            "source_line": rule.source.line,
        }
        if rule
        else None,
        "llm_consulted": "would_consult" if consult else False,
        "reason": verdict.reason,
        "stage": verdict.stage,
        "coverage": verdict.coverage,
        "policy_revision": verdict.revision,
    }
    if verdict.guardrail:
        result["guardrail"] = verdict.guardrail
    notes = _notes(found, world, consult=consult)
    if notes:
        result["note"] = "; ".join(notes)
    if fields.get("trace"):
        result["trace"] = _trace(gate, found)
    copy: dict[str, Any] = masked(result, beside=fields.get("input"))
    return copy


def _notes(found: Judged, world: World, *, consult: bool) -> list[str]:
    notes = list(found.verdict.notes)
    if found.fault:
        notes.append(f"the hook could not judge this call, and asks: {found.fault}")
    if world.policy.broken and world.policy.broken not in notes:
        notes.append(world.policy.broken)
    if consult and _JUDGE not in {stage.number for stage in STAGES}:
        notes.append("the policy enables the model fallback, but this version asks no model: the default decides")
    return notes


def _trace(gate: Gate, found: Judged) -> list[dict[str, Any]]:
    explanation = explained(gate, found)
    return [stage._asdict() for stage in explanation.stages] if explanation else []


QUERY = QueryType(
    {
        "tool": Field("text", required=True),
        "input": Field("object"),
        "cwd": Field("text"),
        "mode": Field("text"),
        "trace": Field("flag"),
    },
    answer,
)
