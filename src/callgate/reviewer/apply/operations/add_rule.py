"""`add_rule`: a new rule, flat or in a section, which is made when there is none."""

from __future__ import annotations

from typing import Any, Mapping

from callgate.policy.loader.locate import Path
from callgate.reviewer.apply.base import ApplyError, Detail
from callgate.reviewer.apply.blocks import add
from callgate.reviewer.apply.draft import Draft, Place, editing, lookup
from callgate.reviewer.apply.ids import keep, shifted
from callgate.reviewer.apply.places import spot
from callgate.reviewer.apply.rules import NO_SECTIONS, line_of
from callgate.reviewer.apply.values import natural


def _run(draft: Draft, fields: Mapping[str, Any]) -> str:
    action, section = str(fields["rule_type"]), str(fields.get("section", ""))
    rule = {name: natural(name, item) for name, item in fields["rule"].items()}
    rule_id = str(rule["id"])
    array: Path = (section, action) if section else (action,)
    _check_id(draft, rule_id)
    _check_array(draft, array)
    where = spot(draft, str(fields.get("position", "end")), array, "position")
    keep(draft, shifted(draft.rules, array, into=where.at))
    add(draft, array, where, rule)
    draft.tell("Added", "add", f"rule '{rule_id}' to {draft.name}", Place(rule_id))
    draft.touch(rule_id)
    return f"Add {action} rule '{rule_id}'"


def _check_id(draft: Draft, rule_id: str) -> None:
    taken = next((rule for rule in draft.rules if rule.id == rule_id), None)
    other = draft.elsewhere.get(rule_id)
    if taken is None and other is None:
        return
    where = f"{draft.name} has it at line {line_of(draft.document, taken)}" if taken else f"{other} has it"
    message = f"a rule with the id '{rule_id}' exists: {where}"
    hint = "choose another id, or change that rule with `update_rule`"
    if taken and taken.derived:
        hint = "that rule has no id of its own and goes by its place: choose another id"
    raise ApplyError("already_exists", message, [Detail("rule.id", message, hint)])


def _check_array(draft: Draft, array: Path) -> None:
    """Refuse a place that holds something else than rules. Such a file is broken, but that is no reason to lose it."""
    section = array[0] if len(array) == 2 else ""
    if section in NO_SECTIONS:
        message = f"`{section}` is not a section of rules"
        hint = "choose another name, such as `git` or `files`"
        raise ApplyError("invalid_operation", message, [Detail("section", message, hint)])
    for path in {array[:1], array}:
        found = lookup(draft.document.data, path)
        table = path != array
        fits = isinstance(found, dict) if table else isinstance(found, list) and all(isinstance(x, dict) for x in found)
        if found is not None and not fits:
            offset = draft.document.offset(path)
            line = draft.document.line(offset) if offset is not None else 0
            message = f"`{'.'.join(map(str, path))}` is not {'a section' if table else 'an array of rules'}"
            hint = f"mend {draft.name} by hand: `callgate validate` tells more"
            raise ApplyError("blocking_validation", message, [Detail(f"{draft.name}:{line}", message, hint)])


FIELDS = {"rule_type": True, "rule": True, "section": False, "position": False}
OPERATION = editing(FIELDS, _run)
