"""Every guardrail as people see it: what it stops, and how, with examples. No decision imports this module."""

from __future__ import annotations

from typing import NamedTuple

from callgate.core.model import Decision
from callgate.engine.guardrails import CONSENTS, GUARDRAILS
from callgate.engine.guardrails.examples import EXAMPLES, Examples


class Entry(NamedTuple):
    """One guardrail."""

    id: str
    stage: int
    decision: Decision
    summary: str
    """What a call does that it stops, in one line."""
    instead: str
    examples: Examples

    @property
    def lifted(self) -> str:
        """Say what lifts it."""
        return "an allow rule" if self.stage == CONSENT_STAGE else "nothing"


CONSENT_STAGE = 7
"""Guardrails that ask belong to the stage of the allow rules; see docs/decisions.md."""

PROTECTIONS: dict[str, tuple[str, Decision, str]] = {
    "protect-files": (
        (
            "writes or deletes a file of the gate, by a file tool or through the shell; moves, deletes, covers or "
            "takes the rights of a directory that holds one; makes a hard link to one; writes through a link of its own"
        ),
        "deny",
        "say what should change and have a person change it",
    ),
    "protect-gate": (
        (
            "runs `callgate` or an older name of it with `on`, `trust`, `untrust`, `init`, `install`, `uninstall`, "
            "`audit archive` or `proposals accept`; "
            "speaks to it in the agent's place (`callgate hook`), which would forge the journal; "
            "uninstalls callgate or puts another version in its place; stops it; starts Claude Code, Codex or Gemini "
            "CLI with an option or a variable that leaves hooks, questions or the user's settings out, also through "
            "another program; sets a variable that changes what the gate reads"
        ),
        "deny",
        "`callgate explain` says why a call is stopped and what would allow it",
    ),
    "protect-apply": (
        (
            "sets `DECISION_REVIEWER_ALLOW_WRITES`, which would let an agent change the policy: in a shell, through "
            "another program, in code, or in a file of variables; runs `callgate apply` where it has changed what "
            "that is run with (another user, a file of variables, a terminal of its own, a name that is hidden)"
        ),
        "ask",
        "`callgate explain` prints the rule that a person could add",
    ),
}
"""Stage 2: id -> (what it stops, decision, instead). A test compares the ids with engine/protection/findings.py."""


def catalogue() -> tuple[Entry, ...]:
    """Return every guardrail, in the order in which a decision looks at them."""
    denials = [Entry(one.id, 1, "deny", one.summary, one.instead, EXAMPLES[one.id]) for one in GUARDRAILS]
    own = [Entry(each, 2, decision, what, instead, EXAMPLES[each])
           for each, (what, decision, instead) in PROTECTIONS.items()]  # fmt: skip
    asking = [Entry(one.id, CONSENT_STAGE, "ask", one.summary, one.instead, EXAMPLES[one.id]) for one in CONSENTS]
    return (*denials, *own, *asking)
