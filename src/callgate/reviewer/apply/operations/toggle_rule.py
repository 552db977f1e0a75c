"""`toggle_rule`: a rule is switched off, or on again; it stays in the file either way."""

from __future__ import annotations

from typing import Any, Mapping

from callgate.reviewer.apply.draft import Draft, Place, editing
from callgate.reviewer.apply.ids import ORDER, pin
from callgate.reviewer.apply.rules import find
from callgate.reviewer.apply.tables import assign


def _run(draft: Draft, fields: Mapping[str, Any]) -> str:
    rule = find(draft.rules, str(fields["id"]), draft.document, draft.elsewhere)
    enabled = bool(fields["enabled"])
    past, base = ("Enabled", "enable") if enabled else ("Disabled", "disable")
    # a rule without the field is on: writing `enabled = true` would only make noise
    if enabled != rule.table.get("enabled", True):
        pin(draft, [rule])
        assign(draft, rule.path, "enabled", enabled, ORDER)
        draft.tell(past, base, f"rule '{rule.id}' in {draft.name}", Place(rule.id))
        draft.touch(rule.id)
    return f"{base.capitalize()} {rule.action} rule '{rule.id}'"


OPERATION = editing({"id": True, "enabled": True}, _run)
