"""What self-protection concludes, and how it names the program of a unit."""

from __future__ import annotations

from callgate.core.model import Finding, Unit

FILES = "protect-files"
GATE = "protect-gate"
APPLY = "protect-apply"


def deny(unit: Unit, what: str, guardrail: str) -> Finding:
    """Return the denial of *unit*; *what* says what it would do."""
    reason = f"callgate protects itself: {what}. Ask a person to do it; do not work around this."
    return Finding("deny", reason, "guardrail", guardrail=guardrail, unit=unit)


def ask(unit: Unit, what: str, guardrail: str) -> Finding:
    """Return the question about *unit*; *what* says what it may do."""
    return Finding("ask", f"callgate protects itself: {what}", "guardrail", guardrail=guardrail, unit=unit)


def program_of(unit: Unit) -> str:
    """Return the base name of the unit's program; empty when it has none."""
    if unit.kind != "command" or not unit.argv:
        return ""
    return unit.argv[0].rpartition("/")[2]
