"""Ids that rules have by their place alone: written into the file before an edit would give them to other rules."""

from __future__ import annotations

from typing import Final, NamedTuple, Sequence

from callgate.policy.loader.locate import Path
from callgate.policy.schema import RULE_FIELDS
from callgate.reviewer.apply.document import Splice
from callgate.reviewer.apply.draft import Draft, Place, replaced
from callgate.reviewer.apply.rules import RuleAt, named
from callgate.reviewer.apply.tables import adding

ORDER: Final = tuple(RULE_FIELDS)
"""Fields of a rule as authors order them."""

MAX_TOLD: Final = 10
"""Ids that are told one by one."""


class Moved(NamedTuple):
    """A rule before and after an edit."""

    before: RuleAt
    after: RuleAt


def shifted(rules: Sequence[RuleAt], array: Path, *, out: int | None = None, into: int | None = None) -> list[Moved]:
    """Return where *rules* stand after one leaves the place *out* of *array*, and one comes to the place *into*.

    Args:
        rules: of the file.
        array: the array that is edited.
        out: a place now; the rule there is left out unless *into* says where it goes.
        into: a place afterwards.
    """
    moves: list[Moved] = []
    for rule in rules:
        index = rule.position
        if rule.array == array:
            if index == out:
                if into is None:
                    continue
                index = into
            else:
                index -= out is not None and index > out
                index += into is not None and index >= into
        moves.append(Moved(rule, rule._replace(position=index)))
    return moves


def keep(draft: Draft, moves: Sequence[Moved]) -> None:
    """Write the ids of those rules into the file that would go by another one after *moves*.

    Raises:
        ApplyError: `internal_error`.
    """
    rules = [move.after for move in moves]
    lost: set[int] = set()
    while True:
        new = named(rules, draft.name, draft.elsewhere)
        changed = [at for at, rule in enumerate(rules) if rule.derived and new[at].id != moves[at].before.id]
        if not changed:
            break
        # each id that is written takes a name, which may move others on
        lost.update(changed)
        rules = [
            rule._replace(id=moves[at].before.id, derived=False) if at in lost else rule
            for at, rule in enumerate(rules)
        ]
    pin(draft, [moves[at].before for at in sorted(lost)])


def pin(draft: Draft, rules: Sequence[RuleAt]) -> None:
    """Write the derived ids of *rules* into the file.

    Raises:
        ApplyError: `internal_error`.
    """
    rules = [rule for rule in rules if rule.derived]
    if not rules:
        return
    document = draft.document
    splices: list[Splice] = []
    expected = document.data
    for rule in rules:
        splices += adding(document, rule.path, "id", rule.id, ORDER)
        expected = replaced(expected, (*rule.path, "id"), rule.id)
    draft.change(splices, expected)
    if len(rules) > MAX_TOLD:
        what = f"{len(rules)} ids, '{rules[0].id}' to '{rules[-1].id}', to {draft.name}"
        draft.tell("Wrote", "write", what, Place(), ": the rules had them by their place")
        return
    for rule in rules:
        behind = ": the rule had it by its place"
        draft.tell("Wrote", "write", f"id '{rule.id}' to {draft.name}", Place(rule.id), behind)
