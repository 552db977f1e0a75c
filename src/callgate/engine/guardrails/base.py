"""What a guardrail is: one that denies whatever the policy says, and one that asks unless a rule allows."""

from __future__ import annotations

from typing import Callable, Iterator, NamedTuple

from callgate.core.model import Operation, OperationKind, Unit
from callgate.engine.case import Case


class Trip(NamedTuple):
    """A guardrail that trips: what the call would do, and the unit that does it."""

    what: str
    unit: Unit | None = None


class Guardrail(NamedTuple):
    """A built-in deny: stage 1, and nothing lifts it."""

    id: str
    summary: str
    """One line for the docs."""
    instead: str
    """What to do instead; callgate itself does not deny it."""
    trips: Callable[[Case], Trip | None]
    kinds: frozenset[OperationKind] = frozenset()
    """It cannot trip on a call without an operation of one of these kinds; empty: it looks at every call."""


class Act(NamedTuple):
    """Something that a guardrail asks about."""

    what: str
    unit: Unit
    operation: Operation
    name: str = ""
    """An allow rule lifts the question only when it spells this out; empty: when it covers the operation at all."""
    instead: str = ""
    """What to do instead, where that differs from what the guardrail says in general."""


class Consent(NamedTuple):
    """A built-in ask: part of stage 7, where no allow rule covers the act."""

    id: str
    summary: str
    instead: str
    acts: Callable[[Case], Iterator[Act]]
    kinds: frozenset[OperationKind]
    """As in `Guardrail`, never empty."""
