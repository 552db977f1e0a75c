"""Which rules of a policy some passing case was decided by."""

from __future__ import annotations

import time
from collections import Counter
from typing import Iterable

from callgate.policy.loader import LoadedPolicy
from callgate.reviewer.policytest.model import PolicyCoverage, Result, RuleCoverage


def coverage(label: str, loaded: LoadedPolicy, results: Iterable[Result]) -> PolicyCoverage:
    """Return how often each rule of *loaded* took part in a decision that came out as expected.

    A rule that is disabled or has expired does not count: no call can be decided by it.
    """
    hits = Counter(rule for result in results if result.passed for rule in result.rules)
    now = time.time()
    return PolicyCoverage(
        label,
        tuple(
            RuleCoverage(rule.id, rule.action, rule.source.file, rule.source.line, hits[rule.id])
            for rule in loaded.rules
            if rule.expires is None or rule.expires > now
        ),
    )


def below(found: Iterable[PolicyCoverage], least: float) -> list[PolicyCoverage]:
    """Return the policies whose rules are covered by less than *least* percent."""
    return [one for one in found if one.percent < least]
