"""What every stage looks at, and what a stage is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, NamedTuple

from callgate.core.model import Analysis, Finding, Observation, OperationKind, ToolCall
from callgate.policy.compiled import Policy

if TYPE_CHECKING:
    from callgate.policy.cover import UnitCover


class Case:
    """One call under decision. Everything in it is a value: deciding it twice gives the same answer.

    Attributes:
        policy: the rules.
        call: what the agent wants to do.
        analysis: what that would do.
        observation: what of the host the decision may know.
        covers: what the allow rules say of a unit, by its identity, once some stage has asked; the stage that says
            why nothing covers a unit need not find out again.
        kinds: of all operations of the call: most guardrails need not look at most calls.
    """

    __slots__ = ("analysis", "call", "covers", "kinds", "observation", "policy")

    def __init__(self, policy: Policy, call: ToolCall, analysis: Analysis, observation: Observation) -> None:
        """Put together what the stages look at."""
        self.policy = policy
        self.call = call
        self.analysis = analysis
        self.observation = observation
        self.covers: dict[int, UnitCover] = {}
        self.kinds: set[OperationKind] = {one.kind for unit in analysis.units for one in unit.operations}

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
