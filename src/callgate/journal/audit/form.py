r"""The one form that an audit entry has as bytes, and its hash.

A line of the log is the canonical JSON of the whole entry: keys sorted by code point, no blanks, ASCII only (`\uXXXX`
in lower case for everything else), numbers that are whole and below 2^53 and no others. `hash` is the SHA-256, in
hexadecimal, of the canonical JSON of the entry without `hash`, without a line end. That is what `jq -cSa 'del(.hash)'`
prints, in every version of jq.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final, Mapping, TypeGuard

GENESIS: Final = "0" * 64
"""`prev` of the first entry."""

MAX_LINE: Final = 4 * 1024 * 1024
"""Bytes of a line beyond which it is not looked at; what is written stays far below (`entry.MAX_ENTRY`)."""

MAX_NUMBER: Final = 2**53 - 1
"""Larger numbers are not the same in every JSON reader (RFC 8259, section 6)."""

_HEX: Final = frozenset("0123456789abcdef")


def canonical(entry: Mapping[str, Any]) -> bytes:
    """Return the canonical JSON of *entry*.

    Raises:
        ValueError: it holds a NaN or an infinity, which JSON does not have; or it is nested too deeply.
    """
    try:
        text = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return text.encode("ascii")


def digest(entry: Mapping[str, Any]) -> str:
    """Return the hash of *entry*, whose own `hash` does not count.

    Raises:
        ValueError: as `canonical`.
    """
    return hashlib.sha256(canonical({key: value for key, value in entry.items() if key != "hash"})).hexdigest()


def is_hash(value: object) -> TypeGuard[str]:
    """Whether *value* is written like a hash."""
    return isinstance(value, str) and len(value) == 64 and _HEX.issuperset(value)


def is_count(value: object) -> TypeGuard[int]:
    """Whether *value* can be the number of an entry."""
    return type(value) is int and 0 < value <= MAX_NUMBER


def plain(value: object) -> Any:  # noqa: ANN401 - JSON in, JSON out
    """Return JSON *value* with nothing that readers of JSON understand differently.

    Fractions and numbers from 2^53 on become their text, lone surrogates (of file names that are not UTF-8) the text of
    their escape.
    """
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        out: dict[str, Any] = {}
        for key, item in value.items():
            name = _text(str(key))
            while name in out:
                name += "'"
            out[name] = plain(item)
        return out
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) <= MAX_NUMBER else str(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > MAX_NUMBER:
        return hex(value)  # `str` refuses numbers of more than 4,300 digits
    return value


def _text(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")
