"""The session events of Claude Code: what is taken from a message, and what the client reads of an answer."""

from __future__ import annotations

import json
from typing import Any, Callable

import pytest

from callgate.agents.claude_code_session import (
    KINDS,
    MAX_ID,
    MAX_PATH,
    SessionEvent,
    parse_session,
    render_block,
    render_start,
    render_warning,
)
from callgate.agents.registration import SESSIONS
from callgate.hook.answering import OF_SESSION

START = {"hook_event_name": "SessionStart", "session_id": "s", "cwd": "/p", "source": "startup", "model": "m"}
END = {"hook_event_name": "SessionEnd", "session_id": "s", "cwd": "/p", "reason": "logout"}
CHANGE = {"hook_event_name": "ConfigChange", "session_id": "s", "source": "user_settings", "file_path": "/h/s.json"}

PARSED: dict[str, tuple[dict[str, Any], SessionEvent | None]] = {
    "start": (START, SessionEvent("start", "s", "/p", "startup")),
    "end": (END, SessionEvent("end", "s", "/p", "logout")),
    "change": (CHANGE, SessionEvent("settings", "s", "", "user_settings", "/h/s.json")),
    "bare start": ({"hook_event_name": "SessionStart"}, SessionEvent("start")),
    "bare end": ({"hook_event_name": "SessionEnd"}, SessionEvent("end")),
    "bare change": ({"hook_event_name": "ConfigChange"}, SessionEvent("settings")),
    "odd types": (
        {**CHANGE, "session_id": 7, "source": ["x"], "file_path": {"a": 1}, "cwd": None},
        SessionEvent("settings"),
    ),
    "relative paths": ({**CHANGE, "file_path": "../x", "cwd": "."}, SessionEvent("settings", "s", "", "user_settings")),
    "NUL in a path": ({**CHANGE, "file_path": "/a\0b"}, SessionEvent("settings", "s", "", "user_settings")),
    "long texts": (
        {**CHANGE, "session_id": "s" * (MAX_ID + 1), "file_path": "/" + "x" * MAX_PATH, "source": "u" * 1000},
        SessionEvent("settings"),
    ),
    "a start names no file": ({**START, "file_path": "/x"}, SessionEvent("start", "s", "/p", "startup")),
    "another event": ({**START, "hook_event_name": "Stop"}, None),
    "another case": ({**START, "hook_event_name": "sessionstart"}, None),
    "no event": ({"session_id": "s"}, None),
    "an odd event": ({"hook_event_name": ["SessionStart"]}, None),
}


@pytest.mark.parametrize(("payload", "event"), PARSED.values(), ids=PARSED)
def test_what_is_taken_from_a_message(payload: dict[str, Any], event: SessionEvent | None) -> None:
    """The event is taken whatever else the message holds; a field that is odd is as good as empty."""
    assert parse_session(payload) == event


@pytest.mark.parametrize("source", ["user_settings", "project_settings", "local_settings", "skills", "", "new_kind"])
def test_only_managed_settings_cannot_be_stopped(source: str) -> None:
    """The client honours a block for every source but one."""
    event = parse_session({**CHANGE, "source": source})
    managed = parse_session({**CHANGE, "source": "policy_settings"})
    assert event is not None
    assert event.stoppable
    assert managed is not None
    assert not managed.stoppable


def test_nothing_but_a_change_can_be_stopped() -> None:
    """A session begins and ends whatever we say."""
    events = [parse_session(payload) for payload in (START, END)]
    assert [event.stoppable for event in events if event] == [False, False]


def test_answers_are_what_the_client_reads() -> None:
    """Context goes by `hookSpecificOutput`, a block by `decision`, and a person is told by `systemMessage`."""
    start = {"hookSpecificOutput": {"hookEventName": "SessionStart", "additionalContext": "a\nb"}}
    assert json.loads(render_start("a\nb")) == start
    assert json.loads(render_start("a\nb", "look")) == {**start, "systemMessage": "look"}
    assert json.loads(render_block("no")) == {"decision": "block", "reason": "no", "systemMessage": "no"}
    assert json.loads(render_warning("oh")) == {"systemMessage": "oh"}


@pytest.mark.parametrize("render", [render_block, render_warning])
def test_a_terminal_is_rung_with_our_own_words(render: Callable[..., bytes]) -> None:
    """The sequence is a notification (OSC 9) that ends where it should, and quotes nothing."""
    sequence = json.loads(render("\x07\x1b]0;evil", ring=True))["terminalSequence"]
    assert sequence.startswith("\x1b]9;callgate")
    assert sequence.endswith("\x07")
    assert sequence[4:-1].isprintable()
    assert "evil" not in sequence


@pytest.mark.parametrize("answer", [render_start("é\u202e\x1b[2J"), render_block("\x1b]0;x\x07"), render_warning("ü")])
def test_answers_are_one_line_of_plain_ascii(answer: bytes) -> None:
    """Whatever is in the text, no control character of it is in the bytes."""
    assert answer.isascii()
    assert answer.count(b"\n") == 1
    assert answer.rstrip(b"\n").decode().isprintable()


def test_the_events_are_the_same_everywhere() -> None:
    """What is registered, what the process sends on and what the adapter knows are the same three events."""
    assert tuple(KINDS) == SESSIONS == OF_SESSION
