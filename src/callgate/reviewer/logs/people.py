"""What people did with the logged calls, for the decisions that a list shows or a sum counts (docs/outcomes.md)."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, Iterable, Mapping

from callgate.journal.reading import log_files, read_back
from callgate.reviewer.outcomes import join
from callgate.reviewer.went_on import LONGEST
from callgate.times import parse_time

if TYPE_CHECKING:
    from callgate.gate import Gate
    from callgate.reviewer.entry import Entry
    from callgate.reviewer.logs.relation import Relation

MAX_DECISIONS: Final = 50_000
"""Decisions that are joined, the newest ones: it is done line by line."""

_MAX_OUTCOMES: Final = 200_000
_FIELDS: Final = (
    *("timestamp", "tool_name", "tool_input", "decision", "decision_source", "session_id", "decision_id"),
    *("tool_use_id", "permission_mode"),
)


def outcomes(gate: Gate, since: float | None) -> list[dict[str, Any]]:
    """Return what the journal heard of calls from *since* (seconds since the epoch) on, the latest first.

    Best effort: a log that cannot be read tells nothing.
    """
    found: list[dict[str, Any]] = []
    try:
        for line in itertools.islice(read_back(log_files(gate.places.outcomes_file)), _MAX_OUTCOMES):
            time = parse_time(line.get("timestamp"))
            if since is not None and time is not None and time < since - LONGEST:
                break
            found.append(line)
    except OSError:
        return found
    return found


def begins(first: float) -> float:
    """Return from when on decisions must be known to judge one of the time *first*."""
    return first - LONGEST


def of_entries(entries: Iterable[Entry], heard: list[dict[str, Any]]) -> Mapping[str, str]:
    """Return decision id -> `approved`, `refused`, `ran` or `unknown`.

    Args:
        entries: all decisions from `begins` on; of more than `MAX_DECISIONS` the first ones count.
        heard: from `outcomes`.
    """
    return join((entry.record for entry in itertools.islice(entries, MAX_DECISIONS)), heard)


def of_relation(
    decisions: Relation, heard: list[dict[str, Any]], most: int | None = MAX_DECISIONS
) -> Mapping[str, str]:
    """Return the same as `of_entries` for the *most* latest of *decisions*, all of them for `None`."""
    sessions = sorted({name for line in heard if isinstance(name := line.get("session_id"), str) and name.isascii()})
    rows = decisions.all(
        "SELECT timestamp, tool, input, decision, source, session_id, decision_id, tool_use_id, mode FROM decisions "
        "WHERE list_contains($sessions::VARCHAR[], session_id) ORDER BY time_us DESC LIMIT $most",
        {"sessions": sessions, "most": 2**62 if most is None else most},
    )
    return join(map(_record, rows), heard)


def counted(decisions: Relation, heard: list[dict[str, Any]]) -> dict[str, int]:
    """Return how many of *decisions* a person approved or refused, and how many ran without anybody being asked."""
    found = Counter(of_relation(decisions, heard).values())
    return {word: found[word] for word in ("approved", "refused", "ran")}


def _record(row: tuple[Any, ...]) -> dict[str, Any]:
    record = dict(zip(_FIELDS, row, strict=True))
    record["tool_input"] = json.loads(record["tool_input"])
    return record
