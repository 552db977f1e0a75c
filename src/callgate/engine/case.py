"""What every stage looks at, and what a stage is."""

from __future__ import annotations

from typing import Callable, NamedTuple

from callgate.core.model import Analysis, Finding, Observation, ToolCall
from callgate.policy.compiled import Policy


class Case(NamedTuple):
    """One call under decision. Everything in it is a value: deciding it twice gives the same answer."""

    policy: Policy
    call: ToolCall
    analysis: Analysis
    observation: Observation

    @property
    def off(self) -> bool:
        """Whether auto-approval is switched off at the moment of the call."""
        until = self.observation.off_until
        return until is not None and self.observation.now < until


class Stage(NamedTuple):
    """One step of deciding (design.md section 2)."""

    number: int
    name: str
    run: Callable[[Case], Finding | None]
    approves: bool = False
    """The switch skips it: it only ever approves."""
