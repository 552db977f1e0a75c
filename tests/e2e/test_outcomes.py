"""What the journal learns from the real client about calls after their decision, with and without a person."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from callgate.host import places
from callgate.journal.reading import log_files, read_back
from callgate.reviewer.outcomes import join
from callgate.reviewer.went_on import GRACE

from . import client
from .model_server import FINAL_TEXT, ModelServer, ToolUse
from .terminal import ENTER, ESCAPE, Terminal
from .world import World, guarded_world

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

BY_SETTINGS = "sh by-settings.sh"
"""No rule of the policy speaks of it, a rule of the client's own settings allows it."""

BY_NOBODY = "sh by-nobody.sh"
"""Neither speaks of it."""


def _world(place: Path) -> World:
    """The guarded world, with two scripts in it and a client that asks about everything but one of them."""
    world = guarded_world(place)
    for command in (BY_SETTINGS, BY_NOBODY):
        name = command.split()[1]
        (world.project / name).write_text(f"touch {name}.ran\n")
    settings = json.loads(world.settings.read_text())
    settings["permissions"] = {"allow": [f"Bash({BY_SETTINGS})"], "defaultMode": "default"}
    world.settings.write_text(json.dumps(settings))
    return world


def _bash(name: str, command: str) -> list[ToolUse]:
    return [ToolUse(f"toolu_{name}", "Bash", {"command": command, "description": "scripted"})]


def _concluded(world: World) -> dict[str, tuple[str, str]]:
    """The end of each `tool_use_id` -> what was decided, and what became of it."""
    reviews = world.reviews()
    found = join(reviews, read_back(log_files(places({}, str(world.home)).outcomes_file)))
    return {
        each["tool_use_id"].removeprefix("toolu_"): (each["decision"], found[each["decision_id"]]) for each in reviews
    }


def _said(world: World) -> list[tuple[str, bool]]:
    """The events in the outcome log, oldest first, and whether somebody was there."""
    lines = world.log(places({}, str(world.home)).outcomes_file)
    return [(line["event"], line["attended"]) for line in lines]


def test_without_a_person_nobody_decides(claude: list[str], tmp_path: Path) -> None:
    """Under `claude -p` what the settings allow runs, and what is refused without being asked about is unknown."""
    world = _world(tmp_path)
    turns = [
        _bash("allowed", "git status"),
        _bash("fails", "cat no-such-file"),
        _bash("asks", "mkdir asked"),
        _bash("settings", BY_SETTINGS),
        _bash("nobody", BY_NOBODY),
        _bash("denied", "cat private.txt"),
        _bash("last", "ls"),
    ]
    with ModelServer(turns) as model:
        result = client.run(claude, world.project, world.home, model.url)

    assert result["result"] == FINAL_TEXT
    assert _concluded(world) == {
        "allowed": ("allow", "ran"),
        "fails": ("allow", "ran"),
        "asks": ("ask", "unknown"),
        "settings": ("passthrough", "ran"),
        "nobody": ("passthrough", "unknown"),
        "denied": ("deny", "unknown"),
        "last": ("allow", "ran"),
    }
    # The client does not even announce a dialog for what a hook asks about, and announces one for the rest.
    events = ["ran", "failed", "ran", "requested", "ran"]
    assert _said(world) == [(event, False) for event in events]
    assert (world.project / "by-settings.sh.ran").exists()
    assert not (world.project / "by-nobody.sh.ran").exists()


def test_a_person_approves_and_refuses(claude: list[str], tmp_path: Path) -> None:
    """On a terminal: what the person lets run is approved, what the person stops is refused once work goes on."""
    world = _world(tmp_path)
    turns = [
        _bash("approved", "mkdir asked"),
        _bash("dialog", BY_NOBODY),
        _bash("settings", BY_SETTINGS),
        _bash("refused", "wc -l notes.txt"),
        _bash("after", "ls"),
    ]
    with (
        ModelServer(turns) as model,
        Terminal(claude, world.project, world.home, model.url, "work through the script") as terminal,
    ):
        for name, trace in (("approved", "asked"), ("dialog", "by-nobody.sh.ran")):
            terminal.wait_for_dialog()
            assert (world.project / trace).exists() is False
            terminal.press(ENTER)
            terminal.wait(f"the result of `{name}`", lambda name=name: f"toolu_{name}" in model.results)  # type: ignore[misc]
        terminal.wait_for_dialog()
        assert _concluded(world)["refused"] == ("ask", "unknown")
        time.sleep(GRACE)  # what begins sooner might belong to the same answer of the model
        terminal.press(ESCAPE)
        terminal.wait("the end of the turn", lambda: "Interrupted" in terminal.screen)
        terminal.press(b"go on")
        terminal.press(ENTER)
        terminal.wait("the last result", lambda: "toolu_after" in model.results)

    assert _concluded(world) == {
        "approved": ("ask", "approved"),
        "dialog": ("passthrough", "approved"),
        "settings": ("passthrough", "ran"),
        "refused": ("ask", "refused"),
        "after": ("allow", "ran"),
    }
    assert set(_said(world)) == {("requested", True), ("ran", True)}
    assert (world.project / "asked").is_dir()
    assert (world.project / "by-nobody.sh.ran").exists()
