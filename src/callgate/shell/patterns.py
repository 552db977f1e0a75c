"""Shell patterns as units hold them: `*`, `?`, `[a-z]`; what stands for itself is in brackets of its own (`[*]`)."""

from __future__ import annotations

from callgate.shell.segments import PATTERN, QUOTED, Segment
from callgate.shell.words import GLOB_CHARACTERS

MAX_BRACKETS = 64
"""Opening brackets in one part of a path that are worked out."""


def pattern_of(segments: list[Segment]) -> str:
    """Join *segments* into a pattern that matches at least what bash would match.

    Brackets that hold a class (`[[:alpha:]]`) or something quoted (`["^"a]`) become `*`: who expands the pattern reads
    only plain ones. It also matches the text itself, which is what bash takes where nothing matches.
    """
    if not any("[" in segment.text for segment in segments):
        return "".join(_escaped(segment) for segment in segments)
    chars = [(char, segment.level) for segment in segments for char in segment.text]
    out = ""
    position = brackets = 0
    while position < len(chars):
        char, level = chars[position]
        brackets += char == "["
        if brackets > MAX_BRACKETS:
            # Looking for the end of each costs the square of their number. None of them reaches over a slash.
            out += "*"
            while position < len(chars) and chars[position][0] != "/":
                position += 1
            brackets = 0
            continue
        end = _closing(chars, position) if char == "[" and level not in (QUOTED, PATTERN) else 0
        if end:
            inner = chars[position + 1 : end]
            plain = all(level != QUOTED and char not in "[\\" for char, level in inner)
            out += "".join(char for char, _ in chars[position : end + 1]) if plain else "*"
            position = end
        else:
            out += f"[{char}]" if level == QUOTED and char in GLOB_CHARACTERS else char
        position += 1
    return out


def _escaped(segment: Segment) -> str:
    if segment.level != QUOTED:
        return segment.text
    return "".join(f"[{char}]" if char in GLOB_CHARACTERS else char for char in segment.text)


def _closing(chars: list[tuple[str, int]], start: int) -> int:
    """Return the position of the bracket that closes the one at *start*; 0 when it stands for itself."""
    text = "".join(char for char, _ in chars)
    position = start + 1
    if position < len(chars) and text[position] in "!^":
        position += 1
    if position < len(chars) and text[position] == "]":
        position += 1
    while position < len(chars):
        char, level = chars[position]
        if char == "/":
            return 0
        if char == "]" and level != QUOTED:
            return position
        if char == "[" and text[position + 1 : position + 2] in {":", ".", "="}:
            end = text.find(text[position + 1] + "]", position + 2)
            position = end + 1 if end > 0 else position
        position += 1
    return 0
