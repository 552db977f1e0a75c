"""Our hooks for events that need no decision: which of them are registered, and what keeps them from being run."""

from __future__ import annotations

from typing import Iterator, NamedTuple, Sequence

from callgate.doctor.in_force import InForce, Registered
from callgate.doctor.model import Finding


class Listeners(NamedTuple):
    """Our hooks for some events."""

    there: tuple[Registered, ...]
    missing: tuple[str, ...]
    """Events for each of which no hook of ours is run every time to its end."""

    def faults(self, check: str, mend: str) -> Iterator[Finding]:
        """Yield a finding of *check* for each that may not be run to its end."""
        for one in self.there:
            fault = _fault_of(one)
            if fault:
                yield Finding(check, "warn", f"{one.label} {fault}", mend)


def listeners(force: InForce, events: Sequence[str]) -> Listeners:
    """Return our hooks for *events* by the settings in force."""
    mine = tuple(one for one in force.listeners if one.handler.ours and one.handler.event in events)
    heard = {one.handler.event for one in mine if one.handler.matches_all and not _fault_of(one)}
    return Listeners(mine, tuple(event for event in events if event not in heard))


def _fault_of(one: Registered) -> str:
    """Why the host may not run our hook to its end; empty when it does."""
    spec = one.handler.spec
    if spec.get("type") != "command" and not one.handler.by_http:
        return f"has the type `{spec.get('type')}`, not `command`"
    if spec.get("async") or spec.get("asyncRewake"):
        return f"runs on the side: `claude -p` ends without waiting for it ({one.handler.event})"
    if spec.get("if"):
        return f"has an `if`: not every call reaches it ({one.handler.event})"
    return ""
