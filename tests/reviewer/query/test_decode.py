"""A query is read strictly: what could mean two things is refused, with its place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.reviewer.query.base import QueryError
from callgate.reviewer.query.decode import MAX_BYTES, MAX_DEPTH, decode

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def _refused(data: bytes) -> QueryError:
    with pytest.raises(QueryError) as caught:
        decode(data)
    assert caught.value.code == "invalid_query"
    return caught.value


@given(st.dictionaries(st.text(), JSON, max_size=5), st.booleans())
def test_what_json_writes_is_read_back(value: dict[str, Any], ascii_only: bool) -> None:
    """Every JSON object within the limits comes back as it was, however it is spelled."""
    text = json.dumps(value, ensure_ascii=ascii_only, indent=2)
    assert decode(text.encode("utf-8", "surrogatepass")) == value


@given(st.binary(max_size=200))
def test_anything_else_is_refused_and_nothing_else_is_raised(data: bytes) -> None:
    """Bytes are an object or `invalid_query`; nothing makes the decoder fail in another way."""
    code = ""
    try:
        assert isinstance(decode(data), dict)
    except QueryError as error:
        code = error.code
    assert code in {"", "invalid_query"}


PLACES: list[tuple[str, str, tuple[int, int] | None]] = [
    ('{"a": 1, "a": 2}', "the key `a` occurs twice", (1, 10)),
    ('{"x": {"b": 1}, "y": [{\n  "b": 1,\n  "\\u0062": 2}]}', "the key `b` occurs twice", (3, 3)),
    ('{"a": "a", "b": {"a": 1}, "b": 1}', "the key `b` occurs twice", (1, 27)),
    ('{"a": "NaN",\n "b": NaN}', "`NaN` is not a JSON number", (2, 7)),
    ('{"a": [1, -Infinity]}', "`-Infinity` is not a JSON number", (1, 11)),
    ('{"a": 1e999}', "the number `1e999` is out of range", (1, 7)),
    ('{"a": "x\ny"}', "invalid control character", (1, 9)),
    ('{"a": 1,}', "not JSON", (1, 9)),
    ('{"a": 1} x', "not JSON: extra data", (1, 10)),
    ('{"a": ' + "9" * 5000 + "}", "too many digits", (1, 7)),
    ('{"a": ' + "[" * 300 + "]" * 300 + "}", "nested deeper than 200 levels", (1, 206)),
    ('{"a": ' + "[" * 100_000 + "]" * 100_000 + "}", "nested deeper than 200 levels", (1, 206)),
    ('{"a": ' + "[" * 100_000, "nested deeper than 200 levels", (1, 206)),
    ("[1]", "not a JSON object but an array", None),
    ("null", "not a JSON object but null", None),
    ("true", "not a JSON object but true or false", None),
    ("  ", "the query is empty", None),
    ("", "the query is empty", None),
]


@pytest.mark.parametrize(("text", "message", "place"), PLACES, ids=[row[1] + row[0][:12] for row in PLACES])
def test_what_is_wrong_is_said_with_its_place(text: str, message: str, place: tuple[int, int] | None) -> None:
    """The message names what is wrong; line and column point at it, in the message and as numbers."""
    error = _refused(text.encode())
    assert message in error.message
    details = error.details if isinstance(error.details, dict) else {}
    assert (details.get("line"), details.get("column")) == (place or (None, None))
    assert place is None or f"(line {place[0]}, column {place[1]})" in error.message


def test_the_limits_hold_exactly() -> None:
    """1 MiB and 200 levels pass; one byte or one level more does not."""
    body = b'{"a": "' + b"x" * (MAX_BYTES - 9) + b'"}'
    assert len(body) == MAX_BYTES
    decode(body)
    assert "larger than 1,048,576 bytes" in _refused(body + b" ").message
    deep = '{"a":' + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1) + "}"
    decode(deep.encode())
    _refused(deep.replace("[]", "[[]]").encode())


def test_brackets_within_texts_are_no_levels() -> None:
    """A command full of brackets is not nested."""
    assert decode(json.dumps({"command": "[" * 1000}).encode()) == {"command": "[" * 1000}


def test_other_encodings_are_refused() -> None:
    """What is not UTF-8 names the byte; a lone surrogate is a text like any other, as for the hook."""
    assert "not UTF-8 (byte 7)" in _refused(b'{"a": "\xff"}').message
    assert decode(b'{"a": "\\ud800"}') == {"a": "\ud800"}
