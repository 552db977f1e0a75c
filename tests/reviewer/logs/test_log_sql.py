"""A filter in SQL and the same filter on rows let the same rows pass, in the same order and groups."""

from __future__ import annotations

from typing import Any, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_logs import START, record, write

from callgate.gate import open_gate
from callgate.reviewer.history import open_history
from callgate.reviewer.logs import select as module
from callgate.reviewer.logs.ask import logs_of
from callgate.reviewer.logs.columns import row
from callgate.reviewer.logs.select import Wanted, group, select
from callgate.reviewer.logs.sql import KINDS, Translation, order_by
from callgate.reviewer.logs.stream import Report
from callgate.reviewer.logs.window import Window
from callgate.reviewer.query.base import Context
from callgate.reviewer.query.filters import (
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
    shape,
)

TEXTS = [
    "",
    "Bash",
    "Read",
    "ls",
    "it's",
    "%",
    "_",
    "é",
    "\u202e",
    "'; DROP TABLE decisions; --",
    "$p0",
    "\\",
    '"',
    "\n",
]
RECORDS: list[dict[str, Any]] = [
    record(
        START + number * 0.5,
        TEXTS[number % len(TEXTS)],
        tool_name=["Bash", "Read", "é", "it's"][number % 4],
        decision=["allow", "deny", "ask", "passthrough"][number // 3 % 4],
        decision_source=["rule", "guardrail", "", "%"][number % 4],
        session_id=["s1", "s2", None][number % 3],
        latency_us=[5, 70, None, 900][number % 4],
        reasoning=TEXTS[number % 7] or None,
        review_flags={"needs_review": number % 5 == 0, "risk_level": ["low", "high"][number % 2]},
        rule_metadata=[None, {"rule_id": "r1"}, {"rule_id": "$p0"}][number % 3],
    )
    for number in range(60)
]
RECORDS += [
    record(START + 40, tool_input={"command": ["no", "text ls"]}),
    record(START + 41, tool_input={"file_path": "/p/é.txt", "n": 3, "deep": {"a": ["ls", {"b": "é"}]}}),
    record(START + 42, tool_input={"command": 'say "x"\n\ttwo', "flag": True}),
    record(START + 43, "half \ud800"),
]


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Context:
    """A log of all kinds of decisions."""
    folder = tmp_path_factory.mktemp("sql")
    log = write(folder / "log", RECORDS)
    gate = open_gate({}, str(folder), home=str(folder / "home"), managed="", profile="cautious")
    return Context(gate, START + 100, (str(log),))


@pytest.fixture(scope="module")
def rows(context: Context) -> list[dict[str, Any]]:
    """All rows, newest first, as the plain reading has them."""
    return [row(entry) for entry in open_history(context.gate, context.logs).newest()]


@pytest.fixture(autouse=True, params=["index", "lines"], scope="module")
def _way(request: pytest.FixtureRequest) -> Iterator[None]:
    """Both ways to the newest rows."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "index":
            patch.setattr(module, "LOOK", -1)
            patch.setattr(module, "LOOK_FOR", -1)
        yield


_TEXT_FIELDS = [name for name, kind in KINDS.items() if kind == "text"]
_WORDS = st.sampled_from([*TEXTS, "r1", "s1", "deny", "rule", "high", "\ud800", "\ufffd"]) | st.text(max_size=3)


_FLAGGED: tuple[Operator, ...] = ("eq", "ne", "exists")
_COMPARED: tuple[Operator, ...] = ("eq", "ne", "gt", "gte", "lt", "lte")
_OTHERS: tuple[Operator, ...] = ("contains", "in", "exists")
_LOOSE: tuple[Operator, ...] = ("contains", "regex")


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    """A test as `form.py` lets it through."""
    which = draw(st.sampled_from(["text", "path", "number", "flag", "time", "object"]))
    if which == "flag":
        flagged = draw(st.sampled_from(_FLAGGED))
        return Condition("needs_review", flagged, draw(st.booleans()), "flag")
    compare = draw(st.sampled_from(_COMPARED))
    if which == "number":
        number: Any = draw(st.sampled_from([0, 5, 70, 70.0, 69.5, -1, 10**30, 1e300, 900]))
        if draw(st.booleans()):
            return Condition("latency_us", "in", (number, None, 5), "number")
        return Condition("latency_us", compare, number, "number")
    if which == "time":
        return Condition("timestamp", compare, START + draw(st.sampled_from([0, 0.5, 12.25, 40.0, -1e9, 1e15])), "time")
    if which == "object":
        return Condition(
            "input",
            draw(st.sampled_from(_LOOSE)),
            draw(st.sampled_from(["ls", "é", "x", "a"])),
            "object",
        )
    field = draw(
        st.sampled_from(
            _TEXT_FIELDS if which == "text" else ["input.command", "input.file_path", "input.n", "input.deep"]
        )
    )
    kind: Any = "text" if which == "text" else "object"
    if draw(st.integers(0, 3)) == 0:
        return Condition(field, draw(st.sampled_from(_COMPARED[:2])), None, kind)
    operator = draw(st.sampled_from((*_COMPARED, *_OTHERS)))
    if operator == "exists":
        return Condition(field, "exists", draw(st.booleans()), kind)
    if operator == "in":
        return Condition(field, "in", tuple(draw(st.lists(_WORDS, max_size=3))), kind)
    return Condition(field, operator, draw(_WORDS), kind)


FILTERS: st.SearchStrategy[Filter] = st.recursive(
    conditions(),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: And(tuple(parts)))
        | st.lists(inner, max_size=3).map(lambda parts: Or(tuple(parts)))
        | inner.map(Not)
    ),
    max_leaves=6,
)
SORTS = st.lists(
    st.builds(
        lambda field, down: Sort(field, down, KINDS.get(field, "object")),
        st.sampled_from([*KINDS, "input.command"]),
        st.booleans(),
    ),
    max_size=2,
).map(tuple)


@given(
    condition=FILTERS, sort=SORTS, offset=st.integers(0, 5), limit=st.none() | st.integers(0, 30),
    last=st.none() | st.integers(0, 40),
)  # fmt: skip
def test_rows_pass_in_both_or_in_none(
    context: Context,
    rows: list[dict[str, Any]],
    condition: Filter,
    sort: tuple[Sort, ...],
    offset: int,
    limit: int | None,
    last: int | None,
) -> None:
    """Filter, order, offset and limit: what `filters.shape` does with all rows is the answer."""
    passing = shape(rows, {"filter": condition})
    first = 0
    if last is not None:
        passing, first = passing[offset : offset + last], offset
    wanted = shape(passing, {"sort": sort, "offset": offset - first, **({} if limit is None else {"limit": limit})})
    found = select(context, logs_of(context), Wanted(Window(), condition, sort, offset, limit, last), Report())
    assert found == wanted


@given(
    condition=FILTERS,
    fields=st.lists(st.sampled_from([*KINDS, "input.command"]), max_size=2, unique=True),
    measures=st.lists(
        st.builds(Measure, st.sampled_from(["sum", "avg", "min", "max"]), st.sampled_from(["latency_us", "input.n"])),
        max_size=3, unique=True,
    ),
)  # fmt: skip
def test_groups_are_the_same(
    context: Context, rows: list[dict[str, Any]], condition: Filter, fields: list[str], measures: list[Measure]
) -> None:
    """Counted by SQL or one by one."""
    spec = Aggregate(tuple(fields), tuple(measures))
    wanted = aggregate(shape(rows, {"filter": condition}), spec)
    assert group(context, logs_of(context), Wanted(Window(), condition), spec, Report()) == wanted


@pytest.mark.parametrize(
    ("condition", "exact"),
    [
        (Condition("tool", "eq", "Bash"), True),
        (And((Condition("decision", "in", ("deny", "ask")), Not(Condition("needs_review", "eq", True, "flag")))), True),
        (Condition("timestamp", "gte", START, "time"), True),
        (Condition("input.command", "eq", "ls", "object"), True),
        (Condition("reasoning", "contains", "x"), True),
        (Condition("reasoning", "regex", "x"), False),
        (Or((Condition("tool", "eq", "Bash"), Condition("input", "contains", "x", "object"))), False),
        (Not(Condition("input", "contains", "x", "object")), False),
    ],
)
def test_what_sql_answers_alone(condition: Filter, exact: bool) -> None:
    """The usual questions are answered by SQL without looking at rows again."""
    assert Translation().condition(condition).exact is exact


@given(condition=FILTERS)
def test_no_value_becomes_sql(condition: Filter) -> None:
    """Values are parameters: nothing of them is in the text."""
    translation = Translation()
    text = translation.condition(condition).sql
    assert "DROP" not in text
    assert set(text) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789$()=<>,./ ")
    assert all(f"${name}" in text for name in translation.parameters)


def test_orders_that_sql_cannot_make() -> None:
    """An object has no place in SQL that it has in a sorted answer."""
    assert order_by([Sort("input")]) is None
    assert order_by([Sort("input.command")]) is None
    assert (
        order_by([Sort("tool", descending=True), Sort("timestamp")]) == "tool DESC NULLS LAST, time_us ASC NULLS LAST"
    )
