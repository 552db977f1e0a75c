"""`update_llm_config`: fields of `[llm_fallback]` get other values, or go (null). No value is ever repeated."""

from __future__ import annotations

from typing import Any, Final, Mapping, Sequence

from callgate.policy.loader.locate import Path
from callgate.policy.schema import LLM_ACTION_FIELDS, LLM_FIELDS
from callgate.reviewer.apply.draft import Draft, Place, editing
from callgate.reviewer.apply.settings import make, table_of
from callgate.reviewer.apply.tables import assign, unset

BASE: Final[Path] = ("llm_fallback",)
ACTIONS: Final[Path] = ("llm_fallback", "actions")


def _run(draft: Draft, fields: Mapping[str, Any]) -> str:
    changes = dict(fields["changes"])
    actions = changes.pop("actions", {})
    for name in LLM_FIELDS:
        if name in changes:
            set_field(draft, BASE, name, changes[name], tuple(LLM_FIELDS))
    if actions is None:
        table_of(draft, BASE)
        if unset(draft, BASE, "actions"):
            draft.tell("Removed", "remove", f"`[llm_fallback.actions]` from {draft.name}", Place())
    else:
        for name, value in actions.items():
            set_field(draft, ACTIONS, name, value, tuple(LLM_ACTION_FIELDS))
    return "Update LLM fallback settings"


def set_field(draft: Draft, base: Path, name: str, value: object, order: Sequence[str]) -> None:
    """Set one field and tell so.

    Args:
        draft: the file.
        base: the table, which is made when the file has none.
        name: the field.
        value: its value; `None` removes it.
        order: the fields of that table.

    Raises:
        ApplyError: `blocking_validation` when something else stands in place of the table; `internal_error`.
    """
    for depth in range(1, len(base) + 1):
        table = table_of(draft, base[:depth])
    what = f"`{name}` {{}} `[{'.'.join(str(part) for part in base)}]` in {draft.name}"
    if value is None:
        if unset(draft, base, name):
            draft.tell("Removed", "remove", what.format("from"), Place())
        return
    had = table is not None and name in table
    if table is None:
        make(draft, base, name, value)
    elif not assign(draft, base, name, value, order):
        return
    words = ("Changed", "change") if had else ("Added", "add")
    draft.tell(*words, what.format("of" if had else "to"), Place(key=(*base, name)))


OPERATION = editing({"changes": True}, _run)
