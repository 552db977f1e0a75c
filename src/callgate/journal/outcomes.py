"""What became of a call after its decision: one line per event of the agent, in a log of its own.

The decision log says what the gate thought. Whether a call that asked, or had no opinion to go by, ran after all is
known only later, from other events. They are cheap: no policy is read and nothing is decided.
"""

from __future__ import annotations

import json
from typing import Any, Final, Literal, Mapping, NamedTuple

from callgate.journal.append import Limits, append
from callgate.journal.masking import mask_parts
from callgate.journal.records import timestamp

Happening = Literal["requested", "ran", "failed"]
"""A person is about to be asked; the tool ran; it failed while it ran."""

DIGEST_LENGTH: Final = 32
"""Hexadecimal digits: 128 bits, so that nobody finds two inputs with one digest."""


class Outcome(NamedTuple):
    """One event, as an agent adapter found it in the agent's message."""

    event: Happening
    session_id: str
    tool: str
    input: Mapping[str, Any]
    """The tool's input at the time of the event; a person may have changed it in the dialog."""
    tool_use_id: str = ""
    """Empty for `requested`: Claude Code does not send it there."""
    agent: str = "claude-code"
    interrupted: bool = False
    """A person stopped the tool while it ran."""
    attended: bool | None = None
    """Whether the agent says that a person can answer its dialogs; `None` when it does not say."""
    subagent: str = ""
    """The agent's own number of the subagent that made the call; empty for the main conversation."""


def input_digest(masked: object) -> str:
    """Return the digest of a tool input *as the decision log has it*: SHA-256 of its canonical JSON, shortened.

    The masked input is digested, not the true one: a digest of the true one would let everybody who reads the log
    try out what a masked password might be.

    Raises:
        ValueError: not JSON values.
        RecursionError: nested too deep.
    """
    import hashlib  # noqa: PLC0415 - the hook must not pay for it when it decides

    text = json.dumps(masked, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:DIGEST_LENGTH]


def build(outcome: Outcome, *, now: float) -> dict[str, Any]:
    """Return the line for *outcome*, masked in the order of `records.build`, so that both logs have the same texts."""
    parts: dict[str, object] = {
        "tool_input": dict(outcome.input),
        "session_id": outcome.session_id,
        "tool_name": outcome.tool,
        "tool_use_id": outcome.tool_use_id,
        "subagent": outcome.subagent,
    }
    masked, _ = mask_parts(parts, fields=("tool_input",))
    return {
        "timestamp": timestamp(now),
        "session_id": masked["session_id"],
        "tool_name": masked["tool_name"],
        "tool_use_id": masked["tool_use_id"],
        "agent": outcome.agent,
        "event": outcome.event,
        "input_digest": input_digest(masked["tool_input"]),
        "interrupted": outcome.interrupted,
        "attended": outcome.attended,
        "subagent": masked["subagent"],
    }


def record(path: str, outcome: Outcome, *, now: float, limits: Limits = Limits()) -> str:  # noqa: B008 - immutable
    """Append the line for *outcome* to the log at *path*.

    Args:
        path: the log; made with mode 0600 when missing.
        outcome: the event; secrets in its input leave no trace.
        now: seconds since the epoch, UTC.
        limits: rotation and retention.

    Returns:
        Empty, or what went wrong beside the write (the log could not be rotated).

    Raises:
        OSError: the line is not in the log.
        ValueError: the input is not JSON, or the path has a NUL character.
        RecursionError: the input is nested too deep.
    """
    line = json.dumps(build(outcome, now=now), ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return append(path, line.encode("ascii") + b"\n", limits=limits, now=now)
