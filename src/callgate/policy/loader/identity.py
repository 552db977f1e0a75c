"""Gives every rule a unique id over all files, and lets a policy replace a built-in rule by a stricter one."""

from __future__ import annotations

import os
import re
from typing import Container, Final, Sequence

from callgate.policy.loader.rules import Built

_ACTION_RANKS: Final = {"allow": 0, "ask": 1, "deny": 2}
_LEVEL_RANKS: Final = {"shadow": 0, "warn": 1, "enforce": 2}


def join(roots: Sequence[tuple[list[Built], bool]]) -> list[Built]:
    """Return the rules of all roots with their ids; without the built-in rules that others replace.

    Args:
        roots: rules of each discovered file in order of rank, built-in ones last, and whether the file is trusted.
    """
    taken: dict[str, Built] = {}
    trusted: dict[str, bool] = {}
    kept: list[Built] = []
    for rules, trust in roots:
        for built in rules:
            name = built.rule.id
            if not name:
                continue
            first = taken.get(name)
            if first is None:
                taken[name] = built
                trusted[name] = trust
            elif built.document.layer == "builtin" and first.document.layer != "builtin":
                _check_override(first, built, trusted=trusted[name])
            else:
                _duplicate(built, first)
    for rules, _ in roots:
        before = len(kept)
        for built in rules:
            name = built.rule.id
            if not name:
                kept.append(_derived(built, taken))
            elif taken[name] is built or not _replaces(taken[name], built):
                kept.append(built)
        _warn_derived(kept[before:])
    return kept


def _replaces(other: Built, built: Built) -> bool:
    """Return whether *other* stands in for the built-in rule *built*. A rule that is switched off does not."""
    return built.document.layer == "builtin" and other.document.layer != "builtin" and other.enabled


def _duplicate(built: Built, first: Built) -> None:
    where = f"{first.document.path}:{first.raw.line}" if first.document is not built.document else ""
    where = where or f"line {first.raw.line}"
    message = f"the id `{built.rule.id}` is taken by the rule at {where}"
    built.document.faults.add(message, (*built.raw.path, "id"), "give one of them another id", value=True)


def _check_override(built: Built, shipped: Built, *, trusted: bool) -> None:
    """Record when *built* may not replace the built-in rule *shipped*."""
    faults = built.document.faults
    where = (*built.raw.path, "id")
    name = built.rule.id
    if not trusted:
        # a deny of the same name with a narrower pattern would lift the shipped one
        faults.add(f"`{name}` is the id of a built-in rule", where, "choose another id", value=True)
    elif _looser(built, shipped):
        message = f"`{name}` would replace the built-in {shipped.rule.action} rule by a looser one"
        faults.add(message, where, "choose another id, or keep it as strict", value=True)


def _looser(built: Built, shipped: Built) -> bool:
    new, old = built.rule, shipped.rule
    if _ACTION_RANKS[new.action] != _ACTION_RANKS[old.action]:
        return _ACTION_RANKS[new.action] < _ACTION_RANKS[old.action]
    if new.action == "allow":
        return False
    return _LEVEL_RANKS[new.level] < _LEVEL_RANKS[old.level] or (new.expires is not None and old.expires is None)


def _derived(built: Built, taken: dict[str, Built]) -> Built:
    """Return *built* with an id made from its section, action and place: `files-allow-3`."""
    raw = built.raw
    name = derived_id(built.document.path, raw.section, raw.action, raw.position, taken)
    named = built._replace(rule=built.rule._replace(id=name, derived_id=True))
    taken[name] = named
    return named


def derived_id(path: str, section: str, action: str, position: int, taken: Container[str]) -> str:
    """Return the id of a rule that has none: `files-allow-3` from its section, action and place.

    Where that is taken (another file, or an id that an author wrote) the name of the file goes in front, then a number
    behind. A function of the files in their order alone, so ids are stable from load to load.

    Args:
        path: of the file.
        section: empty for the flat form.
        action: the array.
        position: within it, from 0.
        taken: ids that other rules have.
    """
    base = f"{section}-{action}-{position + 1}" if section else f"{action}-{position + 1}"
    name = base
    if name in taken:
        stem = os.path.splitext(os.path.basename(path))[0].lower()
        name = base = re.sub(r"[^a-z0-9]+", "-", stem).strip("-") + "-" + base
    number = 1
    while name in taken:
        number += 1
        name = f"{base}-{number}"
    return name


def _warn_derived(rules: list[Built]) -> None:
    """Record, once a file, that its rules have no ids. Not for YAML rule sets, whose format has none."""
    by_file: dict[str, list[Built]] = {}
    for built in rules:
        if built.rule.derived_id and built.document.path.endswith(".toml"):
            by_file.setdefault(built.document.path, []).append(built)
    for group in by_file.values():
        first, last = group[0], group[-1]
        names = f"`{first.rule.id}`" + (f" to `{last.rule.id}`" if len(group) > 1 else "")
        count = "a rule has" if len(group) == 1 else f"{len(group)} rules have"
        first.document.faults.add(
            f"{count} no `id`: derived {names}",
            help='add `id = "…"`: a derived one changes when rules move',
            severity="warning",
        )
        problems = first.document.faults.problems
        problems[-1] = problems[-1]._replace(line=first.raw.line)
