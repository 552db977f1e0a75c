"""Opens what the gate has logged, and gathers it: what suggestions, patterns and reports rest on."""

from __future__ import annotations

import os
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Mapping, Sequence

from callgate.journal.reading import log_files, read_back
from callgate.reviewer.cluster.calls import Gathered, Sessions, gather
from callgate.reviewer.cluster.known import known_to
from callgate.reviewer.history import History, open_history
from callgate.reviewer.logs.stream import Report
from callgate.reviewer.logs.window import Window
from callgate.reviewer.outcomes import join

if TYPE_CHECKING:
    from callgate.gate import Gate
    from callgate.reviewer.logs.sources import LogOwner, Snapshot

LINE_BY_LINE: Final = 4 * 1024 * 1024
"""Bytes of logs that are read line by line: DuckDB takes a tenth of a second before it has read anything."""

_JOINED: Final = (
    "timestamp", "session_id", "tool_name", "tool_input", "decision", "decision_source", "decision_id", "tool_use_id",
    "permission_mode",
)  # fmt: skip
"""Fields of a review line that tell what a person decided."""


def open_logs(gate: Gate, logs: Sequence[str] = ()) -> tuple[History, Snapshot]:
    """Return the history in *logs*, else in those that the policy of *gate* writes, and its files as they are now.

    Raises:
        FileNotFoundError: a named log is not there, or the gate has written none yet.
        OSError: a named log is no file of decisions that can be read and trusted.
    """
    if not logs:
        history = open_history(gate)
        files = history.snapshot()
        if files.found:
            return history, files
        raise FileNotFoundError(f"there is no log yet: `{history.files[0]}` would be it")
    missing = next((file for file in logs if not os.path.lexists(file)), None)
    if missing is not None:
        raise FileNotFoundError(f"there is no log `{missing}`")
    history = open_history(gate, logs)
    files = history.snapshot()
    named = {os.path.realpath(log) for log in logs}
    for one in files.skipped:
        if os.path.realpath(one.path) in named:
            raise OSError(f"the log `{one.path}` cannot be read: {one.reason}")
    return history, files


def read_calls(
    gate: Gate, logs: Sequence[str] = (), *, since: float | None = None, until: float | None = None, tool: str = "",
    decision: str = "", outcomes: Mapping[str, str] | None = None, sessions: Sessions = "all",
    rules: bool = True,
) -> Gathered:  # fmt: skip
    """Return the distinct calls of a window of the logs.

    Args:
        gate: whose logs.
        logs: files to read instead.
        since: seconds since the epoch, inclusive.
        until: seconds since the epoch, exclusive.
        tool: only its calls.
        decision: only the times that they came out so; empty for all.
        outcomes: decision id -> what the person did; `None` looks it up in the log of outcomes, where there is one.
        sessions: what must be told of the conversations that made a call; less takes less time in long logs.
        rules: which rule was named must be told.

    Raises:
        OSError: there is no log, or it cannot be read.
    """
    history, files = open_logs(gate, logs)
    if sum(file.size for file in files.files) > LINE_BY_LINE:
        counted = _counted(gate, files, Window(since, until), outcomes, tool, decision, sessions=sessions, rules=rules)
        if counted is not None:
            return counted
    if outcomes is None:
        outcomes = conclusions(gate, history, since=since, until=until)
    found = gather(history.newest(since=since, until=until), outcomes, tool=tool, decision=decision)
    found.skipped = history.skipped
    return found


def _counted(
    gate: Gate, files: Snapshot, window: Window, outcomes: Mapping[str, str] | None, tool: str, decision: str, *,
    sessions: Sessions, rules: bool,
) -> Gathered | None:  # fmt: skip
    """Return the distinct calls as DuckDB counts them; `None` when it cannot (a full disk, too little memory)."""
    import duckdb  # noqa: PLC0415 - 60 ms, and only long logs need it

    from callgate.reviewer.cluster.counted import gather_counted  # noqa: PLC0415 - as above
    from callgate.reviewer.logs.people import of_relation  # noqa: PLC0415 - as above
    from callgate.reviewer.logs.relation import relation  # noqa: PLC0415 - as above

    report = Report()
    try:
        with relation(files, window, gate.places.state_dir, report, decision) as decisions:
            if outcomes is None:
                # All of them: a call that a person refused once must never be suggested.
                heard = list(read_back(log_files(gate.places.outcomes_file)))
                outcomes = of_relation(decisions, heard, None) if heard else {}
            found = gather_counted(decisions, outcomes, tool=tool, known=known_to(gate), sessions=sessions, rules=rules)
    except duckdb.Error:
        return None
    found.skipped = report.total
    return found


def conclusions(
    gate: LogOwner, history: History, *, since: float | None = None, until: float | None = None, most: int | None = None
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
    files = [file for file in log_files(gate.places.outcomes_file) if os.path.lexists(file)]
    if not files:
        return {}
    newest = islice(history.newest(since=since, until=until), most)
    decisions = (_slim(entry.record) for entry in newest)
    return join(decisions, read_back(files))


def _slim(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `join` looks at: it keeps the lines of every session that it knows of."""
    return {name: record[name] for name in _JOINED if name in record}
