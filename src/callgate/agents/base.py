"""What every agent adapter is: the agent's JSON in, an `Event` out; a `Verdict` in, the agent's bytes out."""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple, Protocol

from callgate.core.model import ToolCall, Verdict


class Event(NamedTuple):
    """One message of an agent to its hook."""

    name: str
    """The event as the agent calls it (`PreToolUse`)."""
    call: ToolCall | None
    """The tool call to decide; `None` when the event asks for no decision."""
    payload: Mapping[str, Any]
    """The whole message, JSON values, for fields that only one agent sends."""


class Agent(Protocol):
    """One agent's protocol. An adapter holds no state and does no I/O."""

    @property
    def name(self) -> str:
        """The agent's name as the journal writes it (`claude-code`)."""

    def parse(self, payload: object) -> Event:
        """Turn a decoded JSON message into an `Event`.

        Raises:
            InputError: the message is not one of this agent, or not a tool call that can be judged.
        """

    def render(self, verdict: Verdict, event: Event) -> bytes:
        """Return what the agent reads as *verdict*, never more permissive than it; empty bytes for no opinion."""
