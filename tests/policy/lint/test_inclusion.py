"""*Lies within* is never said of rules where the engine decides otherwise."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import HOME, OBSERVATION, PROJECT, calls, rules

from callgate.core.model import Rule, ToolCall
from callgate.engine.units import analyse
from callgate.policy.compiled import Policy
from callgate.policy.cover import cover
from callgate.policy.globs import Anchors
from callgate.policy.index import Index
from callgate.policy.language.automaton import Budget
from callgate.policy.lint.inclusion import lies_within
from callgate.policy.match import call_hits, unit_hits

ANCHORS = Anchors(HOME, PROJECT, PROJECT)


def named(rule: Rule, call: ToolCall) -> bool:
    """Whether the rule speaks of a part of the call: an allow covers it, a deny or ask hits it."""
    analysis = analyse(call, HOME)
    policy = Policy([rule], ANCHORS)
    if rule.action == "allow":
        for unit in analysis.units:
            found = cover(policy.allow, policy.deny, policy.ask, call, unit, OBSERVATION)
            # A command that only computes is covered by whatever grants reading: it names nothing.
            if any(one.rule is not None for one in found.operations) or (
                found.rule is not None and not (rule.path or rule.operations)
            ):
                return True
        return False
    index = policy.deny if rule.action == "deny" else policy.ask
    return any(True for unit in analysis.units for _ in unit_hits(index, call, unit, OBSERVATION)) or any(
        True for _ in call_hits(index, call, analysis, OBSERVATION)
    )


@given(rules("a"), rules("b"), st.lists(calls(), min_size=4, max_size=4))
@settings(max_examples=400)
def test_what_lies_within_is_spoken_of(inner: Rule, outer: Rule, given_calls: list[ToolCall]) -> None:
    """A call that the inner rule names is one that the outer rule speaks of, when that wins over it."""
    inner, outer = inner._replace(level="enforce"), outer._replace(level="enforce")
    if inner.action == "deny":
        inner = inner._replace(action="ask")
    if outer.action == "allow":
        outer = outer._replace(action="deny")
    if not lies_within(inner, outer, ANCHORS, Budget()):
        return
    for call in given_calls:
        assert not named(inner, call) or named(outer, call), (inner, outer, call)


@given(rules("a"), rules("b"), st.lists(calls(), min_size=4, max_size=4))
@settings(max_examples=400)
def test_an_allow_rule_that_adds_nothing_adds_nothing(one: Rule, two: Rule, given_calls: list[ToolCall]) -> None:
    """What an allow rule covers, another within which it lies covers as well."""
    inner, outer = (rule._replace(level="enforce", action="allow") for rule in (one, two))
    if not lies_within(inner, outer, ANCHORS, Budget()):
        return
    for call in given_calls:
        for unit in analyse(call, HOME).units:
            mine = cover(Policy([inner], ANCHORS).allow, *_no_refusals(), call, unit, OBSERVATION)
            its = cover(Policy([outer], ANCHORS).allow, *_no_refusals(), call, unit, OBSERVATION)
            if mine.rule is not None and unit.operations:
                assert its.rule is not None, (inner, outer, call)


def _no_refusals() -> tuple[Index, Index]:
    empty = Policy([], ANCHORS)
    return empty.deny, empty.ask


@given(rules("a"))
def test_every_rule_lies_within_itself(rule: Rule) -> None:
    """A rule lies within a copy of itself, or nothing is said."""
    rule = rule._replace(level="enforce", mode=())
    plain = rule.command or rule.path or rule.tool or rule.operations
    assert lies_within(rule, rule, ANCHORS, Budget()) or not plain or any("-" in text for text in rule.command)
