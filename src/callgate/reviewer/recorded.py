"""What a logged line keeps of a call, as the values that the engine decides on.

A log may be torn, old, or written by an agent that somebody steers: what has not the right shape reads as absent, and
an observation that is not whole is none at all.
"""

from __future__ import annotations

from typing import Any, Mapping

from callgate.core.model import Observation, ToolCall
from callgate.reviewer.entry import Entry


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
    value = entry.record.get("observation")
    if not isinstance(value, dict):
        return None
    home, project, now = value.get("home"), value.get("project"), value.get("now")
    links, protected = value.get("links", {}), value.get("protected", ())
    tables = [_lists(value.get(name, {})) for name in ("expansions", "sweeps", "shadowing")]
    if not (isinstance(home, str) and home.startswith("/") and isinstance(project, str) and isinstance(links, dict)):
        return None
    if project and not project.startswith("/"):
        return None
    if not isinstance(now, (int, float)) or not _texts(protected) or not _texts(list(links.values())):
        return None
    expansions, sweeps, shadowing = tables
    if expansions is None or sweeps is None or shadowing is None:
        return None
    return Observation(
        home, project, links, expansions, sweeps, shadowing, now=float(now), protected=tuple(protected)
    )  # fmt: skip


def _texts(value: object) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(one, str) for one in value)


def _lists(value: object) -> Mapping[str, tuple[str, ...] | None] | None:
    if not isinstance(value, dict):
        return None
    found: dict[str, tuple[str, ...] | None] = {}
    each: Any
    for key, each in value.items():
        if each is not None and not _texts(each):
            return None
        found[key] = None if each is None else tuple(each)
    return found
