"""Text of tool calls as it is shown: on one line, with nothing that a terminal would obey."""

from __future__ import annotations

from callgate.agents.visible import visible as _escape
from callgate.core.model import DYNAMIC, SPLIT

_SHORT = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}


def visible(text: str) -> str:
    r"""Return *text* on one line: every hidden character as an escape, `\n` and `\t` in their short form."""
    if text.isascii() and text.isprintable():
        return text
    return _escape("".join(_SHORT.get(char, char) for char in text))


def resolved(text: str) -> str:
    """Return the text of a unit with the markers for what only the running shell knows written as `<…>`."""
    return visible(text.replace(DYNAMIC, "<\u2026>").replace(SPLIT, "<\u2026>"))
