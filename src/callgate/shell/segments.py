"""Segments of a word on its way through the expansions, and literal text between double quotes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from callgate.core.model import DYNAMIC, SPLIT

if TYPE_CHECKING:
    from tree_sitter import Node

    from callgate.shell.walk import Walker

# How a segment's text takes part in the expansions that come after it.
BARE = 0
"""Typed without quotes: braces, tilde and globs are active."""
QUOTED = 1
"""Nothing is active."""
EXPANDED = 2
"""Came from a variable without quotes: globs are active."""
PATTERN = 3
"""Already a pattern (a loop variable over a glob): goes into the word as it is."""


class Segment(NamedTuple):
    """A run of text of one level."""

    text: str
    level: int


def double_quoted_text(walker: Walker, node: Node, text: str, out: list[Segment], *, here: bool = False) -> None:
    """Append literal text between double quotes (or of a here-document) with its escapes resolved."""
    if "\\" not in text and "$" not in text and "`" not in text and (here or '"' not in text):
        if DYNAMIC in text or SPLIT in text:
            walker.problem(node, "a private-use character in a string")
        out.append(Segment(text, QUOTED))
        return
    plain = why = ""
    position = 0
    while position < len(text):
        char = text[position]
        following = text[position + 1 : position + 2]
        if char == "\\" and following and following in '$`"\\\n':
            if here and following == '"':
                plain += char
            plain += "" if following == "\n" else following
            position += 2
            continue
        if (
            char == "`"
            or (char == "$" and expands(text, position) and following not in "'\"")
            or (char == '"' and not here)
        ):
            why = f"`{char}` in a string is not understood"
        plain += char
        position += 1
    if why:
        walker.problem(node, why)
    out.append(Segment(plain, QUOTED))


def expands(text: str, position: int) -> bool:
    """Whether the `$` at *position* begins an expansion."""
    position += 1
    while text.startswith("\\\n", position):  # a continued line vanishes before bash looks for an expansion
        position += 2
    following = text[position : position + 1]
    return following.isalnum() or following in {"_", "{", "(", "@", "*", "#", "?", "!", "$", "-", "'", '"', "["}
