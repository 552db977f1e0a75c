"""Brace expansion (`a{b,c}d`, `{1..3}`) over characters that remember whether they were quoted."""

from __future__ import annotations

import itertools

Marked = tuple[str, int]
"""A character and its level; only level 0 (typed without quotes) takes part in brace syntax."""

MAX_ALTERNATIVES = 256
MAX_BRACES = 32
MAX_DIGITS = 15
"""Longer numbers may be too large for bash, which then leaves the braces alone."""
MAX_FIELD = 100
"""Characters of one end of a sequence."""

MAX_CHARACTERS = 16_000
"""Of all the words together."""


def expand_braces(chars: list[Marked]) -> list[list[Marked]] | None:
    """Return every word that *chars* becomes, in bash's order; `None` when there are more than 256, or too long.

    More than 32 opening braces are not worked out either: looking for the end of each costs the square of their number.
    """
    if chars.count(("{", 0)) > MAX_BRACES:
        return None
    for start, (char, level) in enumerate(chars):
        if char != "{" or level:
            continue
        found = _closing(chars, start)
        if found is None:
            continue
        end, commas = found
        if commas:
            bounds = [start, *commas, end]
            parts = [chars[a + 1 : b] for a, b in itertools.pairwise(bounds)]
        else:
            sequence = _sequence(chars[start + 1 : end])
            if sequence is None:
                continue
            if not sequence:
                return None
            parts = sequence
        return _combine(chars[:start], parts, chars[end + 1 :])
    return [chars]


def _combine(head: list[Marked], parts: list[list[Marked]], tail: list[Marked]) -> list[list[Marked]] | None:
    tails = expand_braces(tail)
    if tails is None:
        return None
    out: list[list[Marked]] = []
    size = 0
    for part in parts:
        middles = expand_braces(part)
        if middles is None or len(out) + len(middles) * len(tails) > MAX_ALTERNATIVES:
            return None
        size += len(middles) * len(tails) * (len(head) + len(part) + len(tail))
        if size > MAX_CHARACTERS:
            return None
        out.extend(head + middle + rest for middle in middles for rest in tails)
    return out


def _closing(chars: list[Marked], start: int) -> tuple[int, list[int]] | None:
    """Find the brace that closes the one at *start*, and the commas between them at the same depth."""
    depth = 0
    commas: list[int] = []
    for position in range(start, len(chars)):
        char, level = chars[position]
        if level:
            continue
        if char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
            if depth == 0:
                return position, commas
        elif char == "," and depth == 1:
            commas.append(position)
    return None


def _sequence(inner: list[Marked]) -> list[list[Marked]] | None:
    """`x..y[..step]`: the words of the sequence, `None` when it is not one, empty when it is too long."""
    if any(level for _, level in inner):
        return None
    fields = "".join(char for char, _ in inner).split("..")
    if len(fields) not in (2, 3):
        return None
    if any(len(field) > MAX_FIELD for field in fields):
        return []  # Python refuses to read such a number, and zeros in front may fill any width
    if not all(field.isascii() for field in fields) or (len(fields) == 3 and not _is_number(fields[2])):
        return None
    step = abs(int(fields[2])) or 1 if len(fields) == 3 else 1
    if len(fields[0]) == len(fields[1]) == 1 and fields[0].isalpha() and fields[1].isalpha():
        first, last, render = ord(fields[0]), ord(fields[1]), chr
        if fields[0].isupper() != fields[1].isupper():
            return []  # a backslash lies between them
    elif _is_number(fields[0]) and _is_number(fields[1]):
        first, last = int(fields[0]), int(fields[1])
        width = max(len(field) for field in fields[:2]) if any(_padded(field) for field in fields[:2]) else 0
        render = lambda number: str(number).zfill(width)  # noqa: E731 - the twin of chr
    else:
        return None
    if any(len(field) > MAX_DIGITS for field in fields):
        return []
    if abs(last - first) // step > MAX_ALTERNATIVES:
        return []
    numbers = range(first, last + 1, step) if first <= last else range(first, last - 1, -step)
    return [[(char, 1) for char in render(number)] for number in numbers]


def _is_number(field: str) -> bool:
    """Whether bash takes *field* for a number; Python's `int` takes more (`1_0`, other digits)."""
    return field.removeprefix("-").removeprefix("+").isdigit() and not field.startswith("-+")


def _padded(field: str) -> bool:
    digits = field.lstrip("-")
    return len(digits) > 1 and digits[0] == "0"
