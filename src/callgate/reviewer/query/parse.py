"""A decoded query to its type and its checked fields."""

from __future__ import annotations

from typing import Any, Callable, Final, Mapping, NamedTuple

from callgate.reviewer.query.base import Field, QueryType
from callgate.reviewer.query.decode import kind
from callgate.reviewer.query.form import columns_of, parse_aggregate, parse_filter, parse_sort
from callgate.reviewer.query.registry import query_type, supported
from callgate.reviewer.query.times import moment
from callgate.reviewer.query.words import invalid, listed, nearest

GROUPS: Final = ("filters", "options")
"""Objects that hold fields of the query one level deeper; what is in them counts as if it stood beside them."""

MAX_COUNT: Final = 1_000_000_000
"""Largest `limit`, `offset`, `last_n`, …"""

_FORM: Final = ("filter", "sort", "limit", "offset", "aggregate")


class Query(NamedTuple):
    """A query that can be answered."""

    name: str
    type: QueryType
    fields: Mapping[str, Any]


def parse(payload: Mapping[str, Any], now: float) -> Query:
    """Return the query that *payload* describes. A null counts as absent.

    Args:
        payload: the decoded query.
        now: seconds since the epoch, for times such as `24h`.

    Raises:
        QueryError: `unsupported_query_type`, or `invalid_query`: no type, an unknown field, a value of the wrong kind,
            a field twice (beside `filters` and in it), a required field that is missing.
    """
    name = payload.get("type")
    if not isinstance(name, str):
        what = "the query has no `type`" if name is None else f"`type` must be a text, not {kind(name)}"
        raise invalid(what, "types are " + listed(supported()))
    described = query_type(name)
    given = _flat(payload)
    known = (*described.fields, *(_FORM if described.columns else ()))
    for field in given:
        if field not in known:
            raise invalid(f"unknown field `{field[:80]}` in a `{name}` query", nearest(field, (*known, *GROUPS)))
    fields = {field: _value(field, value, described, now) for field, value in given.items() if field not in _FORM}
    fields.update(_form(given, described, now))
    for field, spec in described.fields.items():
        if spec.required and field not in fields:
            raise invalid(f"a `{name}` query needs `{field}`", f"`{field}` is {_KINDS[spec.kind][1]}")
    if "since" in fields and "until" in fields and fields["since"] > fields["until"]:
        raise invalid("`since` is later than `until`", "no time lies between them: exchange them")
    return Query(name, described, fields)


def _flat(payload: Mapping[str, Any]) -> dict[str, Any]:
    given = {key: value for key, value in payload.items() if key not in ("type", *GROUPS) and value is not None}
    for group in GROUPS:
        inner = payload.get(group)
        if inner is None:
            continue
        if not isinstance(inner, dict):
            raise invalid(
                f"`{group}` must be an object, not {kind(inner)}", 'write `{"' + group + '":{"tool":"Bash"}}`'
            )
        for key, value in inner.items():
            if value is None:
                continue
            if key in given:
                raise invalid(f"`{key[:80]}` is given twice, once in `{group}`", "keep one of them")
            given[key] = value
    return given


def _form(given: Mapping[str, Any], described: QueryType, now: float) -> dict[str, Any]:
    """Return the fields of the richer form, and those of the type that go by the same names."""
    fields: dict[str, Any] = {}
    columns = described.columns
    if "filter" in given:
        fields["filter"] = _filter(given["filter"], described, now)
    if "aggregate" in given:
        fields["aggregate"] = parse_aggregate(given["aggregate"], columns)
        columns = columns_of(fields["aggregate"], columns)
    if "sort" in given:
        fields["sort"] = parse_sort(given["sort"], columns)
    for name in ("limit", "offset"):
        if name in given:
            fields[name] = _count(described.fields.get(name, Field("count")), given[name], name, now)
    return fields


def _filter(value: object, described: QueryType, now: float) -> Any:  # noqa: ANN401 - a `Filter`, or a word of the type
    """Return a filter over the columns; or the word, for a type whose `filter` takes one."""
    if "filter" not in described.fields or (described.columns and isinstance(value, dict)):
        return parse_filter(value, described.columns, now)
    if described.columns and not isinstance(value, str):
        choices = listed(described.fields["filter"].choices)
        raise invalid(f"`filter` must be a text or an object, not {kind(value)}", f"it is {choices} or an object")
    return _value("filter", value, described, now)


def _value(field: str, value: object, described: QueryType, now: float) -> Any:  # noqa: ANN401 - as many as kinds
    spec = described.fields[field]
    return _KINDS[spec.kind][0](spec, value, field, now)


def _wrong(spec: Field, value: object, field: str) -> Exception:
    return invalid(f"`{field}` must be {_KINDS[spec.kind][1]}, not {kind(value)}")


def _text(spec: Field, value: object, field: str, _now: float) -> str:
    if not isinstance(value, str):
        raise _wrong(spec, value, field)
    return value


def _flag(spec: Field, value: object, field: str, _now: float) -> bool:
    if not isinstance(value, bool):
        raise _wrong(spec, value, field)
    return value


def _count(spec: Field, value: object, field: str, _now: float) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_COUNT:
        got = str(value)[:40] if isinstance(value, (int, float)) and not isinstance(value, bool) else kind(value)
        raise invalid(f"`{field}` must be {_KINDS[spec.kind][1]}, not {got}")
    return value


def _time(_spec: Field, value: object, field: str, now: float) -> float:
    return moment(value, now, field)


def _object(spec: Field, value: object, field: str, _now: float) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(spec, value, field)
    return value


def _list(spec: Field, value: object, field: str, _now: float) -> list[Any]:
    if not isinstance(value, list):
        raise _wrong(spec, value, field)
    return value


def _choice(spec: Field, value: object, field: str, _now: float) -> str:
    if not isinstance(value, str):
        raise invalid(f"`{field}` must be a text, not {kind(value)}", "known are " + listed(spec.choices))
    if value not in spec.choices:
        raise invalid(f"`{value[:80]}` is not a value of `{field}`", nearest(value, spec.choices))
    return value


_KINDS: Final[Mapping[str, tuple[Callable[[Field, object, str, float], Any], str]]] = {
    "text": (_text, "a text"),
    "flag": (_flag, "true or false"),
    "count": (_count, f"a whole number from 0 to {MAX_COUNT:,}"),
    "time": (_time, "a time"),
    "object": (_object, "an object"),
    "list": (_list, "an array"),
    "choice": (_choice, "one of a few words"),
}
"""Kind of a field -> what checks a value, and what the kind is called."""
