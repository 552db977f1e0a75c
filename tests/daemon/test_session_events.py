"""Events of the session through the daemon's own way of answering: the same bytes, and one gate for all sessions."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Mapping

import pytest

from callgate.agents import settings_file
from callgate.agents.registration import register
from callgate.core.errors import InputError
from callgate.core.model import ToolCall
from callgate.daemon.gates import Gates
from callgate.daemon.protocol import VARIABLES
from callgate.gate import Gate, open_gate
from callgate.hook.answering import SESSION, Answer, Options, Surroundings, options_of, respond, silent


def _open(environ: Mapping[str, str], cwd: str, config: str) -> Gate:
    return open_gate(environ, cwd, config=config)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with callgate in the user's settings, and a project."""
    (tmp_path / ".claude").mkdir()
    (tmp_path / "project").mkdir()
    (tmp_path / ".claude/settings.json").write_text(register(settings_file.read("/nowhere"), sys.executable))
    return tmp_path


def ask(home: Path, gates: Gates | None, event: str, pid: str = "1", **more: str) -> Answer:
    """What the daemon with *gates* answers, or the hook's own process."""
    project = str(home / "project")
    environ = {"HOME": str(home), "CLAUDE_PROJECT_DIR": project, "CLAUDE_PID": pid}
    assert set(environ) <= set(VARIABLES)
    data = json.dumps({"hook_event_name": event, "session_id": "s", "cwd": project, **more}).encode()
    around = Surroundings(environ, project, gates.open if gates else _open, alone=gates is None)
    return respond(lambda _limit: data, Options(session=True), around, [])


EVENTS = (("SessionStart", "startup"), ("ConfigChange", "user_settings"), ("SessionEnd", ""))


@pytest.mark.parametrize("content", [None, "{}"], ids=["sound", "disarmed"])
@pytest.mark.parametrize("policy", ["", "[["], ids=["whole", "broken"])
def test_the_daemon_answers_as_the_hook_does(home: Path, content: str | None, policy: str) -> None:
    """Each event of a session gets the same bytes by both ways, and each leaves something to be written down."""
    gates = Gates()
    if content is not None:
        (home / ".claude/settings.json").write_text(content)
    (home / ".config/callgate").mkdir(parents=True)
    (home / ".config/callgate/policy.toml").write_text(policy)
    for event, source in EVENTS:
        theirs, mine = (ask(home, one, event, source=source) for one in (gates, None))
        assert theirs.output == mine.output
        assert theirs.event is not None
        assert theirs.note is None


def test_sessions_share_a_gate(home: Path) -> None:
    """The number of the agent's process, which the settings are kept under, makes no gate of its own."""
    gates = Gates()
    for pid in ("1", "2", "3"):
        ask(home, gates, "SessionStart", pid, source="startup")
    assert len(gates.describe()) == 1


def test_a_fault_is_silent_for_events_and_heard_for_calls() -> None:
    """A registration for the session that is not understood prints no decision; a call that came under it does."""
    with pytest.raises(InputError):
        options_of([SESSION, "--bogus"], "/")
    assert silent([SESSION, "--bogus"], [])
    assert not silent([SESSION], [ToolCall("", {}, "/")])
    assert not silent(["--outcome"], [])
