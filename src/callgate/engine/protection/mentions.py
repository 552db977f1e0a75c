"""Texts that name a file of the gate: arguments of programs that nobody knows, and code in other languages.

What such a program does to the file cannot be told, so the answer is a question and never a denial.
"""

from __future__ import annotations

import re
from typing import Iterator

from callgate.core.model import DYNAMIC, SPLIT
from callgate.engine.protection.guarded import Guarded
from callgate.engine.protection.wildcards import fits

TOKENS = ("callgate", ".claude", "claude-code", "claudecode", ".codex", ".gemini", "decision-reviewer", "managed-sett",
           "disableallhooks")  # fmt: skip
"""One of them is in every text that is worth a closer look (but for policy files of any name)."""

_FILES = (
    r"(?<![\w.-])\.callg(?:ate\.toml(?![\w.-])|[\w.]*[*?\[{\ue000\ue001$])"
    r"|claude-code-permissions-hook\.toml|decision-reviewer-audit|managed-settings|application support/claudecode"
    r"|etc/(?:callgate|claude-code)(?![\w-])|(?:\.config|state|site-packages|dist-packages)/callgate(?![\w-])"
    r"|callgate/(?:policy\.toml|trust\.json|decisions\.jsonl|review\.jsonl|outcomes\.jsonl|gate\.\w+)|disableallhooks"
    r"|run/user/[^/\s]+/callgate(?![\w-])|[\ue000\ue001]/callgate(?![\w-])"
)
_HOMES = r"(?<![\w-])\.(?:claude|codex|gemini)(?![\w.-])(/?)([^/\s;|&<>()\"',:]*)"
_NAMES = ("settings.json", "settings.local.json", "config.toml", "hooks.json", "plugins", "policies")
_PAIRS = (
    (".claude", "settings"), (".codex", "hooks"), (".codex", "config.toml"), (".gemini", "settings"),
    (".config", "callgate"), ("state", "callgate/"), (".claude", "plugins"), ("callgate", "gate.sock"),
)  # fmt: skip
_UNKNOWN = "*?[{$\ue000\ue001"
_STRIPPED = {ord(quote): None for quote in "\"'`\\"}


def named(text: str, guarded: Guarded, *, code: bool = False, directories: bool = False) -> str:
    """Return what *text* names of the gate, or the empty string.

    Args:
        text: words of a command, or a piece of code.
        guarded: policy files may have any name.
        code: a path may be put together from pieces (`home / ".claude" / "settings.json"`).
        directories: the directory of a settings file counts, too.
    """
    folded = text.casefold()
    if not any(token in folded for token in TOKENS):
        return next((path for path in guarded.texts if path in folded), "")
    plain = folded.translate(_STRIPPED)
    while "//" in plain or "/./" in plain:
        plain = plain.replace("//", "/").replace("/./", "/")
    found = re.search(_FILES, plain)
    if found:
        return found[0]
    for place in re.finditer(_HOMES, plain):
        if _speaks_of_settings(place[1], place[2], directories=directories):
            return place[0]
    if code:
        for first, second in _PAIRS:
            if first in plain and second in plain:
                return f"{first}/{second}"
    return next((path for path in guarded.texts if path in folded), "")


def _speaks_of_settings(slash: str, segment: str, *, directories: bool) -> bool:
    """Whether `.claude` followed by *slash* and *segment* is a settings file, or may be one."""
    if not slash or not segment:
        return directories
    if segment == "..":
        return True
    if not any(char in segment for char in _UNKNOWN):
        return segment in _NAMES
    # What stands behind a brace or a variable may be anything.
    for opening in "{$":
        segment = f"{segment.split(opening, 1)[0]}*" if opening in segment else segment
    pattern = segment.replace(DYNAMIC, "*").replace(SPLIT, "*")
    return any(fits(pattern, name) for name in _NAMES)


def pieces(word: str) -> Iterator[str]:
    """Yield the words that a program would find in *word* when it takes it for a command or for code."""
    yield from word.translate(_SEPARATED).split()


_SEPARATED = {ord(char): " " for char in "\"'`[](){},;|&"}
