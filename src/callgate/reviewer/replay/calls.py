"""What is replayed: a tool call with what was known of the host, whatever kind of line it was read from."""

from __future__ import annotations

import json
from typing import Any, Final, Literal, Mapping, NamedTuple

from callgate.agents.claude_code import parse_payload
from callgate.core.errors import InputError
from callgate.core.model import Observation, ToolCall
from callgate.core.paths import is_within, normalise
from callgate.observe import project_root
from callgate.reviewer.entry import Entry, decode
from callgate.reviewer.replay.observation import observation_of
from callgate.times import parse_time

LineKind = Literal["log", "trace", "spool"]
"""`log`: review lines; `trace`: plain calls; `spool`: plain calls that callgate has taken out of transcripts."""

Person = Literal["", "approved", "refused"]
"""What a person made of the call when they were asked; empty when nobody was, or nobody knows."""

_FACTS: Final = ("tool_input", "tool_name", "cwd", "permission_mode", "observation")
"""Parts of a review line that the decision depends on."""


class Call(NamedTuple):
    """One call of history."""

    call: ToolCall
    observation: Observation | None
    """`None` when it was not recorded: then nothing is known of links and of what patterns stand for."""
    project: str
    """Project root; that of the observation where there is one."""
    time: float
    """Seconds since the epoch, UTC."""
    logged: str = ""
    """The decision then; empty when none was recorded."""
    logged_by: str = ""
    """The rule or guardrail that decided then, else what kind of thing did."""
    decision_id: str = ""
    masked: bool = False
    """Masking changed something that the decision depends on."""
    person: Person = ""


class Unusable(NamedTuple):
    """A line that is no call to replay."""

    failed: bool
    """It is a decision, but callgate itself failed then: there is nothing to compare with."""


NOT_A_CALL: Final = Unusable(failed=False)
FAILED: Final = Unusable(failed=True)


class Where(NamedTuple):
    """What is taken for granted of calls whose observation was not recorded."""

    home: str
    project: str = ""
    """The project root of all of them; empty: each has its own."""
    now: float = 0.0
    """Seconds since the epoch: when calls were made that do not say when."""


def read_line(line: bytes, kind: LineKind, where: Where) -> Call | Unusable:
    """Return the call in *line*, without its line end.

    Args:
        line: as it stands in the file; it may hold anything.
        kind: what kind of file it is.
        where: see `Where`.
    """
    if kind == "log":
        entry = decode(line)
        return NOT_A_CALL if entry is None else from_entry(entry, where)
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return NOT_A_CALL
    return from_trace(value, where, spooled=kind == "spool")


def from_entry(entry: Entry, where: Where) -> Call | Unusable:
    """Return the call of a logged decision; `FAILED` when callgate failed on it."""
    record = entry.record
    observation = observation_of(record.get("observation"))
    if record.get("error") or (entry.source == "error" and observation is None):
        return FAILED
    cwd = entry.cwd if entry.cwd.startswith("/") else ""
    call = ToolCall(entry.tool, entry.input, cwd, entry.session_id, entry.tool_use_id, mode=entry.mode)
    return Call(
        call, observation, observation.project if observation else root_of(cwd, "", where), entry.time,
        entry.decision, entry.rule_id or entry.guardrail or entry.source, entry.decision_id, is_masked(record),
    )  # fmt: skip


def is_masked(record: Mapping[str, Any]) -> bool:
    """Whether the journal masked or cut something in *record* that decides."""
    masked = record.get("masked")
    if not isinstance(masked, list):
        return False
    return any(isinstance(what, str) and what.startswith(_FACTS) for what in masked)


def from_trace(value: object, where: Where, *, spooled: bool = False) -> Call | Unusable:
    """Return the call of a decoded trace line; what the hook would refuse as input is no call here either.

    Args:
        value: `{"command", "cwd"?}` or `{"tool", "input", "cwd"?}`, each with `mode`, `project` and `timestamp` or
            without, or a PreToolUse message. Other keys are not looked at.
        where: see `Where`.
        spooled: the line is one of `transcripts.py`: it may say what a person decided.
    """
    if not isinstance(value, dict):
        return NOT_A_CALL
    tool = value.get("tool", value.get("tool_name", "Bash" if "command" in value else None))
    given = value.get("input", value.get("tool_input"))
    if given is None and isinstance(value.get("command"), str):
        given = {"command": value["command"]}
    message = {
        "tool_name": tool, "tool_input": given, "cwd": value.get("cwd") or "",
        "permission_mode": value.get("mode", value.get("permission_mode")),
    }  # fmt: skip
    try:
        call = parse_payload(message).call
    except (InputError, RecursionError):
        return NOT_A_CALL
    if call is None:
        return NOT_A_CALL
    named = value.get("project")
    root = root_of(call.cwd, named if isinstance(named, str) and named.startswith("/") else "", where)
    person: Person = "refused" if spooled and value.get("person") == "refused" else ""
    return Call(call, None, root, parse_time(value.get("timestamp")) or where.now, person=person)


def root_of(cwd: str, named: str, where: Where) -> str:
    """Return the project root of a call whose root was not recorded, without a look at the disk of today.

    As the gate finds it when the agent's host names the root: *named* when *cwd* lies in it or is unknown, else *cwd*;
    and no root at all where that is the home directory, a system directory, or above one.
    """
    if where.project:
        return where.project
    if not (named and (not cwd or is_within(normalise(cwd), normalise(named)))):
        named = cwd
    return project_root({"CLAUDE_PROJECT_DIR": named}, cwd, where.home)
