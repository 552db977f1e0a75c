"""Which other rules speak of the same calls as one rule, and which of them wins."""

from __future__ import annotations

from typing import NamedTuple, Sequence

from callgate.core.model import Rule, Settings
from callgate.policy.globs import Anchors
from callgate.policy.lint.contradiction import meeting
from callgate.policy.lint.inclusion import lies_within
from callgate.policy.lint.model import RANK, Context
from callgate.policy.lint.pairs import related


class Overlap(NamedTuple):
    """Another rule."""

    other: Rule
    how: str
    """`covers all of it`, `is covered by it`, `says the same` or `shares some calls`."""
    wins: str
    """Id of the rule that decides such calls; empty where both have the same action."""
    witness: str
    """A call of both; empty when none was made up."""


def overlaps(rule: Rule, rules: Sequence[Rule], anchors: Anchors, settings: Settings) -> list[Overlap]:
    """Return the enforced rules that, for certain, speak of calls of *rule*; those that outrank it first."""
    context = Context([*rules], anchors, settings)
    found: list[Overlap] = []
    for other in related(context, rule):
        if other.id == rule.id:
            continue
        outer = lies_within(rule, other, anchors, context.budget)
        inner = lies_within(other, rule, anchors, context.budget)
        witness = meeting(context, rule, other)
        if not (outer or inner or witness):
            continue
        how = (
            "says the same" if outer and inner else "covers all of it" if outer else "is covered by it" if inner else ""
        )
        ranks = RANK[rule.action] - RANK[other.action]
        wins = "" if not ranks else other.id if ranks > 0 else rule.id
        found.append(Overlap(other, how or "shares some calls", wins, witness[0] if witness else ""))
    return sorted(found, key=lambda one: RANK[one.other.action])
