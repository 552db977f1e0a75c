"""Decides logged calls again, by the very engine, under the policy in force and under changes of it."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Final

from callgate.core.model import Observation, Rule, ToolCall, Verdict
from callgate.engine.case import Case
from callgate.engine.decide import decide
from callgate.engine.units import analyse
from callgate.policy.compiled import Policy
from callgate.policy.globs import Anchors
from callgate.policy.index import Index

if TYPE_CHECKING:
    from callgate.gate import Gate
    from callgate.policy.loader import LoadedPolicy
    from callgate.reviewer.cluster.calls import Call

_MAX_POLICIES: Final = 128


class Judge:
    """Decides as the gate does, with the rules that are in force for the gate's own directory.

    A call is judged in the world that was recorded with it (home, project, links, what patterns stood for); without a
    record, in the world as it is now. Rules of a project's file hold for calls of that project only.
    """

    def __init__(self, gate: Gate, loaded: LoadedPolicy) -> None:
        """Take the rules.

        Args:
            gate: looks at the host where a log does not say what it was like.
            loaded: its policy, which must not be broken.
        """
        self.gate = gate
        self.loaded = loaded
        here = gate.case(ToolCall("Read", {}, "")).observation
        own = gate.case(ToolCall("Read", {"file_path": "/"}, gate.cwd)).observation
        self.project = own.project
        self._protected = frozenset((*here.protected, *own.protected))
        self._now = own.now
        self._bases: dict[Anchors, Policy] = {}
        self._policies: dict[tuple[Anchors, tuple[Rule, ...]], Policy] = {}

    def case(self, call: ToolCall, observation: Observation | None, more: tuple[Rule, ...] = ()) -> Case:
        """Return everything that deciding *call* needs, with the allow rules *more* added to the policy."""
        if observation is None:
            observation = self.gate.case(call).observation
        missing = self._protected.difference(observation.protected)
        if missing:
            # What a log says is protected must not be less than what is: a line may be planted.
            observation = observation._replace(protected=(*observation.protected, *sorted(missing)))
        observation = observation._replace(now=self._now, off_until=None)
        anchors = Anchors(observation.home, observation.project, "" if observation.project else call.cwd)
        return Case(self.policy(anchors, more), call, analyse(call, observation.home), observation)

    def again(self, case: Case, more: tuple[Rule, ...]) -> Case:
        """Return the same case with the allow rules *more* added to the policy."""
        return Case(self.policy(case.policy.anchors, more), case.call, case.analysis, case.observation)

    def decide(self, call: Call, more: tuple[Rule, ...] = ()) -> Verdict:
        """Return the verdict on a logged call with the allow rules *more* added."""
        return decide(self.case(call.call, call.observation, more))

    def policy(self, anchors: Anchors, more: tuple[Rule, ...] = ()) -> Policy:
        """Return the compiled policy for one world, with the allow rules *more*."""
        base = self._bases.get(anchors)
        if base is None:
            if len(self._bases) >= _MAX_POLICIES:
                self._bases.clear()
                self._policies.clear()
            rules = [r for r in self.loaded.rules if r.source.layer != "project" or anchors.project == self.project]
            base = Policy(rules, anchors, settings=self.loaded.settings, revision=self.loaded.revision)
            self._bases[anchors] = base
        if not more:
            return base
        found = self._policies.get((anchors, more))
        if found is None:
            if len(self._policies) >= _MAX_POLICIES:
                self._policies.clear()
            found = copy.copy(base)
            found.allow = Index("allow", (*base.allow.rules, *more), anchors)
            self._policies[anchors, more] = found
        return found
