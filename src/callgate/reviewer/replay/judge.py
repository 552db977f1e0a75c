"""One call decided by two policies, through the very engine of the gate, and what changes for it."""

from __future__ import annotations

from typing import Final, Iterable, NamedTuple

from callgate.core.model import Analysis, Observation, Verdict
from callgate.engine.case import Case
from callgate.engine.decide import decide
from callgate.engine.units import analyse, not_analysed
from callgate.journal.masking import mask
from callgate.policy.compiled import Policy
from callgate.reviewer.replay.calls import Call
from callgate.reviewer.replay.facts import Facts, facts_of
from callgate.reviewer.replay.policies import Policies
from callgate.reviewer.replay.shapes import shape_of, text_of

MAX_REASON: Final = 300
"""Characters of a reason that a report quotes."""

MAX_WORLDS: Final = 20_000
"""Places (home, project, cwd) whose facts are kept."""


class Change(NamedTuple):
    """What a report says of a call that is decided otherwise."""

    shape: str
    """What kind of call it is: program and subcommand, or tool and directory."""
    tool: str
    text: str
    """The command, the path, or the input; at most 400 characters, as untrusted as the call is."""
    cwd: str
    by: str
    """The rule or guardrail that decides now, else what kind of thing does."""
    by_kind: str
    reason: str
    was: str
    """The decision before: the old policy's, else the logged one of the very call that is described."""
    was_by: str
    """What decided that."""
    decision_id: str
    was_kind: str = ""
    """What kind of thing decided that (`rule`, `default`, …); empty when no policy says."""


class Judged(NamedTuple):
    """One distinct call, decided."""

    old: str
    """The decision of the old policy; empty when there is none to compare with."""
    new: str
    failed: bool = False
    """callgate failed on the call: as in the hook, that asks."""
    change: Change | None = None
    by: str = ""
    """The rule or guardrail that decides now, else what kind of thing does."""


class Judge:
    """Decides calls by the new policy, and by the old one when there is one."""

    def __init__(self, new: Policies, old: Policies | None) -> None:
        """Load nothing yet; one process needs one judge."""
        self.new = new
        self.old = old
        self._facts: dict[tuple[str, str], Facts | None] = {}

    def facts(self, project: str, cwd: str) -> Facts | None:
        """Return what the policies look at for a call in *cwd*; `None` when a policy of that project is broken.

        Raises:
            PolicyError: a policy is broken for all projects.
        """
        key = (project, cwd)
        if key not in self._facts:
            if len(self._facts) >= MAX_WORLDS:
                self._facts.clear()
            both = [each.loaded(project, cwd) for each in (self.new, self.old) if each is not None]
            loaded = [one for one in both if one is not None]
            self._facts[key] = (
                facts_of(rule for one in loaded for rule in one.rules) if len(loaded) == len(both) else None
            )
        return self._facts[key]

    def judge(self, call: Call, before: Iterable[str]) -> Judged | None:
        """Decide *call*.

        Args:
            call: the call.
            before: the decisions it is compared with, when there is no old policy.

        Returns:
            `None` when the policy of the call's project is broken today. `change` is there when the decision is
            another than the old one or than one of *before*.
        """
        observation = call.observation or self._made_up(call)
        home, project, cwd = observation.home, observation.project, call.call.cwd
        new = self.new.policy(home, project, cwd)
        old = self.old.policy(home, project, cwd) if self.old else None
        if new is None or (self.old and old is None):
            return None
        try:
            analysis, error = analyse(call.call, home), ""
        except Exception as failure:  # noqa: BLE001 - the gate asks then, and so does the replay
            analysis, error = not_analysed(call.call, str(failure)), str(failure) or "it failed"
        verdict, failed = _decide(new, call, analysis, observation, error)
        was, also = _decide(old, call, analysis, observation, error) if old else (None, False)
        compared = [was.decision] if was else list(before)
        change = None
        refused = call.person == "refused" and verdict.decision == "allow"
        if refused or any(one != verdict.decision for one in compared):
            change = _change(call, analysis, observation, verdict, was)
        return Judged(was.decision if was else "", verdict.decision, failed or also, change, named(verdict))

    def _made_up(self, call: Call) -> Observation:
        """Return an observation that knows the place and nothing else: no link, nothing that a pattern stands for."""
        cwd = call.call.cwd
        home = self.new.setting.places.home
        protected = (self.old or self.new).protected(call.project, cwd)
        return Observation(home=home, project=call.project, now=call.time, protected=protected)


def _decide(
    policy: Policy, call: Call, analysis: Analysis, observation: Observation, error: str
) -> tuple[Verdict, bool]:
    """Return the verdict as `Gate.examine` makes it, and whether callgate failed."""
    try:
        verdict = decide(Case(policy, call.call, analysis, observation))
    except Exception as failure:  # noqa: BLE001 - as in the gate: a fault of ours asks, and never allows
        what = f"callgate could not judge this call ({type(failure).__name__}: {failure})"
        return Verdict("ask", what, "error", 10, "partial"), True
    if error and verdict.decision in {"allow", "passthrough"}:
        verdict = verdict._replace(decision="ask", source="error", reason=f"the call could not be analysed: {error}")
    return verdict, bool(error)


def named(verdict: Verdict) -> str:
    """Return the rule or guardrail that decided, else what kind of thing did."""
    return verdict.rule.id if verdict.rule else verdict.guardrail or verdict.source


def _change(call: Call, analysis: Analysis, observation: Observation, now: Verdict, was: Verdict | None) -> Change:
    unit = now.unit if now.decision in ("deny", "ask") else None
    shape, reason = (mask(text)[0] for text in (shape_of(call.call, analysis, observation, unit), now.reason))
    return Change(
        shape, call.call.tool, text_of(call.call), call.call.cwd,
        named(now), now.source, reason[:MAX_REASON], was.decision if was else call.logged,
        named(was) if was else call.logged_by, call.decision_id, was.source if was else "",
    )  # fmt: skip
