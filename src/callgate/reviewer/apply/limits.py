"""What an agent may change: `[apply]` held against one change (docs/limits.md). Pure."""

from __future__ import annotations

from typing import Any, Final, Iterator, Mapping, NamedTuple

from callgate.actor import Actor
from callgate.policy.loader import ApplyLimits, LoadedPolicy
from callgate.policy.schema import BREADTHS
from callgate.reviewer.apply.base import ApplyError, Detail
from callgate.reviewer.apply.breadth import breadth
from callgate.reviewer.apply.loosening import added_allows, changed_rules, loosening

ALLOW_WRITES: Final = "DECISION_REVIEWER_ALLOW_WRITES"
CLOSED: Final = f"Write operations disabled. Set {ALLOW_WRITES}=1 to enable."
"""The sentence of contract.md section 5, behind `ERROR: `."""
WHY_CLOSED: Final = "A person exports it before the agent starts; a command that an agent sets it in asks first."

_READING: Final = frozenset({"validate"})
"""Operations that change nothing."""
_ASK: Final = "a person can make the change, or widen `[apply]` in their policy"


class NeedsPerson(NamedTuple):
    """The change is within the limits, but a person must confirm it: it becomes a proposal."""

    reasons: tuple[str, ...]
    """Why, one phrase each: what loosens, or what the policy demands."""


def gate_open(environ: Mapping[str, str]) -> bool:
    """Whether writing is switched on, out of band: who starts the process decides, and no file or option does."""
    return environ.get(ALLOW_WRITES) == "1"


def closed(actor: Actor) -> ApplyError:
    """Return the refusal while writing is switched off."""
    suggestion = "ask the person whose policy it is" if is_agent(actor) else f"run `export {ALLOW_WRITES}=1`"
    return ApplyError("writes_disabled", CLOSED, [Detail("", WHY_CLOSED, suggestion)])


def is_agent(actor: Actor) -> bool:
    """Whether the limits hold for *actor*: an agent, or nobody knows who and no terminal speaks for a person."""
    return actor.kind == "agent" or (actor.kind == "unknown" and not actor.terminal)


def judge(
    limits: ApplyLimits,
    actor: Actor,
    operation: Mapping[str, Any],
    old: LoadedPolicy,
    new: LoadedPolicy,
    used_today: int,
) -> list[Detail] | NeedsPerson:
    """Return what *actor* may not do of a change; an empty list when it may be made.

    What cannot be lifted by a confirmation comes first: `NeedsPerson` is only answered to a change that is within all
    other limits. Only `kind == "person"` confirms; somebody unknown at a terminal is not held to the other limits,
    but is no person that a policy may rely on.

    Args:
        limits: as `standing` found them, never those of the changed policy.
        actor: who asks.
        operation: as it was checked (`operation` and its fields).
        old: the whole layered policy as it is.
        new: the same after the change.
        used_today: changes that agents made in the last 24 hours.
    """
    names = list(_names(operation))
    if actor.kind == "person" or not names:
        return []
    if is_agent(actor):
        refused = [*_operations(limits, names), *_types(limits, operation, old, new), *_broad(limits, old, new),
                   *_count(limits, len(names), used_today)]  # fmt: skip
        if refused:
            return list(dict.fromkeys(refused))
    reasons = loosening(old, new)
    if limits.require_person == "always":
        return NeedsPerson(('`require_person = "always"`: a person confirms every change', *reasons))
    if limits.require_person == "loosening" and reasons:
        return NeedsPerson(reasons)
    return []


def changes_in(operation: Mapping[str, Any]) -> int:
    """Return how many changes *operation* counts for in `max_per_day`: a batch as many as it holds."""
    return sum(1 for _ in _names(operation))


def _each(operation: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    inner = operation.get("operations")
    if operation.get("operation") == "batch" and isinstance(inner, (list, tuple)):
        for one in inner:
            if isinstance(one, Mapping):
                yield from _each(one)
    else:
        yield operation


def _names(operation: Mapping[str, Any]) -> Iterator[str]:
    for one in _each(operation):
        name = str(one.get("operation"))
        if name not in _READING:
            yield name


def _operations(limits: ApplyLimits, names: list[str]) -> Iterator[Detail]:
    for name in names:
        if name not in limits.operations:
            allowed = ", ".join(f"`{one}`" for one in limits.operations) or "nothing"
            yield Detail("operation", f"an agent may not use `{name}`: `[apply] operations` allows {allowed}", _ASK)


def _types(limits: ApplyLimits, operation: Mapping[str, Any], old: LoadedPolicy, new: LoadedPolicy) -> Iterator[Detail]:
    # A rule that is switched off shows in neither policy: what the operation says of it counts as well.
    said = {str(one["rule_type"]): "" for one in _each(operation) if "rule_type" in one}
    found: dict[str, str] = {**said, **{rule.action: rule.id for rule in reversed(changed_rules(old, new))}}
    for action, rule_id in found.items():
        if action not in limits.rule_types:
            what = f"{action} rules" + (f" (`{rule_id[:80]}`)" if rule_id else "")
            allowed = ", ".join(f"`{one}`" for one in limits.rule_types) or "none"
            yield Detail("rule_type", f"an agent may not change {what}: `[apply] rule_types` allows {allowed}", _ASK)


def _broad(limits: ApplyLimits, old: LoadedPolicy, new: LoadedPolicy) -> Iterator[Detail]:
    most = BREADTHS.index(limits.broadest)
    for rule in added_allows(old, new):
        found = breadth(rule)
        if BREADTHS.index(found) > most:
            message = f"allow rule `{rule.id[:80]}` covers a whole `{found}`; an agent's may cover `{limits.broadest}`"
            yield Detail("rule", message if found in {"program", "tool"} else message.replace("a whole ", ""),
                         "name the program, the subcommand and the words that the calls have")  # fmt: skip


def _count(limits: ApplyLimits, wanted: int, used: int) -> Iterator[Detail]:
    most = limits.max_per_day
    if most is not None and used + wanted > most:
        left = max(0, most - used)
        message = f"agents may make {most} changes in 24 hours: {left} are left and this is {wanted}"
        yield Detail("", message, "wait, or ask a person to make the change")
