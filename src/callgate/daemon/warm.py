"""A gate that goes on: each call is judged by the files as they are at that moment.

The process that a host starts for one call reads everything anew. This one asks what it rests on whether it is still
as it was (`fresh`), and reads again only what is not: the policy with all its layers, includes and trust, and the
paths that self-protection guards with where their links lead. Nothing here waits: what changed a moment ago holds.
"""

from __future__ import annotations

import os
import time
from typing import Mapping, NamedTuple

from callgate.fresh import Links, Watch
from callgate.gate import Gate, World
from callgate.last_good import place
from callgate.observe import guarded_places
from callgate.policy.loader import looked_at

MANAGED = "/etc/callgate/policy.toml"


class _Rests(NamedTuple):
    """What one world rests on."""

    found: Watch
    """What discovery looks at, and the trust store: taken before the policy was read."""
    read: Watch
    """The policy files, with what was read from them, and of a broken policy the last good one."""
    links: Links
    """The ways to the files of the policy, and to what self-protection guards."""
    opened: float
    until: float
    """Seconds since the epoch: before `opened`, and from `until` on, other rules are in force (`expires`)."""

    def changed(self, now: float) -> bool:
        if not self.opened <= now < self.until:
            return True
        return self.found.changed() or self.read.changed() or self.links.changed()


class WarmGate(Gate):
    """A `Gate` for many calls over a long time. Make one with `open_warm`, and call `refresh` before each decision."""

    def __init__(self, environ: Mapping[str, str], cwd: str, *, config: str = "", managed: str = MANAGED) -> None:
        """See `open_warm`."""
        self._rests: dict[tuple[str, str], _Rests] = {}
        self._here: World | None = None
        """The world of the gate's own directory, since the last `refresh`."""
        self.loads = 0
        """How often a policy was read, the first time included."""
        super().__init__(environ, cwd, config=config, profile="", home="", project="", managed=managed)

    def refresh(self) -> None:
        """Forget what is no longer as it was; the next decision reads it again."""
        now = time.time()
        self._here = None
        for key in list(self._worlds):
            if self._rests[key].changed(now):
                del self._worlds[key], self._rests[key]
        self._look()  # always: the directory may belong to another project by now

    def revision(self) -> str:
        """Return the revision of the policy in force in the gate's own directory."""
        return self._world(self.cwd).policy.revision

    def _world(self, cwd: str) -> World:
        # Which project a directory belongs to is looked up once for each call, not for each step of it.
        if cwd != self.cwd:
            return super()._world(cwd)
        if self._here is None:
            self._here = super()._world(cwd)
        return self._here

    def _open(self, cwd: str, project: str) -> World:
        opened = time.time()
        looked = looked_at(self._environ, self.places.home, cwd, project, self._config, managed=self._managed)
        found = Watch([*looked, self.places.trust_file])
        world = super()._open(cwd, project)
        self.loads += 1
        # At once, and not when the journal comes to it: the policy may be broken by then.
        self.keep(world)
        kept = [place(self.places.last_good_dir, world.candidates)] if world.fault else []
        guarded = guarded_places(self.places, project, cwd, self._environ, world.named)
        ways = [*looked, *world.read, *guarded, cwd, project, self.places.home, self.places.trust_file]
        links = Links([path for path in ways if path.startswith("/")], watched=looked)
        # First the links, then where they lead: what changes in between is found the next time.
        world = world._replace(observer=self._observer(cwd, project, world.named))
        self._rests = {key: rests for key, rests in self._rests.items() if key in self._worlds}
        self._rests[self._key(cwd, project)] = _Rests(found, Watch(kept, world.read), links, opened, world.until)
        return world


def open_warm(environ: Mapping[str, str], cwd: str, config: str = "") -> WarmGate:
    """Open a gate that stays open; the arguments are those of `open_gate`."""
    absolute = os.path.abspath(os.path.join(cwd or "/", config)) if config and not config.startswith("~") else config
    return WarmGate(environ, cwd, config=absolute)
