"""What the first hook of a session does for the HTTP lane, and when a change of settings would cut it off."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, Iterator

import pytest
from lane_world import Home, daemon_lane

from callgate.daemon.http_files import read_lane, token_file
from callgate.daemon.http_proof import fault_of


@pytest.fixture
def home() -> Iterator[Home]:
    """A home with the HTTP lane installed, and no daemon."""
    with daemon_lane() as world:
        one = Home(world)
        try:
            one.said("install", "claude-code", "--transport", "http")
            one.said("daemon", "stop")
            yield one
        finally:
            one.run("daemon", "stop")


def _event(home: Home, name: str, **more: str) -> dict[str, Any]:
    """Run the hook as registered for *name*, with the token unless *more* has another; return what it prints."""
    handler = json.loads(home.user.read_text())["hooks"][name][0]["hooks"][0]
    token = Path(token_file(home.world.places)).read_text().strip()
    payload = {"session_id": "s", "cwd": str(home.world.project), "hook_event_name": name, "source": "startup"}
    if name == "ConfigChange":
        payload |= {"source": "project_settings", "file_path": str(home.world.project / ".claude" / "settings.json")}
    environ = {
        **home.world.environ, "XDG_RUNTIME_DIR": str(home.world.run_directory),
        "CLAUDE_PROJECT_DIR": str(home.world.project), "CALLGATE_HTTP_TOKEN": token, **more,
    }  # fmt: skip
    done = subprocess.run(
        [handler["command"], *handler["args"]], env=environ, cwd=home.world.project,
        input=json.dumps(payload).encode(), capture_output=True, timeout=60, check=True,
    )  # fmt: skip
    answer: dict[str, Any] = json.loads(done.stdout or b"{}")
    return answer


def test_a_beginning_serves_the_lane(home: Home) -> None:
    """The hook starts the daemon and returns when it serves the lane; there is nothing to warn of."""
    lane = read_lane(home.world.places)
    assert lane is not None
    assert "nobody listens" in fault_of(lane)
    answer = _event(home, "SessionStart")
    assert fault_of(lane) == ""
    assert "systemMessage" not in answer
    assert "decides on each of your tool calls" in answer["hookSpecificOutput"]["additionalContext"]


def test_a_beginning_without_the_token(home: Home) -> None:
    """A host without the token is told at the beginning, not at the first call."""
    said = _event(home, "SessionStart", CALLGATE_HTTP_TOKEN="x")["systemMessage"]
    assert "asks about each tool call" in said
    assert "callgate doctor" in said


def test_a_beginning_with_a_proxy(home: Home) -> None:
    """A proxy that takes the calls away is named."""
    said = _event(home, "SessionStart", HTTPS_PROXY="http://127.0.0.1:9")["systemMessage"]
    assert "does not judge the tool calls of this session" in said
    assert "HTTPS_PROXY" in said


def test_a_beginning_when_somebody_else_has_the_port(home: Home) -> None:
    """Whoever else listens at the port is found out, in bounded time, and the person is warned."""
    lane = read_lane(home.world.places)
    assert lane is not None
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", lane.port))
        other.listen()
        said = _event(home, "SessionStart")["systemMessage"]
    assert "does not judge the tool calls of this session" in said


def test_a_beginning_with_a_token_that_others_can_read(home: Home) -> None:
    """A lane that no daemon will serve is no gate, and that is said."""
    Path(token_file(home.world.places)).chmod(0o644)
    said = _event(home, "SessionStart")["systemMessage"]
    assert "callgate doctor" in said


CHANGES: list[tuple[str, dict[str, Any], bool]] = [
    ("harmless", {"model": "x"}, False),
    ("no address", {"allowedHttpHookUrls": []}, True),
    ("another address", {"allowedHttpHookUrls": ["https://*"]}, True),
    ("any address", {"allowedHttpHookUrls": ["http://127.0.0.1:*"]}, False),
    ("a proxy", {"env": {"http_proxy": "http://evil.example"}}, True),
    ("the token", {"env": {"CALLGATE_HTTP_TOKEN": "x"}}, True),
]


@pytest.mark.parametrize(("top", "blocked"), [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES])
def test_changes_in_a_session(home: Home, top: dict[str, Any], blocked: bool) -> None:
    """A change of settings that would keep calls from the lane is kept out of the running session."""
    _event(home, "SessionStart")
    file = home.world.project / ".claude" / "settings.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(top))
    answer = _event(home, "ConfigChange")
    assert (answer.get("decision") == "block") is blocked


def test_the_registration_is_beyond_doubt(home: Home) -> None:
    """What `install` writes counts as a gate; one that calls another port does not."""
    assert "systemMessage" not in _event(home, "SessionStart")
    lane = read_lane(home.world.places)
    assert lane is not None
    text = home.user.read_text()
    home.user.write_text(text.replace(f":{lane.port}/callgate/hook", ":9/callgate/hook"))
    assert _event(home, "ConfigChange")["decision"] == "block"


def test_what_a_hook_without_http_pays() -> None:
    """The hook process that decides loads nothing of the lane."""
    code = "import sys, callgate.hook.main, callgate.gate; print([m for m in sys.modules if 'http' in m or m == 'h11'])"
    environ = {"PATH": os.defpath, "HOME": "/nowhere"}
    command = [sys.executable, "-I", "-c", code]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
