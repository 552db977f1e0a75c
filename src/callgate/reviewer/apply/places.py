"""`start`, `end`, `before:ID`, `after:ID`: a place in an array of rules."""

from __future__ import annotations

from typing import Final, NamedTuple

from callgate.policy.loader.locate import Path
from callgate.reviewer.apply.base import ApplyError, Detail
from callgate.reviewer.apply.draft import Draft
from callgate.reviewer.apply.rules import RuleAt, find

ENDS: Final = ("start", "end")
SIDES: Final = ("before", "after")


class Spot(NamedTuple):
    """A place in an array."""

    at: int
    """From 0, once a rule that moves has left its own place."""
    near: int | None
    """The rule, as the array is now, that it is beside; `None` in an array without others."""
    behind: bool
    """Whether it is below that rule and not above it."""


def spot(draft: Draft, where: str, array: Path, field: str, moving: RuleAt | None = None) -> Spot:
    """Return the place in the array at *array* that *where* names.

    Args:
        draft: the file.
        where: checked by `request`.
        array: the rules among which the place is.
        field: of the operation, for messages.
        moving: a rule of that array that leaves its place first.

    Raises:
        ApplyError: `not_found`; `invalid_operation` when the rule that *where* names is in another array.
    """
    others = [
        rule for rule in draft.rules if rule.array == array and (moving is None or rule.position != moving.position)
    ]
    if where in ENDS:
        at, behind = (0, False) if where == "start" else (len(others), True)
        return Spot(at, others[at - behind].position if others else None, behind)
    side, _, rule_id = where.partition(":")
    near = find(draft.rules, rule_id, draft.document, draft.elsewhere, field)
    if moving is not None and near.path == moving.path:
        message = f"'{rule_id}' is the rule that is to be moved"
        raise ApplyError("invalid_operation", message, [Detail(field, message, _possible(others))])
    if near.array != array:
        message = f"'{rule_id}' is a rule of `{_name(near.array)}`, not of `{_name(array)}`"
        hint = f"a place is among the rules of one array: {_possible(others)}"
        raise ApplyError("invalid_operation", message, [Detail(field, message, hint)])
    behind = side == "after"
    return Spot(others.index(near) + behind, near.position, behind)


def told(where: str) -> str:
    """Return *where* in words: `to the start`, `below 'x'`."""
    side, _, rule_id = where.partition(":")
    return f"to the {side}" if where in ENDS else f"{'above' if side == 'before' else 'below'} '{rule_id}'"


def _name(array: Path) -> str:
    return ".".join(str(part) for part in array)


def _possible(others: list[RuleAt]) -> str:
    names = ", ".join(f"'{rule.id}'" for rule in others[:5] if rule.id)
    more = f" ({len(others) - 5} more)" if len(others) > 5 else ""
    return "give `start` or `end`" + (f", or `before:` or `after:` one of {names}{more}" if names else "")
