"""A gate that goes on: each call is judged by the files as they are at that moment.

The process that a host starts for one call reads everything anew. This one asks what it rests on whether it is still
as it was (`fresh`), and reads again only what is not: the policy with all its layers, includes and trust, and the
paths that self-protection guards with where their links lead.
"""

from __future__ import annotations

import os
import time
from typing import Mapping, NamedTuple

from callgate.fresh import Directories, Watch
from callgate.gate import Gate, World
from callgate.observe import guarded_places
from callgate.policy.loader import looked_at

MANAGED = "/etc/callgate/policy.toml"


class _Rests(NamedTuple):
    """What one world rests on."""

    cwd: str
    project: str
    found: Watch
    """What discovery looks at, and the trust store: taken before the policy was read."""
    parsed: Watch
    """The policy files, with what was read from them."""
    guarded: Directories
    opened: float
    until: float
    """Seconds since the epoch: before `opened`, and from `until` on, other rules are in force (`expires`)."""

    def changed(self, now: float) -> bool:
        return not self.opened <= now < self.until or self.found.changed() or self.parsed.changed()


class WarmGate(Gate):
    """A `Gate` for many calls over a long time. Make one with `open_warm`, and call `refresh` before each decision."""

    def __init__(self, environ: Mapping[str, str], cwd: str, *, config: str = "", managed: str = MANAGED) -> None:
        """See `open_warm`."""
        self._rests: dict[tuple[str, str], _Rests] = {}
        self.loads = 0
        """How often a policy was read, the first time included."""
        super().__init__(environ, cwd, config=config, profile="", home="", project="", managed=managed)

    def refresh(self) -> None:
        """Forget what is no longer as it was; the next decision reads it again."""
        now = time.time()
        stale = False
        for key, world in list(self._worlds.items()):
            rests = self._rests[key]
            if rests.changed(now):
                del self._worlds[key], self._rests[key]
                stale = True
            elif rests.guarded.changed():
                self._worlds[key] = self._look_again(key, world)
        if stale:
            self._look()

    def revision(self) -> str:
        """Return the revision of the policy in force in the gate's own directory."""
        return self._world(self.cwd).policy.revision

    def _open(self, cwd: str, project: str) -> World:
        before = time.time()
        looked = looked_at(self._environ, self.places.home, cwd, project, self._config, managed=self._managed)
        found = Watch([*looked, self.places.trust_file])
        world = super()._open(cwd, project)
        self.loads += 1
        self._rests = {key: rests for key, rests in self._rests.items() if key in self._worlds}
        key = self._key(cwd, project)
        self._rests[key] = _Rests(cwd, project, found, Watch((), world.read), Directories(()), before, world.until)
        return self._look_again(key, world)

    def _look_again(self, key: tuple[str, str], world: World) -> World:
        """Return *world* with where the guarded paths lead by now."""
        rests = self._rests[key]
        places = guarded_places(self.places, rests.project, rests.cwd, self._environ, world.named)
        # First the directories, then what is in them: a change in between is found the next time.
        self._rests[key] = rests._replace(guarded=Directories([*places, rests.project or "/", self.places.home]))
        observer = self._observer(rests.cwd, rests.project, world.named)
        if observer.protected == world.observer.protected and not world.observer.moved():
            return world
        return world._replace(observer=observer)


def open_warm(environ: Mapping[str, str], cwd: str, config: str = "") -> WarmGate:
    """Open a gate that stays open; the arguments are those of `open_gate`."""
    absolute = os.path.abspath(os.path.join(cwd or "/", config)) if config and not config.startswith("~") else config
    return WarmGate(environ, cwd, config=absolute)
