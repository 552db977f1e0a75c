"""Chooses rules greedily by what each adds to those before it, and proves only what may be chosen.

A proof is the costly part. What a candidate could add at most is known without one (it covers no calls but those of its
group), so candidates are proven in the order of that, until the best proven one beats what is left. What comes of it is
what proving all of them first would choose (tests/reviewer/suggest/test_choose.py).
"""

from __future__ import annotations

import re
from typing import Callable, Collection, NamedTuple, Sequence

from callgate.reviewer.suggest.candidates import Candidate
from callgate.reviewer.suggest.check import LeftOut, Proven, Prover
from callgate.reviewer.suggest.eligible import ALONGSIDE


class Chosen(NamedTuple):
    """A proven rule in its place among the others."""

    proven: Proven
    saved: list[int]
    """Numbers of the wanted calls that it makes allowed beside the rules before it."""
    extra: list[LeftOut]
    """Calls that it allows as well."""


def choose(prover: Prover, found: Sequence[Candidate], limit: int, tell: Callable[[str], None]) -> list[Chosen]:
    """Return the rules that save most prompts, at most *limit*, each beside those before it.

    Args:
        prover: proves them.
        found: the candidates, the most wanted first: of two with one name, the first one gets it.
        limit: rules at most.
        tell: is told what is being proven.
    """
    chosen: list[Chosen] = []
    left = _Left(prover, found, tell)
    while len(chosen) < limit and (best := left.best()) is not None:
        before = tuple(one.proven.rule for one in chosen)
        known = {id(left_out) for one in chosen for left_out in one.extra}
        extra: list[LeftOut] = []
        for one in prover.alongside(best, before):
            if id(one) not in known:
                extra.append(one)
                if one.why not in ALONGSIDE:
                    break
        if (extra and extra[-1].why not in ALONGSIDE) or not prover.endures(best, before):
            continue
        # The claim is the engine's word, not the arithmetic.
        saved = [number for number in left.gain(best.candidate, best.covers)
                 if prover.is_allowed(number, (*before, best.rule))]  # fmt: skip
        if not saved:
            continue
        chosen.append(Chosen(best, saved, extra))
        left.take(best, saved)
    return chosen


class _Left:
    """Candidates that were not taken yet."""

    def __init__(self, prover: Prover, found: Sequence[Candidate], tell: Callable[[str], None]) -> None:
        self._prover, self._tell = prover, tell
        self._found = found
        self._taken = frozenset(rule.id for rule in prover.judge.loaded.rules)
        self._proven: dict[int, Proven | None] = {}
        """Number of the candidate -> what its proof has shown."""
        self._left = set(range(len(found)))
        self._groups = [one.groups for one in prover.wanted]
        self._covered: dict[tuple[str, ...], frozenset[int]] = {}
        self._open = set(range(len(prover.wanted)))
        self._weights: dict[int, int] = {}

    def best(self) -> Proven | None:
        """Return the rule that adds most, by id where equal, and count it as tried; `None` when none adds anything."""
        while True:
            weights = {number: self._weight(number) for number in self._left}
            most = max(weights.values(), default=0)
            if not most:
                return None
            equal = sorted(number for number in weights if weights[number] == most)
            unproven = next((number for number in equal if number not in self._proven), None)
            if unproven is None:
                number, one = min(((n, p) for n in equal if (p := self._proven[n])), key=lambda pair: pair[1].rule.id)
                self._left.discard(number)
                return one
            self._prove(unproven)

    def gain(self, candidate: Candidate, covers: Collection[int]) -> list[int]:
        """Return the open calls of *covers* all of whose other needs are covered."""
        group, covered, groups = candidate.group, self._covered, self._groups
        return sorted(
            number for number in covers
            if number in self._open
            and (len(groups[number]) == 1
                 or all(other == group or number in covered.get(other, ()) for other in groups[number]))
        )  # fmt: skip

    def take(self, one: Proven, saved: Collection[int]) -> None:
        """Count *one* as chosen."""
        self._covered[one.candidate.group] = one.covers
        self._open.difference_update(saved)
        self._weights.clear()

    def _weight(self, number: int) -> int:
        """Return how many prompts a candidate adds; before its proof, how many at most."""
        if number in self._weights:
            return self._weights[number]
        candidate = self._found[number]
        covers: Collection[int] = self._prover.groups.get(candidate.group, ())
        if number in self._proven:
            one = self._proven[number]
            covers = one.covers if one is not None else ()
        weight = self._weights[number] = self._prover.prompts_of(self.gain(candidate, covers))
        return weight

    def _prove(self, number: int) -> None:
        """Prove a candidate, and before it those in front of it that may get its name."""
        for earlier in range(number):
            if earlier not in self._proven and _may_clash(self._found[earlier].name, self._found[number].name):
                self._prove(earlier)
        candidate = self._found[number]
        self._tell(f"proving {number + 1} of {len(self._found)}: {candidate.name}")
        names = {one.rule.id for at, one in self._proven.items() if at < number and one is not None}
        self._proven[number] = self._prover.prove(candidate, self._taken | names)
        self._weights.pop(number, None)


def _may_clash(one: str, other: str) -> bool:
    """Whether rules of two names may come to have the same id: a name that is taken gets a number."""
    return re.sub(r"(-[0-9]+)+$", "", one) == re.sub(r"(-[0-9]+)+$", "", other)
