"""Persistence that a person may want: shell start-up files, git hooks and settings, user units. It asks."""

from __future__ import annotations

from typing import Iterator

from callgate.core.model import Operation, Unit
from callgate.engine.case import Case
from callgate.engine.guardrails.backdoors import CHECKS, EDITS_RIGHTS, places
from callgate.engine.guardrails.base import Act, Consent
from callgate.engine.guardrails.places import GIT

# Program -> the words that make a service start by itself.
_ENABLES = {
    "systemctl": frozenset(
        {"enable", "reenable", "link", "edit", "preset", "add-wants", "add-requires", "set-default"}
    ),
    "launchctl": frozenset({"load", "bootstrap", "enable", "submit"}),
    "loginctl": frozenset({"enable-linger"}),
}
_ACCOUNTS = "changes accounts"
"""The target of the operation, as `shell/programs/administration.py` writes it."""


def _acts(case: Case) -> Iterator[Act]:
    for unit in case.analysis.units:
        program = unit.argv[0] if unit.argv else ""
        for operation, path, place in places(case, unit):
            # `git config` is looked at by key, below; its other commands write their own configuration as they must.
            if place.decision == "ask" and not (program == "git" and place.what == GIT):
                verb = "link to" if operation.kind == "read" else operation.kind
                yield Act(f"it would {verb} `{path}`, which {place.what}", unit, operation, place.name)
        if program == "git":
            yield from _settings(unit)
        for word in _ENABLES.get(program, frozenset()).intersection(unit.argv[1:]):
            for operation in unit.operations:
                yield Act(f"`{program} {word}` makes a program start by itself", unit, operation, word)
        if program in EDITS_RIGHTS and not CHECKS.isdisjoint(unit.argv):
            continue
        for operation in unit.operations:
            if operation.kind == "system" and operation.target == _ACCOUNTS:
                yield Act(f"`{program}` changes the accounts of this machine", unit, operation, program)


def _settings(unit: Unit) -> Iterator[Act]:
    """`git config core.hooksPath x`: the program file knows which settings are harmless."""
    for operation in unit.operations:
        if operation.kind == "unknown" and operation.via == "config":
            key = _key(operation)
            yield Act(f"`git config {key}` changes settings that can run commands", unit, operation, key or "config")


def _key(operation: Operation) -> str:
    words = operation.target.partition("`git config ")[2].partition("`")[0]
    return words.strip()


AUTOSTART = Consent(
    "autostart", "changes what runs by itself later: shell start-up files, git hooks and settings, services, accounts",
    "write the file into the project and have a person install it", _acts,
    frozenset({"write", "delete", "system", "unknown"}),
)  # fmt: skip
