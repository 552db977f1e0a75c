"""The agents that callgate speaks to, one file each, behind one Protocol."""

from __future__ import annotations

from typing import Callable

from callgate.agents.base import Agent


def _claude_code() -> Agent:
    from callgate.agents.claude_code import ClaudeCode  # noqa: PLC0415 - a hook loads its own agent only

    return ClaudeCode()


AGENTS: dict[str, Callable[[], Agent]] = {
    "claude-code": _claude_code,
}
"""Agent name -> function that imports and returns its adapter."""
