"""Rows of the logs that pass a filter: the newest ones line by line, all others by DuckDB."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any, Final, Iterator, Mapping, NamedTuple, Sequence

from callgate.reviewer.logs.ask import open_relation
from callgate.reviewer.logs.columns import ANSWERED, from_columns, row
from callgate.reviewer.logs.relation import NEWEST, Relation, reaching
from callgate.reviewer.logs.sql import KINDS, Translation, order_by
from callgate.reviewer.logs.stream import Report, stream
from callgate.reviewer.logs.window import Window
from callgate.reviewer.query.filters import Aggregate, And, Condition, Filter, Sort, aggregate, matches, order

if TYPE_CHECKING:
    from callgate.reviewer.logs.sources import Snapshot
    from callgate.reviewer.query.base import Context

LOOK: Final = 1_000
"""Decisions that are read line by line, newest first, when every one of them is wanted."""

LOOK_FOR: Final = 64
"""The same in the hope of the few that a filter lets pass: some milliseconds, beside the 30 that DuckDB takes."""

_DAYS: Final = (1, 8)

_NAMES: Final = ", ".join(ANSWERED)


class Wanted(NamedTuple):
    """Which rows."""

    window: Window
    condition: Filter = And(())
    sort: tuple[Sort, ...] = ()
    """Empty: newest first."""
    offset: int = 0
    limit: int | None = None
    newest: int | None = None
    """Only so many of the newest rows that pass, behind those of `offset`, before they are sorted."""


def select(context: Context, found: Snapshot, wanted: Wanted, report: Report) -> list[dict[str, Any]]:
    """Return the rows.

    Args:
        context: whose logs.
        found: the log files.
        wanted: which rows.
        report: gets what is skipped in what was read.

    Raises:
        QueryError: the logs cannot be counted.
    """
    count = _count(wanted)
    if count is None or wanted.sort:
        with open_relation(context, found, wanted.window, report, _decided(wanted.condition)) as decisions:
            return _rows(decisions, wanted)
    latest = wanted.window.until
    if latest is None:  # where the window ends sooner, its end would have to be looked for in each file
        newest, latest = _newest(found, wanted, count, report)
        if newest is not None:
            return newest[wanted.offset :]
    # Far from the end of the log, but perhaps in the days before: few of its columns are needed then.
    rows: list[dict[str, Any]] = []
    decision = _decided(wanted.condition)
    near = None
    if decision and wanted.window.until is None:
        near = reaching(found, context.gate.places.state_dir, decision, count)
    for window in _growing(wanted.window, latest, near):
        report.clear()
        with open_relation(context, found, window, report, decision) as decisions:
            rows = _rows(decisions, wanted._replace(window=window, offset=0, limit=count, newest=None))
        if len(rows) == count:
            break
    return rows[wanted.offset :]


def _growing(window: Window, latest: float | None, near: float | None) -> Iterator[Window]:
    """Yield *window* last, and before it what is left of it since *near*, and the days at its end, where known."""
    least = -math.inf if window.since is None else window.since
    if near is not None and near > least:
        yield window._replace(since=near)
    for days in _DAYS if latest is not None else ():
        since = (latest or 0.0) - days * 86_400
        if since > least + 86_400:
            yield window._replace(since=since)
    yield window


def group(context: Context, found: Snapshot, wanted: Wanted, spec: Aggregate, report: Report) -> list[dict[str, Any]]:
    """Return the groups of the rows that pass, largest first (`filters.aggregate`); *wanted* limits and sorts nothing.

    Raises:
        QueryError: the logs cannot be counted.
    """
    with open_relation(context, found, wanted.window, report, _decided(wanted.condition)) as decisions:
        groups = _groups(decisions, wanted, spec)
        if groups is not None:
            return groups
        return aggregate(_passing(decisions, wanted), spec)


def _count(wanted: Wanted) -> int | None:
    """Return how many of the newest rows that pass are enough; `None` when all are needed."""
    counts = [one for one in (wanted.newest, wanted.limit) if one is not None]
    return wanted.offset + min(counts) if counts else None


def _look(wanted: Wanted) -> int:
    return LOOK if wanted.condition == And(()) else LOOK_FOR


def _decided(condition: Filter) -> str:
    """Return the one decision that rows which pass have; empty when there may be several."""
    for part in condition.parts if isinstance(condition, And) else (condition,):
        if isinstance(part, Condition) and (part.field, part.operator) == ("decision", "eq"):
            return part.operand if isinstance(part.operand, str) else ""
    return ""


def _newest(
    found: Snapshot, wanted: Wanted, count: int, report: Report
) -> tuple[list[dict[str, Any]] | None, float | None]:
    """Return the newest *count* rows, or `None` when they are not among the first ones; and the newest stamp."""
    rows: list[dict[str, Any]] = []
    report.files.extend(found.skipped)
    latest: float | None = None
    if count == 0:
        return rows, latest
    look = _look(wanted) if count <= _look(wanted) else 0
    for number, entry in enumerate(stream(found.files, wanted.window, report, newest=True)):
        latest = latest or entry.time
        if number >= look:
            return None, latest
        one = row(entry)
        if matches(wanted.condition, one):
            rows.append(one)
            if len(rows) == count:
                break
    return rows, latest


def _rows(decisions: Relation, wanted: Wanted) -> list[dict[str, Any]]:
    keys = order_by(wanted.sort)
    translation = Translation()
    condition = translation.condition(wanted.condition)
    if condition.exact and keys is not None and (wanted.newest is None or not wanted.sort):
        count = _count(wanted)
        limit = "" if count is None else f" LIMIT {count - wanted.offset:d}"
        ordered = f"{keys}, {NEWEST}" if keys else NEWEST
        sql = f"SELECT {_NAMES} FROM decisions WHERE {condition.sql} ORDER BY {ordered}{limit} OFFSET {wanted.offset:d}"
        return [from_columns(ANSWERED, record) for record in decisions.all(sql, translation.parameters)]
    passing = _passing(decisions, wanted)
    end = None if wanted.limit is None else wanted.offset + wanted.limit
    if not wanted.sort:
        return list(itertools.islice(passing, wanted.offset, _count(wanted)))
    if wanted.newest is None:
        return order(passing, wanted.sort)[wanted.offset : end]
    return order(itertools.islice(passing, wanted.offset, wanted.offset + wanted.newest), wanted.sort)[: wanted.limit]


def _passing(decisions: Relation, wanted: Wanted) -> Iterator[dict[str, Any]]:
    """Yield the rows that pass, newest first."""
    translation = Translation()
    condition = translation.condition(wanted.condition)
    sql = f"SELECT {_NAMES} FROM decisions WHERE {condition.sql} ORDER BY {NEWEST}"
    for record in decisions.each(sql, translation.parameters):
        one = from_columns(ANSWERED, record)
        if condition.exact or matches(wanted.condition, one):
            yield one


def _groups(decisions: Relation, wanted: Wanted, spec: Aggregate) -> list[dict[str, Any]] | None:
    """Return the groups as SQL counts them; `None` when it cannot."""
    translation = Translation()
    condition = translation.condition(wanted.condition)
    fields = [*spec.group_by, *(measure.field for measure in spec.measures)]
    if not condition.exact or any(KINDS.get(field, "object") == "object" for field in fields):
        return None
    if any(measure.field != "latency_us" for measure in spec.measures):
        return None
    keys = ", ".join(spec.group_by)
    grouped = f" GROUP BY {keys}" if keys else ""
    numbers = "count(*), count(latency_us), sum(latency_us), min(latency_us), max(latency_us)"
    columns = f"{keys}, {numbers}" if keys else numbers
    sql = f"SELECT {columns} FROM decisions WHERE {condition.sql}{grouped}"
    made = []
    for record in decisions.all(sql, translation.parameters):
        count, timed, total, low, high = record[len(spec.group_by) :]
        numbers_of: Mapping[str, Any] = {
            "sum": total if total is None else int(total),
            "avg": int(total) / timed if timed else None,
            "min": low,
            "max": high,
        }
        measured = {measure.name: numbers_of[measure.operator] for measure in spec.measures}
        made.append({**dict(zip(spec.group_by, record, strict=False)), "count": count, **measured})
    return order(made, _group_order(spec.group_by))


def _group_order(fields: Sequence[str]) -> list[Sort]:
    return [Sort("count", descending=True, kind="number"), *map(Sort, fields)]
