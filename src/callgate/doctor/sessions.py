"""Checks on the hooks that go with a session. The gate decides without them, so nothing here is a failure."""

from __future__ import annotations

from typing import Iterator

from callgate.agents.registration import SESSIONS
from callgate.doctor.handlers import WATCHERS
from callgate.doctor.in_force import InForce
from callgate.doctor.listeners import listeners
from callgate.doctor.model import Finding, World
from callgate.doctor.registration import reinstall
from callgate.journal.sessions import tally

DAY = 86_400.0


def check(world: World, force: InForce, *, now: float) -> Iterator[Finding]:
    """Yield what keeps callgate from hearing of sessions; nothing where the gate itself is missing."""
    if not force.gates:
        return
    mend = reinstall(force.gates[0])
    found = listeners(force, SESSIONS)
    if found.missing:
        what = f"callgate does not hear of every session: no hook for {', '.join(found.missing)}"
        if WATCHERS in found.missing:
            what += "; a change of settings that disarms it would be taken up by sessions that run"
        yield Finding("sessions", "warn", what, mend)
    else:
        yield Finding("sessions", "ok", f"changes of settings are watched while a session runs; {_counted(world, now)}")
    yield from found.faults("sessions", mend)


def _counted(world: World, now: float) -> str:
    try:
        found = tally(world.places.sessions_file, since=now - DAY)
    except OSError as error:
        return f"how many there were cannot be read: {error.strerror or error}"
    return f"in the last day {found.started} began, {found.ended} of them have ended"
