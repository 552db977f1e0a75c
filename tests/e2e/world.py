"""A scratch home with a project in it, as the end-to-end tests give it to the real client."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from callgate.host import places

SECRET = "hunter2-do-not-tell"
RULES = """
[[deny]]
id = "e2e-no-private"
path = "**/private.txt"

[[ask]]
id = "e2e-ask-first"
command = ["wc *", "mkdir *"]
"""


class World(NamedTuple):
    """A scratch home and a scratch project below it; nothing else is ever named in a script."""

    home: Path
    project: Path

    @property
    def policy(self) -> Path:
        """The user policy."""
        return Path(places({}, str(self.home)).user_policy)

    @property
    def settings(self) -> Path:
        """The client's user settings, where the hook is registered."""
        return self.home / ".claude" / "settings.json"

    def log(self, path: str) -> list[dict[str, Any]]:
        """The entries of one log file; empty when there is none."""
        return [json.loads(line) for line in Path(path).read_text().splitlines()] if Path(path).exists() else []

    def reviews(self) -> list[dict[str, Any]]:
        """The review log."""
        return self.log(places({}, str(self.home)).review_log_file)

    def decisions(self) -> list[dict[str, Any]]:
        """The operational log."""
        return self.log(places({}, str(self.home)).log_file)


def new_world(place: Path) -> World:
    """A home and a project with a few files below *place*; no callgate in it."""
    world = World(place / "home", place / "home" / "work" / "project")
    world.project.mkdir(parents=True)
    (world.home / "canary").write_text("alive\n")
    (world.project / "notes.txt").write_text("first line\nsecond line\n")
    (world.project / "private.txt").write_text(f"PASSWORD={SECRET}\n")
    (world.project / "x").mkdir()
    subprocess.run(["git", "init", "-q", str(world.project)], check=True, timeout=30)
    return world


def callgate(world: World, *arguments: str) -> str:
    """Run the console script as a user would, in the project; return what it prints."""
    script = Path(sys.executable).parent / "callgate"
    (world.home / "run").mkdir(mode=0o700, exist_ok=True)
    environ = {"HOME": str(world.home), "PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": str(world.home / "run")}
    command = [str(script), *arguments]
    done = subprocess.run(
        command, cwd=world.project, env=environ, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, f"{command} failed: {done.stdout.decode()}{done.stderr.decode()}"
    return done.stdout.decode()


def guarded_world(place: Path, transport: str = "in-process") -> World:
    """A new world with callgate installed as a user installs it, under the profile `standard` and two rules more.

    With another *transport* a daemon runs until `callgate daemon stop`.
    """
    world = new_world(place)
    callgate(world, "init", "--profile", "standard")
    callgate(world, "install", "claude-code", "--scope", "user", "--transport", transport)
    with world.policy.open("a") as policy:
        policy.write(RULES)
    callgate(world, "validate")
    return world
