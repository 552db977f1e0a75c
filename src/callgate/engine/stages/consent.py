"""The second half of stage 7: guardrails that ask, where no allow rule covers what they name."""

from __future__ import annotations

from typing import Callable

from callgate.core.model import Finding, Rule, Unit
from callgate.engine.case import Case
from callgate.engine.guardrails import CONSENTS
from callgate.engine.guardrails.base import Act, Consent
from callgate.policy.cover import UnitCover, cover
from callgate.policy.index import Index

_KINDS = frozenset().union(*(consent.kinds for consent in CONSENTS))


def question(case: Case, covered: Callable[[Case, Unit], UnitCover]) -> Finding | None:
    """Return the question of the first guardrail that names an act which no rule covers, if any.

    Args:
        case: the call.
        covered: tells how a unit stands with the allow rules; asked for units with such an act only.
    """
    kinds = case.kinds
    if kinds.isdisjoint(_KINDS):
        return None
    for consent in CONSENTS:
        if consent.kinds.isdisjoint(kinds):
            continue
        for act in consent.acts(case):
            # Covered, and where the act has a name, by a rule that spells it.
            if not _covers(covered(case, act.unit), act) or (act.name and not _covers(_by_name(case, act), act)):
                return Finding("ask", _reason(consent, act), "guardrail", guardrail=consent.id, unit=act.unit)
    return None


def _covers(found: UnitCover, act: Act) -> bool:
    for operation, one in zip(act.unit.operations, found.operations, strict=False):
        if operation is act.operation:
            return one.rule is not None
    return found.rule is not None


def _by_name(case: Case, act: Act) -> UnitCover:
    """Tell how the act's unit stands when only the allow rules count that spell its name.

    A rule for `~/**` was hardly written for `.bashrc`. Other rules beside it change nothing: adding one never asks.
    """
    name = act.name.casefold()
    allow = case.policy.allow
    rules = tuple(rule for rule in allow.rules if name in _spelled(rule))
    index = Index("allow", rules, case.policy.anchors)
    return cover(index, case.policy.deny, case.policy.ask, case.call, act.unit, case.observation)


def _spelled(rule: Rule) -> str:
    """Return what a rule says in words, without the backslashes of regular expressions."""
    texts = (*(one for one in rule.path if one[0] != "!"), *rule.command, rule.command_regex, rule.file_path_regex)
    return "\n".join(texts).replace("\\", "").casefold()


def _reason(consent: Consent, act: Act) -> str:
    spelled = f" that names `{act.name}`" if act.name else ""
    return (
        f"needs a person's consent by guardrail `{consent.id}`: {act.what}. Instead: {act.instead or consent.instead}. "
        f"An allow rule{spelled} lifts this."
    )
