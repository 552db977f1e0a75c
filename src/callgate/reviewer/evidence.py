"""Opens what the gate has logged, and gathers it: what suggestions, patterns and reports rest on."""

from __future__ import annotations

import os
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Mapping, Sequence

from callgate.reviewer.cluster.calls import Gathered, gather
from callgate.reviewer.history import History, open_history
from callgate.reviewer.outcomes import join, outcome_files, read_outcomes

if TYPE_CHECKING:
    from callgate.gate import Gate

_JOINED: Final = (
    "timestamp", "session_id", "tool_name", "tool_input", "decision", "decision_source", "decision_id", "tool_use_id",
    "permission_mode",
)  # fmt: skip
"""Fields of a review line that tell what a person decided."""


def open_logs(gate: Gate, logs: Sequence[str] = ()) -> History:
    """Return the history in *logs*, else in those that the policy of *gate* writes.

    Raises:
        FileNotFoundError: a named log is not there, or the gate has written none yet.
    """
    if not logs:
        history = open_history(gate)
        if any(os.path.lexists(file) for file in history.files):
            return history
        raise FileNotFoundError(f"there is no log yet: `{history.files[0]}` would be it")
    missing = next((file for file in logs if not os.path.lexists(file)), None)
    if missing is not None:
        raise FileNotFoundError(f"there is no log `{missing}`")
    return History(logs)


def read_calls(
    gate: Gate, logs: Sequence[str] = (), *, since: float | None = None, until: float | None = None, tool: str = "",
    outcomes: Mapping[str, str] | None = None,
) -> Gathered:  # fmt: skip
    """Return the distinct calls of a window of the logs.

    Args:
        gate: whose logs.
        logs: files to read instead.
        since: seconds since the epoch, inclusive.
        until: seconds since the epoch, exclusive.
        tool: only its calls.
        outcomes: decision id -> what the person did; `None` looks it up in the log of outcomes, where there is one.

    Raises:
        OSError: there is no log, or it cannot be read.
    """
    history = open_logs(gate, logs)
    if outcomes is None:
        outcomes = conclusions(gate, history, since=since, until=until)
    found = gather(history.newest(since=since, until=until), outcomes, tool=tool)
    found.skipped = history.skipped
    return found


def conclusions(
    gate: Gate, history: History, *, since: float | None = None, until: float | None = None, most: int | None = None
) -> dict[str, str]:
    """Return what the person made of each decision of a window, as `outcomes.join` concludes it.

    Args:
        gate: whose log of outcomes.
        history: the decisions.
        since: seconds since the epoch, inclusive.
        until: seconds since the epoch, exclusive.
        most: look at the newest ones only, so many.

    Returns:
        decision id -> conclusion; nothing when no outcome was ever logged.

    Raises:
        OSError: a log cannot be read.
    """
    files = [file for file in outcome_files(gate.places.outcomes_file) if os.path.lexists(file)]
    if not files:
        return {}
    newest = islice(history.newest(since=since, until=until), most)
    decisions = (_slim(entry.record) for entry in newest)
    return join(decisions, read_outcomes(files))


def _slim(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `join` looks at: it keeps the lines of every session that it knows of."""
    return {name: record[name] for name in _JOINED if name in record}
