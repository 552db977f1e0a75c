"""What is registered for the HTTP lane, and what of the host's message tells where its session began."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.agents import json_text
from callgate.agents.claude_code_http import (
    HOOK_PATH,
    OUTCOME_PATH,
    config_in,
    config_of,
    http_handler,
    path_of,
    port_of,
    project_of,
    url,
)
from callgate.agents.registration import BY_HTTP, EVENTS, handlers, kept_options, ours, register, unregister
from callgate.agents.settings_file import Settings
from callgate.agents.transports import Launch

LAUNCH = Launch("http", "/venv/bin/python", "", "/run/user/1000/callgate/gate.sock", 20_001)


def _settings(text: str) -> Settings:
    return Settings("/s.json", "/s.json", True, text, False, json_text.parse(text), 0o600, None)


def test_which_events_go_by_http() -> None:
    """Calls and their ends do; the dialog stays a command that names the daemon, so that it can bring one back."""
    root = json_text.parse(register(_settings("{}"), LAUNCH))
    found = {one.event: one for event in EVENTS for one in handlers(root, event=event)}
    assert {event for event, one in found.items() if one.by_http} == set(BY_HTTP)
    assert path_of(found["PreToolUse"].spec) == HOOK_PATH
    assert path_of(found["PostToolUse"].spec) == OUTCOME_PATH
    assert found["PermissionRequest"].words[-3:] == ("--daemon", LAUNCH.socket, "--outcome")
    assert all(one.ours for one in found.values())
    assert "CALLGATE_HTTP_TOKEN" in json.dumps(found["PreToolUse"].spec["allowedEnvVars"])


def test_there_and_back() -> None:
    """From a command to HTTP and back nothing is doubled or lost, and the policy file that was named goes along."""
    text = register(_settings('{"model": "x"}'), "/venv/bin/python")
    text = text.replace('"hook"]', '"hook", "--config", "/my policy.toml"]', 1)
    assert "/my policy.toml" in text
    by_http = register(_settings(text), LAUNCH)
    assert register(_settings(by_http), LAUNCH) == by_http
    gate = next(one for one in handlers(json_text.parse(by_http)) if one.ours)
    assert kept_options(gate) == ("--config", "/my policy.toml")
    back = register(_settings(by_http), "/venv/bin/python")
    gate = next(one for one in handlers(json_text.parse(back)) if one.ours)
    assert kept_options(gate) == ("--config", "/my policy.toml")
    assert "http" not in back
    assert len(ours(json_text.parse(back))) == len(EVENTS)
    assert json.loads(unregister(_settings(by_http))[-1]) == {"model": "x"}


NOT_OURS: list[dict[str, object]] = [
    {"type": "http", "url": "http://127.0.0.1:20001/other"},
    {"type": "http", "url": "http://localhost:20001/callgate/hook"},
    {"type": "http", "url": "https://127.0.0.1:20001/callgate/hook"},
    {"type": "http", "url": "http://evil.example/callgate/hook"},
    {"type": "http", "url": "http://127.0.0.1@evil.example/callgate/hook"},
    {"type": "http", "url": "http://[::1/callgate/hook"},
    {"type": "http", "url": 7},
    {"type": "http"},
    {"type": "command", "url": "http://127.0.0.1:20001/callgate/hook"},
]


@pytest.mark.parametrize("spec", NOT_OURS)
def test_hooks_of_others(spec: dict[str, object]) -> None:
    """Only a hook that calls our path at this machine is ours."""
    assert path_of(spec) == ""


@given(st.text(min_size=1).filter(lambda text: "\0" not in text and text.isprintable()))
def test_a_policy_file_goes_there_and_back(name: str) -> None:
    """Whatever a policy file is called, its name comes out of the address as it went in."""
    spec = http_handler(20_001, HOOK_PATH, 10, "/" + name)
    assert config_in(spec) == "/" + name
    assert path_of(spec) == HOOK_PATH
    assert port_of(spec) == 20_001


@given(st.text(max_size=60))
def test_other_queries(query: str) -> None:
    """A query is one absolute policy file, or refused."""
    try:
        found = config_of(query)
    except ValueError:
        return
    assert not query or found.startswith(("/", "~"))


@pytest.mark.parametrize("port", ["x", "99999", ""])
def test_ports_that_are_none(port: str) -> None:
    """What is no port is 0."""
    assert port_of({"url": f"http://127.0.0.1:{port}/callgate/hook"}) == 0


def test_no_query_without_a_policy() -> None:
    """The usual address has none."""
    assert url(20_001, HOOK_PATH) == "http://127.0.0.1:20001/callgate/hook"


PLACES = [
    ("/home/u/p", "-home-u-p", "/home/u/p"),
    ("/home/u/p/src/a", "-home-u-p", "/home/u/p"),
    ("/home/u/my_proj.v2 äß中", "-home-u-my-proj-v2----", "/home/u/my_proj.v2 äß中"),
    ("/home/u/\U0001f600/x", "-home-u---", "/home/u/\U0001f600"),
    ("/home/u/other", "-home-u-p", ""),
    ("/home/u", "-home-u-p", ""),
    ("/home/u/p", "", ""),
    ("relative", "relative", ""),
    ("/", "-", ""),
]


@pytest.mark.parametrize(("cwd", "name", "expected"), PLACES)
def test_where_a_session_began(cwd: str, name: str, expected: str) -> None:
    """The directory that the host named the transcripts after, if the call's own lies in it."""
    assert project_of(f"/home/u/.claude/projects/{name}/s.jsonl", cwd) == expected


@given(st.one_of(st.none(), st.text(max_size=40)), st.one_of(st.none(), st.text(max_size=40)))
def test_nonsense_is_nowhere(transcript: object, cwd: object) -> None:
    """Whatever stands there, the answer is the call's directory, one above it, or nothing."""
    found = project_of(transcript, cwd)
    assert not found or (isinstance(cwd, str) and (cwd + "/").startswith(found + "/"))
