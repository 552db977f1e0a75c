"""From a history to a ranked list of proven rules: each adds the most prompts saved to those before it."""

from __future__ import annotations

from collections import Counter
from typing import Any, Callable, Final, Mapping, NamedTuple, Sequence

from callgate.core.model import Rule
from callgate.engine.decide import decide
from callgate.reviewer.cluster.calls import Call, Gathered
from callgate.reviewer.cluster.group import text_of
from callgate.reviewer.judge import Judge
from callgate.reviewer.suggest.candidates import Candidate, candidates
from callgate.reviewer.suggest.check import SHOWN, LeftOut, Proven, Prover, Wanted, tags_of
from callgate.reviewer.suggest.eligible import ALONGSIDE, OWN_FILE, Eligibility, Ineligible
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
    sorted_out = sort_out(judge, gathered.calls, footprint)
    wanted = sorted_out.wanted
    found = _most_wanted(candidates((need, one.call) for one in wanted for need in one.needs), wanted)
    prover = Prover(judge, wanted, sorted_out.left_out, sorted_out.refused, footprint)
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
    made = tuple(_suggestion(prover, one, weeks) for one in chosen)
    left_out: Counter[str] = Counter()
    for left in sorted_out.left_out:
        left_out[left.why] += left.call.prompts
    for one_chosen in chosen:
        for left in one_chosen.extra:
            left_out[left.why] -= left.call.prompts
    rest = sorted_out.prompts - sum(one.prompts for one in made) - sum(left_out.values())
    if rest > 0:
        more = ", or left to a higher limit" if len(chosen) == limit else ""
        left_out[f"too seldom, too varied, or not proven{more}"] += rest
    return Suggestions(made, sorted_out.prompts, +left_out, gathered.days, gathered,
                       tuple(one.proven.rule for one in chosen))  # fmt: skip


class SortedOut(NamedTuple):
    """The calls of a history by what suggestions may do with them."""

    wanted: list[Wanted]
    left_out: list[LeftOut]
    refused: list[LeftOut]
    """Calls that were denied or refused, that a guardrail stopped, or that an ask or deny rule speaks of."""
    prompts: int


def sort_out(judge: Judge, calls: Sequence[Call], footprint: Footprint) -> SortedOut:
    """Return what suggestions may cover, what they are not made of and why, and what they must not cover."""
    eligibility = Eligibility(footprint)
    found = SortedOut([], [], [], sum(call.prompts for call in calls))
    for call in calls:
        if not (call.prompts or call.was_denied):
            continue
        case = judge.case(call.call, call.observation)
        verdict = decide(case)
        stopped = call.was_denied or verdict.source == "guardrail" or verdict.rule is not None
        if stopped and verdict.decision != "allow":
            found.refused.append(LeftOut(call, "", tags_of(case.analysis)))
        if not call.prompts:
            continue
        try:
            found.wanted.append(Wanted(call, eligibility.needs(call, case)))
        except Ineligible as reason:
            # What is allowed by now, no rule can newly allow.
            tags = tags_of(case.analysis) if verdict.decision != "allow" else frozenset()
            found.left_out.append(LeftOut(call, str(reason), tags))
    return found


def _most_wanted(found: list[Candidate], wanted: Sequence[Wanted]) -> list[Candidate]:
    weight: Counter[tuple[str, ...]] = Counter()
    for one in wanted:
        for group in {need.group for need in one.needs}:
            weight[group] += one.call.prompts
    return sorted(found, key=lambda each: (-weight[each.group], each.group))[:_CANDIDATES]


class Chosen(NamedTuple):
    """A proven rule in its place among the others."""

    proven: Proven
    saved: list[int]
    """Numbers of the wanted calls that it makes allowed beside the rules before it."""
    extra: list[LeftOut]
    """Calls that it allows as well."""


def _choose(prover: Prover, proven: list[Proven], limit: int) -> list[Chosen]:
    """Choose greedily by what each adds; a call counts when everything that it lacks is covered."""
    groups = [frozenset(need.group for need in one.needs) for one in prover.wanted]
    chosen: list[Chosen] = []
    left = list(proven)
    covered: dict[tuple[str, ...], frozenset[int]] = {}
    open_calls = set(range(len(prover.wanted)))
    while left and len(chosen) < limit:
        weights = {id(one): _weight(prover, _gain(one, groups, covered, open_calls)) for one in left}
        best = min(left, key=lambda one: (-weights[id(one)], one.rule.id))
        if not weights[id(best)]:
            break
        left.remove(best)
        before = tuple(one.proven.rule for one in chosen)
        known = {id(left_out) for one in chosen for left_out in one.extra}
        extra = [one for one in prover.alongside(best, before) if id(one) not in known]
        if not prover.endures(best, before) or any(one.why not in ALONGSIDE for one in extra):
            continue
        # The claim is the engine's word, not the arithmetic.
        saved = [n for n in _gain(best, groups, covered, open_calls)
                 if prover.judge.decide(prover.wanted[n].call, (*before, best.rule)).decision == "allow"]  # fmt: skip
        if not saved:
            continue
        chosen.append(Chosen(best, saved, extra))
        covered[best.candidate.group] = best.covers
        open_calls.difference_update(saved)
    return chosen


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


def _suggestion(prover: Prover, chosen: Chosen, weeks: float) -> Suggestion:
    one = chosen.proven
    calls = [prover.wanted[number].call for number in chosen.saved] + [each.call for each in chosen.extra]
    candidate = one.candidate
    kinds = one.fields.get("operations", ())
    shown = candidate.parts[0] or "tool_regex"
    written = one.fields[shown]
    entries = [each for each in (written if isinstance(written, list) else [written]) if not each.startswith("!")]
    prompts = sum(call.prompts for call in calls)
    examples = one.match if candidate.evidence else _said(calls)
    own = sum(each.call.prompts for each in chosen.extra if each.why == OWN_FILE)
    risk = assess(one.fields, kinds, calls, exact=candidate.group[0] == "exact", own=own)
    return Suggestion(
        one.fields, one.toml, ", ".join(entries), prompts, len(calls), _weight(prover, sorted(one.covers)),
        prompts / weeks, risk, examples, one.no_match,
    )  # fmt: skip


def _said(calls: Sequence[Call]) -> tuple[str, ...]:
    """Return the most frequent calls as they were made."""
    often = sorted(calls, key=lambda call: (-call.prompts, text_of(call)))
    return tuple(dict.fromkeys(text_of(call) for call in often[:20]))[:SHOWN]


def _quiet(_text: str) -> None:
    """Say nothing."""
