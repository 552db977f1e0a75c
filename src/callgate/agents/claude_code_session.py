"""Claude Code: its SessionStart, SessionEnd and ConfigChange messages in, what it reads of our answers out.

Apart from `claude_code`, which answers calls: a hook process that decides does not load this.
"""

from __future__ import annotations

import json
from typing import Any, Final, Literal, Mapping, NamedTuple

from callgate.agents.settings_file import Scope

Kind = Literal["start", "end", "settings"]
"""A session begins (or goes on under another number), ends, or a settings file has changed while it runs."""

KINDS: Final[Mapping[str, Kind]] = {"SessionStart": "start", "SessionEnd": "end", "ConfigChange": "settings"}

SCOPES: Final[Mapping[str, Scope]] = {
    "user_settings": "user",
    "project_settings": "project",
    "local_settings": "local",
    "policy_settings": "managed",
}
"""The client's word for where a change was made -> the scope of the file."""

UNSTOPPABLE: Final = "policy_settings"
"""The one source of a change that the client takes up whatever a hook answers."""

KEPT_OUT: Final = "callgate keeps a change of the settings out of this session: see `callgate audit search`"
NOT_KEPT_OUT: Final = "callgate: changed settings disarm the gate in this session: run `callgate doctor`"
"""What a terminal notifies of (OSC 9); nothing of the settings is in it."""

MAX_WORD: Final = 64
"""Characters of a source or a reason: the client's own words are short."""

MAX_ID: Final = 256
MAX_PATH: Final = 4_096


class SessionEvent(NamedTuple):
    """One event of a session. Nothing in it is believed: it says what to look at, and what to call it in the log."""

    kind: Kind
    session_id: str = ""
    cwd: str = ""
    """Empty when the client sent no absolute path."""
    word: str = ""
    """`source` of a start or of a change, `reason` of an end."""
    file: str = ""
    """For a change: the file, absolute; or a copy of what it is about to hold."""

    @property
    def stoppable(self) -> bool:
        """Whether a block keeps the change out of the running session."""
        return self.kind == "settings" and self.word != UNSTOPPABLE


def parse_session(payload: Mapping[str, Any]) -> SessionEvent | None:
    """Return the event that *payload*, a decoded message, tells; `None` for an event of another kind.

    A field that is missing, of the wrong type or too long is as good as empty: the event has happened all the same.
    """
    name = payload.get("hook_event_name")
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        return None
    return SessionEvent(
        kind=kind,
        session_id=_text(payload, "session_id", MAX_ID),
        cwd=_path(payload, "cwd"),
        word=_text(payload, "reason" if kind == "end" else "source", MAX_WORD),
        file=_path(payload, "file_path") if kind == "settings" else "",
    )


def render_start(context: str, warning: str = "") -> bytes:
    """Return the answer to a start: *context* goes to the model, *warning* is shown to the person."""
    specific = {"hookEventName": "SessionStart", "additionalContext": context}
    return _encode({"hookSpecificOutput": specific, **({"systemMessage": warning} if warning else {})})


def render_block(reason: str, *, ring: bool = False) -> bytes:
    """Return the answer that keeps a change of settings out of the running session.

    The client writes the reason nowhere, and release 2.1.329 does not show the message either; later ones may.

    Args:
        reason: what is wrong with the change, and what to do.
        ring: also send `KEPT_OUT` to the person's terminal, which makes a notification of it where it can.
    """
    return _encode({"decision": "block", "reason": reason, "systemMessage": reason, **_rung(KEPT_OUT, ring=ring)})


def render_warning(message: str, *, ring: bool = False) -> bytes:
    """Return the answer to a change that cannot be kept out; arguments as for `render_block`."""
    return _encode({"systemMessage": message, **_rung(NOT_KEPT_OUT, ring=ring)})


def _rung(notice: str, *, ring: bool) -> dict[str, str]:
    return {"terminalSequence": f"\x1b]9;{notice}\x07"} if ring else {}


def _encode(answer: Mapping[str, object]) -> bytes:
    return json.dumps(answer, ensure_ascii=True, separators=(",", ":")).encode("ascii") + b"\n"


def _text(payload: Mapping[str, Any], field: str, limit: int) -> str:
    value = payload.get(field)
    return value if isinstance(value, str) and len(value) <= limit else ""


def _path(payload: Mapping[str, Any], field: str) -> str:
    value = _text(payload, field, MAX_PATH)
    return value if value.startswith("/") and "\0" not in value else ""
