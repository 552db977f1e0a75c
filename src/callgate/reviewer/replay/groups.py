"""Changes in groups: what kind of call, what decides it now, how often, with a few examples."""

from __future__ import annotations

import heapq
from typing import Final, Iterable, Literal, Mapping, NamedTuple

from callgate.reviewer.replay.calls import Person
from callgate.reviewer.replay.judge import Change

_SPARE: Final = 8
"""Examples that are kept for each one that is shown: several distinct calls may read alike."""

_KEPT: Final = 4_096
"""Examples that are kept of a group while it grows; from then on only as many as may be shown."""

_MOST: Final = 100
"""Examples that may be asked for."""


class Example(NamedTuple):
    """One call of a group, as untrusted as the call is."""

    text: str
    cwd: str
    calls: int
    was: str
    """The decision before; empty when there was none."""
    was_by: str
    reason: str
    """Why it is decided so now."""
    decision_id: str


Kind = Literal["newly_allowed", "newly_denied", "newly_asked", "no_longer_decided"]


class Group(NamedTuple):
    """Calls of one kind that are decided by the same rule now."""

    kind: Kind
    shape: str
    tool: str
    by: str
    """The rule or guardrail that decides now, else what kind of thing does (`default`, `passthrough`)."""
    by_kind: str
    person: Person
    """For a contradiction: what a person had decided."""
    calls: int
    distinct: int
    was: Mapping[str, int]
    """Decision before -> calls."""
    examples: tuple[Example, ...]
    denied: int = 0
    """Calls that something denied before: a rule, a guardrail; not those for which only the default did."""


class _Growing:
    def __init__(self, change: Change, kind: Kind, person: Person) -> None:
        self.change = change
        self.kind = kind
        self.person = person
        self.count = self.distinct = self.denied = 0
        self.was: dict[str, int] = {}
        self.examples: list[tuple[int, int, Change, str]] = []
        self.last = -1

    def add(self, change: Change, before: str, number: int, place: int) -> None:
        self.count += number
        self.distinct += place != self.last
        self.last = place
        if before == "deny" and change.was_kind != "default":
            self.denied += number
        if before:
            self.was[before] = self.was.get(before, 0) + number
        # Numbers of calls, then places: a total order, so that what is kept does not depend on who comes first.
        self.examples.append((number, -place, change, before))
        if len(self.examples) >= _KEPT:
            self.examples = heapq.nlargest(_MOST * _SPARE, self.examples)

    def finished(self, samples: int) -> Group:
        best = heapq.nlargest(min(samples, _MOST) * _SPARE, self.examples)
        shown: dict[tuple[str, str], Example] = {}
        for number, _, change, before in best:
            if (change.text, change.cwd) not in shown and len(shown) < samples:
                by = change.was_by if change.was == before else ""
                shown[change.text, change.cwd] = Example(
                    change.text, change.cwd, number, before, by, change.reason, change.decision_id
                )
        first = self.change
        return Group(
            self.kind, first.shape, first.tool, first.by, first.by_kind, self.person, self.count, self.distinct,
            dict(sorted(self.was.items())), tuple(shown.values()),
            self.denied,
        )  # fmt: skip


class Gathering:
    """Groups while they grow."""

    def __init__(self) -> None:
        """Begin with none."""
        self._groups: dict[tuple[str, ...], _Growing] = {}

    def add(self, change: Change, kind: Kind, before: str, number: int, place: int, person: Person = "") -> None:
        """Add *number* calls that stand at *place* and were decided *before*; see `Group`."""
        key = (kind, change.shape, change.tool, change.by, change.by_kind, person)
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = _Growing(change, kind, person)
        group.add(change, before, number, place)

    def finished(self, samples: int) -> tuple[Group, ...]:
        """Return the groups with *samples* examples each, the largest first."""
        groups = [group.finished(samples) for group in self._groups.values()]
        groups.sort(key=lambda one: (-one.calls, one.kind, one.shape, one.by, one.person))
        return tuple(groups)


def calls_in(groups: Iterable[Group]) -> int:
    """Return how many calls *groups* hold."""
    return sum(group.calls for group in groups)
