"""Decides logged calls again, by the very engine, under the policy in force and under changes of it."""

from __future__ import annotations

import copy
import threading
from typing import TYPE_CHECKING, Any, Callable, Final, Hashable, TypeVar
from weakref import WeakKeyDictionary

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
    from callgate.reviewer.cluster.known import Fact

_MAX_POLICIES: Final = 128
_MAX_FOUND: Final = 120_000
"""Findings that are not about one call, each of some hundred bytes; of more, the oldest go."""

Note = TypeVar("Note")


class Kept:
    """What judges of one gate share, as long as they judge by the same rules about the same paths.

    Attributes:
        terms: those rules and paths.
        owner: under what calls keep what was found out about them: another one with other terms.
        bases: the compiled policy of each world.
        policies: world and identities of rules that are added -> the policy with them, and these rules, which keep the
            identities theirs.
        found: what was found out about rules and worlds, not about one call: what -> finding and its size.
        room: how much more of that is kept.
        lock: held while something is added to it.
    """

    def __init__(self, terms: tuple[object, ...]) -> None:
        """Begin with nothing."""
        self.terms = terms
        self.owner = object()
        self.bases: dict[Anchors, Policy] = {}
        self.policies: dict[tuple[object, ...], tuple[Policy, tuple[Rule, ...]]] = {}
        self.found: dict[Hashable, tuple[Any, int]] = {}
        self.room = _MAX_FOUND
        self.lock = threading.Lock()


_kept: WeakKeyDictionary[Gate, Kept] = WeakKeyDictionary()


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
        over = tuple(rule.expires is not None and self._now >= rule.expires for rule in loaded.rules)
        terms = loaded, self._protected, self.project, over
        kept = _kept.get(gate)
        if kept is None or kept.terms != terms:
            kept = _kept[gate] = Kept(terms)
        self._kept = kept
        self._last: tuple[Fact, Case] | None = None

    def once(self, call: Call, name: str, find: Callable[[], Note], *, again: bool = False) -> Note:
        """Return what *find* finds out about *call*, or what it has found out before under the same rules.

        Args:
            call: a logged call.
            name: of what is found out.
            find: looks at nothing but the call, its world as it was recorded, and the rules.
            again: what was found out before is worth nothing.
        """
        notes = self.notes(call)
        if again or name not in notes:
            notes[name] = find()
        found: Note = notes[name]
        return found

    def notes(self, call: Call) -> dict[str, Any]:
        """Return what was found out about *call* under the same rules, to be looked at and added to (see `once`)."""
        fact = call.fact
        if fact.owner is self._kept.owner:
            return fact.notes
        if not fact.lasting or fact.observation is None:  # without a record it is judged in the world as it is now
            return {}
        fact.owner, fact.notes = self._kept.owner, {}
        return fact.notes

    def recall(self, what: Hashable, find: Callable[[], Note], size: Callable[[Note], int] = lambda _: 1) -> Note:
        """Return what *find* finds out, or what it has found out about *what* before under the same rules.

        Args:
            what: everything that *find* looks at, but for the rules.
            find: looks at nothing else.
            size: of what is found, 1 for some hundred bytes.
        """
        kept = self._kept
        with kept.lock:
            known: tuple[Note, int] | None = kept.found.pop(what, None)
            if known is not None:
                kept.found[what] = known  # the one that was asked for last comes last
                return known[0]
        found = find()
        with kept.lock:
            if what not in kept.found:  # another thread may have found it out meanwhile
                kept.found[what] = found, size(found)
                kept.room -= size(found)
            while kept.room < 0 and len(kept.found) > 1:
                kept.room += kept.found.pop(next(iter(kept.found)))[1]
        return found

    def home_of(self, call: Call) -> str:
        """Return the home directory that a logged call was made in; where no line says, that of the gate."""
        return self.gate.places.home if call.observation is None else call.observation.home

    def case_of(self, call: Call) -> Case:
        """Return the case of a logged call under the rules in force: made once, or for the last call at least."""
        if self._last is None or self._last[0] is not call.fact:
            self._last = call.fact, self.once(call, "case", lambda: self.case(call.call, call.observation))
        return self._last[1]

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
        base = self._kept.bases.get(anchors)
        if base is None:
            if len(self._kept.bases) >= _MAX_POLICIES:
                self._kept.bases.clear()
                self._kept.policies.clear()
            rules = [r for r in self.loaded.rules if r.source.layer != "project" or anchors.project == self.project]
            base = Policy(rules, anchors, settings=self.loaded.settings, revision=self.loaded.revision)
            self._kept.bases[anchors] = base
        if not more:
            return base
        key = (anchors, *map(id, more))  # hashing rules takes longer than deciding by them
        known = self._kept.policies.get(key)
        if known is None:
            if len(self._kept.policies) >= _MAX_POLICIES:
                self._kept.policies.clear()
            found = copy.copy(base)
            found.allow = Index("allow", (*base.allow.rules, *more), anchors)
            known = self._kept.policies[key] = found, more
        return known[0]
