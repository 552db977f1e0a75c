"""From a history to a ranked list of proven rules: each adds the most prompts saved to those before it."""

from __future__ import annotations

from collections import Counter
from typing import Any, Callable, Final, Mapping, NamedTuple, Sequence

from callgate.core.model import Rule
from callgate.reviewer.cluster.calls import MANY_SESSIONS, Call, Gathered
from callgate.reviewer.cluster.group import text_of
from callgate.reviewer.judge import Judge
from callgate.reviewer.suggest.candidates import Candidate, candidates
from callgate.reviewer.suggest.check import Prover, Wanted
from callgate.reviewer.suggest.choose import Chosen, choose
from callgate.reviewer.suggest.eligible import OWN_FILE
from callgate.reviewer.suggest.footprint import Footprint
from callgate.reviewer.suggest.lacks import Reach
from callgate.reviewer.suggest.render import rule_toml
from callgate.reviewer.suggest.risk import Risk, assess
from callgate.reviewer.suggest.shown import SHOWN
from callgate.reviewer.suggest.sorting import sort_out
from callgate.reviewer.suggest.standing import standings

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
    stood = standings(judge, gathered.calls)
    footprint = Footprint(standing for _, standing in stood)
    sorted_out = sort_out(judge, stood, footprint)
    wanted = sorted_out.wanted
    needs = ((need, one.call) for one in wanted for need in one.needs)
    found = _most_wanted(candidates(needs, many=gathered.has_sessions(MANY_SESSIONS)), wanted)
    prover = Prover(judge, wanted, sorted_out.left_out(reach := Reach(found)), sorted_out.refused, footprint, reach)
    chosen = choose(prover, found, limit, tell)
    weeks = gathered.days / 7
    made = tuple(_suggestion(prover, one, weeks) for one in chosen)
    left_out = sorted_out.reasons()
    for one_chosen in chosen:
        for left in one_chosen.extra:
            left_out[left.why] -= left.call.prompts
    rest = sorted_out.prompts - sum(one.prompts for one in made) - sum(left_out.values())
    if rest > 0:
        more = ", or left to a higher limit" if len(chosen) == limit else ""
        left_out[f"too seldom, too varied, or not proven{more}"] += rest
    return Suggestions(made, sorted_out.prompts, +left_out, gathered.days, gathered,
                       tuple(one.proven.rule for one in chosen))  # fmt: skip


def _most_wanted(found: list[Candidate], wanted: Sequence[Wanted]) -> list[Candidate]:
    weight: Counter[tuple[str, ...]] = Counter()
    for one in wanted:
        for group in one.groups:
            weight[group] += one.call.prompts
    return sorted(found, key=lambda each: (-weight[each.group], each.group))[:_CANDIDATES]


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
        one.fields, rule_toml(one.fields), ", ".join(entries), prompts, len(calls), prover.prompts_of(one.covers),
        prompts / weeks, risk, examples, one.no_match,
    )  # fmt: skip


def _said(calls: Sequence[Call]) -> tuple[str, ...]:
    """Return the most frequent calls as they were made."""
    often = sorted(calls, key=lambda call: (-call.prompts, text_of(call)))
    return tuple(dict.fromkeys(text_of(call) for call in often[:20]))[:SHOWN]


def _quiet(_text: str) -> None:
    """Say nothing."""
