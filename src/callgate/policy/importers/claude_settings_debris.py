"""One-off statements that can never be of use again: pieces of scripts that "don't ask again" left behind."""

from __future__ import annotations

import re
from typing import Final

_KEYWORDS: Final = frozenset(
    "for while until do done if then else elif fi case esac in select function { } ( ) [[ ]] ;; !".split()
)
_ASSIGNMENT: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\+?=\S*")


def debris(text: str) -> str:
    """Return why the command *text* of an allow is debris; empty when it is none."""
    words = text.split(None, 1)
    if not words:
        return "empty"
    if words[0] in _KEYWORDS:
        return f"a piece of a script (`{words[0]}`), which is not a command by itself"
    if words[0].startswith("#"):
        return "a comment"
    if "<<" in text and "<<<" not in text:
        return "a here-document: its text will not come again"
    if "\n" in text.strip():
        return "several lines of a script: they will not come again as they are"
    if _ASSIGNMENT.fullmatch(text.strip()):
        return "a variable and no command"
    return ""
