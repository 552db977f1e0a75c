"""Stage 7: the call is allowed when every unit is covered by an allow rule and coverage is full.

What is not covered and loses work, or outlives the session, asks here (`consent.py`): behind the rules, because a rule
may allow it, and in front of all that approves without one.
"""

from __future__ import annotations

from callgate.core.model import Finding, Rule, Unit
from callgate.engine import reasons
from callgate.engine.case import Case
from callgate.engine.stages.consent import question
from callgate.engine.sweeps import unswept
from callgate.policy.cover import UnitCover, cover
from callgate.policy.index import SHELL_TOOLS
from callgate.policy.match import call_matches


def run(case: Case) -> Finding | None:
    """Return the approval; else the question of a guardrail that asks; nothing when neither is due."""
    covers = _approval(case)
    if covers is None:
        # Where everything that nobody allows is denied, a guardrail does not turn that into a question.
        return None if case.policy.settings.default == "deny" else question(case, covered)
    asked = question(case, covered)
    if asked is not None:
        return asked
    if case.policy.stand_in:
        return Finding("ask", case.policy.broken, "error")
    named = covers[0]
    unit = case.analysis.units[0]
    return Finding("allow", reasons.allowed(covers), "rule", named.rule, unit=unit, matched=named.matched)


def _approval(case: Case) -> list[UnitCover] | None:
    """Return what covers each unit; `None` when something is not covered or not understood."""
    analysis = case.analysis
    if not case.policy.allow.rules or not analysis.units or analysis.coverage == "partial":
        return None
    covers: list[UnitCover] = []
    for unit in analysis.units:
        one = covered(case, unit)
        if one.rule is None:
            return None
        covers.append(one)
    return covers


def covered(case: Case, unit: Unit) -> UnitCover:
    """Tell how *unit* of the case stands with the allow rules."""
    found = case.covers.get(id(unit))
    if found is None:
        found = case.covers[id(unit)] = _covered(case, unit)
    return found


def _covered(case: Case, unit: Unit) -> UnitCover:
    policy = case.policy
    if policy.settings.shell == "raw" and case.call.tool in SHELL_TOOLS and not unit.problem:
        rule = _raw(case)
        if rule is not None:
            return UnitCover(rule, rule.command_regex, "", ())
    found = cover(policy.allow, policy.deny, policy.ask, case.call, unit, case.observation)
    if found.rule is not None:
        for operation in unit.operations:
            if operation.recursive and unswept(case, operation):
                why = f"too many files below `{operation.target}` to be sure that none is protected"
                if operation.split:
                    why = f"a name below `{operation.target}` may hold a blank, which xargs breaks: use -print0 and -0"
                return UnitCover(None, "", why, found.operations)
    return found


def _raw(case: Case) -> Rule | None:
    """`shell = "raw"`: a regex that matches the whole command string speaks for every unit that is understood."""
    index = case.policy.allow
    raw = case.analysis.raw
    for rule in index.table(case.call.tool).regexes.match(raw):
        if rule.command_exclude_regex and index.search(rule, rule.command_exclude_regex, raw, exclude=True):
            continue
        if call_matches(index, rule, case.call, case.observation) and not (rule.path or rule.operations or rule.host):
            return rule
    return None
