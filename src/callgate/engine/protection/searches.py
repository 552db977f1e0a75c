"""What `find -exec` and `find | xargs` reach: their targets are dynamic, their search is not."""

from __future__ import annotations

from itertools import pairwise
from typing import Iterator

from callgate.core.model import Unit
from callgate.engine.protection.scene import Scene
from callgate.engine.protection.wildcards import fits

STARTERS = frozenset({"find -exec", "find -execdir", "find -ok", "find -okdir", "xargs"})
"""Wrappers that give a program words which something else found."""
_NAMES = frozenset({"-name", "-iname"})
_PATHS = frozenset({"-path", "-ipath", "-wholename", "-iwholename"})
_LOGIC = frozenset({"!", "-not", "-o", "-or", ",", "-regex", "-iregex"})


def finds(scene: Scene, unit: Unit) -> str | None:
    """Return the protected path that the search behind *unit* finds, empty when none; `None` without a search.

    A search by name for something that a protected file may be called finds it. A search without names finds
    everything, which counts when its finds are deleted.
    """
    if not STARTERS.intersection(unit.wrappers):
        return None
    deletes = any(operation.kind == "delete" for operation in unit.operations)
    searched = False
    for other in scene.searches(unit):
        searched = True
        for operation in other.operations:
            if operation.kind == "read":
                for path in scene.guarded.below(operation.target):
                    if _matches(other.argv, operation.target, path, otherwise=deletes):
                        return path
    return "" if searched else None


def _matches(argv: tuple[str, ...], root: str, path: str, *, otherwise: bool) -> bool:
    """Whether the search finds the protected *path* below *root*; *otherwise* when it looks for no name."""
    if _LOGIC.intersection(argv):
        return otherwise
    looked = False
    for word, value in pairwise(argv):
        if word in _NAMES:
            looked = True
            if not fits(value, path.rpartition("/")[2]):
                return False
        elif word in _PATHS:
            looked = True
            if not any(fits(value, start + path[len(root) :]) for start in _starts(argv, root)):
                return False
    return looked or otherwise


def _starts(argv: tuple[str, ...], root: str) -> Iterator[str]:
    yield root
    yield "."
    for word in argv[1:]:
        if word.startswith("-"):
            return
        yield word.rstrip("/")
