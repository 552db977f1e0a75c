"""The wording of what is wrong with a query: one sentence, and what to write instead."""

from __future__ import annotations

from typing import Iterable

from callgate.reviewer.query.base import QueryError


def invalid(message: str, help: str = "") -> QueryError:  # noqa: A002 - the word that every message uses
    """Return the error for a query that is not understood."""
    return QueryError("invalid_query", message, {"help": help} if help else None)


def listed(words: Iterable[str]) -> str:
    """Return *words* in backticks, in their order."""
    return ", ".join(f"`{word}`" for word in words)


def closest(word: str, known: Iterable[str]) -> str:
    """Return the name of *known* that *word* was probably meant to be; empty when none is like it."""
    import difflib  # noqa: PLC0415 - only a mistake needs it

    names = {name.lower(): name for name in known}
    wanted = word[:60].lower().replace("-", "_").replace(" ", "_")
    found = difflib.get_close_matches(wanted, names, 1) or [
        name for name in sorted(names, key=len) if wanted and (name.startswith(wanted) or wanted.startswith(name))
    ]
    return names[found[0]] if found else ""


def nearest(word: str, known: Iterable[str]) -> str:
    """Return a help text: the name that was probably meant, or else all of them."""
    names = list(known)
    close = closest(word, names)
    return f"did you mean `{close}`?" if close else "known are " + listed(names)
