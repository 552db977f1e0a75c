"""What a guardrail is."""

from __future__ import annotations

from typing import Callable, NamedTuple

from callgate.core.model import Unit
from callgate.engine.case import Case


class Trip(NamedTuple):
    """A guardrail that trips: what the call would do, and the unit that does it."""

    what: str
    unit: Unit | None = None


class Guardrail(NamedTuple):
    """A built-in deny."""

    id: str
    summary: str
    """One line for the docs."""
    instead: str
    """What to do instead; callgate itself does not deny it."""
    trips: Callable[[Case], Trip | None]
