"""Persistence that no development task needs: accounts, rights, logins, jobs by the clock. It is denied."""

from __future__ import annotations

from typing import Iterator

from callgate.core.model import Operation, Unit
from callgate.engine.case import Case
from callgate.engine.guardrails.base import Guardrail, Trip
from callgate.engine.guardrails.elsewhere import SPREADERS
from callgate.engine.guardrails.places import HOLDERS, Place, place_of
from callgate.policy.match import forms

_CHANGES_JOBS = "changes the scheduled jobs"
"""The target of the operation, as `shell/programs/services.py` writes it."""

_SCHEDULERS = frozenset({"crontab", "at", "batch"})
_REMOVES = frozenset({"-r", "-d"})
EDITS_RIGHTS = frozenset({"visudo", "vipw", "vigr"})
CHECKS = frozenset({"-c", "--check", "-V", "--version", "-h", "--help"})
_LINKERS = frozenset({"ln", "link"})
_CHANGES = frozenset({"write", "delete"})


def places(case: Case, unit: Unit) -> Iterator[tuple[Operation, str, Place]]:
    """Yield what *unit* changes among the places that outlive the session: the operation, the path, the place."""
    links = bool(unit.argv) and unit.argv[0] in _LINKERS
    for operation in unit.operations:
        # Whoever makes a link to such a file can write it by another name afterwards.
        if operation.kind not in _CHANGES and not (links and operation.kind == "read"):
            continue
        if operation.dynamic:
            path = operation.raw or _behind_equals(case, operation)
            place = place_of(path, "") if path else None
            if place is not None:
                yield operation, path, place
            continue
        # What an archive or another tree holds is not known: it may be such a file.
        spread = operation.recursive and unit.argv[0] in SPREADERS
        for path in forms(operation, case.observation):
            place = place_of(path, case.observation.home) or (HOLDERS.get(path.rsplit("/", 1)[1]) if spread else None)
            if place is not None:
                yield operation, path, place


def _behind_equals(case: Case, operation: Operation) -> str:
    """Return the path in `of=~/.bashrc` as seen from the home directory: bash expands it, unless in posix mode."""
    if operation.span is None:
        return ""
    written = case.analysis.raw[operation.span.start : operation.span.end]
    _, found, path = written.partition("=~/")
    return "/" + path if found and path.replace("/", "").replace(".", "").replace("_", "").isalnum() else ""


def _trips(case: Case) -> Trip | None:
    for unit in case.analysis.units:
        for operation, path, place in places(case, unit):
            if place.decision == "deny":
                return Trip(f"it would {_verb(operation)} `{path}`, which {place.what}", unit)
        program = unit.argv[0] if unit.argv else ""
        if program in EDITS_RIGHTS and unit.operations and CHECKS.isdisjoint(unit.argv):
            return Trip(f"`{program}` changes who may do what on this machine", unit)
        if program in _SCHEDULERS and any(one.target == _CHANGES_JOBS for one in unit.operations):
            removes = program != "crontab" and not _REMOVES.isdisjoint(unit.argv)
            if not removes:
                return Trip(f"`{program}` changes what runs by the clock when nobody looks", unit)
    return None


def _verb(operation: Operation) -> str:
    return "make a link to" if operation.kind == "read" else operation.kind


BACKDOOR = Guardrail(
    "backdoor", "changes who may log in, who may do what, or what runs by the clock",
    "write the file into the project and have a person install it", _trips,
    frozenset({"write", "delete", "system"}),
)  # fmt: skip
