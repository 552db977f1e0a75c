"""The lines of the two decision logs as dicts, field for field as in contract.md section 3."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

from callgate.core.model import Analysis, Observation, Operation, ToolCall, Unit, Verdict
from callgate.journal.flags import review_flags
from callgate.journal.masking import mask_parts

_RULE_FIELDS = (
    *("rule_id", "section_name", "rule_type", "rule_index", "rule_description"),
    *("config_file", "config_line", "matched_pattern"),
)


class Records(NamedTuple):
    """One decision as both logs write it. Their first six fields are the same."""

    operational: dict[str, Any]
    review: dict[str, Any]


def timestamp(now: float) -> str:
    """Return *now* (seconds since the epoch) as RFC 3339 in UTC with microseconds: `2026-11-21T10:15:00.000001Z`."""
    seconds, micros = divmod(round(now * 1_000_000), 1_000_000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{micros:06d}Z"


def build(
    call: ToolCall,
    verdict: Verdict,
    analysis: Analysis | None,
    observation: Observation | None,
    *,
    now: float,
    error: str = "",
) -> Records:
    """Build both lines, masked. The input is masked early, so that its secrets are known in all that quotes it."""
    parts: dict[str, object] = {
        "tool_input": dict(call.input),
        "session_id": call.session_id,
        "tool_name": call.tool,
        "cwd": call.cwd,
        "reasoning": verdict.reason,
        "rule_metadata": _rule(verdict),
        "review_flags": review_flags(call, verdict, analysis),
        "tool_use_id": call.tool_use_id,
        "permission_mode": call.mode,
        "units": [_unit(unit) for unit in analysis.units] if analysis is not None else [],
        "observation": _observation(observation),
        "notes": verdict.notes,
        "shadows": verdict.shadows,
        "error": error,
    }
    masked, what = mask_parts(parts, fields=("tool_input",))
    rule = masked["rule_metadata"]
    operational: dict[str, Any] = {
        "timestamp": timestamp(now),
        "session_id": masked["session_id"],
        "tool_name": masked["tool_name"],
        "tool_input": masked["tool_input"],
        "decision": verdict.decision,
        "decision_source": verdict.source,
    }
    review: dict[str, Any] = {
        **operational,
        "cwd": masked["cwd"],
        "reasoning": masked["reasoning"],
        "rule_metadata": None if rule is None else dict(zip(_RULE_FIELDS, rule, strict=True)),
        "llm_metadata": None,
        "review_flags": masked["review_flags"],
        "decision_id": verdict.decision_id,
        "tool_use_id": masked["tool_use_id"],
        "agent": call.agent,
        "permission_mode": masked["permission_mode"],
        "policy_revision": verdict.revision,
        "units": masked["units"],
        "coverage": verdict.coverage,
        "latency_us": verdict.latency_us,
        "masked": what,
        "observation": masked["observation"],
        "guardrail": verdict.guardrail,
        "stage": verdict.stage,
        "notes": masked["notes"],
        "shadows": masked["shadows"],
        "error": masked["error"],
    }
    return Records(operational, review)


def _rule(verdict: Verdict) -> list[object] | None:
    """Return the values of `_RULE_FIELDS`."""
    rule = verdict.rule
    if rule is None:
        return None
    source = rule.source
    return [
        *(rule.id, source.section, rule.action, source.position, rule.description),
        *(source.file, source.line, verdict.matched),
    ]


def _unit(unit: Unit) -> dict[str, Any]:
    out: dict[str, Any] = {"kind": unit.kind, "text": unit.text, "known": unit.known}
    if unit.problem:
        out["problem"] = unit.problem
    if unit.wrappers:
        out["wrappers"] = unit.wrappers
    if unit.span is not None:
        out["span"] = unit.span
    out["operations"] = [_operation(operation) for operation in unit.operations]
    return out


def _operation(operation: Operation) -> dict[str, Any]:
    """Kind and target always, everything else only when it is not the default."""
    out: dict[str, Any] = {"kind": operation.kind, "target": operation.target}
    out.update(
        (name, value)
        for name, value in zip(operation._fields, operation, strict=True)
        if value and name not in ("kind", "target", "span")
    )
    return out


def _observation(observation: Observation | None) -> dict[str, Any] | None:
    """Everything that the engine was told of the host. A switch that never comes back is `"never"`: JSON has no inf."""
    if observation is None:
        return None
    off = observation.off_until
    return {
        "home": observation.home,
        "project": observation.project,
        "links": observation.links,
        "expansions": observation.expansions,
        "sweeps": observation.sweeps,
        "shadowing": observation.shadowing,
        "now": observation.now,
        "off_until": "never" if off == float("inf") else off,
        "protected": observation.protected,
    }
