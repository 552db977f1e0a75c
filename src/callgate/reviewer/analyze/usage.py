"""Which rules the calls of a history used: every rule that covered a part of an allowed call, or decided one."""

from __future__ import annotations

from collections import Counter
from typing import Iterator

from callgate.core.model import Rule
from callgate.engine.case import Case
from callgate.engine.decide import decide
from callgate.engine.stages.allow import covered
from callgate.policy.cover import UnitCover, cover
from callgate.policy.index import Index
from callgate.policy.match import call_hits, unit_hits
from callgate.reviewer.analyze.subject import Subject


class Usage:
    """Use by rule id, as the policy in force decides the history today.

    Attributes:
        used: rule id -> calls.
        behind: id of a rule that was never used -> (id of the rule that was used in its place -> calls): it matched
            these calls, and they came out the same without it.
    """

    def __init__(self, subject: Subject) -> None:
        """Decide every distinct call of *subject* again."""
        self.used: Counter[str] = Counter()
        self.behind: dict[str, Counter[str]] = {}
        for call in subject.calls:
            for rule_id in set(_rules(subject.judge.case(call.call, call.observation))):
                self.used[rule_id] += call.count
        rules = [rule for rule in subject.judge.loaded.rules if rule.level == "enforce"]
        self.unused = [rule for rule in rules if not self.used[rule.id]]
        if self.unused:
            for call in subject.calls:
                case = subject.judge.case(call.call, call.observation)
                for rule_id, winner in set(_shadowed(case, self.unused)):
                    self.behind.setdefault(rule_id, Counter())[winner] += call.count


def _rules(case: Case) -> Iterator[str]:
    verdict = decide(case)
    if verdict.rule is not None and verdict.decision != "allow":
        yield verdict.rule.id
    if verdict.decision != "allow":
        return
    for unit in case.analysis.units:
        found = covered(case, unit)
        yield from (rule.id for rule in _named(found) if rule is not None)


def _shadowed(case: Case, unused: list[Rule]) -> Iterator[tuple[str, str]]:
    """Yield (rule, winner): *rule* speaks of a part of the call, and *winner* is what the decision named."""
    verdict = decide(case)
    call, policy, seen = case.call, case.policy, case.observation
    winner = verdict.rule.id if verdict.rule is not None else f"guardrail {verdict.guardrail}"
    for action in ("deny", "ask"):
        rules = tuple(rule for rule in unused if rule.action == action)
        if rules and verdict.decision in {"deny", "ask"} and (verdict.rule is not None or verdict.guardrail):
            index = Index("deny" if action == "deny" else "ask", rules, policy.anchors)
            hits = [*call_hits(index, call, case.analysis, seen)]
            hits += [hit for unit in case.analysis.units for hit in unit_hits(index, call, unit, seen)]
            yield from ((hit.rule.id, winner) for hit in hits)
    allows = tuple(rule for rule in unused if rule.action == "allow")
    if not allows or verdict.decision != "allow":
        return
    index = Index("allow", allows, policy.anchors)
    for unit in case.analysis.units:
        real = covered(case, unit)
        alone = cover(index, policy.deny, policy.ask, call, unit, seen)
        for mine, other in zip(_named(alone), _named(real), strict=False):
            # Any rule that grants reading covers a command that touches nothing: that is no use of its paths.
            if mine is not None and other is not None and (unit.operations or not mine.path):
                yield mine.id, other.id


def _named(found: UnitCover) -> list[Rule | None]:
    """Return the rule that is named for a unit, and that for each of its operations."""
    return [found.rule, *(one.rule for one in found.operations)]
