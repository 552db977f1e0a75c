"""`remove_rule`: a rule goes, with the comments directly above it."""

from __future__ import annotations

from typing import Any, Mapping

from callgate.reviewer.apply.blocks import remove
from callgate.reviewer.apply.draft import Draft, Place, editing
from callgate.reviewer.apply.ids import keep, shifted
from callgate.reviewer.apply.rules import find


def _run(draft: Draft, fields: Mapping[str, Any]) -> str:
    rule = find(draft.rules, str(fields["id"]), draft.document, draft.elsewhere)
    keep(draft, shifted(draft.rules, rule.array, out=rule.position))
    remove(draft, rule.path)
    draft.tell("Removed", "remove", f"rule '{rule.id}' from {draft.name}", Place(rule.id, before=True))
    draft.touch(rule.id)
    return f"Remove {rule.action} rule '{rule.id}'"


OPERATION = editing({"id": True}, _run)
