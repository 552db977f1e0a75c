"""Claude Code: its PostToolUse, PostToolUseFailure and PermissionRequest messages in, an `Outcome` out.

Apart from `claude_code`, which answers calls: a hook process that decides does not load this.
"""

from __future__ import annotations

from typing import Any, Final, Mapping

from callgate.core.errors import InputError
from callgate.journal.outcomes import Happening, Outcome

HAPPENINGS: Final[Mapping[str, Happening]] = {
    "PermissionRequest": "requested",
    "PostToolUse": "ran",
    "PostToolUseFailure": "failed",
}

_ATTENDED: Final[Mapping[str, bool]] = {"1": True, "0": False}
_PEOPLE: Final = ("cli", "claude-vscode", "claude-desktop")
"""Entry points of older clients, which do not say whether they are attended, that have a person in front of them."""
_PROGRAMS: Final = ("sdk-", "mcp", "claude-code-github-action")
"""Beginnings of those that a program started."""


def parse_outcome(payload: Mapping[str, Any], environ: Mapping[str, str]) -> Outcome | None:
    """Return what *payload*, a decoded message, tells of a call; `None` for an event of another kind.

    Args:
        payload: the message.
        environ: the hook's environment. `CLAUDE_CODE_SESSION_ATTENDED` says whether a person can answer dialogs; the
            host sets it over whatever settings say.

    Raises:
        InputError: a field is missing or of the wrong type.
    """
    event = HAPPENINGS.get(_text(payload, "hook_event_name"))
    if event is None:
        return None
    session, tool, tool_input = _text(payload, "session_id"), _text(payload, "tool_name"), payload.get("tool_input")
    if not session or not tool:
        raise InputError(f"a `{event}` event names no {'tool' if session else 'session'}")
    if not isinstance(tool_input, dict):
        raise InputError(f"`tool_input` of a `{event}` event is not an object")
    return Outcome(
        event=event,
        session_id=session,
        tool=tool,
        input=tool_input,
        tool_use_id=_text(payload, "tool_use_id"),
        interrupted=payload.get("is_interrupt") is True,
        attended=attended(environ),
        subagent=_text(payload, "agent_id"),
    )


def attended(environ: Mapping[str, str]) -> bool | None:
    """Whether the host says that a person can answer its dialogs; `None` when it does not say.

    `claude -p` and programs that drive Claude Code through its SDK are not attended: their dialogs are answered by
    nobody, or by code.
    """
    said = _ATTENDED.get(environ.get("CLAUDE_CODE_SESSION_ATTENDED", ""))
    if said is not None:
        return said
    entry = environ.get("CLAUDE_CODE_ENTRYPOINT", "")
    return True if entry in _PEOPLE else False if entry.startswith(_PROGRAMS) else None


def _text(payload: Mapping[str, Any], field: str) -> str:
    """Return a string field; null counts as missing."""
    value = payload.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InputError(f"`{field}` is not a string")
    return value
