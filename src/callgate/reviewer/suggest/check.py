"""The proof of a suggestion: read by the loader, decided by the engine, attacked, held against history."""

from __future__ import annotations

import shlex
from functools import partial
from typing import Any, Final, Iterable, Iterator, Mapping, NamedTuple, Sequence

from callgate.core.errors import PolicyError
from callgate.core.model import Observation, Rule, ToolCall
from callgate.core.paths import join, normalise
from callgate.engine.case import Case
from callgate.engine.decide import decide
from callgate.engine.examples import check_example
from callgate.engine.stages.allow import covered
from callgate.policy.globs import Anchors
from callgate.policy.loader import load_text
from callgate.reviewer.cluster.calls import Call
from callgate.reviewer.cluster.paths import ending
from callgate.reviewer.cluster.unify import Words, is_option
from callgate.reviewer.judge import Judge
from callgate.reviewer.suggest.attacks import Attack, Attacks, first_verb
from callgate.reviewer.suggest.candidates import SAMPLES, Candidate
from callgate.reviewer.suggest.eligible import ALONGSIDE, Need
from callgate.reviewer.suggest.footprint import Footprint
from callgate.reviewer.suggest.lacks import Grant, Lacking, Place, Reach, Shelf, allows, may_allow
from callgate.reviewer.suggest.render import rule_toml
from callgate.reviewer.suggest.shown import SHOWN, nearest, varied

_LONGEST: Final = 160

_REMEMBERED: Final = 8
"""Rules of which a call remembers whether they make it allowed."""

_TOOL: Final = Rule._fields.index("tool")
"""The first field of a rule that is a matcher."""


class Wanted(NamedTuple):
    """A call that suggestions may cover."""

    call: Call
    needs: tuple[Need, ...]
    groups: tuple[tuple[str, ...], ...]
    """Those of the needs, each once."""


class LeftOut(NamedTuple):
    """A call that no rule is made of."""

    call: Call
    why: str
    lacking: Lacking


class Proven(NamedTuple):
    """A rule that passed."""

    candidate: Candidate
    fields: Mapping[str, Any]
    """The rule as it is written, id and examples included."""
    rule: Rule
    covers: frozenset[int]
    """Numbers of the wanted calls of whose needs in the candidate's group all are covered."""
    match: tuple[str, ...]
    no_match: tuple[str, ...]


class Prover:
    """Proves candidates against one history."""

    def __init__(
        self, judge: Judge, wanted: Sequence[Wanted], left_out: Iterable[LeftOut], refused: Iterable[LeftOut],
        footprint: Footprint, reach: Reach,
    ) -> None:  # fmt: skip
        """Take what is wanted, what no rule is made of, what must never become allowed, and what will be proven."""
        self.judge = judge
        self.wanted = wanted
        self._prompts = [one.call.prompts for one in wanted]
        self.groups: dict[tuple[str, ...], list[int]] = {}
        for number, one in enumerate(wanted):
            for group in one.groups:
                self.groups.setdefault(group, []).append(number)
        self._footprint = footprint
        self._attacks = Attacks(judge)
        self._granted: dict[int, tuple[Grant, Rule]] = {}
        self._covered_rows: dict[tuple[object, ...], list[Words]] = {}
        self._refused, self._left_out = (
            Shelf(one for one in calls if reach.holds(one.lacking)) for calls in (refused, left_out)
        )

    def prove(self, candidate: Candidate, taken: frozenset[str]) -> Proven | None:
        """Narrow *candidate* to what stands the proof; `None` when nothing of it does.

        Args:
            candidate: the rule as it might be.
            taken: ids that are not free.
        """
        fields = dict(candidate.fields)
        field, parts = candidate.parts
        if field and not self._is_sound(candidate, fields):
            sound = tuple(
                part for part in parts if self._is_sound(candidate, {**fields, field: self._with(candidate, (part,))})
            )
            if not sound:
                return None
            fields[field] = self._with(candidate, sound)
            if not self._is_sound(candidate, fields):
                return None
        elif not field and not self._is_sound(candidate, fields):
            return None
        rule = self.rule(fields)
        if rule is None or self._oversteps(rule):
            return None
        name = next(each for each in _names(candidate.name) if each not in taken)
        written: dict[str, Any] = {"id": name, "description": candidate.description, **fields}
        covers = frozenset(self._covered(candidate, rule))
        if not covers:
            return None
        match, no_match = self._examples(candidate, rule, covers)
        if "tool_regex" not in fields and "host" not in fields:
            if not match or not no_match:
                return None
            written["examples"] = {"match": list(match), "no_match": list(no_match)}
        rule = self.rule(written)
        if rule is None or not all(self._speaks(rule, text) for text in match):
            return None
        if any(self._speaks(rule, text) for text in no_match):
            return None
        return Proven(candidate, written, rule, covers, match, no_match)

    def rule(self, fields: Mapping[str, Any]) -> Rule | None:
        """Return the rule as the loader reads it from TOML; `None` when it finds any fault."""
        return self.judge.recall(("rule", repr(fields)), lambda: _loaded(fields))

    def endures(self, proven: Proven, others: tuple[Rule, ...]) -> bool:
        """Whether mutants and refused calls stay what they are with *others* in force as well."""
        rules = (*others, proven.rule)
        if self._frees(rules):
            return False
        candidate, known = proven.candidate, _options(proven.candidate)
        shelves = self._mutants(candidate, proven.rule, self._world(candidate))
        return not any(self._is_hostile(shelf, known, proven.rule, others) for shelf in shelves)

    def alongside(self, proven: Proven, others: tuple[Rule, ...]) -> Iterator[LeftOut]:
        """Yield the calls that no rule is made of and that the rule makes allowed all the same, beside *others*."""
        # What the rule says nothing of is as it was with *others*, and was told when the last of those was looked at.
        return self._freed(self._left_out, (*others, proven.rule))

    def _grant(self, rule: Rule) -> Grant:
        """Return what *rule* speaks of, made once, whatever the rule is called."""
        known = self._granted.get(id(rule))
        if known is None:
            found = self.judge.recall(("grant", _matchers(rule)), lambda: Grant(rule), lambda _: 100)
            known = self._granted[id(rule)] = found, rule  # which keeps the identity the rule's
        return known[0]

    def is_allowed(self, number: int, rules: tuple[Rule, ...]) -> bool:
        """Whether a wanted call is allowed with *rules* in force as well: the engine's word.

        It is asked about the last of them alone first, which it may have been asked before: what one rule makes
        allowed, more allow rules do not take away.
        """
        call = self.wanted[number].call
        known: dict[Grant, bool] = self.judge.once(call, "allowed by", dict)
        grant = self._grant(rules[-1])
        if grant not in known:
            if len(known) >= _REMEMBERED:
                known.clear()
            known[grant] = self._allows(call, rules[-1:])
        return known[grant] or self._allows(call, rules)

    def _allows(self, call: Call, rules: tuple[Rule, ...]) -> bool:
        return allows(self.judge, self.judge.case_of(call), rules)

    def prompts_of(self, numbers: Iterable[int]) -> int:
        """Return how many prompts the wanted calls *numbers* were."""
        return sum(map(self._prompts.__getitem__, numbers))

    # The proof

    def _with(self, candidate: Candidate, parts: tuple[str, ...]) -> list[str]:
        field, every = candidate.parts
        return [*parts, *(one for one in candidate.fields[field] if one not in every)]

    def _is_sound(self, candidate: Candidate, fields: Mapping[str, Any]) -> bool:
        rule = self.rule(fields)
        if rule is None or self._frees((rule,)) or self._takes(candidate, rule):
            return False
        known = _options(candidate)
        return not any(
            self.judge.recall(
                ("hostile", _matchers(rule), known, shelf), partial(self._is_hostile, shelf, known, rule, ())
            )
            for shelf in self._mutants(candidate, rule, self._world(candidate))
        )

    def _frees(self, rules: tuple[Rule, ...]) -> bool:
        """Whether a call that was denied, refused or stopped becomes allowed."""
        return next(self._freed(self._refused, rules), None) is not None

    def _oversteps(self, rule: Rule) -> bool:
        """Whether *rule* by itself makes a call allowed that must not even come alongside: so it does beside others."""
        return any(one.why not in ALONGSIDE for one in self._freed(self._left_out, (rule,)))

    def _freed(self, calls: Shelf[LeftOut], rules: tuple[Rule, ...]) -> Iterator[LeftOut]:
        """Yield those of *calls* that the last of *rules* makes allowed beside the others: the engine's word."""
        grants = [self._grant(rule) for rule in rules]
        for one in calls.touched(grants[-1]):
            if may_allow(grants, one.lacking) and self._allows(one.call, rules):
                yield one

    def _takes(self, candidate: Candidate, rule: Rule) -> bool:
        """Whether a rule for deleting speaks of a file that no call made."""
        if candidate.group[0] != "delete":
            return False
        home = self._world(candidate).home
        for project, path in self._footprint.foreign():
            table = self.judge.policy(Anchors(home, project, ""), (rule,)).allow.table("Bash")
            if project and any(found.rule is rule for found, _, _ in table.path_rules(path)):
                return True
        return False

    def _is_hostile(
        self, shelf: Shelf[Attack], known: frozenset[str], rule: Rule, others: tuple[Rule, ...]
    ) -> bool:  # fmt: skip
        """Whether *rule* makes a mutant allowed, beside *others*.

        Args:
            shelf: the mutants.
            known: options that were asked for.
            rule: the rule.
            others: rules in force as well.
        """
        rules = (*others, rule)
        grants = [self._grant(one) for one in rules]
        for one in shelf.touched(grants[-1]):
            if one.kind == "option" and known.issuperset(one.options):
                continue  # options that were asked for are no mutants
            if one.text.startswith("cd ") and one.kind and not rule.path:
                continue  # the very words do the same wherever they are said
            if not may_allow(grants, one.lacking):
                continue
            case = self.judge.case(one.call, one.seen)
            if allows(self.judge, case, rules) and decide(self.judge.again(case, others)).decision != "allow":
                return True
        return False

    def _mutants(self, candidate: Candidate, rule: Rule, seen: Observation) -> Iterator[Shelf[Attack]]:
        kind = candidate.group[0]
        if kind not in {"read", "write", "delete"}:
            for words in self._rows(candidate, rule, seen)[:SAMPLES]:
                yield self._attacks.on_words(words, seen)
            return
        inside = candidate.group[1] == "<project>"
        for suffix in sorted({ending(glob) for glob in rule.path if not glob.startswith("!")}) or [""]:
            yield self._attacks.at_places(kind, suffix, seen, inside=inside)
        for path in candidate.samples:
            yield self._attacks.by_links(kind, self._target(candidate, path, seen), seen)

    # What the rule covers

    def _covered(self, candidate: Candidate, rule: Rule) -> Iterator[int]:
        grant = self._grant(rule)
        known: dict[Place, bool | None] = {}
        for number in self.groups.get(candidate.group, ()):
            one = self.wanted[number]
            case = self.judge.case_of(one.call)
            for need in one.needs:
                if need.group == candidate.group and not self._is_met(case, need, rule, grant, known):
                    break
            else:
                yield number

    def _is_met(
        self, case: Case, need: Need, rule: Rule, grant: Grant, known: dict[Place, bool | None]
    ) -> bool:  # fmt: skip
        """Whether *need*, which no rule in force covers, is covered by *rule*."""
        unit = case.analysis.units[need.unit]
        if 0 <= need.operation < len(unit.operations):
            covers = grant.covers(case, unit.operations[need.operation], known)
            if covers is not None:
                return covers
        found = covered(self.judge.again(case, (rule,)), unit)
        if need.operation < 0 or need.operation >= len(found.operations):
            return found.rule is not None
        return found.operations[need.operation].rule is not None

    def _rows(self, candidate: Candidate, rule: Rule, seen: Observation) -> list[Words]:
        """Return the commands that the rule covers, the most frequent first, shorter ones before longer ones."""
        known = self._covered_rows.get((candidate.group, _matchers(rule)))
        if known is not None:
            return known
        ranked = sorted(candidate.evidence, key=lambda row: (-candidate.evidence[row], len(row), row))
        found = self._covered_rows[candidate.group, _matchers(rule)] = []
        for row in ranked:
            words = (*candidate.group[1:], *row)
            case = self._case(ToolCall("Bash", {"command": shlex.join(words)}, seen.project or "/"), seen, (rule,))
            if all(covered(case, unit).rule is not None for unit in case.analysis.units):
                found.append(words)
            if len(found) > 4 * SHOWN:
                break
        return found

    def _examples(
        self, candidate: Candidate, rule: Rule, covers: frozenset[int]
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:  # fmt: skip
        seen = self._world(candidate)
        kind = candidate.group[0]
        if kind in {"command", "exact"}:
            rows = self._rows(candidate, rule, seen)
            texts = [shlex.join(words) for words in rows]
            near = [each for text, words in zip(texts[:1], rows, strict=False) for each in nearest(text, words)]
        elif kind in {"read", "write", "delete"}:
            needs = [
                need for number in sorted(covers) for need in self.wanted[number].needs if need.group == candidate.group
            ]
            root = candidate.group[1]
            paths = [need.detail if root == "<project>" else f"{root}/{need.detail}" for need in needs]
            texts = [first_verb(kind, path) for path in dict.fromkeys(paths)]
            suffix = ending(paths[0])
            near = [first_verb(kind, place.format(suffix))
                    for place in ("../outside{0}", "Makefile", ".git/hooks/x{0}", "/etc/x{0}", "id_rsa")]  # fmt: skip
        else:
            return (), ()
        match = [text for text in texts if len(text) <= _LONGEST and text.isprintable()]
        miss = [text for text in near if len(text) <= _LONGEST and text.isprintable() and not self._speaks(rule, text)]
        return varied(match, lambda text: self._speaks(rule, text)), tuple(dict.fromkeys(miss))[:SHOWN]

    def _speaks(self, rule: Rule, text: str) -> bool:
        return self.judge.recall(("example", _matchers(rule), text), lambda: check_example(rule, text))

    # The world

    def _world(self, candidate: Candidate) -> Observation:
        """Return the world of the candidate's latest call, without what was observed for that call."""
        call = self.wanted[self.groups[candidate.group][0]].call
        seen = self.judge.case_of(call).observation
        return Observation(seen.home, seen.project, now=seen.now, protected=seen.protected)

    def _case(self, call: ToolCall, seen: Observation, rules: tuple[Rule, ...]) -> Case:
        return self.judge.case(call, seen, rules)

    def _target(self, candidate: Candidate, path: str, seen: Observation) -> str:
        root = candidate.group[1].replace("<project>", seen.project).replace("~", seen.home, 1)
        return normalise(join(root, path))


def _loaded(fields: Mapping[str, Any]) -> Rule | None:
    text = rule_toml({"id": "suggested", **fields})
    try:
        loaded = load_text(text, "/suggested.toml")
    except PolicyError:
        return None
    return loaded.rules[0] if len(loaded.rules) == 1 and not loaded.warnings else None


def _matchers(rule: Rule) -> tuple[Any, ...]:
    """Return what *rule* says, but for how it is called and described."""
    return rule[_TOOL:]


def _options(candidate: Candidate) -> frozenset[str]:
    """Return the options that the commands of *candidate* had."""
    return frozenset(word for row in candidate.evidence for word in row if is_option(word))


def _names(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name}-{number}" for number in range(2, 10_000))
