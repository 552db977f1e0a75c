"""The richer form of a query as values, and what it means over rows. Pure: rows are dicts of JSON values.

A log executor may translate the values into another language (SQL); what this module answers is what counts.

Meaning of a test on a field: a field that is missing is null. Types do not mix: `1` equals `1.0` but neither `"1"` nor
true, and what cannot be compared is neither less nor greater. `not` is the complement of what it holds, so a row where
the field is missing passes `{"not": {"tool": "Bash"}}`.
"""

from __future__ import annotations

import functools
import json
from typing import Any, Callable, Final, Iterable, Literal, Mapping, NamedTuple, Sequence, TypeVar

from callgate.policy.regexes import Pattern
from callgate.reviewer.query.base import ColumnKind
from callgate.times import parse_time

Row = Mapping[str, Any]
_R = TypeVar("_R", bound=Row)

Operator = Literal["eq", "ne", "contains", "regex", "in", "gt", "gte", "lt", "lte", "exists"]
MeasureOperator = Literal["sum", "avg", "min", "max"]

_HUGE: Final = 1e300

MAX_NODES: Final = 10_000
"""Values within one field that `contains` and `regex` look at; a logged input may hold any number."""


_NULL, _FLAG, _NUMBER, _TEXT, _ARRAY, _OBJECT = range(6)
"""Kinds of values in their order, but that null comes last."""

_COMPARABLE: Final = frozenset({_NUMBER, _TEXT})


class Condition(NamedTuple):
    """One condition on one field."""

    field: str
    """A column, or a path into one: `input.command`."""
    operator: Operator
    operand: Any
    """A JSON value; a tuple for `in`; an RE2 pattern for `regex`; true or false for `exists`; seconds since the epoch
    (in a tuple for `in`) when *kind* is `time`."""
    kind: ColumnKind = "text"


class And(NamedTuple):
    """All parts hold; of none, all do."""

    parts: tuple[Filter, ...]


class Or(NamedTuple):
    """Some part holds; of none, none does."""

    parts: tuple[Filter, ...]


class Not(NamedTuple):
    """The part does not hold."""

    part: Filter


Filter = Condition | And | Or | Not


class Sort(NamedTuple):
    """One key of an order; the first one counts most."""

    field: str
    descending: bool = False
    kind: ColumnKind = "text"


class Measure(NamedTuple):
    """One number of a group: `sum`, `avg`, `min` or `max` of a field over its rows that have a number there."""

    operator: MeasureOperator
    field: str

    @property
    def name(self) -> str:
        """What it is called in the answer: `avg_latency_us`."""
        return f"{self.operator}_{self.field}"


class Aggregate(NamedTuple):
    """Rows to groups. Without *group_by* there is one group of all."""

    group_by: tuple[str, ...] = ()
    measures: tuple[Measure, ...] = ()


def matches(holds: Filter, row: Row) -> bool:
    """Whether *row* passes. Never raises, whatever the row holds."""
    if isinstance(holds, Condition):
        return _OPERATORS[holds.operator](value_of(row, holds.field), holds)
    if isinstance(holds, Not):
        return not matches(holds.part, row)
    if isinstance(holds, And):
        return all(matches(part, row) for part in holds.parts)
    return any(matches(part, row) for part in holds.parts)


def order(rows: Iterable[_R], sort: Sequence[Sort]) -> list[_R]:
    """Return *rows* ordered by *sort*; rows that are equal there keep their order.

    Every value has its place: false, true, numbers, texts, arrays, objects. Missing and null come last, whichever way
    the key is sorted.
    """
    out = list(rows)
    for key in reversed(sort):
        out.sort(key=functools.partial(_place, key=key), reverse=key.descending)
        out.sort(key=functools.partial(_is_missing, key=key))
    return out


def aggregate(rows: Iterable[Row], spec: Aggregate) -> list[dict[str, Any]]:
    """Return one row for each group, with the fields of `group_by`, `count`, and each measure under its name.

    The largest groups come first, those of one size in the order of their fields. A measure of no number is null.
    """
    groups: dict[str, tuple[dict[str, Any], list[Row]]] = {}
    if not spec.group_by:
        groups[""] = ({}, [])
    for row in rows:
        values = {field: value_of(row, field) for field in spec.group_by}
        key = _canonical([[_rank(value), value] for value in values.values()]) if values else ""
        groups.setdefault(key, (values, []))[1].append(row)
    found = [
        {**values, "count": len(members), **{each.name: _measured(each, members) for each in spec.measures}}
        for values, members in groups.values()
    ]
    return order(found, [Sort("count", descending=True, kind="number"), *map(Sort, spec.group_by)])


def shape(rows: Iterable[_R], fields: Mapping[str, Any]) -> list[_R] | list[dict[str, Any]]:
    """Do with *rows* what the checked *fields* of a query say: `filter`, `aggregate`, `sort`, `offset`, `limit`.

    A `filter` that is no `Filter` (the word that `rule` takes) is left to the query type.
    """
    condition = fields.get("filter")
    kept: Iterable[Any] = rows
    if isinstance(condition, (Condition, And, Or, Not)):
        kept = (row for row in rows if matches(condition, row))
    if "aggregate" in fields:
        kept = aggregate(kept, fields["aggregate"])
    found = order(kept, fields.get("sort", ()))
    start = fields.get("offset", 0)
    return found[start : start + fields["limit"]] if "limit" in fields else found[start:]


def value_of(row: Row, field: str) -> Any:  # noqa: ANN401 - JSON values
    """Return what *row* has at *field*: a column, or a path with dots into one; null when there is nothing."""
    if field in row:
        return row[field]
    value: Any = row
    for step in field.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(step)
    return value


# Tests


def _equal(value: object, of: Condition) -> bool:
    return _same(_time_or(value, of), of.operand)


def _same(value: object, operand: object) -> bool:
    rank = _rank(value)
    if rank != _rank(operand) or rank == _NULL:
        return rank == _rank(operand)
    return _canonical(value) == _canonical(operand) if isinstance(value, (list, dict)) else value == operand


def _contains(value: object, of: Condition) -> bool:
    """Whether some text in *value* (itself, or within an object or array) contains the operand."""
    needle = of.operand
    return any(needle in text for text in _texts(value))


def _regex(value: object, of: Condition) -> bool:
    pattern = _compiled(of.operand)
    return any(pattern.search(text) for text in _texts(value))


def _in(value: object, of: Condition) -> bool:
    found = _time_or(value, of)
    return any(_same(found, one) for one in of.operand)


def _compared(holds: Callable[[Any, Any], bool]) -> Callable[[object, Condition], bool]:
    def compare(value: object, of: Condition) -> bool:
        found = _time_or(value, of)
        rank = _rank(found)
        return rank in _COMPARABLE and rank == _rank(of.operand) and holds(found, of.operand)

    return compare


_OPERATORS: Final[Mapping[Operator, Callable[[object, Condition], bool]]] = {
    "eq": _equal,
    "ne": lambda value, of: not _equal(value, of),
    "contains": _contains,
    "regex": _regex,
    "in": _in,
    "gt": _compared(lambda a, b: bool(a > b)),
    "gte": _compared(lambda a, b: bool(a >= b)),
    "lt": _compared(lambda a, b: bool(a < b)),
    "lte": _compared(lambda a, b: bool(a <= b)),
    "exists": lambda value, of: (_rank(value) != _NULL) == of.operand,
}

OPERATORS: Final = tuple(_OPERATORS)
"""As they are written in a query."""


@functools.lru_cache(maxsize=256)
def _compiled(text: str) -> Pattern:
    return Pattern(text, on_timeout=False)


def _texts(value: object) -> Iterable[str]:
    """Yield the texts in *value*, keys left out; without recursion, as a logged value may be nested very deeply."""
    pending = [value]
    seen = 0
    while pending and seen < MAX_NODES:
        one = pending.pop()
        seen += 1
        if isinstance(one, str):
            yield one
        elif isinstance(one, Mapping):
            pending.extend(reversed(list(one.values())))
        elif isinstance(one, (list, tuple)):
            pending.extend(reversed(one))


def _time_or(value: object, of: Condition) -> object:
    return parse_time(value) if of.kind == "time" and isinstance(value, str) else value


# Order


def _rank(value: object) -> int:
    """Return which kind of JSON value it is. What JSON does not have (a NaN in a log) is null."""
    if isinstance(value, bool):
        return _FLAG
    if isinstance(value, (int, float)):
        return _NUMBER if value == value else _NULL  # noqa: PLR0124 - only NaN differs from itself
    if isinstance(value, str):
        return _TEXT
    if isinstance(value, (list, tuple)):
        return _ARRAY
    return _OBJECT if isinstance(value, Mapping) else _NULL


def _is_missing(row: Row, key: Sort) -> bool:
    return _rank(_sorted_by(row, key)) == _NULL


def _place(row: Row, key: Sort) -> tuple[int, Any]:
    value = _sorted_by(row, key)
    rank = _rank(value)
    if rank == _NULL:
        return rank, 0
    return (rank, _canonical(value)) if rank in (_ARRAY, _OBJECT) else (rank, value)


def _sorted_by(row: Row, key: Sort) -> object:
    value = value_of(row, key.field)
    if key.kind == "time" and isinstance(value, str):
        found = parse_time(value)
        return value if found is None else found
    return value


def _canonical(value: object) -> str:
    """Return one text for equal values. Texts keep their case, `1` and `1.0` are one number."""
    try:
        return json.dumps(_plain(value), sort_keys=True, default=str)
    except (RecursionError, ValueError, TypeError):
        return repr(type(value))


def _plain(value: object) -> object:
    if isinstance(value, float):
        return int(value) if value.is_integer() else value if value - value == 0 else None
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return {str(key): _plain(one) for key, one in value.items()} if isinstance(value, Mapping) else value


def _measured(measure: Measure, rows: Sequence[Row]) -> float | None:
    found: list[float] = [value for row in rows if _is_finite(value := value_of(row, measure.field))]
    if not found:
        return None
    if measure.operator == "min":
        return min(found)
    if measure.operator == "max":
        return max(found)
    total = sum(found)
    return total if measure.operator == "sum" else total / len(found)


def _is_finite(value: object) -> bool:
    """Whether *value* is a number that can be counted with: a log may hold an integer of a thousand digits."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < _HUGE
