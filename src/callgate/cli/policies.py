"""The policy of a world, loaded for a person: every problem matters, nothing falls back."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Mapping

from callgate.host import places

if TYPE_CHECKING:
    from callgate.cli.world import World
    from callgate.policy.loader import LoadedPolicy


def load_world(world: World, environ: Mapping[str, str]) -> LoadedPolicy:
    """Return the policy that is in force in *world* (made absolute already).

    Raises:
        PolicyError: every problem of every file in force.
    """
    from callgate.observe import project_root  # noqa: PLC0415 - only the commands that load
    from callgate.policy.loader import builtin, discover, load, read_trust  # noqa: PLC0415 - as above

    if world.profile:
        return builtin(world.profile)
    where = places(environ, world.home)
    project = world.project or project_root(environ, world.cwd, where.home)
    candidates = discover(environ, where.home, world.cwd, project, world.config, managed=where.managed_policy)
    return load(candidates, where.home, project, read_trust(where.trust_file), now=time.time())
