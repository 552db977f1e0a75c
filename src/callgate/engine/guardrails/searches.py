"""`find`: does an expression look for particular files only, or for everything?"""

from __future__ import annotations

from callgate.core.model import Unit

_ACTIONS = frozenset({"-delete", "-exec", "-execdir", "-ok", "-okdir", "-print", "-print0"})
_NAMING = frozenset({"-name", "-iname", "-path", "-ipath", "-wholename", "-iwholename", "-regex", "-iregex"})
# What is left over, out of date or too large is chosen by these; they say little about how much they choose.
_CHOOSING = frozenset({"-mtime", "-mmin", "-ctime", "-cmin", "-atime", "-amin", "-newer", "-size"})
_ALTERNATIVES = frozenset({"-o", "-or", ","})


def narrowed(unit: Unit) -> bool:
    """Whether a `find` looks for particular files only, on every alternative way through its expression."""
    # `find . -delete -name x` deletes everything: an expression is worked through from the left.
    words = unit.argv
    end = next((at for at, word in enumerate(words) if word in _ACTIONS), len(words))
    alternatives: list[list[str]] = [[]]
    for word in words[1:end]:
        if word in _ALTERNATIVES:
            alternatives.append([])
        elif word not in {"(", ")"}:
            alternatives[-1].append(word)
    return all(_narrows(alternative) for alternative in alternatives)


def _narrows(words: list[str]) -> bool:
    for at, word in enumerate(words):
        if at and words[at - 1] in {"!", "-not"}:
            continue  # `! -name x` is everything but x
        value = words[at + 1] if at + 1 < len(words) else ""
        if word == "-empty" or (word in _CHOOSING and value) or (word in _NAMING and value.strip("*./+?^$")):
            return True
    return False
