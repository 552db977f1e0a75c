"""The riskiest calls that were allowed: what to read first when looking for a rule that says too much."""

from __future__ import annotations

from typing import Any, Final

from callgate.core.model import Operation, Unit
from callgate.core.paths import is_within
from callgate.engine.case import Case
from callgate.policy.cover import runs_nothing
from callgate.reviewer.analyze.subject import TOP, Subject, day
from callgate.reviewer.cluster.calls import Call
from callgate.reviewer.cluster.group import text_of
from callgate.shell.names import INTERPRETERS

_PRIVILEGE: Final = frozenset({"sudo", "doas", "su", "pkexec", "run0"})
_POINTS: Final = {"delete": 3, "system": 3, "network": 3, "execute": 2, "unknown": 4, "write": 1}
"""How much an operation of each kind weighs; reading weighs nothing."""


def risky(subject: Subject) -> list[dict[str, Any]]:
    """Return `[{"call", "tool", "count", "points", "reasons", "rule", "last"}]`, the riskiest first."""
    found = []
    for call in subject.calls:
        allowed = call.decisions.get("allow", 0)
        if not allowed:
            continue
        points, reasons = _weigh(subject.judge.case(call.call, call.observation), call)
        if points:
            found.append((points, allowed, call, reasons))
    found.sort(key=lambda one: (-one[0], -one[1], text_of(one[2])))
    return [
        {
            "call": text_of(call), "tool": call.call.tool, "count": allowed, "points": points, "reasons": reasons,
            "rule": call.rule_id, "last": day(call.latest),
        }
        for points, allowed, call, reasons in found[:TOP]
    ]  # fmt: skip


def _weigh(case: Case, call: Call) -> tuple[int, list[str]]:
    reasons: dict[str, int] = {}
    for unit in case.analysis.units:
        if not _PRIVILEGE.isdisjoint(unit.wrappers):
            reasons["runs as another user"] = 5
        done = [one for one in unit.operations if not runs_nothing(one, case.observation)]
        if unit.argv and unit.argv[0] in INTERPRETERS and done:
            reasons["an interpreter"] = 3
        for operation in done:
            _add(reasons, case, unit, operation)
    if case.analysis.coverage == "partial":
        reasons["not fully understood"] = 5
    if call.by_model:
        reasons["a model allowed it"] = 4
    return sum(reasons.values()), sorted(reasons, key=lambda why: (-reasons[why], why))


def _add(reasons: dict[str, int], case: Case, unit: Unit, operation: Operation) -> None:
    points = _POINTS.get(operation.kind, 0)
    if not points:
        return
    verb = {"delete": "deletes", "network": "reaches the network", "system": "changes the system", "write": "writes",
            "execute": "runs code", "unknown": "does what callgate does not know"}[operation.kind]  # fmt: skip
    reasons[verb] = max(reasons.get(verb, 0), points + 2 * operation.recursive)
    project = case.observation.project
    changes = operation.kind in {"write", "delete"} and operation.target.startswith("/")
    if changes and not (project and is_within(operation.target, project)):
        reasons["changes something outside the project"] = 3
    if unit.dynamic:
        reasons["only the running shell knows what"] = 3
