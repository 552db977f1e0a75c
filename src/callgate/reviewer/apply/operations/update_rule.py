"""`update_rule`: fields of a rule get other values, or go (null). Never its `id`."""

from __future__ import annotations

from typing import Any, Mapping

from callgate.policy.schema import RULE_FIELDS
from callgate.reviewer.apply.base import ApplyError, Detail
from callgate.reviewer.apply.draft import Draft, Place, editing
from callgate.reviewer.apply.ids import ORDER, pin
from callgate.reviewer.apply.rules import RuleAt, find
from callgate.reviewer.apply.tables import assign, unset
from callgate.reviewer.apply.values import natural, ordered
from callgate.reviewer.query.words import nearest


def _run(draft: Draft, fields: Mapping[str, Any]) -> str:
    rule = find(draft.rules, str(fields["id"]), draft.document, draft.elsewhere)
    changes = fields["changes"]
    _check_known(changes, rule)
    pin(draft, [rule])
    for name in ordered(changes):
        had = name in rule.table
        if changes[name] is None:
            if unset(draft, rule.path, name):
                draft.tell("Removed", "remove", f"`{name}` from rule '{rule.id}' in {draft.name}", Place(rule.id))
        elif assign(draft, rule.path, name, natural(name, changes[name]), ORDER):
            words = ("Changed", "change") if had else ("Added", "add")
            rest = f"`{name}` {'of' if had else 'to'} rule '{rule.id}' in {draft.name}"
            draft.tell(*words, rest, Place(rule.id, (name,)))
    draft.touch(rule.id)
    return f"Update {rule.action} rule '{rule.id}'"


def _check_known(changes: Mapping[str, Any], rule: RuleAt) -> None:
    """Refuse to remove what neither the rule nor the schema has: a typing mistake would remove nothing, silently."""
    details = [
        Detail(f"changes.{name}", f"rule '{rule.id}' has no field `{name}`", nearest(name, rule.table))
        for name in changes
        if name not in rule.table and name not in RULE_FIELDS
    ]
    if details:
        raise ApplyError("invalid_operation", details[0].error, details)


OPERATION = editing({"id": True, "changes": True}, _run)
