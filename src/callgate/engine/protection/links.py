"""Links to the gate's files: a second name that nothing is seen of later, and writing through one in the same call."""

from __future__ import annotations

from typing import Iterator

from callgate.core.model import Finding, Operation, Unit
from callgate.core.paths import is_within, normalise
from callgate.engine.protection.findings import FILES, ask, deny, program_of
from callgate.engine.protection.scene import Scene
from callgate.policy.match import forms

LINKERS = frozenset({"ln", "link", "cp"})
MAX_LINKS = 64
"""Pairs of a link and what it leads to that are followed in one call."""


def hands_out(scene: Scene, unit: Unit, operation: Operation, program: str) -> str:
    """Return the protected path that a link would be another name of; nothing could be seen of it afterwards."""
    if operation.dynamic or not _makes_links(unit, program):
        return ""
    guarded = scene.guarded
    symbolic = program == "ln" and any(word == "--symbolic" or _has_letter(word, "s") for word in unit.argv[1:])
    for form in forms(operation, scene.case.observation):
        owner = guarded.owner(form)
        # A symbolic link to a directory is followed whenever something is written through it.
        if owner and not (symbolic and owner.casefold() != form.casefold()):
            return form
        if not symbolic and operation.recursive and program == "cp" and guarded.is_home(form):
            return guarded.below(form)[0]
    return ""


def _makes_links(unit: Unit, program: str) -> bool:
    return program != "cp" or any(_is_link_option(word) for word in unit.argv[1:])


def _is_link_option(word: str) -> bool:
    return word.startswith(("--lin", "--sy")) or _has_letter(word, "l") or _has_letter(word, "s")


def _has_letter(word: str, letter: str) -> bool:
    return len(word) > 1 and word[0] == "-" and word[1] != "-" and letter in word


def _is_maker(unit: Unit) -> bool:
    program = program_of(unit)
    return program in LINKERS and _makes_links(unit, program)


def linked(scene: Scene) -> Finding | None:
    """Return the finding when the call makes a link and changes a protected path through it.

    Between calls the observer sees where links lead; one that this very call makes is not there yet.
    """
    units = scene.case.analysis.units
    makers = [unit for unit in units if _is_maker(unit)]
    if not makers:
        return None
    pairs: list[tuple[str, str]] = []
    for unit in makers:
        sources = [op.target for op in unit.operations if op.kind == "read" and op.target]
        places = [op.target for op in unit.operations if op.kind == "write" and op.target]
        pairs += [(place, source) for place in places for source in sources if not is_within(source, place)]
    for unit in units:
        if _is_maker(unit):
            continue
        for operation in unit.operations:
            if operation.kind not in {"write", "delete"} or operation.dynamic:
                continue
            if len(pairs) > MAX_LINKS:
                return ask(unit, "it writes in a call that makes too many links to follow", FILES)
            for target in _through(operation.target, pairs):
                if _reaches(scene, operation, target):
                    return deny(unit, f"it would {operation.kind} `{target}`, which belongs to the gate", FILES)
    return None


def _reaches(scene: Scene, operation: Operation, target: str) -> bool:
    """Whether *operation*, moved to *target*, changes a protected path."""
    if scene.guarded.owner(target):
        return True
    if operation.glob:  # what the pattern stands for could not be looked up through a link that is not there
        return bool(scene.guarded.below(target.rpartition("/")[0]))
    return operation.kind == "delete" and operation.recursive and bool(scene.guarded.below(target))


def _through(path: str, pairs: list[tuple[str, str]]) -> Iterator[str]:
    """Yield where *path* leads by way of the links, each a (place, source) pair."""
    seen = {path}
    pending = [path]
    while pending and len(seen) <= MAX_LINKS:
        current = pending.pop()
        for place, source in pairs:
            if current != place and is_within(current, place):
                further = normalise(source + current[len(place) :])
                if further not in seen:
                    seen.add(further)
                    pending.append(further)
                    yield further
