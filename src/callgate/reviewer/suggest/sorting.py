"""Sorts the calls of a history by what suggestions may do with them."""

from __future__ import annotations

from collections import Counter
from typing import Iterator, NamedTuple, Sequence

from callgate.reviewer.cluster.calls import Call
from callgate.reviewer.judge import Judge
from callgate.reviewer.suggest.check import LeftOut, Wanted
from callgate.reviewer.suggest.eligible import Eligibility
from callgate.reviewer.suggest.footprint import Footprint
from callgate.reviewer.suggest.lacks import Demand, Lacking, Reach
from callgate.reviewer.suggest.standing import Standing, judged

Alike = tuple[str, bool, frozenset[Demand]]
"""Why no rule is made of some calls, and what `Reach` looks at of what they lack."""


class SortedOut(NamedTuple):
    """The calls of a history by what suggestions may do with them."""

    wanted: list[Wanted]
    unwanted: dict[Alike, list[tuple[Call, Lacking]]]
    """Calls that no rule is made of: thousands, of a few hundred kinds."""
    refused: list[LeftOut]
    """Calls that were denied or refused, that a guardrail stopped, or that an ask or deny rule speaks of."""
    prompts: int

    def left_out(self, reach: Reach) -> Iterator[LeftOut]:
        """Yield the calls that no rule is made of and that rules within *reach* might free all the same."""
        for (why, _, _), calls in self.unwanted.items():
            if reach.holds(calls[0][1]):
                yield from (LeftOut(call, why, lacks) for call, lacks in calls)

    def reasons(self) -> Counter[str]:
        """Return how many prompts are left out, by the reason."""
        found: Counter[str] = Counter()
        for (why, _, _), calls in self.unwanted.items():
            found[why] += sum(call.prompts for call, _ in calls)
        return found


def sort_out(judge: Judge, stood: Sequence[tuple[Call, Standing]], footprint: Footprint) -> SortedOut:
    """Return what suggestions may cover, what they are not made of and why, and what they must not cover.

    Args:
        judge: decides.
        stood: the distinct calls, each with its standing.
        footprint: of all of them.
    """
    look = Eligibility(judge, footprint).look
    wanted: list[Wanted] = []
    unwanted: dict[Alike, list[tuple[Call, Lacking]]] = {}
    refused: list[LeftOut] = []
    total = 0
    for call, standing in stood:
        prompts = call.prompts
        if not (prompts or call.was_denied):
            continue
        total += prompts
        known = standing.judged
        if known is None:
            known = standing.judged = judged(judge, call)
        if known.refused or (call.was_denied and not known.allowed):
            refused.append(LeftOut(call, "", known.lacking))
        if not prompts:
            continue
        looked = look(call, known)
        if looked.why:
            lacks = known.lacking
            unwanted.setdefault((looked.why, lacks.settled, lacks.demands), []).append((call, lacks))
        else:
            wanted.append(Wanted(call, looked.needs, looked.groups))
    return SortedOut(wanted, unwanted, refused, total)
