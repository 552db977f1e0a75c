"""From a history to a ranked list of proven rules: each adds the most prompts saved to those before it."""

from __future__ import annotations

from collections import Counter
from typing import Any, Callable, Final, Mapping, NamedTuple, Sequence

from callgate.core.model import Rule
from callgate.engine.decide import decide
from callgate.reviewer.cluster.calls import Call, Gathered
from callgate.reviewer.judge import Judge
from callgate.reviewer.suggest.candidates import Candidate, candidates
from callgate.reviewer.suggest.check import Proven, Prover, Wanted
from callgate.reviewer.suggest.eligible import Eligibility, Ineligible
from callgate.reviewer.suggest.footprint import Footprint
from callgate.reviewer.suggest.risk import Risk, assess

LIMIT: Final = 10
"""Suggestions, unless asked for more."""

_CANDIDATES: Final = 60
"""Groups that are looked at, those with the most prompts first: each takes up to a second to attack."""


class Suggestion(NamedTuple):
    """One rule to sign."""

    fields: Mapping[str, Any]
    """The rule as it is written, id and examples included."""
    toml: str
    pattern: str
    """What it speaks of, in one line."""
    prompts: int
    """Prompts that this rule saves beside those before it: every call was decided again, and is allowed."""
    calls: int
    """Distinct calls among them."""
    alone: int
    """Prompts of calls that the rule has a part in, whether it is enough for them or not."""
    per_week: float
    """Prompts saved in a week like those of the history."""
    risk: Risk
    examples: tuple[str, ...]
    """Calls that it would allow, as they were made."""
    near_misses: tuple[str, ...]
    """The nearest that it would not allow."""


class Suggestions(NamedTuple):
    """What came of a history."""

    suggestions: tuple[Suggestion, ...]
    prompts: int
    """Calls that no rule decided, or that a rule asked about."""
    left_out: Mapping[str, int]
    """Why nothing is suggested for the rest -> how many of these prompts."""
    days: float
    gathered: Gathered
    rules: tuple[Rule, ...]
    """Of the suggestions, as the loader reads them."""


def suggest(
    judge: Judge, gathered: Gathered, *, limit: int = LIMIT, progress: Callable[[str], None] | None = None
) -> Suggestions:
    """Return the rules that would have saved most prompts, each proven (docs/learning.md says how).

    Args:
        judge: decides.
        gathered: the distinct calls of a history.
        limit: rules at most.
        progress: told what is being done, in a few words.
    """
    tell = progress or _quiet
    tell(f"{len(gathered.calls):,} different calls")
    footprint = Footprint(gathered.calls, judge.gate.places.home)
    wanted, refused, left_out, prompts = sort_out(judge, gathered.calls, footprint)
    counted = [(need, one.call) for one in wanted for need in one.needs]
    found = _most_wanted(candidates(counted), wanted)
    prover = Prover(judge, wanted, refused, footprint)
    taken = frozenset(rule.id for rule in judge.loaded.rules)
    proven: list[Proven] = []
    for number, candidate in enumerate(found, 1):
        tell(f"proving {number} of {len(found)}: {candidate.name}")
        one = prover.prove(candidate, taken)
        if one is not None:
            proven.append(one)
            taken |= {one.rule.id}
    chosen = _choose(prover, proven, limit)
    weeks = gathered.days / 7
    made = tuple(_suggestion(prover, one, saved, weeks) for one, saved in chosen)
    rest = prompts - sum(one.prompts for one in made) - sum(left_out.values())
    if rest > 0:
        left_out["too seldom, too varied, or not proven"] += rest
    return Suggestions(made, prompts, left_out, gathered.days, gathered, tuple(one.rule for one, _ in chosen))


def sort_out(
    judge: Judge, calls: Sequence[Call], footprint: Footprint
) -> tuple[list[Wanted], list[Call], Counter[str], int]:
    """Return what suggestions may cover, what they must not, why not the rest (prompts), and the prompts in all."""
    eligibility = Eligibility(footprint)
    wanted: list[Wanted] = []
    refused: list[Call] = []
    left_out: Counter[str] = Counter()
    prompts = 0
    for call in calls:
        if not (call.prompts or call.was_denied):
            continue
        prompts += call.prompts
        case = judge.case(call.call, call.observation)
        verdict = decide(case)
        stopped = call.was_denied or verdict.source == "guardrail" or verdict.rule is not None
        if stopped and verdict.decision != "allow":
            refused.append(call)
        if not call.prompts:
            continue
        try:
            wanted.append(Wanted(call, eligibility.needs(call, case)))
        except Ineligible as reason:
            left_out[str(reason)] += call.prompts
    return wanted, refused, left_out, prompts


def _most_wanted(found: list[Candidate], wanted: Sequence[Wanted]) -> list[Candidate]:
    weight: Counter[tuple[str, ...]] = Counter()
    for one in wanted:
        for group in {need.group for need in one.needs}:
            weight[group] += one.call.prompts
    return sorted(found, key=lambda each: (-weight[each.group], each.group))[:_CANDIDATES]


def _choose(prover: Prover, proven: list[Proven], limit: int) -> list[tuple[Proven, list[int]]]:
    """Choose greedily by what each adds; a call counts when everything that it lacks is covered."""
    groups = [frozenset(need.group for need in one.needs) for one in prover.wanted]
    chosen: list[tuple[Proven, list[int]]] = []
    left = list(proven)
    covered: dict[tuple[str, ...], frozenset[int]] = {}
    open_calls = set(range(len(prover.wanted)))
    while left and len(chosen) < limit:
        ranked = sorted(left, key=lambda one: (-_weight(prover, _gain(one, groups, covered, open_calls)), one.rule.id))
        best = next((one for one in ranked if _holds(prover, one, chosen)), None)
        if best is None:
            break
        rules = (*(one.rule for one, _ in chosen), best.rule)
        # The claim is the engine's word, not the arithmetic.
        saved = [n for n in _gain(best, groups, covered, open_calls)
                 if prover.judge.decide(prover.wanted[n].call, rules).decision == "allow"]  # fmt: skip
        left.remove(best)
        if not saved:
            if not _gain(best, groups, covered, open_calls):
                break
            continue
        chosen.append((best, saved))
        covered[best.candidate.group] = best.covers
        open_calls.difference_update(saved)
    return chosen


def _holds(prover: Prover, one: Proven, chosen: list[tuple[Proven, list[int]]]) -> bool:
    return prover.endures(one, tuple(each.rule for each, _ in chosen))


def _gain(
    one: Proven, groups: Sequence[frozenset[tuple[str, ...]]], covered: Mapping[tuple[str, ...], frozenset[int]],
    open_calls: set[int],
) -> list[int]:  # fmt: skip
    group = one.candidate.group
    return sorted(
        number for number in one.covers & open_calls
        if all(other == group or number in covered.get(other, ()) for other in groups[number])
    )  # fmt: skip


def _weight(prover: Prover, numbers: Sequence[int]) -> int:
    return sum(prover.wanted[number].call.prompts for number in numbers)


def _suggestion(prover: Prover, one: Proven, saved: list[int], weeks: float) -> Suggestion:
    calls = [prover.wanted[number].call for number in saved]
    candidate = one.candidate
    kinds = one.fields.get("operations", ())
    shown = candidate.parts[0] or "tool_regex"
    written = one.fields[shown]
    entries = [each for each in (written if isinstance(written, list) else [written]) if not each.startswith("!")]
    prompts = _weight(prover, saved)
    examples = one.match or tuple(dict.fromkeys(_said(call) for call in calls))[:3]
    return Suggestion(
        one.fields, one.toml, ", ".join(entries), prompts, len(saved), _weight(prover, sorted(one.covers)),
        prompts / weeks, assess(one.fields, kinds, calls, exact=candidate.group[0] == "exact"), examples, one.no_match,
    )  # fmt: skip


def _said(call: Call) -> str:
    target = call.call.input.get("url") or call.call.input.get("file_path") or ""
    return f"{call.call.tool} {target}".strip()


def _quiet(_text: str) -> None:
    """Say nothing."""
