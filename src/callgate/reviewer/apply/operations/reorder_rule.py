"""`reorder_rule`: a rule moves within its array, with the comments directly above it."""

from __future__ import annotations

from typing import Any, Mapping

from callgate.reviewer.apply.blocks import move
from callgate.reviewer.apply.draft import Draft, Place, editing
from callgate.reviewer.apply.ids import keep, shifted
from callgate.reviewer.apply.places import spot, told
from callgate.reviewer.apply.rules import find


def _run(draft: Draft, fields: Mapping[str, Any]) -> str:
    rule = find(draft.rules, str(fields["id"]), draft.document, draft.elsewhere)
    where = str(fields["move_to"])
    to = spot(draft, where, rule.array, "move_to", rule)
    if to.at != rule.position:
        keep(draft, shifted(draft.rules, rule.array, out=rule.position, into=to.at))
        move(draft, rule.path, to)
        draft.tell("Moved", "move", f"rule '{rule.id}' {told(where)} in {draft.name}", Place(rule.id))
        draft.touch(rule.id)
    return f"Move {rule.action} rule '{rule.id}'"


OPERATION = editing({"id": True, "move_to": True}, _run)
