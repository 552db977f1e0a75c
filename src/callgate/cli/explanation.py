"""An `Explanation` as a page for people; `reviewer/explanation.py` has it as an object for programs.

The page quotes the command, which an attacker may have written: whatever could draw on a terminal is escaped, long
lines break, and a call of thousands of units shows the first ones and counts the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from callgate.cli.output import DECISION_STYLE, say
from callgate.cli.text import clip, resolved, underline

if TYPE_CHECKING:
    from rich.console import Console

    from callgate.core.model import Operation, Span, Verdict
    from callgate.engine.explain import Explanation, StageReport, UnitReport

MAX_UNITS: Final = 40
MAX_OPERATIONS: Final = 12
MAX_TEXT: Final = 400
PLAIN_COLUMNS: Final = 160
"""Width of the page where there is no terminal."""

_GOOD, _BAD, _DIM = "green", "red", "dim"


def show(explanation: Explanation, out: Console, fault: str = "") -> None:
    """Print *explanation* as a page.

    Args:
        explanation: from `Gate.explain`.
        out: where to print; colours follow it.
        fault: why the policy on disk is not the one that decided; empty when it is.
    """
    columns = max(40, out.width if out.is_terminal else PLAIN_COLUMNS) - 8
    verdict = explanation.verdict
    if fault:
        say(out, ("the policy is broken; this is what holds meanwhile:", "bold red"))
        say(out, fault)
    _head(explanation, out, columns)
    say(out, "")
    say(out, ("stages", "bold"))
    for stage in explanation.stages:
        _stage(stage, out)
    say(out, "")
    say(out, ("parts of the call", "bold"), f"  ({len(explanation.units)}, coverage {verdict.coverage})")
    command = explanation.call.input.get("command")
    for number, unit in enumerate(explanation.units[:MAX_UNITS], start=1):
        _unit(number, unit, command if isinstance(command, str) else "", out, columns)
    if len(explanation.units) > MAX_UNITS:
        say(out, (f"  … and {len(explanation.units) - MAX_UNITS} more (`--json` shows them all)", _DIM))
    if explanation.unlock:
        say(out, "")
        say(out, ("what would make it allowed", "bold"))
        for advice in explanation.unlock:
            for line in advice.rstrip("\n").split("\n"):
                say(out, f"  {line}")


def _head(explanation: Explanation, out: Console, columns: int) -> None:
    call, verdict = explanation.call, explanation.verdict
    what = call.input.get("command") or call.input.get("file_path") or call.input.get("path") or ""
    say(out, (call.tool, "bold"), f"  {clip(str(what), columns)}")
    say(out, (f"  in {call.cwd or '(unknown)'}, mode {call.mode}", _DIM))
    say(out, "")
    word = "no opinion" if verdict.decision == "passthrough" else verdict.decision
    say(out, (word, DECISION_STYLE[verdict.decision]), f"  {verdict.reason}")
    where = _rule_place(verdict)
    if where:
        say(out, f"  {where}")
    for note in verdict.notes:
        say(out, f"  note: {note}")


def _rule_place(verdict: Verdict) -> str:
    if verdict.rule:
        source = verdict.rule.source
        matched = f", matched `{verdict.matched}`" if verdict.matched else ""
        return f"rule {verdict.rule.id} ({source.file}:{source.line}){matched}"
    return f"guardrail {verdict.guardrail}" if verdict.guardrail else ""


def _stage(stage: StageReport, out: Console) -> None:
    decided = stage.outcome.startswith("decided")
    decision = stage.outcome.removeprefix("decided:").strip() if decided else ""
    style = DECISION_STYLE.get(decision, "") if decided else _DIM
    say(out, f"  {stage.number:>2}  {stage.name:<20}", (stage.outcome, style))
    for detail in stage.details:
        say(out, (f"        {clip(detail, MAX_TEXT)}", "" if decided else _DIM))


def _unit(number: int, report: UnitReport, command: str, out: Console, columns: int) -> None:
    unit = report.unit
    say(out, f"  {number:>2}  ", (clip(resolved(unit.text), columns), "bold"))
    if unit.span is not None and command:
        _mark(command, unit.span, out, columns)
    if unit.wrappers:
        say(out, f"      wrapped in {', '.join(unit.wrappers)}")
    if unit.problem:
        say(out, (f"      not understood: {unit.problem}", _BAD))
    if not unit.problem or report.status != f"not covered: {unit.problem}":
        say(out, "      ", (report.status, _status_style(report.status)))
    for operation, status in report.operations[:MAX_OPERATIONS]:
        shown = "" if status == operation.target else f"  {status}"
        say(out, clip(f"      - {_operation(operation)}", MAX_TEXT), (shown, _status_style(status)))
    if len(report.operations) > MAX_OPERATIONS:
        say(out, (f"      … and {len(report.operations) - MAX_OPERATIONS} more operations", _DIM))


def _mark(command: str, span: Span, out: Console, columns: int) -> None:
    many = "\n" in command
    for row in underline(command, span, columns):
        gutter = f"{row.line:>4} | " if many else "     | "
        say(out, (gutter, _DIM), row.text)
        say(out, (" " * 5 + "| ", _DIM), (row.marks, "bold magenta"))


def _operation(operation: Operation) -> str:
    flags = [name for name in ("dynamic", "recursive", "glob") if getattr(operation, name)]
    extra = [f"via {operation.via}"] if operation.via else []
    inside = f" ({', '.join(flags + extra)})" if flags or extra else ""
    return f"{operation.kind} {resolved(operation.target) or '<known only to the running shell>'}{inside}"


def _status_style(status: str) -> str:
    if status.startswith("covered"):
        return _GOOD
    if status.startswith(("denied", "guardrail")):
        return _BAD
    return "yellow" if status.startswith(("asks", "not covered")) else ""
