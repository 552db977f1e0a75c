"""A call that somebody asks about, judged by the gate as the hook would judge it. Nothing is written down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping, NamedTuple

from callgate.agents.claude_code import parse_payload
from callgate.core.errors import InputError
from callgate.core.model import ToolCall, Verdict
from callgate.engine.stages import STAGES

if TYPE_CHECKING:
    from callgate.engine.explain import Explanation
    from callgate.gate import Gate


class Judged(NamedTuple):
    """A call with what the gate says of it."""

    call: ToolCall | None
    """`None` when the hook would not take it for a call."""
    verdict: Verdict
    fault: str = ""
    """Why the hook could not judge it, and asks; empty when it could."""
    undecided: bool = False
    """Nothing but the default speaks of it: the model judge, where one is enabled, would be asked."""


def judge(gate: Gate, tool: str, tool_input: Mapping[str, Any], *, cwd: str, mode: str) -> Judged:
    """Return what the hook would answer to a call.

    The call goes through the checks of the agent's adapter, so what the hook would refuse as input is an *ask* here as
    it is there.

    Args:
        gate: the gate of the hook.
        tool: as the agent spells it.
        tool_input: JSON values.
        cwd: absolute, or empty.
        mode: the permission mode; empty is `default`.
    """
    message = {"tool_name": tool, "tool_input": tool_input, "cwd": cwd, "permission_mode": mode or None}
    try:
        call = parse_payload(message).call
    except InputError as error:
        return Judged(None, _ask(str(error)), str(error))
    if call is None:  # no event is named, so it always is a call
        return Judged(None, _ask("input is not a tool call"), "input is not a tool call")
    return judged(gate, call)


def judged(gate: Gate, call: ToolCall) -> Judged:
    """Return what the gate says of *call*."""
    found = gate.examine(call)
    verdict = found.verdict
    off = found.observation.off_until if found.observation else None
    switched_off = off is not None and found.observation is not None and found.observation.now < off
    undecided = (
        not switched_off
        and verdict.stage == STAGES[-1].number
        and verdict.source in ("default", "passthrough")
        and not found.error
    )
    return Judged(call, verdict, "callgate failed in analysing this call" if found.error else "", undecided)


def explained(gate: Gate, of: Judged) -> Explanation | None:
    """Return the stages behind *of*, with its very verdict; `None` when the call could not be judged."""
    if of.call is None:
        return None
    try:
        return gate.explain(of.call)._replace(verdict=of.verdict)
    except Exception:
        if not of.fault:
            raise
        return None


def _ask(fault: str) -> Verdict:
    """Return the verdict of a hook that cannot judge what it got (`hook/main.py`)."""
    return Verdict("ask", f"callgate could not judge this call: {fault}", "error", 10, "partial")
