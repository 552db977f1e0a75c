"""`rollback`: the file as it was, from a commit or a backup; who calls it has read the old text."""

from __future__ import annotations

import re
from typing import Any, Final, Mapping, NoReturn

from callgate.reviewer.apply.base import ApplyError, Change, Detail, Edit, Elsewhere, Operation
from callgate.reviewer.apply.document import Document
from callgate.reviewer.apply.draft import NOWHERE, UNTOUCHABLE, same
from callgate.reviewer.apply.rules import RuleAt, rules_of

_UNTOUCHABLE: Final = re.compile(rf"""^[ \t]*\[*[ \t]*["']?(?:{"|".join(UNTOUCHABLE)})\b""", re.MULTILINE)


def restore(text: str, fields: Mapping[str, Any], name: str, old: str, elsewhere: Elsewhere = NOWHERE) -> Edit:
    """Return the edit that makes *text* what it was.

    Args:
        text: of the file as it is; it may be broken, which is a reason to go back.
        fields: of the operation.
        name: of the file, for messages.
        old: the text of that commit or backup.
        elsewhere: the rules of other files.

    Raises:
        ApplyError: `blocking_validation`: the old text is no TOML. `invalid_operation`: it would change `[apply]`.
    """
    before = Document(old, name)
    source = str(fields.get("to_commit") or fields.get("to_backup"))
    now: Document | None
    try:
        now = Document(text, name)
    except ApplyError:
        now = None
    for table in UNTOUCHABLE:
        kept = same(now.data.get(table), before.data.get(table)) if now else not _UNTOUCHABLE.search(text + "\n" + old)
        if not kept:
            message = f"`[{table}]` of {name} is not now what it was then, and no operation changes it"
            hint = "a person can edit the file, or restore it with git"
            raise ApplyError("invalid_operation", message, [Detail("", message, hint)])
    differing = _differing(rules_of(now, elsewhere) if now else [], rules_of(before, elsewhere))
    subject = f"Roll back to {source}"
    if text == old:
        return Edit(text, (), subject)
    changes = [Change("Rolled back", "roll back", f"{name} to {source}")]
    words = {"+": ("Added", "add", "to"), "-": ("Removed", "remove", "from"), "~": ("Changed", "change", "in")}
    for rule_id, sign in differing.items():
        past, base, where = words[sign]
        changes.append(Change(past, base, f"rule '{rule_id}' {where} {name}"))
    return Edit(old, tuple(changes), subject, tuple(differing))


def _differing(now: list[RuleAt], then: list[RuleAt]) -> dict[str, str]:
    """Return what becomes of which rule: id -> `+`, `-` or `~`."""
    have = {rule.id: rule for rule in now}
    get = {rule.id: rule for rule in then}
    found: dict[str, str] = {}
    for rule_id in dict.fromkeys([*have, *get]):
        one, other = have.get(rule_id), get.get(rule_id)
        if one is None or other is None:
            found[rule_id] = "+" if one is None else "-"
        elif one.array != other.array or not same(dict(one.table), dict(other.table)):
            found[rule_id] = "~"
    return found


def _edit(_text: str, _fields: Mapping[str, Any], _name: str, _elsewhere: Elsewhere = NOWHERE, /) -> NoReturn:
    message = "a rollback needs the old text: `restore` takes it"
    raise ApplyError("internal_error", message, [Detail("", message)])


OPERATION = Operation({"to_commit": False, "to_backup": False}, _edit)
