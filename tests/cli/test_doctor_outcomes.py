"""Doctor's checks on the hooks that tell what became of a call."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from callgate.agents.registration import LISTEN, OUTCOMES, registration
from callgate.doctor import in_force, outcomes
from callgate.doctor import registration as settled
from callgate.doctor.model import Finding, World
from callgate.host import places

GATE = {"PreToolUse": [{"hooks": [registration("/usr/bin/python3")]}]}


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A home with a project in it, and a place for managed settings."""
    home, managed = tmp_path / "home", tmp_path / "managed"
    (home / "project").mkdir(parents=True)
    managed.mkdir()
    where = places({}, home=str(home))
    return World({}, str(home / "project"), where, (str(managed),), "/usr/bin/python3", str(tmp_path))


def settings(world: World, content: dict[str, Any], *, managed: bool = False) -> None:
    """Write the user's settings, or the managed ones."""
    folder = Path(world.managed_dirs[0] if managed else f"{world.places.home}/.claude")
    folder.mkdir(exist_ok=True)
    (folder / ("managed-settings.json" if managed else "settings.json")).write_text(json.dumps(content))


def listening(spec: dict[str, object] | None = None, matcher: str = "*", but: str = "") -> dict[str, Any]:
    """A listener for each event except *but*, as `install` writes them or as *spec* and *matcher* say."""
    mine = spec or registration("/usr/bin/python3", (LISTEN,))
    return {event: [{"matcher": matcher, "hooks": [mine]}] for event in OUTCOMES if event != but}


def found(world: World) -> list[Finding]:
    """What the check says."""
    return list(outcomes.check(in_force.look(world)))


def test_listeners_are_fine(world: World) -> None:
    """With all three listeners the journal learns what became of calls."""
    settings(world, {"hooks": {**GATE, **listening()}})
    assert [(one.check, one.level) for one in found(world)] == [("outcomes", "ok")]


@pytest.mark.parametrize("event", OUTCOMES)
def test_a_missing_listener_is_a_warning(world: World, event: str) -> None:
    """The gate decides without it, so it is no failure; `install` mends it."""
    settings(world, {"hooks": {**GATE, **listening(but=event)}})
    (finding,) = found(world)
    assert (finding.level, finding.mend) == ("warn", "callgate install claude-code")
    assert finding.what.endswith(f"no hook for {event}")


def test_without_the_gate_listeners_are_not_the_trouble(world: World) -> None:
    """Where nothing decides, doctor says that and nothing of listeners."""
    settings(world, {"hooks": listening()})
    assert found(world) == []


WEAK: dict[str, tuple[dict[str, object], str, str]] = {
    "async": ({"async": True}, "*", "without waiting"),
    "asyncRewake": ({"asyncRewake": True}, "*", "without waiting"),
    "if": ({"if": "Bash(ls)"}, "*", "has an `if`"),
    "another type": ({"type": "prompt"}, "*", "has the type `prompt`"),
    "narrow": ({}, "Bash", "no hook for PostToolUse, PostToolUseFailure, PermissionRequest"),
}


@pytest.mark.parametrize(("more", "matcher", "says"), WEAK.values(), ids=WEAK)
def test_a_weak_listener_is_a_warning(world: World, more: dict[str, object], matcher: str, says: str) -> None:
    """A listener that the host may kill, or that does not hear every call, is named."""
    spec = {**registration("/usr/bin/python3", (LISTEN,)), **more}
    settings(world, {"hooks": {**GATE, **listening(spec, matcher)}})
    findings = found(world)
    assert {one.level for one in findings} == {"warn"}
    assert any(says in one.what for one in findings)


def test_a_switched_off_listener_is_missing(world: World) -> None:
    """With hooks allowed from managed settings only, the user's listeners do not count."""
    settings(world, {"allowManagedHooksOnly": True, "hooks": GATE}, managed=True)
    settings(world, {"hooks": listening()})
    (finding,) = found(world)
    assert finding.level == "warn"
    assert finding.mend.startswith("ask whoever manages")


def test_another_hook_that_answers_dialogs_is_named(world: World) -> None:
    """What it lets through counts as approved by a person, so whoever reads that must know of it."""
    hooks = listening()
    other = {"hooks": [{"type": "command", "command": "yes-man"}]}
    settings(world, {"hooks": {**GATE, **hooks, "PermissionRequest": [other, *hooks["PermissionRequest"]]}})
    findings = found(world)
    assert {one.level for one in findings} == {"ok"}
    assert "yes-man" in findings[-1].what


def test_a_hook_that_only_listens_does_not_decide(world: World) -> None:
    """`--outcome` on the event that decides swallows what it cannot read, which the host takes for consent."""
    settings(world, {"hooks": {"PreToolUse": [{"hooks": [registration("/usr/bin/python3", (LISTEN,))]}]}})
    findings = settled.check(world, in_force.look(world))
    assert ("disarmed", "fail") in [(one.check, one.level) for one in findings]
