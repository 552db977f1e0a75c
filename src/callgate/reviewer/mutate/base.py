"""What a mutation makes, and the simple commands that mutations start from."""

from __future__ import annotations

import shlex
from typing import Callable, Final, Iterator, NamedTuple

UNKNOWN: Final = "zqx-takeover --all"
"""A program that no rule and no guardrail speaks of: only what covers too much lets it run."""

WIPE: Final = "rm -rf ~/documents"

PAYLOADS: Final = (UNKNOWN, WIPE)
"""Commands that an attacker would like to run beside the one that is allowed."""


class Mutant(NamedTuple):
    """A changed command."""

    label: str
    """What was done to it, in a few words."""
    text: str
    plain: str = ""
    """What it does beyond the original, as a command by itself. A rule that allows *that* is not bypassed."""


Mutation = Callable[[str], Iterator[Mutant]]
"""One class of mutations: a command (one line, as an agent would send it) to its mutants. Pure."""

_SIMPLE: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./- '\"^~")


def words_of(text: str) -> list[str]:
    """Return the words of a simple command; empty when *text* is more than that (lists, expansions, redirects)."""
    if not _SIMPLE.issuperset(text) or "~" in text.replace(" ~/", ""):
        return []
    try:
        words = shlex.split(text)
    except ValueError:
        return []
    return words if words and "=" not in words[0] else []


def line(words: list[str]) -> str:
    """Return *words* as a command, quoted where that is needed; `~/` stays what it is."""
    return " ".join(word if word.startswith("~/") and word[2:].isalnum() else shlex.quote(word) for word in words)
