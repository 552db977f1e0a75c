"""The world that a command judges in: which policy, whose home, which project; and the gate for it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Mapping, NamedTuple

from callgate.cli.errors import UsageError

if TYPE_CHECKING:
    from callgate.gate import Gate


class World(NamedTuple):
    """What calls are judged in. Empty fields mean: as it is for the hook."""

    config: str = ""
    profile: str = ""
    home: str = ""
    project: str = ""
    cwd: str = ""
    mode: str = ""

    def absolute(self) -> World:
        """Return the world with its paths made absolute and the cwd filled in.

        Raises:
            UsageError: both a policy file and a profile are named, or the current directory is gone.
        """
        if self.config and self.profile:
            raise UsageError("`--config` and `--profile` exclude each other", help="name one of them")
        try:
            home, project, cwd = (os.path.abspath(path) if path else "" for path in self[2:5])
            config = os.path.abspath(self.config) if self.config else ""
            return self._replace(config=config, home=home, project=project, cwd=cwd or project or os.getcwd())
        except OSError as error:
            raise UsageError(f"the current directory is gone: {error}", help="name one with `--cwd`") from error


def open_world(world: World, environ: Mapping[str, str]) -> Gate:
    """Return the gate that judges in *world* (made absolute already), broken policy or not, as the hook has it."""
    from callgate.gate import open_gate  # noqa: PLC0415 - loads the engine

    return open_gate(
        environ, world.cwd, config=world.config, profile=world.profile, home=world.home, project=world.project
    )


def open_sound_world(world: World, environ: Mapping[str, str]) -> Gate:
    """Return the gate like `open_world`, but not for a broken policy.

    The hook goes on with guardrails and the last good policy then. Who asks what the policy says must not get the
    answer of another one.

    Raises:
        PolicyError: the policy is broken; every problem of it.
    """
    from callgate.cli.policies import load_world  # noqa: PLC0415 - loads the policy code
    from callgate.core.errors import PolicyError, Problem  # noqa: PLC0415 - only here

    gate = open_world(world, environ)
    if gate.fault:
        load_world(world, environ)
        raise PolicyError([Problem(gate.fault)])  # mended, or broken in another way, since the gate was opened
    return gate
