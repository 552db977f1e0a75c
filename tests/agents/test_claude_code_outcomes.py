"""Claude Code's messages about what became of a call."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.agents.claude_code_outcomes import attended, parse_outcome
from callgate.core.errors import InputError

MESSAGE: dict[str, Any] = {"session_id": "s", "tool_name": "Bash", "tool_input": {"command": "ls"}}


@pytest.mark.parametrize(
    ("event", "happening"),
    [("PostToolUse", "ran"), ("PostToolUseFailure", "failed"), ("PermissionRequest", "requested")],
)
def test_events_are_known(event: str, happening: str) -> None:
    """Each of the three events says what happened; a missing number is empty."""
    outcome = parse_outcome({**MESSAGE, "hook_event_name": event}, {})
    assert outcome is not None
    assert (outcome.event, outcome.session_id, outcome.tool, outcome.tool_use_id) == (happening, "s", "Bash", "")


@pytest.mark.parametrize("event", ["PreToolUse", "Stop", "posttooluse", "", None])
def test_other_events_tell_nothing(event: str | None) -> None:
    """Any other event is passed over, whatever else it lacks."""
    assert parse_outcome({"hook_event_name": event}, {}) is None


@pytest.mark.parametrize(("value", "interrupted"), [(True, True), (False, False), (None, False), ("true", False)])
def test_an_interruption_is_said_in_so_many_words(value: object, interrupted: bool) -> None:
    """Only `true` is an interruption."""
    outcome = parse_outcome({**MESSAGE, "hook_event_name": "PostToolUseFailure", "is_interrupt": value}, {})
    assert outcome is not None
    assert outcome.interrupted is interrupted


def test_a_subagent_is_told_apart() -> None:
    """The host names the subagent that made the call."""
    outcome = parse_outcome({**MESSAGE, "hook_event_name": "PostToolUse", "agent_id": "a7"}, {})
    assert outcome is not None
    assert outcome.subagent == "a7"


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"CLAUDE_CODE_SESSION_ATTENDED": "1"}, True),
        ({"CLAUDE_CODE_SESSION_ATTENDED": "0", "CLAUDE_CODE_ENTRYPOINT": "cli"}, False),
        ({"CLAUDE_CODE_SESSION_ATTENDED": "yes", "CLAUDE_CODE_ENTRYPOINT": "sdk-cli"}, False),
        ({"CLAUDE_CODE_ENTRYPOINT": "cli"}, True),
        ({"CLAUDE_CODE_ENTRYPOINT": "sdk-py"}, False),
        ({"CLAUDE_CODE_ENTRYPOINT": "something-new"}, None),
        ({}, None),
    ],
)
def test_whether_a_person_can_answer(environ: dict[str, str], expected: bool | None) -> None:
    """The host's own word counts; without it the entry point, where it is a known one."""
    assert attended(environ) is expected


@given(
    st.dictionaries(
        st.sampled_from(["session_id", "tool_name", "tool_input", "tool_use_id", "agent_id", "is_interrupt"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        ),
    )
)
def test_no_message_breaks_it(fields: dict[str, Any]) -> None:
    """Whatever the fields are, the answer is an outcome of plain types or an `InputError`."""
    try:
        outcome = parse_outcome({**fields, "hook_event_name": "PostToolUse"}, {})
    except InputError:
        return
    assert outcome is not None
    assert outcome.session_id
    assert all(isinstance(text, str) for text in (outcome.session_id, outcome.tool, outcome.tool_use_id))
