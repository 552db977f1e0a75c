"""Recursive reads: `grep -r KEY .` reads every file below, the protected ones included."""

from __future__ import annotations

import re
from typing import NamedTuple

from callgate.core.model import Operation, Rule
from callgate.engine.case import Case
from callgate.policy.globs import is_readable, steady_regex
from callgate.policy.match import call_matches


class Sweep(NamedTuple):
    """A protected file that a recursive read would reach."""

    rule: Rule
    file: str
    matched: str


def swept(case: Case, operation: Operation) -> Sweep | None:
    """Return the protected file that the recursive read *operation* would sweep, if one is known."""
    if not operation.recursive or operation.kind != "read" or operation.dynamic:
        return None
    files = case.observation.sweeps.get(operation.raw or operation.target) or ()
    for index in (case.policy.deny, case.policy.ask):
        table = index.table(case.call.tool)
        for compiled, glob, written in table.rules_below(operation.target):
            if (
                operation.kind in compiled.kinds
                and not _left_out(operation, glob.prefix)
                and call_matches(index, compiled.rule, case.call, case.observation)
            ):
                return Sweep(compiled.rule, glob.prefix, written)
        for file in files:
            hits = [hit for hit in table.path_rules(file) if operation.kind in hit[0].kinds]
            if hits and not _left_out(operation, file):
                return Sweep(hits[0][0].rule, file, hits[0][2])
    return None


def unswept(case: Case, operation: Operation) -> bool:
    """Whether the recursive read may reach protected files that nobody has looked for."""
    if not operation.recursive or operation.kind != "read" or operation.dynamic:
        return False
    key = operation.raw or operation.target
    if operation.split:
        return case.observation.sweeps.get(key) is None
    return bool(case.policy.floating()) and case.observation.sweeps.get(key, ()) is None


def _left_out(operation: Operation, file: str) -> bool:
    """Whether the options of the reading program leave *file* out."""
    below = [part for part in file[len(operation.target) :].split("/") if part]
    if any(is_readable(glob) and _matches(glob, part) for glob in operation.skip for part in below):
        return True
    name = below[-1] if below else ""
    return bool(operation.only) and not any(not is_readable(glob) or _matches(glob, name) for glob in operation.only)


def _matches(glob: str, name: str) -> bool:
    return re.fullmatch(steady_regex(glob), name, re.DOTALL) is not None
