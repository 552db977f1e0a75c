"""Finds where a delimited regular expression ends, as sed and awk read it; shared by their program files."""

from __future__ import annotations


def closing(text: str, start: int, delimiter: str) -> int:
    """Return the index of the *delimiter* that ends the regular expression at *start*, or -1 when that is not certain.

    Implementations differ on a delimiter, or a backslash before `]`, inside a bracket expression: one ends the
    expression where another goes on. An expression that hangs on it is not certain, nor is one with a newline.
    """
    position = start
    while position < len(text):
        char = text[position]
        if char == "\n":
            return -1
        if char == delimiter:
            return position
        if char == "\\":
            if text[position + 1 : position + 2] in {"", "\n"}:
                return -1
            position += 2
        elif char == "[":
            position = _bracket(text, position + 1, delimiter)
            if position < 0:
                return -1
        else:
            position += 1
    return -1


def _bracket(text: str, position: int, delimiter: str) -> int:
    """Return the index after the bracket expression whose inside begins at *position*, or -1."""
    if text[position : position + 1] == "^":
        position += 1
    if text[position : position + 1] == "]":
        position += 1
    while position < len(text):
        char = text[position]
        if char == "]":
            return position + 1
        if char in {delimiter, "\n"}:
            return -1
        if char == "\\":
            if text[position + 1 : position + 2] in {"", "]", "\\", "\n"}:
                return -1
            position += 2
        elif char == "[" and text[position + 1 : position + 2] in {":", ".", "="}:
            end = text.find(text[position + 1] + "]", position + 2)
            if end < 0 or not text[position + 2 : end].isalpha():
                return -1
            position = end + 2
        else:
            position += 1
    return -1
