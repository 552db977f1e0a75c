"""Tries to get around a rule: each mutant of a call runs through the very gate, with the whole policy.

A mutant of an allowed call is a **bypass** when it does something that the original does not, this rule covers just
that, and its author did not say so: the rule does not allow it when it is written plainly. That a command pattern
covers whatever files its program reads, and wherever it runs, is what `*` says; another program, another kind of
operation, or, where the rule has `path`, a path out of that place is not.

A mutant of a denied call, or of one that is asked about, does what the original does. It is an **evasion** when the
gate allows it. When the gate can neither refuse nor allow it (a program that only the shell knows), it is *undecided*:
`[settings] default` decides, and a person where that is `ask`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Mapping, NamedTuple, Sequence

from callgate.core.model import Operation, Rule, ToolCall, Unit, Verdict
from callgate.engine.decide import decide
from callgate.engine.stages.allow import covered
from callgate.policy.index import CommandPattern
from callgate.reviewer.analyse.seeds import Seed, covering
from callgate.reviewer.mutate import ATTACKS, DISGUISES, Mutant

if TYPE_CHECKING:
    from callgate.engine.case import Case
    from callgate.gate import Gate

ENOUGH: Final[Mapping[str, frozenset[str]]] = {"deny": frozenset({"deny"}), "ask": frozenset({"deny", "ask"})}
"""Action -> what a mutant must still get."""


class Survivor(NamedTuple):
    """A mutant that gets around the rule."""

    kind: str
    """Class of the mutation."""
    label: str
    original: str
    text: str
    decision: str
    reason: str
    what: str
    """What it does, in words."""
    fix: str


class Tally(NamedTuple):
    """One class of mutations."""

    kind: str
    tried: int
    stopped: int
    """Mutants that the gate does not allow (of an allow rule), or still refuses (of a deny or ask rule)."""
    harmless: int
    """Mutants that are allowed and do nothing that the rule does not allow when it is written plainly."""
    undecided: int
    """Mutants of a deny or ask rule that are neither refused nor allowed."""
    survivors: int
    """Bypasses or evasions."""


class Attempts(NamedTuple):
    """Everything that was tried."""

    tallies: tuple[Tally, ...]
    survivors: tuple[Survivor, ...]

    @property
    def tried(self) -> int:
        """How many mutants there were."""
        return sum(tally.tried for tally in self.tallies)

    @property
    def allowed(self) -> tuple[Survivor, ...]:
        """The bypasses or evasions: survivors that the gate allows."""
        return tuple(one for one in self.survivors if one.decision == "allow")


def attempt(gate: Gate, rule: Rule, seeds: Sequence[Seed]) -> Attempts:
    """Mutate *seeds*, which *rule* decides, and try each mutant.

    Args:
        gate: of the world.
        rule: in force there.
        seeds: from `seeds`.
    """
    attacks = rule.action == "allow"
    tallies: list[Tally] = []
    survivors: list[Survivor] = []
    for kind, mutation in (ATTACKS if attacks else DISGUISES).items():
        counts = {"stopped": 0, "harmless": 0, "undecided": 0, "survived": 0}
        for seed in seeds:
            if not seed.text:
                continue
            for mutant in mutation(seed.text):
                found = (_attack if attacks else _disguise)(gate, rule, seed, mutant, kind)
                if isinstance(found, str):
                    counts[found] += 1
                    continue
                counts["survived" if found.decision == "allow" else "undecided"] += 1
                survivors.append(found)
        tallies.append(Tally(kind, sum(counts.values()), *counts.values()))
    survivors.sort(key=lambda one: one.decision != "allow")
    return Attempts(tuple(tallies), tuple(survivors))


def _changed(seed: Seed, text: str) -> ToolCall:
    return seed.call._replace(input={**seed.call.input, "command": text})


def _attack(gate: Gate, rule: Rule, seed: Seed, mutant: Mutant, kind: str) -> Survivor | str:
    call = _changed(seed, mutant.text)
    case = gate.case(call)
    verdict = decide(case)
    if verdict.decision != "allow":
        return "stopped"
    by_place = bool(rule.path or rule.operations or rule.host)
    if kind == "paths" and by_place:
        # Only the spelling of the place differs from the plain form.
        if gate.decide(_changed(seed, mutant.plain)).decision == "allow":
            return "harmless"
        return _survivor(kind, seed, mutant, verdict, f"it does what `{mutant.plain}` does", _fix(gate, rule, kind))
    original = gate.case(seed.call)
    longer = gate.case(_changed(seed, f"{seed.text} zqx"))
    fresh = _fresh(rule, original, longer, case)
    if fresh is None and [unit.argv for unit in case.analysis.units] == [unit.argv for unit in original.analysis.units]:
        # The mutation does something, and the analysis sees the same call.
        return _survivor(kind, seed, mutant, verdict, "the analysis sees no difference", _ENGINE)
    if fresh is None or _plainly_allowed(gate, rule, seed, mutant) or (kind == "paths" and fresh[0].dynamic):
        return "harmless"  # a path that only the shell knows is a word that `*` covers
    return _survivor(kind, seed, mutant, verdict, _in_words(*fresh), _fix(gate, rule, kind))


def _disguise(gate: Gate, rule: Rule, seed: Seed, mutant: Mutant, kind: str) -> Survivor | str:
    verdict = gate.decide(_changed(seed, mutant.text))
    if verdict.decision in ENOUGH[rule.action]:
        return "stopped"
    fix = _STRICTER if verdict.decision == "allow" or verdict.source != "passthrough" else _ASK
    return _survivor(kind, seed, mutant, verdict, "it does what the original does", fix)


def _fresh(rule: Rule, original: Case, longer: Case, case: Case) -> tuple[Unit, Operation | None] | None:
    """Return something that the mutant does, and *rule* covers, and neither the original nor *longer* does.

    *longer* is the original with a word behind it: what any word does there (`git tag x` makes a tag) is what `*` says.
    """
    programs = {unit.argv[0] for unit in original.analysis.units if unit.argv}
    kinds = {
        (unit.argv[0], operation.kind)
        for unit in (*original.analysis.units, *longer.analysis.units)
        if unit.argv
        for operation in unit.operations
    }
    by_operation = bool(rule.path or rule.operations or rule.host)
    for unit in case.analysis.units:
        cover = covered(case, unit)
        program = unit.argv[0] if unit.argv else ""
        if program not in programs and cover.rule is not None and cover.rule.id == rule.id and not by_operation:
            return unit, unit.operations[0] if unit.operations else None
        for operation, one in zip(unit.operations, cover.operations, strict=False):
            if one.rule is None or one.rule.id != rule.id or _spelled(rule, operation.via) or by_operation:
                continue
            if operation.kind != "read" and (program, operation.kind) not in kinds:
                return unit, operation
    return None


def _spelled(rule: Rule, via: str) -> bool:
    """Whether the rule's author named the option that the operation comes from."""
    if not via:
        return False
    return via in rule.command_regex or any(CommandPattern(rule, text).names(via) for text in rule.command)


def _plainly_allowed(gate: Gate, rule: Rule, seed: Seed, mutant: Mutant) -> bool:
    """Whether *rule* allows what the mutant adds when it is written by itself."""
    if not mutant.plain:
        return False
    case = gate.case(_changed(seed, mutant.plain))
    if decide(case).decision != "allow":
        return False
    return any(rule.id in covering(case, unit) for unit in case.analysis.units)


_ENGINE: Final = "this is a fault of callgate: please report it with the command"
_ASK: Final = '`[settings] default = "ask"`: a person then sees what callgate cannot tell'
_STRICTER: Final = "deny what is done, and not how it is written: `path`, `operations` or `host` in place of words"
_FIXES: Final[Mapping[str, str]] = {
    "options": "name the options that are meant, or add `command_exclude_regex` for the one shown",
    "paths": "add `path`, so that only the place that is meant is covered",
    "environment": "take the pattern for the assignment out",
    "redirects": "take `write` out of `operations`, or narrow `path`",
    "look-alikes": "write the program's whole name, without wildcards in it",
}


def _fix(gate: Gate, rule: Rule, kind: str) -> str:
    if gate.loaded is not None and gate.loaded.settings.shell == "raw" and rule.command_regex:
        return 'take `shell = "raw"` out of the settings: it matches the whole string'
    narrower = "write the command as word patterns, as narrow as it is used" if rule.command_regex else ""
    return _FIXES.get(kind, narrower or "narrow the pattern to what is meant")


def _survivor(kind: str, seed: Seed, mutant: Mutant, verdict: Verdict, what: str, fix: str) -> Survivor:
    return Survivor(kind, mutant.label, seed.text, mutant.text, verdict.decision, verdict.reason, what, fix)


def _in_words(unit: Unit, operation: Operation | None) -> str:
    if operation is None:
        return f"it runs `{unit.text}`"
    return f"`{unit.text}`: {operation.kind} {operation.target or 'of what only the shell knows'}"
