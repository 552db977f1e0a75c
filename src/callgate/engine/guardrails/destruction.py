"""Deleting, emptying or moving away `/`, home, a system tree, another user's home, the project, a parent of the cwd."""

from __future__ import annotations

import re

from callgate.core.model import Operation, Unit
from callgate.core.paths import is_within, join, normalise
from callgate.engine.case import Case
from callgate.engine.guardrails.base import Guardrail, Trip
from callgate.engine.guardrails.searches import narrowed

# Every direct child of `/` is one, and these trees below them.
SYSTEM_TREES = frozenset(
    [
        "/usr/bin",
        "/usr/lib",
        "/usr/lib64",
        "/usr/local",
        "/usr/share",
        "/usr/sbin",
        "/usr/include",
        "/var/lib",
        "/var/log",
        "/var/spool",
        "/System/Library",
        "/Library/Frameworks",
        "/private/etc",
        "/private/var",
        "/opt/homebrew",
    ]
)
ANOTHERS = "what belongs to another user"
# What these write is gone, so a pattern or a search that feeds them is like one that feeds `rm`.
_EMPTIERS = frozenset({"truncate", "shred"})
_WILDCARDS = frozenset("*?[]!.{},")
_HOMES = frozenset({"home", "Users"})
_NOBODYS = frozenset({"Shared"})
_PRINTERS = frozenset({"echo", "printf"})
_SEARCHED = frozenset({"find -exec", "find -execdir", "find -ok", "find -okdir", "xargs"})
# A word as written whose one expansion bash refuses when it is empty: `"${X:?}"/build`.
_NEVER_EMPTY = re.compile(r""""?\$\{[A-Za-z_][A-Za-z0-9_]*:\?[^{}$`"']*\}"?[^\s$`"']*"?""")
_TILDE = re.compile(r"~([a-z_][a-z0-9_-]*)(/\*?)?")


def critical(path: str, case: Case) -> str:
    """Say what *path* is when losing it would be a catastrophe; empty when it is not."""
    observation, cwd = case.observation, case.call.cwd
    path = path if path == "/" else path.rstrip("/")
    if path == "/":
        return "the root of the file system"
    if path == observation.home:
        return "the home directory"
    if path.count("/") == 1 or path in SYSTEM_TREES:
        return "a system directory"
    if is_within(observation.home, path):
        return "a parent of the home directory"
    if cwd and path != cwd and is_within(normalise(cwd), path):
        return "a parent of the working directory"
    if path == observation.project:
        return "the project"
    return ANOTHERS if _of_another(path, case) else ""


def _of_another(path: str, case: Case) -> bool:
    """Whether *path* is, or lies in, the home directory of somebody else.

    A child of `/home` or `/Users`, or `/root`, is somebody's home. It is the user's own when `$HOME`, the project or
    the working directory lies in it: in a container the user is often root, and the project below `/home/…`.
    """
    parts = path.split("/", 3)
    if parts[1] == "root":
        base = "/root"
    elif parts[1] in _HOMES and len(parts) > 2 and parts[2] not in _NOBODYS:
        base = f"/{parts[1]}/{parts[2]}"
    else:
        return False
    own = (case.observation.home, case.observation.project, case.call.cwd)
    return not any(place and is_within(place, base) for place in own)


def reached(operation: Operation, case: Case) -> tuple[str, ...]:
    """Return the directories that an operation on a tree or a pattern takes as a whole."""
    if operation.dynamic:
        found = _if_empty(operation, case)
    else:
        key = operation.raw or operation.target
        found = (operation.target, case.observation.links.get(key, operation.target))
        found += tuple(case.observation.expansions.get(key) or ()) if operation.glob else ()
    # `/*`, `~/.*`, `$HOME/{*,.*}`: everything in a directory is the directory.
    emptied = tuple(path.rsplit("/", 1)[0] or "/" for path in found if _WILDCARDS.issuperset(path.rsplit("/", 1)[1]))
    return tuple(path for path in found + emptied if path)


def _if_empty(operation: Operation, case: Case) -> tuple[str, ...]:
    """Return what a target that only the shell knows is when every variable is empty, unless bash refuses that."""
    if operation.span is None:
        return (normalise(operation.raw),) if operation.raw else ()
    # The words of a script inside the command have the span of the whole script, which is never just one such word.
    written = case.analysis.raw[operation.span.start : operation.span.end]
    other = _TILDE.fullmatch(written)
    if other is not None:
        return ("/root" if other[1] == "root" else f"/home/{other[1]}",)
    if not operation.raw or _NEVER_EMPTY.fullmatch(written):
        return ()
    return (normalise(operation.raw),)


def _trips(case: Case) -> Trip | None:
    for unit in case.analysis.units:
        emptier = bool(unit.argv) and unit.argv[0] in _EMPTIERS
        for operation in unit.operations:
            if operation.kind != "delete" and not (emptier and operation.kind == "write"):
                continue
            if operation.recursive or operation.glob:
                for path in reached(operation, case):
                    what = critical(path, case)
                    if what and not _spared(case, unit, path, what):
                        return Trip(f"it would delete {what} (`{path}`)", unit)
            if operation.dynamic and not _SEARCHED.isdisjoint(unit.wrappers):
                found = _fed(case, unit, operation)
                if found:
                    return Trip(f"it would delete {found}", unit)
    return None


def _spared(case: Case, unit: Unit, path: str, what: str) -> bool:
    """Whether less than the whole goes: named files of the project, or what git does not know (`git clean` asks)."""
    if not unit.argv or not case.observation.project or not is_within(path, case.observation.project):
        return False
    # `find . -name '*.pyc' -delete` in the project is what people do instead of a tree.
    if unit.argv[0] == "find":
        return what == "the project" and narrowed(unit)
    return unit.argv[0] == "git" and "clean" in unit.argv


def _fed(case: Case, unit: Unit, operation: Operation) -> str:
    """Say what is lost when a delete gets its targets from `find` (`-exec`, `| xargs`) or from `echo / |`."""
    for other in case.analysis.units:
        program = other.argv[0] if other.argv else ""
        piped = bool(other.pipe) and other.pipe == unit.pipe
        if program == "find" and (piped or other.span == unit.span):
            for root in other.operations:
                what = critical(root.target, case) if root.kind == "read" and root.target else ""
                if what and not (what == "the project" and narrowed(other)):
                    return f"what a search of {what} (`{root.target}`) finds"
        elif program in _PRINTERS and piped and operation.recursive and case.call.cwd:
            for word in other.argv[1:]:
                path = normalise(join(case.call.cwd, word))
                what = critical(path, case)
                if what:
                    return f"{what} (`{path}`)"
    return ""


DESTROY = Guardrail(
    "destroy",
    "deletes or empties `/`, home, a system directory, another user's files, the project or a parent of the cwd",
    "delete named files inside the project", _trips, frozenset({"delete", "write"}),
)  # fmt: skip
