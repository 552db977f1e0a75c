"""Checks on versions: what runs here, and whether another `callgate` would be run by its name."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from typing import Iterator

from callgate import __version__
from callgate.doctor.model import Finding, World

LIBRARIES = ("tree-sitter", "tree-sitter-bash", "google-re2")


def check(world: World) -> Iterator[Finding]:
    """Yield the versions in use, and a finding when PATH leads to another version."""
    yield from _libraries()
    yield from _on_path(world)


def _libraries() -> Iterator[Finding]:
    from importlib import metadata  # noqa: PLC0415 - slow to import; only here

    versions, missing = [], []
    for name in LIBRARIES:
        try:
            versions.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            missing.append(name)
    for name in missing:
        yield Finding("versions", "fail", f"the library `{name}` is missing", "install callgate again")
    shown = ", ".join((f"callgate {__version__}", f"Python {platform.python_version()}", *versions))
    yield Finding("versions", "ok", shown)


def _on_path(world: World) -> Iterator[Finding]:
    """The name `callgate` on PATH should be this installation: people and agents type it."""
    # Relative entries would lead into whatever checkout we stand in.
    path = os.pathsep.join(part for part in world.environ.get("PATH", "").split(os.pathsep) if os.path.isabs(part))
    first = shutil.which("callgate", path=path)
    own = os.path.join(os.path.dirname(world.python), "callgate")
    if first is None:
        if os.path.exists(own):
            yield Finding("path", "ok", f"`callgate` is not on PATH (the hook does not need it); this one is {own}")
        return
    if os.path.realpath(first) == os.path.realpath(own):
        yield Finding("path", "ok", f"`callgate` on PATH is this installation ({first})")
        return
    version = _version(world, first)
    if version != f"callgate {__version__}":
        what = (
            f"`callgate` on PATH is {first} ({version or 'it does not say its version'}), not this one ({__version__})"
        )
        yield Finding("shadowed", "warn", what, f"remove it, or put {os.path.dirname(own)} before it on PATH")
    else:
        yield Finding("path", "ok", f"`callgate` on PATH is another installation of the same version ({first})")


def _version(world: World, program: str) -> str:
    """What `PROGRAM --version` prints, or an empty string."""
    try:
        done = subprocess.run(  # noqa: S603 - the user's own PATH, no shell
            [program, "--version"],
            cwd="/",
            env=dict(world.environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=world.timeout,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout[:200].decode("utf-8", "replace").strip()
