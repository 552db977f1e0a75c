"""Claude Code: its PreToolUse message in, its permission decision out (contract.md section 1).

The host fails open: a crash, a time-out or output that it cannot read lets the call through. So everything that is
not plainly a tool call raises `InputError` here, and the hook answers it with `ask_for`.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from callgate.agents.base import Event
from callgate.agents.visible import visible
from callgate.core.errors import InputError
from callgate.core.model import ToolCall, Verdict

MAX_INPUT = 10 * 1024 * 1024
"""Bytes of one message; more is refused."""

MAX_DEPTH = 200
"""Containers within containers; more is refused, whatever the interpreter could still take."""

MAX_REASON = 9_000
"""Length of a reason in UTF-16 units, as the host counts; it moves strings over 10,000 into a file."""

_CUT = " … (cut)"
_PRE = "PreToolUse"

_REQUIRED: dict[str, str] = {
    "Bash": "command",
    "PowerShell": "command",
    "Read": "file_path",
    "Write": "file_path",
    "Edit": "file_path",
    "MultiEdit": "file_path",
    "NotebookEdit": "notebook_path",
}
"""The field that says what a built-in tool would touch: without it there is nothing to judge."""

PATH_FIELDS: dict[str, str] = {"NotebookEdit": "notebook_path", "Glob": "path", "Grep": "path", "LS": "path"}
"""Tool -> the field that says which file or directory it is about; `file_path` of all others."""

_TEXT_FIELDS: dict[str, tuple[str, ...]] = {
    "Monitor": ("command",),
    "Glob": ("pattern", "path"),
    "Grep": ("pattern", "path", "glob"),
    "WebFetch": ("url",),
    "Task": ("subagent_type", "prompt"),
    "Agent": ("subagent_type", "prompt"),
}
"""Optional fields that rules look at: of another type they would slip past every text matcher."""


class ClaudeCode:
    """The adapter as an `Agent`."""

    name = "claude-code"

    def parse(self, payload: object) -> Event:
        """Turn a decoded message into an `Event`; see `parse_payload`."""
        return parse_payload(payload)

    def render(self, verdict: Verdict, event: Event) -> bytes:
        """Return the decision as bytes; nothing for an event that takes none."""
        return render(verdict) if event.name == _PRE else b""


def parse_input(data: bytes, *, limit: int = MAX_INPUT) -> Event:
    """Decode one message from the host's pipe.

    Args:
        data: all of standard input, or at least `limit + 1` bytes of it.
        limit: the most bytes that are looked at.

    Raises:
        InputError: empty, too large, not UTF-8, not one JSON object, keys that occur twice, numbers that JSON does not
            have, nesting deeper than `MAX_DEPTH`, or not a tool call (`parse_payload`).
    """
    if len(data) > limit:
        raise InputError(f"input is larger than {limit} bytes")
    if b"\0" in data:
        raise InputError("input has a NUL byte")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"input is not UTF-8 (byte {error.start})") from None
    if not text.strip():
        raise InputError("input is empty")
    try:
        payload = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)
    except RecursionError:
        raise InputError(f"input is nested deeper than {MAX_DEPTH} levels") from None
    except json.JSONDecodeError as error:
        raise InputError(
            f"input is not JSON: {error.msg.lower()} (line {error.lineno}, column {error.colno})"
        ) from None
    except ValueError:  # the interpreter refuses integers of thousands of digits
        raise InputError("input is not JSON: a number has too many digits") from None
    if text.count("{") + text.count("[") > MAX_DEPTH:
        _check_depth(payload)
    return parse_payload(payload)


def parse_payload(payload: object) -> Event:
    """Turn a decoded message into an `Event`.

    A message without `hook_event_name` is a PreToolUse (older hosts send none), in whatever case it is spelled.

    Raises:
        InputError: not an object; `tool_name` missing, empty or not a string; `tool_input` not an object; a field of
            the wrong type; a NUL in a name, a path or a command; `cwd` not absolute.
    """
    if not isinstance(payload, dict):
        raise InputError(f"input is not a JSON object but {_kind(payload)}")
    name = _text(payload, "hook_event_name") or _PRE
    if name.lower() != _PRE.lower():
        return Event(name=name, call=None, payload=payload)
    tool = payload.get("tool_name")
    if not isinstance(tool, str) or not tool.strip():
        raise InputError("input has no `tool_name`" if tool is None else "`tool_name` is not a non-empty string")
    tool_input = payload.get("tool_input", {})
    if not isinstance(tool_input, dict):
        raise InputError(f"`tool_input` is not an object but {_kind(tool_input)}")
    cwd = payload.get("cwd", "")
    if not isinstance(cwd, str):
        raise InputError(f"`cwd` is not a string but {_kind(cwd)}")
    if cwd and not cwd.startswith("/"):
        raise InputError("`cwd` is not an absolute path")
    for field, value in (("tool_name", tool), ("cwd", cwd)):
        if "\0" in value:
            raise InputError(f"`{field}` has a NUL character")
    _check_input(tool, tool_input)
    call = ToolCall(
        tool=tool,
        input=tool_input,
        cwd=cwd,
        session_id=_text(payload, "session_id"),
        tool_use_id=_text(payload, "tool_use_id"),
        agent=ClaudeCode.name,
        mode=_text(payload, "permission_mode") or "default",
    )
    return Event(name=_PRE, call=call, payload=payload)


def render(verdict: Verdict, *, always: bool = False) -> bytes:
    """Return *verdict* as the host reads it: one JSON object and a newline, or nothing for no opinion.

    Notes that the reason does not mention follow it. Whatever could draw on a terminal is escaped (`visible`).

    Args:
        verdict: the gate's answer.
        always: print even no opinion, as an *ask* (`--test-mode`).
    """
    decision: str = verdict.decision
    reason = verdict.reason
    if decision == "passthrough":
        if not always:
            return b""
        decision, reason = "ask", f"no opinion: {reason}"
    elif decision not in ("allow", "deny", "ask"):
        return ask_for(f"the gate gave no decision that the agent knows: `{decision}`")
    for note in verdict.notes:
        if note not in reason:
            reason = f"{reason}; note: {note}" if reason else note
    return _decision(decision, reason)


def ask_for(fault: str) -> bytes:
    """Return the explicit *ask* for a call that could not be judged, naming *fault*."""
    return _decision("ask", f"callgate could not judge this call: {fault}")


def _decision(decision: str, reason: str) -> bytes:
    answer = {
        "hookSpecificOutput": {
            "hookEventName": _PRE,
            "permissionDecision": decision,
            "permissionDecisionReason": _cap(visible(reason[: MAX_REASON + 1])),
        },
        "suppressOutput": True,
    }
    return json.dumps(answer, ensure_ascii=True, separators=(",", ":")).encode("ascii") + b"\n"


def _cap(text: str) -> str:
    """Shorten to `MAX_REASON` UTF-16 units. *text* holds no lone surrogate: `visible` escapes them."""
    units = text.encode("utf-16-le")
    if len(units) <= 2 * MAX_REASON:
        return text
    return units[: 2 * (MAX_REASON - len(_CUT))].decode("utf-16-le", "ignore") + _CUT


def _text(payload: dict[str, Any], field: str) -> str:
    """Return an optional string field of the envelope; null counts as missing."""
    value = payload.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InputError(f"`{field}` is not a string but {_kind(value)}")
    if "\0" in value:
        raise InputError(f"`{field}` has a NUL character")
    return value


def _check_input(tool: str, tool_input: dict[str, Any]) -> None:
    """Refuse an input whose decisive fields are missing, not text, or hold a NUL (which ends a C string early)."""
    required = _REQUIRED.get(tool, "")
    if required and required not in tool_input:
        raise InputError(f"`tool_input` of `{tool}` has no `{required}`")
    for field in (required,) if required else _TEXT_FIELDS.get(tool, ()):
        if field not in tool_input:
            continue
        value = tool_input[field]
        if not isinstance(value, str):
            raise InputError(f"`{field}` of `{tool}` is not a string but {_kind(value)}")
        if "\0" in value:
            raise InputError(f"`{field}` of `{tool}` has a NUL character")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that occurs twice: the host may act on one value while the gate judges the other."""
    out = dict(pairs)
    if len(out) == len(pairs):
        return out
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            raise InputError(f"input has the key `{key[:80]}` twice")
        seen.add(key)
    return out


def _no_constant(name: str) -> NoReturn:
    raise InputError(f"input is not JSON: `{name}` is not a JSON number")


def _finite(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise InputError(f"input has a number out of range: `{digits[:40]}`")
    return value


def _check_depth(payload: object) -> None:
    """Refuse deep nesting level by level, without recursion: later steps may recurse over the input."""
    level = [payload]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node if isinstance(node, list) else ())
            if isinstance(child, (dict, list))
        ]
        if not level:
            return
    raise InputError(f"input is nested deeper than {MAX_DEPTH} levels")


def _kind(value: object) -> str:
    """Name a JSON value's type for a message."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else "a boolean"
    names = ((str, "a string"), (int, "a number"), (float, "a number"), (list, "an array"), (dict, "an object"))
    return next((name for kind, name in names if isinstance(value, kind)), type(value).__name__)
