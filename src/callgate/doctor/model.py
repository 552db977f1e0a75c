"""What doctor's checks share: the world that they look at, and what they find."""

from __future__ import annotations

import os
import sys
from typing import Literal, Mapping, NamedTuple

from callgate.host import Places, places

Level = Literal["ok", "warn", "fail"]
"""`fail` means that callgate does not do its job; `warn` that it could do it worse soon, or slowly."""

ScopeChoice = Literal["all", "managed", "user", "project", "local"]

SESSION = "callgate-doctor"
"""`session_id` of synthetic calls: they are logged like any other (a way to silence the log would be a way to hide),
and this is how a reader leaves them out. Only the malformed input has none: it is cut off before it could count."""


class Finding(NamedTuple):
    """One result of one check."""

    check: str
    """Short name of the check: `registration`, `armed`, `policy`, …"""
    level: Level
    what: str
    """What is the case, one sentence."""
    mend: str = ""
    """What to type or do; empty when there is nothing to mend."""


class World(NamedTuple):
    """Everything that the checks look at; tests build their own."""

    environ: Mapping[str, str]
    cwd: str
    """Absolute; the directory that sessions start in."""
    places: Places
    managed_dirs: tuple[str, ...]
    """Where managed settings live, first existing wins."""
    python: str
    """The interpreter that `install` would register."""
    package: str
    """The directory of the callgate package that is running."""
    scope: ScopeChoice = "all"
    timeout: float = 5.0
    """Seconds that one synthetic call may take."""
    fire_all: bool = False
    """Also start programs that only the project's settings name."""


def this_world(
    environ: Mapping[str, str], cwd: str, *, scope: ScopeChoice = "all", timeout: float = 5.0, fire_all: bool = False
) -> World:
    """The world of the running process."""
    return World(
        environ=environ,
        cwd=cwd,
        places=places(environ),
        managed_dirs=("/Library/Application Support/ClaudeCode",)
        if sys.platform == "darwin"
        else ("/etc/claude-code",),
        python=sys.executable,
        package=os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
        scope=scope,
        timeout=timeout,
        fire_all=fire_all,
    )
