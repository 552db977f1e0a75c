"""What judging a logged call has shown, for whoever suggests rules: worked out once in the life of a process."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Iterable

from callgate.core.model import Verdict
from callgate.engine.decide import decide
from callgate.reviewer.cluster.calls import Call
from callgate.reviewer.judge import Judge
from callgate.reviewer.suggest.footprint import File, files_of
from callgate.reviewer.suggest.lacks import Lacking, lacking

if TYPE_CHECKING:
    from callgate.reviewer.suggest.eligible import Looked


class Judged:
    """What the policy in force says of a call.

    Attributes:
        lacking: what it lacks to be allowed.
        why_not: why no rule is suggested for it, as far as the verdict says; empty when that says nothing against it.
        allowed: it is allowed by now.
        refused: a guardrail stops it, or an ask or deny rule speaks of it.
        looks: what a look at it has shown, when a person approved these very words (`True`) and when not.
        settled: what a look shows whatever the other calls are, unless a person spoke of this one.
    """

    __slots__ = ("allowed", "lacking", "looks", "refused", "settled", "why_not")

    def __init__(self, lacks: Lacking, verdict: Verdict) -> None:
        """Take what is lacking, and the verdict."""
        self.lacking = lacks
        self.why_not = why_not(verdict)
        self.allowed = verdict.decision == "allow"
        self.refused = not self.allowed and (verdict.source == "guardrail" or verdict.rule is not None)
        self.looks: dict[bool, Looked] = {}
        self.settled: Looked | None = None


class Standing:
    """A logged call under the policy in force.

    Attributes:
        made: files that it wrote as a whole.
        met: all other files that it named.
        judged: what the policy says of it, once somebody asked.
    """

    __slots__ = ("judged", "made", "met")

    def __init__(self, made: tuple[File, ...], met: tuple[File, ...]) -> None:
        """Take the files."""
        self.made, self.met = made, met
        self.judged: Judged | None = None


def judged(judge: Judge, call: Call) -> Judged:
    """Return what *judge* says of *call*."""
    case = judge.case_of(call)
    verdict = decide(case)
    return Judged(lacking(case, verdict), verdict)


def standings(judge: Judge, calls: Iterable[Call]) -> list[tuple[Call, Standing]]:
    """Return each of *calls* with its standing."""
    found = []
    for call in calls:
        standing = judge.notes(call).get("standing") or judge.once(call, "standing", partial(_stand, judge, call))
        found.append((call, standing))
    return found


def _stand(judge: Judge, call: Call) -> Standing:
    return Standing(*files_of(judge, call))


def why_not(verdict: Verdict) -> str:
    """Return why no rule is suggested for a call that *verdict* is about; empty when that says nothing against it."""
    if verdict.decision == "allow":
        return "allowed by now"
    if verdict.source == "guardrail":
        return "a guardrail speaks of it"
    if verdict.rule is not None:
        return f"an {verdict.rule.action} rule speaks of it".replace("an deny", "a deny")
    return ""
