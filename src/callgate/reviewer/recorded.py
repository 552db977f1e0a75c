"""What a logged line keeps of a call, as the values that the engine decides on.

A log may be torn, old, or written by an agent that somebody steers: what has not the right shape reads as absent, and
an observation that is not whole is none at all.
"""

from __future__ import annotations

from callgate.core.model import Observation, ToolCall
from callgate.reviewer.entry import Entry
from callgate.reviewer.replay.observation import observation_of as read_observation


def call_of(entry: Entry) -> ToolCall:
    """Return the call that *entry* tells of, as it was logged: where secrets were masked it is not what was sent."""
    agent = entry.record.get("agent")
    return ToolCall(
        entry.tool, entry.input, entry.cwd, entry.session_id, entry.tool_use_id,
        agent if isinstance(agent, str) and agent else "claude-code", entry.mode,
    )  # fmt: skip


def is_whole(entry: Entry) -> bool:
    """Whether the input was logged as it was sent: nothing in it masked or cut."""
    masked = entry.record.get("masked")
    return not masked or (
        isinstance(masked, list) and not any(str(what).startswith(("tool_input", "cwd")) for what in masked)
    )


def observation_of(entry: Entry) -> Observation | None:
    """Return what the engine was told of the host when the call was decided; `None` when the line does not say.

    The switch is left out: what a rule would do is asked for a gate that is on.
    """
    found = read_observation(entry.record.get("observation"))
    if found is None or not found.home.startswith("/") or (found.project and not found.project.startswith("/")):
        return None
    return found._replace(off_until=None)
