"""The richer form of a query, checked: `filter`, `sort`, `aggregate` as JSON to the values of `filters`."""

from __future__ import annotations

from typing import Any, Final, Mapping, get_args

from callgate.policy.regexes import is_linear
from callgate.reviewer.query.base import ColumnKind
from callgate.reviewer.query.decode import kind
from callgate.reviewer.query.filters import (
    OPERATORS,
    Aggregate,
    And,
    Condition,
    Filter,
    Measure,
    MeasureOperator,
    Not,
    Operator,
    Or,
    Sort,
)
from callgate.reviewer.query.times import moment
from callgate.reviewer.query.words import invalid, listed, nearest

Columns = Mapping[str, ColumnKind]

MAX_PARTS: Final = 1_000
"""Conditions of one filter."""

MAX_DEPTH: Final = 32
"""`and`, `or` and `not` within each other."""

MAX_PATTERN: Final = 20_000
"""Characters of one regular expression, as in a policy."""

_JOINS: Final = ("and", "or", "not")
MEASURES: Final[tuple[MeasureOperator, ...]] = get_args(MeasureOperator)
_AGGREGATE: Final = ("group_by", "count", *MEASURES)


def parse_filter(value: object, columns: Columns, now: float) -> Filter:
    """Return the filter that *value* writes.

    `{"tool": "Bash", "decision": {"in": ["ask", "deny"]}}`: every field must hold. `and` and `or` take an array of
    filters, `not` takes one. A field takes a value, or an object of operators, which all must hold.

    Args:
        value: JSON values.
        columns: the fields of a row. A field may be followed by a path into an object: `input.command`.
        now: seconds since the epoch; `24h` in a time field counts back from it.

    Raises:
        QueryError: `invalid_query`, with the place within the filter (`filter.and[1].tool`).
    """
    return _Parser(columns, now).filter(value, "filter", 0)


def parse_sort(value: object, columns: Columns) -> tuple[Sort, ...]:
    """Return the order that *value* writes: a field, `-field`, `{"field","order"}`, or an array of those.

    Raises:
        QueryError: `invalid_query`.
    """
    items = value if isinstance(value, list) else [value]
    return tuple(_sort(item, columns, f"sort[{number}]") for number, item in enumerate(items))


def parse_aggregate(value: object, columns: Columns) -> Aggregate:
    """Return the grouping that *value* writes: `{"group_by": field or array, "count": true, "avg": field or array}`.

    Raises:
        QueryError: `invalid_query`.
    """
    if not isinstance(value, dict):
        raise invalid(f"`aggregate` must be an object, not {kind(value)}", '`{"group_by":"tool","count":true}`')
    for key in value:
        if key not in _AGGREGATE:
            raise invalid(f"unknown field `{key[:80]}` in `aggregate`", nearest(key, _AGGREGATE))
    if value.get("count", True) is not True:
        raise invalid("`aggregate.count` must be true", "groups are always counted: leave it out")
    group_by = tuple(_field(name, columns, "aggregate.group_by") for name in _several(value.get("group_by", [])))
    measures = tuple(
        Measure(operator, _number(name, columns, f"aggregate.{operator}"))
        for operator in MEASURES
        for name in _several(value.get(operator, []))
    )
    return Aggregate(tuple(dict.fromkeys(group_by)), tuple(dict.fromkeys(measures)))


def columns_of(spec: Aggregate, columns: Columns) -> Columns:
    """Return the fields of the rows that *spec* makes: what can be sorted by once rows are grouped."""
    grouped: dict[str, ColumnKind] = {name: columns.get(name, "text") for name in spec.group_by}
    return {**grouped, "count": "number", **{measure.name: "number" for measure in spec.measures}}


class _Parser:
    def __init__(self, columns: Columns, now: float) -> None:
        self._columns = columns
        self._now = now
        self._parts = 0

    def filter(self, value: object, place: str, depth: int) -> Filter:
        if depth > MAX_DEPTH:
            raise invalid(f"`filter` is nested deeper than {MAX_DEPTH} levels")
        if not isinstance(value, dict):
            raise invalid(f"`{place}` must be an object, not {kind(value)}", '`{"tool":"Bash"}`')
        parts = [self._part(key, one, place, depth) for key, one in value.items()]
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _part(self, key: str, value: object, place: str, depth: int) -> Filter:
        here = f"{place}.{key[:80]}"
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise invalid(f"`filter` has more than {MAX_PARTS:,} conditions")
        if key == "not":
            return Not(self.filter(value, here, depth + 1))
        if key in _JOINS:
            if not isinstance(value, list):
                raise invalid(f"`{here}` must be an array of filters, not {kind(value)}")
            parts = tuple(self.filter(one, f"{here}[{number}]", depth + 1) for number, one in enumerate(value))
            return And(parts) if key == "and" else Or(parts)
        field = _field(key, self._columns, place)
        holds = self._columns.get(field.split(".", 1)[0], "text") if "." not in field else "object"
        if not isinstance(value, dict):
            return self._test(field, "eq", value, holds, here)
        if not value:
            raise invalid(f"`{here}` names no operator", "operators are " + listed(OPERATORS))
        for word in value:
            if word not in OPERATORS:
                raise invalid(f"unknown operator `{word[:80]}` in `{here}`", nearest(word, OPERATORS))
        tests = [self._test(field, word, one, holds, f"{here}.{word}") for word, one in value.items()]
        return tests[0] if len(tests) == 1 else And(tuple(tests))

    def _test(self, field: str, operator: Operator, value: object, holds: ColumnKind, place: str) -> Condition:
        if operator == "exists":
            if not isinstance(value, bool):
                raise invalid(f"`{place}` must be true or false, not {kind(value)}")
            return Condition(field, operator, value, holds)
        if operator in ("contains", "regex"):
            return Condition(field, operator, _text(value, operator, place), holds)
        if operator == "in":
            if not isinstance(value, list):
                raise invalid(f"`{place}` must be an array, not {kind(value)}", '`{"in":["ask","deny"]}`')
            return Condition(field, operator, tuple(self._operand(one, holds, place) for one in value), holds)
        operand = self._operand(value, holds, place)
        if operator not in ("eq", "ne") and (isinstance(operand, bool) or not isinstance(operand, (str, int, float))):
            raise invalid(f"`{place}` must be a number or a text, not {kind(value)}")
        return Condition(field, operator, operand, holds)

    def _operand(self, value: object, holds: ColumnKind, place: str) -> object:
        if holds == "time" and value is not None:
            return moment(value, self._now, place)
        wanted = _WANTED.get(holds)
        if wanted is not None and value is not None and (isinstance(value, bool) != (holds == "flag")):
            raise invalid(f"`{place}` must be {wanted[1]}, not {kind(value)}")
        if wanted is not None and value is not None and not isinstance(value, wanted[0]):
            raise invalid(f"`{place}` must be {wanted[1]}, not {kind(value)}")
        return value


_WANTED: Final[Mapping[ColumnKind, tuple[type | tuple[type, ...], str]]] = {
    "text": (str, "a text"),
    "number": ((int, float), "a number"),
    "flag": (bool, "true or false"),
}


def _text(value: object, operator: str, place: str) -> str:
    if not isinstance(value, str):
        raise invalid(f"`{place}` must be a text, not {kind(value)}")
    if operator == "regex" and (len(value) > MAX_PATTERN or not is_linear(value)):
        raise invalid(f"`{place}` is not a regular expression that RE2 takes", "RE2 has no look-around and no `\\1`")
    return value


def _sort(item: object, columns: Columns, place: str) -> Sort:
    if isinstance(item, str):
        named = item.removeprefix("-")
        item = {"field": named, "order": "asc" if named == item else "desc"}
    if not isinstance(item, dict):
        raise invalid(f"`{place}` must be a field or an object, not {kind(item)}", '`{"field":"tool","order":"asc"}`')
    for key in item:
        if key not in ("field", "order"):
            raise invalid(f"unknown field `{key[:80]}` in `{place}`", nearest(key, ("field", "order")))
    if "field" not in item:
        raise invalid(f"`{place}` has no `field`")
    field = _field(item["field"], columns, place)
    if item.get("order", "asc") not in ("asc", "desc"):
        raise invalid(f"`{place}.order` must be `asc` or `desc`")
    return Sort(field, item.get("order") == "desc", columns.get(field, "object"))


def _field(name: object, columns: Columns, place: str) -> str:
    if not isinstance(name, str):
        raise invalid(f"`{place}` must name a field, not {kind(name)}")
    column, dot, _ = name.partition(".")
    if name in columns or (dot and columns.get(column) == "object"):
        return name
    raise invalid(f"unknown field `{name[:80]}` in `{place}`", nearest(column, columns))


def _number(name: object, columns: Columns, place: str) -> str:
    field = _field(name, columns, place)
    if "." not in field and columns[field] not in ("number", "object"):
        numbers = [one for one, holds in columns.items() if holds == "number"]
        raise invalid(f"`{field}` in `{place}` is not a number", "numbers are " + listed(numbers) if numbers else "")
    return field


def _several(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]
