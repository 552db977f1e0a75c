"""Shell patterns against the few names that self-protection knows, without backtracking: no pattern hangs."""

from __future__ import annotations


def fits(pattern: str, text: str) -> bool:
    """Whether *pattern* may match *text*, without regard to case.

    `*` matches `/` too, and a class in brackets any character: more than a shell would match, never less.
    """
    parts, text = _parts(pattern.casefold()), text.casefold()
    at = place = 0
    star, mark = -1, 0
    while place < len(text):
        part = parts[at] if at < len(parts) else ""
        if part == "*":
            star, mark = at, place
            at += 1
        elif part and part in {"?", text[place]}:
            at, place = at + 1, place + 1
        elif star >= 0:
            mark += 1
            at, place = star + 1, mark
        else:
            return False
    return all(part == "*" for part in parts[at:])


def _parts(pattern: str) -> list[str]:
    """Split *pattern* into characters, with `?` for a class and one `*` for many; an escaped one stands for itself."""
    found: list[str] = []
    position = 0
    while position < len(pattern):
        char = pattern[position]
        if char == "[":
            end = pattern.find("]", position + 2)
            char, position = ("?", end) if end > 0 else (char, position)
        elif char == "\\" and position + 1 < len(pattern):
            position += 1
            char = pattern[position] if pattern[position] not in "*?" else "?"
        if char != "*" or found[-1:] != ["*"]:
            found.append(char)
        position += 1
    return found
