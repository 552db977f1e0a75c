"""Checks on the hooks that tell what became of a call. The gate decides without them, so nothing here is a failure."""

from __future__ import annotations

from typing import Iterator

from callgate.agents.registration import OUTCOMES
from callgate.doctor.in_force import InForce, Registered
from callgate.doctor.model import Finding
from callgate.doctor.registration import reinstall

DIALOG = "PermissionRequest"
"""The event at which a hook may answer in a person's place."""


def check(force: InForce) -> Iterator[Finding]:
    """Yield what keeps the journal from learning whether a call ran; nothing where the gate itself is missing."""
    if not force.gates:
        return
    mend = reinstall(force.gates[0])
    mine = [one for one in force.listeners if one.handler.ours and one.handler.event in OUTCOMES]
    heard = {one.handler.event for one in mine if one.handler.matches_all and not fault_of(one)}
    missing = [event for event in OUTCOMES if event not in heard]
    if missing:
        what = f"the journal does not learn what became of every call: no hook for {', '.join(missing)}"
        yield Finding("outcomes", "warn", what, mend)
    else:
        yield Finding("outcomes", "ok", "the journal learns which calls ran after all")
    for one in mine:
        fault = fault_of(one)
        if fault:
            yield Finding("outcomes", "warn", f"{one.label} {fault}", mend)
    for one in force.listeners:
        if one.handler.event == DIALOG and not one.handler.ours:
            what = f"another {DIALOG} hook may answer in a person's place, and counts as one: {one.label}"
            yield Finding("outcomes", "ok", what)


def fault_of(one: Registered) -> str:
    """Why the host may not run our hook to its end; empty when it does."""
    spec = one.handler.spec
    if spec.get("type") != "command" and not one.handler.by_http:
        return f"has the type `{spec.get('type')}`, not `command`"
    if spec.get("async") or spec.get("asyncRewake"):
        return f"runs on the side: `claude -p` ends without waiting for it ({one.handler.event})"
    if spec.get("if"):
        return f"has an `if`: not every call reaches it ({one.handler.event})"
    return ""
