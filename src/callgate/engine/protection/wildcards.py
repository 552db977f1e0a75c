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
            end = _class_end(pattern, position)
            char, position = ("?", end) if end > 0 else (char, position)
        elif char == "\\" and position + 1 < len(pattern):
            position += 1
            char = pattern[position] if pattern[position] not in "*?" else "?"
        if char != "*" or found[-1:] != ["*"]:
            found.append(char)
        position += 1
    return found


def _class_end(pattern: str, start: int) -> int:
    """Return where the class that begins at *start* ends, `-1` when it does not; `[[:alpha:]_]` holds a class."""
    position = start + 2 if pattern[start + 1 : start + 2] in {"!", "^"} else start + 1
    position += pattern[position : position + 1] == "]"  # as the first character it is a member
    while position < len(pattern) and pattern[position] != "]":
        inner = pattern[position : position + 2]
        if inner in {"[:", "[.", "[="}:
            end = pattern.find(inner[1] + "]", position + 2)
            position = end + 1 if end > 0 else position
        position += 1
    return position if position < len(pattern) else -1
