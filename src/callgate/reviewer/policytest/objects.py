"""The report as JSON values, for programs."""

from __future__ import annotations

from typing import Any, Iterable

from callgate.core.errors import Problem
from callgate.policy.schema import ACTIONS
from callgate.reviewer.policytest.model import PolicyCoverage, Report, Result


def as_object(report: Report, *, ok: bool, least: float | None = None) -> dict[str, Any]:
    """Return *report* as JSON values: `ok`, `summary`, `cases`, `coverage`, `min_coverage`, `skipped`, `problems`.

    Args:
        report: of a run.
        ok: whether all cases pass and the coverage suffices.
        least: the coverage that is demanded, in percent.
    """
    total, failed = len(report.all), report.failed
    return {
        "ok": ok,
        "summary": {"cases": total, "passed": total - failed, "failed": failed, "seconds": _seconds(report.all)},
        "cases": [_case(policy, result) for policy, results in report.results for result in results],
        "coverage": [_coverage(policy) for policy in report.coverage],
        "min_coverage": least,
        "skipped": list(report.skipped),
        "problems": [],
    }


def as_fault(problems: Iterable[Problem]) -> dict[str, Any]:
    """Return what stands in for a report where a file is broken: the same keys, with `problems`."""
    return {
        "ok": False,
        "summary": {"cases": 0, "passed": 0, "failed": 0, "seconds": 0.0},
        "cases": [],
        "coverage": [],
        "min_coverage": None,
        "skipped": [],
        "problems": [problem._asdict() for problem in problems],
    }


def _case(policy: str, result: Result) -> dict[str, Any]:
    return {
        "name": result.name,
        "policy": policy,
        "file": result.file,
        "line": result.line,
        "call": result.call,
        "passed": result.passed,
        "decision": result.decision or None,
        "reason": result.reason or None,
        "rules": sorted(result.rules),
        "failures": [each._asdict() for each in result.mismatches],
        "not_covered": [{"text": text, "status": status} for text, status in result.parts],
        "seconds": round(result.seconds, 6),
    }


def _coverage(policy: PolicyCoverage) -> dict[str, Any]:
    covered, total = policy.share()
    by_action = {action: dict(zip(("covered", "total"), policy.share(action), strict=True)) for action in ACTIONS}
    return {
        "policy": policy.policy,
        "covered": covered,
        "total": total,
        "percent": policy.percent,
        "by_action": by_action,
        "rules": [rule._asdict() for rule in policy.rules],
    }


def _seconds(results: Iterable[Result]) -> float:
    return round(sum(result.seconds for result in results), 6)
