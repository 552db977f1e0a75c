"""What a regular expression must begin with: most of a policy's need not be tried on most commands."""

from __future__ import annotations

_META = frozenset(".^$+{}()|\\*?[]")


def literal_head(regex: str) -> str:
    """Return text that everything which *regex* matches begins with; empty when there is none to be certain of."""
    if not regex.startswith("^") or _chooses(regex):
        return ""
    head = ""
    position = 1
    while position < len(regex):
        char = regex[position]
        if char == "\\" and regex[position + 1 : position + 2] in _META:
            position += 1
            char = regex[position]
        elif char in _META:
            # What a quantifier stands behind may be missing.
            return head[:-1] if char in "*?{" else head
        head += char
        position += 1
    return head


def _chooses(regex: str) -> bool:
    """Whether there may be a `|` outside of parentheses: then `^` is said of the first choice only."""
    depth = position = 0
    while position < len(regex):
        char = regex[position]
        if char == "|" and not depth:
            return True
        if char == "\\":
            if regex.startswith("Q", position + 1):
                return "|" in regex  # quotes what follows
            position += 1
        elif char == "[":
            position = _class_end(regex, position)
        depth += (char == "(") - (char == ")")
        position += 1
    return False


def _class_end(regex: str, start: int) -> int:
    """Return where the class that begins at *start* ends; `[[:alpha:]]` and `[]x]` hold brackets."""
    position = start + 2 if regex.startswith("^", start + 1) else start + 1
    position += regex.startswith("]", position)
    while position < len(regex) and regex[position] != "]":
        if regex[position] == "\\":
            position += 1
        elif regex.startswith("[:", position):
            position = max(regex.find(":]", position) + 1, position)
        position += 1
    return position
