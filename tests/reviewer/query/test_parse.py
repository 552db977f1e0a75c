"""From a decoded query to checked fields: what is known, what is near it, what every kind takes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.reviewer.query import parse as module
from callgate.reviewer.query import registry
from callgate.reviewer.query.base import Context, Field, QueryError, QueryType
from callgate.reviewer.query.filters import Aggregate, And, Condition, Measure, Not, Or, Sort
from callgate.reviewer.query.parse import parse

NOW = 1_793_491_200.0
"""2026-11-01T00:00:00Z."""


def _nothing(_fields: object, _context: Context) -> list[dict[str, Any]]:
    return []


KINDS = QueryType(
    {
        "word": Field("text"),
        "tool": Field("text", required=True),
        "flag": Field("flag"),
        "last_n": Field("count"),
        "since": Field("time"),
        "until": Field("time"),
        "rule": Field("object"),
        "names": Field("list"),
        "filter": Field("choice", ("allow", "deny")),
    },
    _nothing,
    {"timestamp": "time", "tool": "text", "latency_us": "number", "needs_review": "flag", "input": "object"},
)


@pytest.fixture(autouse=True)
def _one_type(monkeypatch: pytest.MonkeyPatch) -> None:
    """A type with a field of each kind stands in for `log`."""
    real = registry.query_type
    monkeypatch.setattr(module, "query_type", lambda name: KINDS if name == "log" else real(name))


def _fields(**given: object) -> dict[str, Any]:
    return dict(parse({"type": "log", "tool": "Bash", **given}, NOW).fields)


def _fault(query: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(QueryError) as caught:
        parse(query, NOW)
    details = caught.value.details
    return caught.value.message, details.get("help", "") if isinstance(details, dict) else ""


def test_values_arrive_as_their_kind() -> None:
    """Each kind hands on what was written; a time is seconds, a null is absent."""
    assert _fields(
        word="", flag=False, last_n=0, since="1h", until="2026-11-01", rule={}, names=[], filter="deny"
    ) == {
        "tool": "Bash", "word": "", "flag": False, "last_n": 0, "since": NOW - 3600, "until": NOW, "rule": {},
        "names": [], "filter": "deny",
    }  # fmt: skip
    assert _fields(word=None, filters=None, since=None) == {"tool": "Bash"}


TIMES = {
    "90s": NOW - 90,
    "30m": NOW - 1800,
    "24h": NOW - 86_400,
    "7d": NOW - 604_800,
    "2w": NOW - 1_209_600,
    "2W": NOW - 1_209_600,
    "2026-11-01T00:00:00Z": NOW,
    "2026-11-01T01:00:00+01:00": NOW,
    "2026-11-01T00:00:00": NOW,
    " 2026-11-01 ": NOW,
}


@pytest.mark.parametrize("text", TIMES)
def test_times(text: str) -> None:
    """A span counts back from now; ISO 8601 without a zone is UTC."""
    assert _fields(since=text)["since"] == TIMES[text]


@pytest.mark.parametrize(
    "value", ["", "yesterday", "1", "1y", "-1h", "1.5h", "9999999d", "h", "\u0661h", 5, True, [], "2026-13-01"]
)
def test_what_is_no_time_is_refused(value: object) -> None:
    """The message quotes it and the help says how times are written."""
    message, help_text = _fault({"type": "log", "tool": "x", "since": value})
    assert message.startswith("`since` must be a time")
    assert "`24h`" in help_text


FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({}, "the query has no `type`", "types are `config`"),
    ({"type": None}, "the query has no `type`", ""),
    ({"type": ["log"]}, "`type` must be a text, not an array", ""),
    ({"type": "log"}, "a `log` query needs `tool`", "`tool` is a text"),
    ({"type": "log", "tool": None}, "a `log` query needs `tool`", ""),
    ({"type": "log", "tool": 1}, "`tool` must be a text, not a number", ""),
    ({"type": "log", "tol": "x"}, "unknown field `tol` in a `log` query", "did you mean `tool`?"),
    ({"type": "log", "last-n": 1}, "unknown field `last-n`", "did you mean `last_n`?"),
    ({"type": "log", "Since": "1h"}, "unknown field `Since`", "did you mean `since`?"),
    ({"type": "log", "filtres": {}}, "unknown field `filtres`", "did you mean `filters`?"),
    ({"type": "log", "agregate": {}}, "unknown field `agregate`", "did you mean `aggregate`?"),
    ({"type": "log", "zzz": 1}, "unknown field `zzz`", "known are `word`, `tool`"),
    ({"type": "log", "filters": {"tol": 1}}, "unknown field `tol`", "did you mean `tool`?"),
    ({"type": "log", "filters": {"filters": {}}}, "unknown field `filters`", ""),
    ({"type": "log", "filters": {"type": "log"}}, "unknown field `type`", ""),
    ({"type": "log", "filters": []}, "`filters` must be an object, not an array", ""),
    ({"type": "log", "tool": "x", "filters": {"tool": "x"}}, "`tool` is given twice, once in `filters`", ""),
    ({"type": "log", "filters": {"tool": "x"}, "options": {"tool": "x"}}, "`tool` is given twice", ""),
    ({"type": "log", "tool": "x", "flag": "true"}, "`flag` must be true or false, not a text", ""),
    ({"type": "log", "tool": "x", "flag": 1}, "`flag` must be true or false, not a number", ""),
    ({"type": "log", "tool": "x", "last_n": -1}, "`last_n` must be a whole number from 0 to 1,000,000,000, not -1", ""),
    ({"type": "log", "tool": "x", "last_n": 1.0}, "`last_n` must be a whole number", ""),
    ({"type": "log", "tool": "x", "last_n": True}, "`last_n` must be a whole number", ""),
    ({"type": "log", "tool": "x", "last_n": "5"}, "`last_n` must be a whole number", ""),
    ({"type": "log", "tool": "x", "last_n": 10**12}, "`last_n` must be a whole number", ""),
    ({"type": "log", "tool": "x", "rule": []}, "`rule` must be an object, not an array", ""),
    ({"type": "log", "tool": "x", "names": {}}, "`names` must be an array, not an object", ""),
    ({"type": "log", "tool": "x", "filter": "dney"}, "`dney` is not a value of `filter`", "did you mean `deny`?"),
    ({"type": "log", "tool": "x", "filter": 1}, "`filter` must be a text or an object, not a number", "`allow`"),
    ({"type": "log", "tool": "x", "since": "1h", "until": "2h"}, "`since` is later than `until`", "exchange"),
    ({"type": "match_test", "tool": "x", "limit": 1}, "unknown field `limit` in a `match_test` query", "`options`"),
    ({"type": "rule_count", "filter": {}}, "unknown field `filter`", ""),
]  # fmt: skip


@pytest.mark.parametrize(("query", "message", "help_text"), FAULTS, ids=[str(row[0])[:50] for row in FAULTS])
def test_faults_name_the_field_and_the_nearest(query: dict[str, Any], message: str, help_text: str) -> None:
    """A wrong query is one sentence about one field, and help that leads on."""
    found, found_help = _fault(query)
    assert found.startswith(message)
    assert help_text in found_help


def test_an_unknown_type_names_the_nearest_and_all() -> None:
    """The code is its own, and `details` has the nearest name and the list."""
    with pytest.raises(QueryError) as caught:
        parse({"type": "matchtest"}, NOW)
    assert caught.value.code == "unsupported_query_type"
    assert isinstance(caught.value.details, dict)
    assert caught.value.details["nearest"] == "match_test"
    assert caught.value.details["supported"] == list(registry.supported())


def test_the_table_is_that_of_the_contract() -> None:
    """Every type of contract.md section 4 has its line, and what this version has answers by its own module."""
    assert set(registry.TYPES) == set(
        "config rule rule_count log match_test stats patterns gaps explain impact coverage".split()
    )
    for name in registry.supported():
        found = registry.query_type(name)
        assert callable(found.answer)
        assert not {"type", *module.GROUPS} & set(found.fields)
    assert {"config", "rule", "rule_count", "match_test", "explain"} <= set(registry.supported())


FORMS: list[tuple[dict[str, Any], str, object]] = [
    ({"filter": {}}, "filter", And(())),
    ({"filter": {"tool": "Bash"}}, "filter", Condition("tool", "eq", "Bash")),
    ({"filter": {"tool": None}}, "filter", Condition("tool", "eq", None)),
    ({"filters": {"filter": {"tool": "Bash"}}}, "filter", Condition("tool", "eq", "Bash")),
    ({"filter": {"and": [{"tool": "a"}, {"not": {"tool": {"in": ["b"]}}}]}}, "filter",
     And((Condition("tool", "eq", "a"), Not(Condition("tool", "in", ("b",)))))),
    ({"filter": {"or": []}}, "filter", Or(())),
    ({"filter": {"tool": "a", "needs_review": True}}, "filter",
     And((Condition("tool", "eq", "a"), Condition("needs_review", "eq", True, "flag")))),
    ({"filter": {"latency_us": {"gte": 1, "lt": 2.5}}}, "filter",
     And((Condition("latency_us", "gte", 1, "number"), Condition("latency_us", "lt", 2.5, "number")))),
    ({"filter": {"timestamp": {"gte": "1h"}}}, "filter", Condition("timestamp", "gte", NOW - 3600, "time")),
    ({"filter": {"timestamp": {"in": ["2026-11-01"]}}}, "filter", Condition("timestamp", "in", (NOW,), "time")),
    ({"filter": {"input.command": {"regex": "^git"}}}, "filter", Condition("input.command", "regex", "^git", "object")),
    ({"filter": {"input": {"contains": "x"}}}, "filter", Condition("input", "contains", "x", "object")),
    ({"filter": {"tool": {"exists": False}}}, "filter", Condition("tool", "exists", operand=False)),
    ({"sort": "tool"}, "sort", (Sort("tool"),)),
    ({"sort": ["-timestamp", {"field": "tool", "order": "asc"}, {"field": "input.n"}]}, "sort",
     (Sort("timestamp", descending=True, kind="time"), Sort("tool"), Sort("input.n", kind="object"))),
    ({"aggregate": {"group_by": "tool", "count": True}}, "aggregate", Aggregate(("tool",))),
    ({"aggregate": {"group_by": ["tool", "tool"], "avg": "latency_us", "max": ["latency_us"]}}, "aggregate",
     Aggregate(("tool",), (Measure("avg", "latency_us"), Measure("max", "latency_us")))),
    ({"aggregate": {"avg": "latency_us"}, "sort": "-avg_latency_us"}, "sort",
     (Sort("avg_latency_us", descending=True, kind="number"),)),
    ({"limit": 3}, "limit", 3),
    ({"offset": 0}, "offset", 0),
]  # fmt: skip


@pytest.mark.parametrize(("given", "field", "value"), FORMS, ids=[str(row[0])[:60] for row in FORMS])
def test_the_richer_form(given: dict[str, Any], field: str, value: object) -> None:
    """Filters, orders and groups arrive as values of `filters`."""
    found = _fields(**given)[field]
    assert found == value
    assert type(found) is type(value)


BAD_FORMS: list[tuple[dict[str, Any], str, str]] = [
    ({"filter": []}, "`filter` must be a text or an object, not an array", "or an object"),
    ({"filter": {"and": {}}}, "`filter.and` must be an array of filters, not an object", ""),
    ({"filter": {"or": [1]}}, "`filter.or[0]` must be an object, not a number", ""),
    ({"filter": {"not": []}}, "`filter.not` must be an object, not an array", ""),
    ({"filter": {"and": [{"tool": "a"}, {"tol": 1}]}}, "unknown field `tol` in `filter.and[1]`", "`tool`?"),
    ({"filter": {"tool": {}}}, "`filter.tool` names no operator", "`contains`"),
    ({"filter": {"tool": {"containz": 1}}}, "unknown operator `containz` in `filter.tool`", "did you mean `contains`?"),
    ({"filter": {"tool": {"contains": 1}}}, "`filter.tool.contains` must be a text, not a number", ""),
    ({"filter": {"tool": {"regex": "("}}}, "`filter.tool.regex` is not a regular expression that RE2 takes", ""),
    ({"filter": {"tool": {"regex": "(?=x)"}}}, "`filter.tool.regex` is not a regular expression", "look-around"),
    ({"filter": {"tool": {"in": "Bash"}}}, "`filter.tool.in` must be an array, not a text", ""),
    ({"filter": {"tool": {"exists": 1}}}, "`filter.tool.exists` must be true or false", ""),
    ({"filter": {"tool": 1}}, "`filter.tool` must be a text, not a number", ""),
    ({"filter": {"latency_us": "5"}}, "`filter.latency_us` must be a number, not a text", ""),
    ({"filter": {"latency_us": True}}, "`filter.latency_us` must be a number, not true or false", ""),
    ({"filter": {"needs_review": 1}}, "`filter.needs_review` must be true or false, not a number", ""),
    ({"filter": {"input.n": {"gt": None}}}, "`filter.input.n.gt` must be a number or a text, not null", ""),
    ({"filter": {"timestamp": {"gte": "soon"}}}, "`filter.timestamp.gte` must be a time, not `soon`", "`24h`"),
    ({"filter": {"tool.x": 1}}, "unknown field `tool.x`", "did you mean `tool`?"),
    ({"sort": 1}, "`sort[0]` must be a field or an object, not a number", ""),
    ({"sort": [{"order": "asc"}]}, "`sort[0]` has no `field`", ""),
    ({"sort": [{"field": "tool", "order": "down"}]}, "`sort[0].order` must be `asc` or `desc`", ""),
    ({"sort": [{"field": "tool", "ordre": "asc"}]}, "unknown field `ordre` in `sort[0]`", "did you mean `order`?"),
    ({"sort": "latency"}, "unknown field `latency` in `sort[0]`", "did you mean `latency_us`?"),
    ({"aggregate": {"group_by": "tool"}, "sort": "timestamp"}, "unknown field `timestamp` in `sort[0]`", "`count`"),
    ({"aggregate": []}, "`aggregate` must be an object, not an array", ""),
    ({"aggregate": {"groupby": "tool"}}, "unknown field `groupby` in `aggregate`", "did you mean `group_by`?"),
    ({"aggregate": {"count": False}}, "`aggregate.count` must be true", ""),
    ({"aggregate": {"group_by": {}}}, "`aggregate.group_by` must name a field, not an object", ""),
    ({"aggregate": {"sum": "tool"}}, "`tool` in `aggregate.sum` is not a number", "numbers are `latency_us`"),
    ({"limit": -1}, "`limit` must be a whole number", ""),
]  # fmt: skip


@pytest.mark.parametrize(("given", "message", "help_text"), BAD_FORMS, ids=[str(row[0])[:60] for row in BAD_FORMS])
def test_faults_of_the_richer_form_have_their_place(given: dict[str, Any], message: str, help_text: str) -> None:
    """The message names the place within the filter, the order or the grouping."""
    found, found_help = _fault({"type": "log", "tool": "x", **given})
    assert found.startswith(message)
    assert help_text in found_help


def test_filters_are_bounded() -> None:
    """Neither depth nor breadth can be used to hold the gate."""
    deep: dict[str, Any] = {"tool": "a"}
    for _ in range(40):
        deep = {"not": deep}
    assert "nested deeper than 32 levels" in _fault({"type": "log", "tool": "x", "filter": deep})[0]
    broad = {"or": [{"tool": "a"}] * 1_001}
    assert "more than 1,000 conditions" in _fault({"type": "log", "tool": "x", "filter": broad})[0]
    long = {"tool": {"regex": "a" * 20_001}}
    assert "not a regular expression" in _fault({"type": "log", "tool": "x", "filter": long})[0]


@given(
    st.dictionaries(
        st.sampled_from(["type", *KINDS.fields, "sort", "limit", "aggregate", "filters", "options", "zzz", "\x1b[2J"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("log"),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["and", "or", "not", "tool", "in", "regex", "group_by", "field"]), inner
                )
            ),
            max_leaves=8,
        ),
    )
)
def test_whatever_is_asked_is_understood_or_refused(query: dict[str, Any]) -> None:
    """No JSON makes the parser fail in any other way than with an error of the contract."""
    fault = None
    try:
        found = parse(query, NOW)
    except QueryError as error:
        fault = error
    if fault is None:
        assert set(found.fields) <= {*found.type.fields, "filter", "sort", "limit", "offset", "aggregate"}
    else:
        assert fault.code in {"invalid_query", "unsupported_query_type"}
        assert fault.message
