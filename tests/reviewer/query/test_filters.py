"""The laws of filters, order and groups, over rows as a log may hold them: mixed types, nulls, missing fields, NaN."""

from __future__ import annotations

import math
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from callgate.reviewer.query.base import ColumnKind
from callgate.reviewer.query.filters import (
    OPERATORS,
    Aggregate,
    And,
    Condition,
    Filter,
    Measure,
    Not,
    Operator,
    Or,
    Sort,
    aggregate,
    matches,
    order,
    shape,
    value_of,
)

FIELDS = ("a", "b", "a.x")
SMALL = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "1", "a", "A", "2026-11-01", "\ud800"])
ODD = st.sampled_from([1.0, 0.5, -0.0, 10**400, math.nan, math.inf, -math.inf])
VALUES = st.recursive(
    SMALL | ODD, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("xy"), inner), max_leaves=4
)
ROWS = st.dictionaries(st.sampled_from(["a", "b"]), VALUES)
KINDS: st.SearchStrategy[ColumnKind] = st.sampled_from(get_args(ColumnKind))


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    """Any condition that the parser can make, and some that it cannot."""
    operator: Operator = draw(st.sampled_from(OPERATORS))
    operand: Any = draw(SMALL | st.integers(0, 2_000_000_000))
    if operator in ("contains", "regex"):
        operand = draw(st.sampled_from(["", "a", "1", "^a$", "(?i)A"]))
    if operator == "in":
        operand = tuple(draw(st.lists(SMALL, max_size=3)))
    if operator == "exists":
        operand = draw(st.booleans())
    return Condition(draw(st.sampled_from(FIELDS)), operator, operand, draw(KINDS))


FILTERS: st.SearchStrategy[Filter] = st.recursive(
    conditions(),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: And(tuple(parts)))
        | st.lists(inner, max_size=3).map(lambda parts: Or(tuple(parts)))
        | inner.map(Not)
    ),
    max_leaves=6,
)
SORTS = st.lists(st.builds(Sort, st.sampled_from(FIELDS), st.booleans(), KINDS), max_size=3)


@given(FILTERS, ROWS)
def test_not_not_is_nothing(one: Filter, row: dict[str, Any]) -> None:
    """A filter and its double negation pass the same rows, and its negation the others."""
    assert matches(Not(Not(one)), row) == matches(one, row) != matches(Not(one), row)


@given(st.lists(FILTERS, max_size=3), ROWS)
def test_de_morgan(parts: list[Filter], row: dict[str, Any]) -> None:
    """`not and` is `or not`, and `not or` is `and not`; also of nothing at all."""
    negated = tuple(map(Not, parts))
    assert matches(Not(And(tuple(parts))), row) == matches(Or(negated), row)
    assert matches(Not(Or(tuple(parts))), row) == matches(And(negated), row)


@given(conditions(), ROWS)
def test_operators_agree_with_each_other(one: Condition, row: dict[str, Any]) -> None:
    """`ne` is not `eq`, `in` is some `eq`, `gte` is `gt` or `eq` for what can be compared, and `gt` is never `lt`."""
    operand = one.operand if one.operator not in ("in", "exists") else "a"

    def holds(operator: Operator, value: object = operand) -> bool:
        return matches(Condition(one.field, operator, value, one.kind), row)

    assert holds("ne") != holds("eq")
    assert holds("in", (operand, "1")) == (holds("eq") or holds("eq", "1"))
    if isinstance(operand, (str, int)) and not isinstance(operand, bool):
        assert holds("gte") == (holds("gt") or holds("eq"))
        assert holds("lte") == (holds("lt") or holds("eq"))
    assert not (holds("gt") and holds("lt"))
    assert holds("exists", value=True) != holds("exists", value=False)


@given(st.lists(ROWS, max_size=6), SORTS)
def test_an_order_is_total_and_stable(rows: list[dict[str, Any]], sort: list[Sort]) -> None:
    """Sorting loses no row, sorting again changes nothing, and where rows stood before matters among equals only."""
    tagged = [{**row, "at": at} for at, row in enumerate(rows)]
    once = order(tagged, sort)
    assert sorted(row["at"] for row in once) == list(range(len(rows)))
    assert [row["at"] for row in order(once, sort)] == [row["at"] for row in once]
    turned = order(list(reversed(tagged)), sort)
    ties = [Sort("at", kind="number")]
    assert [row["at"] for row in order(turned, [*sort, *ties])] == [row["at"] for row in order(once, [*sort, *ties])]
    assert [row["at"] for row in once] == [row["at"] for row in order(once, [*sort, *ties])]


@given(st.lists(ROWS, max_size=6), st.sampled_from(FIELDS), st.booleans(), KINDS)
def test_nulls_come_last(rows: list[dict[str, Any]], field: str, descending: bool, kind: ColumnKind) -> None:
    """A row without a value stands behind every row with one, in both directions."""
    there = [
        matches(Condition(field, "exists", operand=True), row) for row in order(rows, [Sort(field, descending, kind)])
    ]
    assert there == sorted(there, reverse=True)


def test_the_order_of_types() -> None:
    """False, true, numbers, texts, arrays, objects, then null and missing; numbers compare as numbers."""
    values = [False, True, -math.inf, -1, 0.5, 1, 10**400, "", "A", "a", [1], {"x": 1}, None]
    rows = [{"v": value} for value in values]
    for start in range(len(rows)):
        assert order(rows[start:] + rows[:start], [Sort("v")]) == rows
    downwards = order(rows, [Sort("v", descending=True)])
    assert downwards == [*reversed(rows[:-1]), rows[-1]]


def test_types_do_not_mix() -> None:
    """`1` is neither `"1"` nor true; `1` is `1.0`; arrays and objects are equal by their content."""
    equal = [(1, 1.0), ({"x": 1, "y": 2}, {"y": 2.0, "x": 1}), ([1], [1.0]), (None, math.nan), (-0.0, 0)]
    other = [(1, "1"), (1, True), (0, False), (None, 0), ([], {}), ("", None), ([1], [1, 2]), ("a", "A")]
    for pairs, same in ((equal, True), (other, False)):
        for value, operand in pairs:
            assert matches(Condition("v", "eq", operand), {"v": value}) is same
            assert matches(Condition("v", "ne", operand), {"v": value}) is not same


def test_texts_are_found_however_deep() -> None:
    """`contains` and `regex` look into arrays and objects, also into those that no recursion could follow."""
    deep: Any = "needle in it"
    for _ in range(5_000):
        deep = [deep]
    row = {"input": {"command": "git push", "n": [1, {"x": "y"}]}, "deep": deep}
    assert matches(Condition("input", "contains", "git"), row)
    assert matches(Condition("input.command", "regex", r"^git\s+push$"), row)
    assert not matches(Condition("input", "contains", "command"), row)  # a key is no text
    assert matches(Condition("deep", "contains", "needle"), row)
    assert not matches(Condition("deep", "eq", [1]), row)


def test_times_compare_as_times() -> None:
    """Two spellings of one moment are equal, and an operand is seconds; what is no time is neither before nor after."""
    row = {"t": "2026-11-01T01:00:00+01:00"}
    midnight = 1_793_491_200.0
    assert matches(Condition("t", "eq", midnight, "time"), row)
    assert matches(Condition("t", "lt", midnight + 1, "time"), row)
    assert not matches(Condition("t", "lt", midnight, "time"), row)
    assert not matches(Condition("t", "lt", midnight, "time"), {"t": "soon"})
    rows = [{"t": "2026-11-01T02:00:00+03:00"}, {"t": "2026-11-01T00:30:00Z"}, {"t": "soon"}, {}]
    assert order(rows, [Sort("t", kind="time")]) == rows


@given(st.lists(ROWS, max_size=8), st.lists(st.sampled_from(FIELDS), max_size=2, unique=True))
def test_groups_partition_the_rows(rows: list[dict[str, Any]], fields: list[str]) -> None:
    """Counts add up to the number of rows, no two groups are equal, and each group is what a filter would find."""
    found = aggregate(rows, Aggregate(tuple(fields)))
    assert sum(group["count"] for group in found) == len(rows)
    for group in found:
        exactly = And(tuple(Condition(field, "eq", group[field]) for field in fields))
        assert sum(matches(exactly, row) for row in rows) == group["count"]
    assert [group["count"] for group in found] == sorted((group["count"] for group in found), reverse=True)


def test_measures_count_with_numbers_only() -> None:
    """Sum, mean, least and largest of the numbers; texts, flags and what is out of all range are left out."""
    values = [1, 2.5, "9", True, None, math.nan, math.inf, 10**400, -1]
    measures = (Measure("sum", "v"), Measure("avg", "v"), Measure("min", "v"), Measure("max", "v"))
    [group] = aggregate([{"v": value} for value in values], Aggregate((), measures))
    assert group == {"count": 9, "sum_v": 2.5, "avg_v": 2.5 / 3, "min_v": -1, "max_v": 2.5}
    [empty] = aggregate([], Aggregate((), measures))
    assert empty == {"count": 0, "sum_v": None, "avg_v": None, "min_v": None, "max_v": None}


@given(st.lists(ROWS, max_size=8), FILTERS, SORTS, st.integers(0, 9), st.integers(0, 9))
def test_a_shape_is_its_parts(
    rows: list[dict[str, Any]], one: Filter, sort: list[Sort], offset: int, limit: int
) -> None:
    """Filter, then sort, then offset, then limit: pages that follow each other are the whole."""
    whole = order([row for row in rows if matches(one, row)], sort)
    fields = {"filter": one, "sort": tuple(sort)}
    assert shape(rows, {**fields, "offset": offset, "limit": limit}) == whole[offset : offset + limit]
    assert shape(rows, fields) == whole


def test_a_column_with_a_dot_is_itself() -> None:
    """A field that is there by its whole name wins over a path."""
    assert value_of({"a.b": 1, "a": {"b": 2}}, "a.b") == 1
    assert value_of({"a": {"b": 2}}, "a.b") == 2
    assert value_of({"a": [1]}, "a.0") is None
