"""The logs that a question is about: opened, or the error that there are none; and what was left out of them."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any, Iterator

from callgate.reviewer.logs.relation import Relation, relation
from callgate.reviewer.logs.sources import Snapshot, chains_of, snapshot
from callgate.reviewer.logs.stream import Report
from callgate.reviewer.logs.window import Window
from callgate.reviewer.query.base import QueryError

if TYPE_CHECKING:
    from callgate.reviewer.query.base import Context

_NAMED: int = 20


def logs_of(context: Context) -> Snapshot:
    """Return the log files of *context* as they are now. Logs that are there and empty are no error.

    Raises:
        QueryError: `log_not_found`: a log that was named is not there or cannot be read, or no log is there at all.
    """
    chains = chains_of(context.gate, context.logs)
    found = snapshot(chains)
    for path in context.logs:
        real = os.path.realpath(path)
        reason = next((one.reason for one in found.skipped if one.path == real), "")
        if reason:
            raise _missing(f"the log `{path}` cannot be read: {reason}", path)
        if not os.path.lexists(path):
            raise _missing(f"there is no log `{path}`", path)
    if not found.found:
        raise _missing(f"there is no log yet: `{chains[0].path}` would be it", chains[0].path)
    return found


@contextlib.contextmanager
def open_relation(
    context: Context, found: Snapshot, window: Window, report: Report, decision: str = ""
) -> Iterator[Relation]:  # fmt: skip
    """Open the decisions of *window* for counting questions: only *decision*, where it is named.

    Raises:
        QueryError: `internal_error`: DuckDB cannot answer; the reason is in it.
    """
    import duckdb  # noqa: PLC0415 - 60 ms, and only heavy questions need it

    try:
        with relation(found, window, context.gate.places.state_dir, report, decision) as opened:
            yield opened
    except duckdb.Error as error:
        reason = str(error).split("\n", 1)[0][:300]
        help_ = "ask about a shorter time (`since`, `until`), or make room on the disk of the state directory"
        raise QueryError("internal_error", f"the logs cannot be counted: {reason}", {"help": help_}) from error


def skipped(report: Report) -> dict[str, Any]:
    """Return what an answer says of *report*: how many lines, why, and which files."""
    return {
        "lines": report.total,
        "reasons": dict(sorted(report.lines.items())),
        "files": [{"path": one.path, "reason": one.reason} for one in report.files[:_NAMED]],
    }


def _missing(message: str, path: str) -> QueryError:
    return QueryError("log_not_found", message, {"file": path, "help": "name another one with `--log FILE`"})
