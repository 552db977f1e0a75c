"""Checks on the hooks that tell what became of a call. The gate decides without them, so nothing here is a failure."""

from __future__ import annotations

from typing import Iterator

from callgate.agents.registration import OUTCOMES
from callgate.doctor.in_force import InForce
from callgate.doctor.listeners import listeners
from callgate.doctor.model import Finding
from callgate.doctor.registration import reinstall

DIALOG = "PermissionRequest"
"""The event at which a hook may answer in a person's place."""


def check(force: InForce) -> Iterator[Finding]:
    """Yield what keeps the journal from learning whether a call ran; nothing where the gate itself is missing."""
    if not force.gates:
        return
    mend = reinstall(force.gates[0])
    found = listeners(force, OUTCOMES)
    if found.missing:
        what = f"the journal does not learn what became of every call: no hook for {', '.join(found.missing)}"
        yield Finding("outcomes", "warn", what, mend)
    else:
        yield Finding("outcomes", "ok", "the journal learns which calls ran after all")
    yield from found.faults("outcomes", mend)
    for one in force.listeners:
        if one.handler.event == DIALOG and not one.handler.ours:
            what = f"another {DIALOG} hook may answer in a person's place, and counts as one: {one.label}"
            yield Finding("outcomes", "ok", what)
