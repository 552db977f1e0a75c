"""What a case lacks to be allowed, and whether rules could grant it: most rules change nothing for most calls.

The engine allows a call only when its allow rules cover every unit of it. So whoever wants to know whether more allow
rules make a case allowed need not ask the engine when something that the case lacks is nothing that one of them speaks
of. The answer errs on one side only: what may be granted is for the engine to decide; what may not, it would refuse
(tests/reviewer/suggest/test_lacks.py).
"""

from __future__ import annotations

from bisect import bisect_left
from functools import lru_cache
from typing import Final, Generic, Iterable, Iterator, NamedTuple, Protocol, Sequence, TypeVar

from callgate.core.model import Operation, OperationKind, Rule, Unit, Verdict
from callgate.engine.case import Case
from callgate.engine.decide import decide
from callgate.engine.stages.allow import covered
from callgate.engine.stages.consent import question
from callgate.policy.cover import runs_nothing
from callgate.policy.globs import Anchors
from callgate.policy.index import Index, Table
from callgate.reviewer.judge import Judge
from callgate.reviewer.suggest.candidates import Candidate

ALLOW_STAGE: Final = 7
"""What an earlier stage concludes, no allow rule changes."""


class Lack(NamedTuple):
    """Something that no rule covers."""

    argv: tuple[str, ...]
    """Of a command; empty for other units."""
    kind: OperationKind | None
    """Of an operation; `None` for a unit as a whole."""
    target: str


Demand = tuple[str, OperationKind | None]
"""Of something that is lacking: the program, empty for other units, and the kind of operation."""


class Lacking(NamedTuple):
    """All that a case lacks."""

    anchors: Anchors
    tool: str
    settled: bool
    """More allow rules change nothing: it is allowed, or never will be."""
    consent: bool
    """A guardrail asks where no rule spells a name; a rule may do so that covers nothing new."""
    lacks: tuple[Lack, ...]
    """Rules that grant not all of them do not make it allowed."""
    demands: frozenset[Demand] = frozenset()
    """Roughly the same: what many calls have in common."""


def lacking(case: Case, verdict: Verdict | None = None) -> Lacking:
    """Return what *case* lacks under its own policy.

    Args:
        case: the call.
        verdict: on it, where that is known; else it is asked for where nothing is lacking only.
    """
    analysis = case.analysis
    found: tuple[Lack, ...] = ()
    consent = False
    settled = not analysis.units or analysis.coverage == "partial"
    if not settled:
        found = tuple(dict.fromkeys(one for unit in analysis.units for one in _of_unit(case, unit)))
        if verdict is None and not found:
            verdict = decide(case)
        settled = verdict is not None and (verdict.decision == "allow" or verdict.stage < ALLOW_STAGE)
        consent = not settled and question(case, covered) is not None
    demands = frozenset((one.argv[0] if one.argv else "", one.kind) for one in found)
    return Lacking(case.policy.anchors, case.call.tool, settled, consent, found, _same(demands))


@lru_cache(maxsize=4_096)
def _same(demands: frozenset[Demand]) -> frozenset[Demand]:
    """Return the one set that is equal to *demands*: it is looked up thousands of times a question."""
    return demands


def _of_unit(case: Case, unit: Unit) -> Iterator[Lack]:
    found = covered(case, unit)
    if found.rule is not None:
        return
    argv = unit.argv if unit.kind != "tool" else ()
    missing = [
        operation for at, operation in enumerate(unit.operations)
        if (at >= len(found.operations) or found.operations[at].rule is None)
        and not runs_nothing(operation, case.observation)
    ]  # fmt: skip
    if not missing:
        yield Lack(argv, None, "")
    for operation in missing:
        yield Lack(argv, operation.kind, operation.target)
        real = case.observation.links.get(operation.raw or operation.target, operation.target)
        if real != operation.target and not operation.dynamic and not _speaks_of(case, operation.kind, real):
            yield Lack(argv, operation.kind, real)  # every form of a path must be covered


def _speaks_of(case: Case, kind: OperationKind, path: str) -> bool:
    """Whether some path rule in force may cover *path*: then it is not certain that others must."""
    table = case.policy.allow.table(case.call.tool)
    return any(kind in found.kinds for found, _, _ in table.path_candidates(path))


class Rules(NamedTuple):
    """An allow rule as it speaks of one tool in one world."""

    table: Table
    prefixes: tuple[str, ...]
    """What every path begins with that it speaks of."""
    of_anything: bool
    """It speaks of calls as a whole, or of hosts: it takes the engine to tell."""


Place = tuple[Anchors, str, OperationKind, str]
"""A world, a tool, and what is done to which path."""


class Grant:
    """What one allow rule speaks of, in any world."""

    def __init__(self, rule: Rule) -> None:
        """Take the rule."""
        self.rule = rule
        self._indexes: dict[Anchors, Index] = {}
        self._worlds: dict[tuple[Anchors, str], Rules] = {}

    def touches(self, lacking: Lacking) -> bool:
        """Whether the rule speaks of something of *lacking*: else it changes nothing."""
        if lacking.settled:
            return False
        nameless = lacking.consent or not lacking.lacks
        return nameless or any(self.may_grant(lacking, lack) for lack in lacking.lacks)

    def may_grant(self, lacking: Lacking, lack: Lack) -> bool:
        """Whether the rule could cover *lack*, one of *lacking*."""
        rules = self.rules_in(lacking.anchors, lacking.tool)
        if rules.of_anything:
            return True
        if rules.table.speaks_of_commands and lack.argv and rules.table.command_rules(lack.argv):
            return True
        if lack.kind is None:
            return bool(rules.table.readers)
        return lack.target.startswith(rules.prefixes) and any(
            lack.kind in found.kinds for found, _, _ in rules.table.path_candidates(lack.target)
        )

    def covers(self, case: Case, operation: Operation, known: dict[Place, bool | None]) -> bool | None:
        """Whether the rule covers an operation on one known path; `None` when it takes the engine to tell.

        Args:
            case: the call.
            operation: of it.
            known: what was told of other calls, for which this is kept as well.
        """
        if operation.dynamic or operation.glob or operation.recursive or not operation.target.startswith("/"):
            return None
        if (operation.raw or operation.target) in case.observation.links:
            return None
        key = case.policy.anchors, case.call.tool, operation.kind, operation.target
        if key not in known:
            known[key] = self._covers_path(*key)
        return known[key]

    def _covers_path(self, anchors: Anchors, tool: str, kind: OperationKind, path: str) -> bool | None:
        rules = self.rules_in(anchors, tool)
        if rules.of_anything or rules.table.speaks_of_commands:
            return None
        found = [rule for rule, _, _ in rules.table.path_candidates(path) if kind in rule.kinds]
        if not all(rule.plain for rule in found):
            return None
        return any(not rule.excluded(path) for rule in found)

    def rules_in(self, anchors: Anchors, tool: str) -> Rules:
        """Return the rule as it speaks of *tool* in one world."""
        found = self._worlds.get((anchors, tool))
        if found is None:
            index = self._indexes.get(anchors)
            if index is None:
                index = self._indexes[anchors] = Index("allow", (self.rule,), anchors)
            table = index.table(tool)
            prefixes = {glob.prefix or "/" for rule in table.paths for _, glob in rule.globs}
            anything = table.speaks_of_calls or bool(table.operations) or table.has_regexes
            found = self._worlds[anchors, tool] = Rules(table, tuple(prefixes), anything)
        return found


def may_allow(grants: Sequence[Grant], lacking: Lacking) -> bool:
    """Whether the rules of *grants* together could make a case allowed that lacks *lacking*."""
    if lacking.settled:
        return False
    return all(any(grant.may_grant(lacking, lack) for grant in grants) for lack in lacking.lacks)


def allows(judge: Judge, case: Case, rules: tuple[Rule, ...]) -> bool:
    """Whether *case* is allowed with *rules* added: the engine's word."""
    again = judge.again(case, rules)
    # Most are not, and that shows sooner than the whole decision takes.
    if any(covered(again, unit).rule is None for unit in case.analysis.units):
        return False
    return decide(again).decision == "allow"


class Reach:
    """What some candidates could grant at all: what lacks anything else, no rule made of them frees."""

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        """Take the candidates."""
        self._kinds: set[str] = set()
        self._programs: set[str] = set()
        self._anything = False
        self._held: dict[frozenset[Demand], bool] = {}
        for one in candidates:
            kind, *rest = one.group
            if kind in {"command", "exact"}:
                self._programs.add(rest[0])
            elif kind in {"read", "write", "delete"}:
                self._kinds.add(kind)
            else:
                self._anything = True

    def holds(self, lacking: Lacking) -> bool:
        """Whether candidates might grant all of *lacking*."""
        if self._anything or lacking.settled:
            return not lacking.settled
        held = self._held.get(lacking.demands)
        if held is None:
            kinds, programs = self._kinds, self._programs
            held = self._held[lacking.demands] = all(
                kind is None or kind in kinds or program in programs for program, kind in lacking.demands
            )
        return held


class HasLacking(Protocol):
    """Something that may become allowed."""

    @property
    def lacking(self) -> Lacking:
        """What it lacks to be."""


T = TypeVar("T", bound=HasLacking)


class Shelf(Generic[T]):
    """Things in the order given, sorted by what they lack: those that rules speak of are found without asking each."""

    def __init__(self, things: Iterable[T]) -> None:
        """Take *things*; what is settled is left out."""
        self._things = [one for one in things if not one.lacking.settled]
        self._sorted: dict[tuple[Anchors, str], _Sorted] = {}
        for number, one in enumerate(self._things):
            key = one.lacking.anchors, one.lacking.tool
            self._sorted.setdefault(key, _Sorted()).add(number, one.lacking)
        for each in self._sorted.values():
            each.targets.sort()

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._things)

    def touched(self, grant: Grant) -> Iterator[T]:
        """Yield what the rule of *grant* speaks of something of (`Grant.touches`), in order."""
        numbers = {n for key, one in self._sorted.items() for n in one.near(grant.rules_in(*key))}
        return (one for one in map(self._things.__getitem__, sorted(numbers)) if grant.touches(one.lacking))


class _Sorted:
    """Numbers of things of one world by what they lack."""

    __slots__ = ("every", "others", "programs", "targets")

    def __init__(self) -> None:
        self.every: list[int] = []
        self.others: list[int] = []
        """Those that lack a unit as a whole, or nothing that rules name."""
        self.programs: dict[str, list[int]] = {}
        self.targets: list[tuple[str, int]] = []

    def add(self, number: int, lacking: Lacking) -> None:
        self.every.append(number)
        if lacking.consent or not lacking.lacks:
            self.others.append(number)
        for lack in lacking.lacks:
            if lack.argv:
                self.programs.setdefault(lack.argv[0], []).append(number)
            if lack.kind is not None:
                self.targets.append((lack.target, number))
            else:
                self.others.append(number)

    def near(self, rules: Rules) -> Iterator[int]:
        """Yield all numbers that *rules* may speak of, and others."""
        if rules.of_anything:
            yield from self.every
            return
        yield from self.others
        if rules.table.speaks_of_commands:
            for program, numbers in self.programs.items():
                if rules.table.names(program):
                    yield from numbers
        for prefix in rules.prefixes:
            at = bisect_left(self.targets, (prefix, 0))
            while at < len(self.targets) and self.targets[at][0].startswith(prefix):
                yield self.targets[at][1]
                at += 1
