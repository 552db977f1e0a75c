"""Running all checks, in the order in which a person wants to read them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Iterator

from callgate.doctor import (
    armed,
    changes,
    daemon,
    files,
    http_lane,
    in_force,
    outcomes,
    policy,
    registration,
    sessions,
    transports,
    versions,
)
from callgate.doctor.model import Finding, World

if TYPE_CHECKING:
    from callgate.gate import Gate


def examine(world: World) -> Iterator[Finding]:
    """Yield the findings of every check as they come; firing the hook takes a while."""
    from callgate.gate import open_gate  # noqa: PLC0415 - opens the policy: heavy

    force = in_force.look(world)
    gate = open_gate(world.environ, world.cwd, managed=world.places.managed_policy)
    yield from registration.check(world, force)
    yield from transports.check(world, force)
    yield from http_lane.check(world, force)
    yield from outcomes.check(force)
    yield from sessions.check(world, force, now=time.time())
    default = gate.loaded.settings.default if gate.loaded else ""
    yield from armed.check(world, force, denies_by_default=default == "deny")
    yield from policy.check(world, gate)
    yield from daemon.check(world, force)
    yield from files.check(world, force, _logs(world, gate))
    yield from changes.check(world)
    yield from versions.check(world)


def exit_code(findings: list[Finding]) -> int:
    """0 when all is well or only warned about, 1 when something fails."""
    return int(any(finding.level == "fail" for finding in findings))


def _logs(world: World, gate: Gate) -> tuple[str, ...]:
    named = gate.loaded.logging if gate.loaded else None
    return (
        (named.log_file if named else "") or world.places.log_file,
        (named.review_log_file if named else "") or world.places.review_log_file,
        world.places.outcomes_file,
        world.places.sessions_file,
    )
