"""What changes: calls decided by an old and a new policy, gathered into groups that a person can read.

`compare` is for calls that are at hand; `run.py` does the same for whole logs, on all cores.
"""

from __future__ import annotations

import time
from types import MappingProxyType
from typing import Final, Iterable, Literal, Mapping, NamedTuple

from callgate.reviewer.replay.calls import Call, Person
from callgate.reviewer.replay.facts import digest_of
from callgate.reviewer.replay.groups import Gathering, Group, Kind
from callgate.reviewer.replay.judge import Change, Judge, Judged
from callgate.reviewer.replay.policies import Policies
from callgate.reviewer.replay.tally import Count, Left

Baseline = Literal["current", "logged", "none"]
"""What new decisions are compared with: today's policy's, the logged ones, or nothing (plain traces)."""

KINDS: Final[tuple[Kind, ...]] = ("newly_allowed", "newly_denied", "newly_asked", "no_longer_decided")
_KIND: Final[Mapping[str, Kind]] = {
    "allow": "newly_allowed",
    "deny": "newly_denied",
    "ask": "newly_asked",
    "passthrough": "no_longer_decided",
}

SAMPLES: Final = 3


class Report(NamedTuple):
    """What another policy changes for a history of calls. Counts are of calls, not of distinct ones, unless named."""

    baseline: Baseline
    calls: int
    """Calls that were decided."""
    distinct: int
    changed: int
    changes: Mapping[Kind, tuple[Group, ...]]
    """The largest groups first."""
    contradictions: tuple[Group, ...]
    """Changes against what a person decided: allowed what they refused, denied or asked what they approved."""
    decisions: Mapping[str, int]
    """Decision of the new policy -> calls."""
    before: Mapping[str, int]
    """Decision that is compared with -> calls."""
    drift: int
    """Calls that today's policy decides otherwise than was logged; only where the baseline is `current`."""
    failures: int
    """Calls that callgate failed on now; they ask, as in the hook."""
    left: Left
    sampled: bool = False
    """Not all calls were looked at: the newest ones were, until the time was up."""
    of: int = 0
    """How many calls there are; an estimate where `sampled`."""
    revision: str = ""
    """Of the new policy, where the question was asked."""
    notes: tuple[str, ...] = ()
    by: Mapping[str, int] = MappingProxyType({})
    """What decides now, a rule, a guardrail or a kind of thing -> calls."""


class Collector:
    """Puts a report together, call by call, in any order."""

    def __init__(self, baseline: Baseline, samples: int = SAMPLES) -> None:
        """Begin with nothing."""
        self._baseline = baseline
        self._samples = samples
        self._changes: dict[Kind, Gathering] = {kind: Gathering() for kind in KINDS}
        self._contradictions = Gathering()
        self._now: dict[str, int] = {}
        self._before: dict[str, int] = {}
        self._by: dict[str, int] = {}
        self.calls = self._distinct = self._changed = self._drift = self._failures = self._broken = 0

    def add(self, judged: Judged | None, counts: Iterable[Count], place: int) -> None:
        """Count one distinct call.

        Args:
            judged: as `Judge.judge` answers.
            counts: how often it was made, by logged decision and what a person made of it.
            place: a number that orders calls; the smallest ones become the examples.
        """
        for logged, person, number in counts:
            if judged is None:
                self._broken += number
                continue
            before = judged.old if self._baseline == "current" else logged if self._baseline == "logged" else ""
            self.calls += number
            _count(self._now, judged.new, number)
            _count(self._by, judged.by, number)
            self._drift += number if logged and judged.old and logged != judged.old else 0
            self._failures += number if judged.failed else 0
            if before:
                _count(self._before, before, number)
            if judged.change is not None:
                self._add_change(judged.change, judged.new, before, person, number, place)
        self._distinct += judged is not None

    def _add_change(self, change: Change, new: str, before: str, person: Person, number: int, place: int) -> None:
        kind = _KIND[new]
        if before and before != new:
            self._changed += number
            self._changes[kind].add(change, kind, before, number, place)
        elif before:
            return
        against = (person == "refused" and new == "allow") or (person == "approved" and new in ("deny", "ask"))
        if against:
            self._contradictions.add(change, kind, before, number, place, person)

    def report(self, left: Left, *, sampled: bool = False, of: int = 0, revision: str = "") -> Report:
        """Return what has been found; *left* counts what could not be replayed."""
        return Report(
            self._baseline, self.calls, self._distinct, self._changed,
            {kind: groups.finished(self._samples) for kind, groups in self._changes.items()},
            self._contradictions.finished(self._samples), self._now, self._before, self._drift, self._failures,
            left._replace(broken=left.broken + self._broken), sampled, of or self.calls, revision,
            by=self._by,
        )  # fmt: skip


def compare(
    calls: Iterable[Call],
    old: Policies | None,
    new: Policies,
    *,
    outcomes: Mapping[str, str] = {},
    samples: int = SAMPLES,
    budget_seconds: float | None = None,
    total: int = 0,
) -> Report:
    """Decide *calls* by both policies and tell what changes.

    Args:
        calls: the newest first, so that a budget is spent on them.
        old: what is compared with; `None` compares with what was logged.
        new: the policy that might be.
        outcomes: decision id -> `approved`, `refused`, or anything else for calls that no person decided.
        samples: examples for each group.
        budget_seconds: when this time is up, what has been seen so far is the sample.
        total: how many calls there are, where that is known; said of a sample.

    Raises:
        PolicyError: a policy is broken for all projects.
    """
    judge = Judge(new, old)
    collector = Collector("current" if old else "logged", samples)
    known: dict[bytes, tuple[Judged | None, int]] = {}
    counts: dict[bytes, dict[tuple[str, Person], int]] = {}
    left, stop, sampled = Left(), None if budget_seconds is None else time.monotonic() + budget_seconds, False
    for place, call in enumerate(calls):
        if stop is not None and time.monotonic() >= stop:
            sampled = True
            break
        facts = judge.facts(call.project, call.call.cwd)
        if facts is None:
            left = left.plus(Left(broken=1))
            continue
        left = left.plus(Left(masked=int(call.masked), unobserved=int(call.observation is None)))
        digest = digest_of(call, facts) + (b"" if old else call.logged.encode())
        if digest not in known:
            known[digest] = judge.judge(call, [call.logged] if call.logged else []), place
        people: Mapping[str, Person] = {"approved": "approved", "refused": "refused"}
        person: Person = call.person or people.get(outcomes.get(call.decision_id, ""), "")
        table = counts.setdefault(digest, {})
        table[call.logged, person] = table.get((call.logged, person), 0) + 1
    for digest, (judged, place) in known.items():
        collector.add(judged, [Count(*key, number) for key, number in counts[digest].items()], place)
    return collector.report(left, sampled=sampled, of=total)


def _count(table: dict[str, int], key: str, number: int) -> None:
    table[key] = table.get(key, 0) + number
