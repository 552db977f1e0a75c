"""Doctor's checks on the hooks that go with a session."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from callgate.agents.registration import SESSION, SESSIONS, registration
from callgate.doctor import in_force, outcomes, sessions
from callgate.doctor import registration as settled
from callgate.doctor.model import Finding, World
from callgate.host import places
from callgate.journal.sessions import SessionLine, record

NOW = 1_000_000.0
GATE = {"PreToolUse": [{"hooks": [registration("/usr/bin/python3")]}]}


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A home with a project in it."""
    home = tmp_path / "home"
    (home / ".claude").mkdir(parents=True)
    where = places({}, home=str(home))
    return World({}, str(home), where, (str(tmp_path / "managed"),), "/usr/bin/python3", str(tmp_path))


def settings(world: World, hooks: dict[str, Any]) -> None:
    """Write the user's settings."""
    Path(world.places.home, ".claude/settings.json").write_text(json.dumps({"hooks": hooks}))


def listening(more: dict[str, Any] | None = None, *, but: str = "", matcher: str = "*") -> dict[str, Any]:
    """Our hook for each event except *but*, as `install` writes them, with *matcher* and *more* fields."""
    mine = {**registration("/usr/bin/python3", (SESSION,)), **(more or {})}
    return {event: [{"matcher": matcher, "hooks": [mine]}] for event in SESSIONS if event != but}


def found(world: World) -> list[Finding]:
    """What the check says."""
    return list(sessions.check(world, in_force.look(world), now=NOW))


def test_all_hooks_are_fine_and_sessions_are_counted(world: World) -> None:
    """With all three there is one good finding, which says how many sessions there were in the last day."""
    settings(world, {**GATE, **listening()})
    for event, number, at in (("started", "old", 0), ("started", "a", NOW), ("started", "b", NOW), ("ended", "a", NOW)):
        record(world.places.sessions_file, SessionLine(event, number), now=at)  # type: ignore[arg-type] # of the table
    (finding,) = found(world)
    assert (finding.check, finding.level) == ("sessions", "ok")
    assert finding.what.endswith("in the last day 2 began, 1 of them have ended")


@pytest.mark.parametrize("event", SESSIONS)
def test_a_missing_hook_is_a_warning(world: World, event: str) -> None:
    """An older installation goes on working; `install` completes it, and what is missed is said."""
    settings(world, {**GATE, **listening(but=event)})
    (finding,) = found(world)
    assert (finding.level, finding.mend) == ("warn", "callgate install claude-code")
    assert f"no hook for {event}" in finding.what
    assert ("disarms" in finding.what) == (event == "ConfigChange")


@pytest.mark.parametrize(
    ("more", "matcher"),
    [({"async": True}, "*"), ({"if": "Bash(ls)"}, "*"), ({"type": "prompt"}, "*"), ({}, "user_settings")],
)
def test_a_weak_hook_is_a_warning(world: World, more: dict[str, Any], matcher: str) -> None:
    """A hook that the host may kill, or that does not hear of every change, does not count."""
    settings(world, {**GATE, **listening(more, matcher=matcher)})
    assert {one.level for one in found(world)} == {"warn"}
    assert "no hook for SessionStart, SessionEnd, ConfigChange" in found(world)[0].what


def test_without_the_gate_they_are_not_the_trouble(world: World) -> None:
    """Where nothing decides, doctor says that and nothing of sessions."""
    settings(world, listening())
    assert found(world) == []


def test_they_are_no_outcome_hooks(world: World) -> None:
    """Neither check speaks of the hooks of the other."""
    settings(world, {**GATE, **listening({"async": True})})
    assert len(list(outcomes.check(in_force.look(world)))) == 1


def test_a_hook_for_sessions_does_not_decide(world: World) -> None:
    """`--session` on the event that decides swallows what it cannot read, which the host takes for consent."""
    settings(world, {"PreToolUse": [{"hooks": [registration("/usr/bin/python3", (SESSION,))]}]})
    findings = settled.check(world, in_force.look(world))
    assert ("disarmed", "fail") in [(one.check, one.level) for one in findings]


def test_a_log_that_cannot_be_read_is_said(world: World) -> None:
    """The hooks are fine all the same."""
    settings(world, {**GATE, **listening()})
    Path(world.places.sessions_file).mkdir(parents=True)
    (finding,) = found(world)
    assert finding.level == "ok"
    assert "cannot be read" in finding.what
