"""Deleting, moving away or re-owning `/`, home, a system tree, the project, or a parent of the cwd."""

from __future__ import annotations

from callgate.core.model import Observation, Operation, Unit
from callgate.core.paths import is_within, normalise
from callgate.engine.case import Case
from callgate.engine.guardrails.base import Guardrail, Trip

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

# Scratch space: its children come and go, the directory itself is the system's.
_OWNERS = frozenset({"chmod", "chown", "chgrp"})
_WILDCARDS = frozenset("*?[]!.{},")


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
    return "the project" if path == observation.project else ""


def reached(operation: Operation, observation: Observation) -> tuple[str, ...]:
    """Return the directories that a recursive operation takes as a whole."""
    if operation.dynamic:
        found: tuple[str, ...] = (normalise(operation.raw),) if operation.raw else ()
    else:
        key = operation.raw or operation.target
        found = (operation.target, observation.links.get(key, operation.target))
        found += tuple(observation.expansions.get(key) or ()) if operation.glob else ()
    # `/*`, `~/.*`, `$HOME/{*,.*}`: everything in a directory is the directory.
    emptied = tuple(path.rsplit("/", 1)[0] or "/" for path in found if _WILDCARDS.issuperset(path.rsplit("/", 1)[1]))
    return tuple(path for path in found + emptied if path)


def _destroys(case: Case) -> Trip | None:
    for unit in case.analysis.units:
        for operation in unit.operations:
            if operation.kind != "delete" or not (operation.recursive or operation.glob):
                continue
            for path in reached(operation, case.observation):
                what = critical(path, case)
                # `find . -name '*.pyc' -delete` in the project is what people do instead of a tree.
                if what and not (what == "the project" and unit.argv[:1] == ("find",) and _narrowed(unit)):
                    return Trip(f"it would delete {what} (`{path}`)", unit)
            if operation.dynamic:
                root = _searched(case, unit)
                if root:
                    return Trip(f"it would delete what a search of {root} finds", unit)
    return None


def _searched(case: Case, unit: Unit) -> str:
    """Say what is searched when a delete gets its targets from `find` (`-exec`, `| xargs`)."""
    if not {"find -exec", "find -execdir", "find -ok", "find -okdir", "xargs"}.intersection(unit.wrappers):
        return ""
    for other in case.analysis.units:
        near = (other.pipe and other.pipe == unit.pipe) or other.span == unit.span
        if other.argv[:1] == ("find",) and near:
            for operation in other.operations:
                what = critical(operation.target, case) if operation.kind == "read" and operation.target else ""
                if what and not _narrowed(other):
                    return f"{what} (`{operation.target}`)"
    return ""


def _narrowed(unit: Unit) -> bool:
    """Whether a `find` looks for particular names only."""
    words = unit.argv
    # `find . -delete -name x` deletes everything: an expression is worked through from the left.
    end = words.index("-delete") if "-delete" in words else len(words)
    return any(word in {"-name", "-iname", "-path", "-wholename", "-regex"} for word in words[:end])


def _reowns(case: Case) -> Trip | None:
    for unit in case.analysis.units:
        if not unit.argv or unit.argv[0] not in _OWNERS:
            continue
        for operation in unit.operations:
            if operation.kind == "write" and operation.recursive:
                for path in reached(operation, case.observation):
                    what = critical(path, case)
                    if what and what != "the project":
                        return Trip(f"it would change the permissions of everything in {what} (`{path}`)", unit)
    return None


DESTROY = Guardrail(
    "destroy", "deletes `/`, home, a system directory, the project or a parent of the working directory",
    "delete named files inside the project", _destroys,
)  # fmt: skip
PERMISSIONS = Guardrail(
    "reown", "changes owner or mode of everything in `/`, home or a system directory",
    "change the mode of named files inside the project", _reowns,
)  # fmt: skip
