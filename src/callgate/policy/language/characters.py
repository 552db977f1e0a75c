"""Sets of characters as sorted, disjoint ranges of code points, and the classes that RE2 has names for."""

from __future__ import annotations

from typing import Final, Iterable, Mapping

Ranges = tuple[tuple[int, int], ...]
"""Sorted, disjoint and inclusive (first, last) code points."""

LAST: Final = 0x10FFFF
ANY: Final[Ranges] = ((0, LAST),)
NOT_NEWLINE: Final[Ranges] = ((0, 9), (11, LAST))
DIGIT: Final[Ranges] = ((48, 57),)
WORD: Final[Ranges] = ((48, 57), (65, 90), (95, 95), (97, 122))
SPACE: Final[Ranges] = ((9, 10), (12, 13), (32, 32))
"""RE2's `\\s`: it leaves out the vertical tab."""

POSIX: Final[Mapping[str, Ranges]] = {
    "alnum": ((48, 57), (65, 90), (97, 122)),
    "alpha": ((65, 90), (97, 122)),
    "blank": ((9, 9), (32, 32)),
    "digit": DIGIT,
    "lower": ((97, 122),),
    "punct": ((33, 47), (58, 64), (91, 96), (123, 126)),
    "space": ((9, 13), (32, 32)),
    "upper": ((65, 90),),
    "word": WORD,
    "xdigit": ((48, 57), (65, 70), (97, 102)),
}

_KELVIN, _LONG_S = 0x212A, 0x17F
"""Beside the ASCII letters, what RE2 takes for `k` and `s` when case does not matter."""


def one(char: str) -> Ranges:
    """Return the set of one character."""
    return ((ord(char), ord(char)),)


def union(parts: Iterable[tuple[int, int]]) -> Ranges:
    """Return the ranges of *parts* (in any order, overlapping or not) as one set."""
    out: list[tuple[int, int]] = []
    for first, last in sorted(parts):
        if out and first <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(out[-1][1], last))
        else:
            out.append((first, last))
    return tuple(out)


def complement(ranges: Ranges) -> Ranges:
    """Return every character that is not in *ranges*."""
    out, start = [], 0
    for first, last in ranges:
        if start < first:
            out.append((start, first - 1))
        start = last + 1
    if start <= LAST:
        out.append((start, LAST))
    return tuple(out)


def contains(ranges: Ranges, code: int) -> bool:
    """Whether the code point is in the set."""
    for first, last in ranges:  # noqa: SIM110 - the walks spend their time here; a generator takes thrice as long
        if first <= code <= last:
            return True
    return False


def folds(ranges: Ranges) -> Ranges | None:
    """Return *ranges* closed under upper and lower case; `None` when letters beyond ASCII make that uncertain."""
    if ranges == ANY:
        return ranges
    if any(last > 127 for _, last in ranges):
        return None
    found = list(ranges)
    for first, last in ranges:
        for low, high, shift in ((65, 90, 32), (97, 122, -32)):
            start, end = max(first, low), min(last, high)
            if start <= end:
                found.append((start + shift, end + shift))
        if _has(first, last, "k"):
            found.append((_KELVIN, _KELVIN))
        if _has(first, last, "s"):
            found.append((_LONG_S, _LONG_S))
    return union(found)


def _has(first: int, last: int, letter: str) -> bool:
    return first <= ord(letter) <= last or first <= ord(letter.upper()) <= last


_NICE: Final = "axb1zc0 -_./A"
"""What a made-up string is preferably written with, so that a person can read it."""


def pleasant(ranges: Ranges) -> str:
    """Return the character of *ranges* (not empty) that reads best."""
    for char in _NICE:
        if contains(ranges, ord(char)):
            return char
    for first, last in ranges:
        for code in range(max(first, 33), min(last, 126) + 1):
            return chr(code)
    return chr(ranges[-1][0] if not 0xD800 <= ranges[-1][0] <= 0xDFFF else 0xE100)
