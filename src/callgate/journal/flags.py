"""Which decisions a person should look at, and how urgently (`review_flags` of contract.md section 3)."""

from __future__ import annotations

from typing import Any, Literal

from callgate.core.model import Analysis, ToolCall, Unit, Verdict

RiskLevel = Literal["low", "medium", "high"]
"""How urgent a review is."""

COMMON = 5
"""So many approvals in the history make a command common."""

_LEVELS: tuple[RiskLevel, ...] = ("low", "medium", "high")
_PRIVILEGE = frozenset(("sudo", "doas", "su", "pkexec", "run0", "chroot", "nsenter"))
_DESTROYERS = frozenset(("rm", "rmdir", "unlink", "shred", "dd", "truncate", "wipefs", "mkfs", "fdisk", "parted"))
_DESTRUCTIVE_GIT = frozenset(("--force", "-f", "--force-with-lease", "--hard", "--mirror", "-D", "--delete", "--prune"))
_HEDGES = frozenset(
    (
        *("might", "may", "maybe", "unclear", "possibly", "perhaps", "probably", "presumably", "uncertain", "unsure"),
        *("likely", "seems", "appears", "could", "assuming", "ambiguous", "unknown"),
    )
)
_HEDGE_PHRASES = ("not sure", "not certain", "cannot tell", "can't tell", "hard to say", "not clear")


def review_flags(call: ToolCall, verdict: Verdict, analysis: Analysis | None, *, approvals: int = 0) -> dict[str, Any]:
    """Return `{"needs_review": bool, "risk_level": "low"|"medium"|"high", "reasons": [str, …]}`.

    Flagged are: errors and guardrail hits (high), every passthrough, a model's allow of something destructive, piped,
    privileged, not understood or hedged, and a model's refusal of what history shows as common and approved.

    Args:
        call: the tool call, for its command when there is no analysis.
        verdict: the decision.
        analysis: what the call would do; `None` when it was never analysed, which counts as not understood.
        approvals: how often the history shows this command approved; `COMMON` is common.
    """
    found: list[tuple[RiskLevel, str]] = []
    if verdict.source == "error":
        found.append(("high", "decided by an error"))
    if verdict.source == "guardrail" or verdict.guardrail:
        found.append(("high", f"guardrail `{verdict.guardrail}`" if verdict.guardrail else "guardrail"))
    if verdict.decision == "passthrough":
        found.append(("low", "no rule decided"))
        found += [("medium", what) for _, what in _risks(call, verdict, analysis)]
    if verdict.source == "llm" and verdict.decision == "allow":
        found += [(level, f"a model allowed it: {what}") for level, what in _risks(call, verdict, analysis)]
        hedge = _hedge(verdict.reason)
        if hedge:
            found.append(("medium", f"a model allowed it while hedging: `{hedge}`"))
    if verdict.source == "llm" and verdict.decision in ("deny", "ask") and approvals >= COMMON:
        found.append(("medium", f"a model refused what was approved {approvals} times"))
    level = max((_LEVELS.index(level) for level, _ in found), default=0)
    return {
        "needs_review": bool(found),
        "risk_level": _LEVELS[level],
        "reasons": list(dict.fromkeys(reason for _, reason in found)),
    }


def _risks(call: ToolCall, verdict: Verdict, analysis: Analysis | None) -> list[tuple[RiskLevel, str]]:
    """Return what makes a call worth a look, whoever decided it."""
    units = analysis.units if analysis is not None else ()
    out: list[tuple[RiskLevel, str]] = []
    if analysis is None or verdict.coverage == "partial":
        out.append(("high", "not fully understood"))
    if any(_destructive(unit) for unit in units):
        out.append(("high", "destructive"))
    if any(not _PRIVILEGE.isdisjoint((*unit.wrappers, *unit.argv[:1])) for unit in units):
        out.append(("high", "privileged"))
    if _piped(call, analysis):
        out.append(("medium", "piped"))
    return out


def _destructive(unit: Unit) -> bool:
    if any(operation.kind in ("delete", "system") for operation in unit.operations):
        return True
    program = unit.argv[0].rsplit("/", 1)[-1] if unit.argv else ""
    if program == "git":
        return not _DESTRUCTIVE_GIT.isdisjoint(unit.argv) or "clean" in unit.argv[1:3]
    return program in _DESTROYERS or program.startswith("mkfs.")


def _piped(call: ToolCall, analysis: Analysis | None) -> bool:
    """Whether data flows between commands: a `|` in what lies between two units, not `||` and not quoted text."""
    if analysis is None:
        command = call.input.get("command")
        return isinstance(command, str) and "|" in command.replace("||", "")
    if analysis.flows:
        return True
    spans = sorted(unit.span for unit in analysis.units if unit.span is not None)
    gaps = (analysis.raw[spans[i - 1].end : spans[i].start] for i in range(1, len(spans)))
    return any("|" in gap.replace("||", "") for gap in gaps)


def _hedge(reason: str) -> str:
    """Return the first word or phrase that shows doubt; empty when there is none."""
    lower = reason.lower()
    phrase = next((phrase for phrase in _HEDGE_PHRASES if phrase in lower), "")
    return phrase or next((bare for word in lower.split() if (bare := word.strip(".,;:!?()[]'\"`*")) in _HEDGES), "")
