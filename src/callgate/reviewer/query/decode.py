"""The text of a query to a dict. What could be read in two ways is refused, with its place.

The limits are those of the hook where both have one, so that a call in a query is refused where the hook refuses it.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final, Iterator, NamedTuple, NoReturn

from callgate.reviewer.query.base import QueryError

MAX_BYTES: Final = 1024 * 1024
"""Of one query."""

MAX_DEPTH: Final = 200
"""Containers within containers, as in a message to the hook."""

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_KINDS: Final = (
    (bool, "true or false"),
    (str, "a text"),
    ((int, float), "a number"),
    (list, "an array"),
    (dict, "an object"),
)


class _Token(NamedTuple):
    start: int
    text: str


def decode(data: bytes, what: str = "the query", example: str = '{"type":"rule_count"}') -> dict[str, Any]:
    """Return the query in *data*.

    Args:
        data: JSON.
        what: what it is called in messages.
        example: shown to who sends nothing.

    Raises:
        QueryError: `invalid_query`: larger than 1 MiB, not UTF-8, not one JSON object, a key twice in one object, a
            number that JSON does not have, a control character within a text, nested deeper than 200 levels. `details`
            has `line` and `column`, both from 1, where there is a place.
    """
    if len(data) > MAX_BYTES:
        raise QueryError("invalid_query", f"{what} is larger than {MAX_BYTES:,} bytes")
    try:
        text = data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise QueryError("invalid_query", f"{what} is not UTF-8 (byte {error.start})") from None
    if not text.strip():
        raise QueryError("invalid_query", f"{what} is empty", {"help": f"write for example `{example}`"})
    value = _load(text, what)
    if not isinstance(value, dict):
        raise QueryError("invalid_query", f"{what} is not a JSON object but {kind(value)}")
    return value


def kind(value: object) -> str:
    """Name the type of a JSON value for a message."""
    return next((name for types, name in _KINDS if isinstance(value, types)), "null")


def _load(text: str, what: str) -> object:
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_constant, parse_float=_finite)
    except _Fault as fault:
        raise _at(text, fault.place(text), fault.message) from None
    except RecursionError:
        raise _at(text, _too_deep(text), f"{what} is nested deeper than {MAX_DEPTH} levels") from None
    except json.JSONDecodeError as error:
        raise _at(text, error.pos, f"{what} is not JSON: {error.msg[:1].lower()}{error.msg[1:]}") from None
    except ValueError:  # the interpreter refuses integers of thousands of digits
        raise _at(text, _long_number(text), f"{what} is not JSON: a number has too many digits") from None
    if text.count("{") + text.count("[") > MAX_DEPTH:
        place = _too_deep(text)
        if place is not None:
            raise _at(text, place, f"{what} is nested deeper than {MAX_DEPTH} levels")
    return value


class _Fault(Exception):  # noqa: N818 - it never leaves this module
    """What the decoder does not find wrong but we do; it knows no place, so that is looked for afterwards."""

    def __init__(self, message: str, key: str = "", token: str = "") -> None:
        super().__init__(message)
        self.message = message
        self._key = key
        self._token = token

    def place(self, text: str) -> int | None:
        if self._key:
            return _second(text, self._key)
        return next((token.start for token in _tokens(text) if token.text == self._token), None)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) == len(pairs):
        return out
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            raise _Fault(f"the key `{key[:80]}` occurs twice: which one counts?", key=json.dumps(key))
        seen.add(key)
    return out


def _constant(name: str) -> NoReturn:
    raise _Fault(f"`{name}` is not a JSON number", token=name)


def _finite(digits: str) -> float:
    value = float(digits)
    if value - value != 0:
        raise _Fault(f"the number `{digits[:40]}` is out of range", token=digits)
    return value


def _at(text: str, place: int | None, message: str) -> QueryError:
    if place is None:
        return QueryError("invalid_query", message)
    line = text.count("\n", 0, place) + 1
    column = place - text.rfind("\n", 0, place)
    return QueryError("invalid_query", f"{message} (line {line}, column {column})", {"line": line, "column": column})


# Places; only what is wrong pays for them.


def _tokens(text: str) -> Iterator[_Token]:
    return (_Token(match.start(), match.group()) for match in _TOKEN.finditer(text))


def _second(text: str, key: str) -> int | None:
    """Return where the first object that has *key* (as JSON) twice repeats it."""
    open_objects: list[set[str] | None] = []
    before = _Token(0, "")
    for token in _tokens(text):
        if token.text == ":" and open_objects and (keys := open_objects[-1]) is not None:
            name = json.dumps(json.loads(before.text))  # `"a"` and `"\u0061"` are one key
            if name == key and name in keys:
                return before.start
            keys.add(name)
        elif token.text in "{[":
            open_objects.append(set() if token.text == "{" else None)
        elif token.text in "}]" and open_objects:
            open_objects.pop()
        before = token
    return None


def _too_deep(text: str) -> int | None:
    depth = 0
    for token in _tokens(text):
        depth += (token.text in "{[") - (token.text in "}]")
        if depth > MAX_DEPTH:
            return token.start
    return None


def _long_number(text: str) -> int | None:
    return next((token.start for token in _tokens(text) if len(token.text) > 4_000 and token.text[0] != '"'), None)
