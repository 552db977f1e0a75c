"""May whoever asks make this change? `[apply]` of the managed and the user policy, held against it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Mapping

from callgate.reviewer.apply.base import ApplyError, Detail
from callgate.reviewer.apply.limits import NeedsPerson, changes_in, is_agent, judge
from callgate.reviewer.apply.standing import standing

if TYPE_CHECKING:
    from callgate.policy.loader import LoadedPolicy
    from callgate.reviewer.apply.context import Context

DAY: Final = 24 * 3600.0
"""Seconds for which `max_per_day` counts."""


def permitted(
    operation: Mapping[str, Any], old: LoadedPolicy | None, new: LoadedPolicy, context: Context
) -> NeedsPerson | None:
    """Return why a person must confirm the change; `None` when it may be made.

    Args:
        operation: as it was checked, with its name in `operation`.
        old: the whole policy as it is; `None` when it does not load: every rule of *new* counts as a new one then.
        new: the whole policy with the change.
        context: who asks.

    Raises:
        ApplyError: `blocking_validation` with every limit that the change goes beyond; `io_error` when the audit log,
            which says how many changes were made, cannot be read.
    """
    where = context.places
    limits = standing(context.environ, where.home, managed=where.managed_policy)
    used = 0
    if limits.max_per_day is not None and is_agent(context.actor):
        used = _used(context)
    found = judge(limits, context.actor, operation, old if old is not None else _nothing(), new, used)
    if isinstance(found, NeedsPerson):
        return found
    if found:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise ApplyError("blocking_validation", found[0].error + more, found)
    return None


def counted(operation: Mapping[str, Any]) -> int:
    """Return how many changes *operation* counts for in `max_per_day`."""
    return changes_in(operation)


def _used(context: Context) -> int:
    """Return how many changes agents made in the last 24 hours.

    Raises:
        ApplyError: `io_error`.
    """
    from callgate.journal.audit import Wanted, search  # noqa: PLC0415 - only where changes are counted

    path = context.places.audit_log
    try:
        entries = search(path, Wanted(since=context.now - DAY))
    except (OSError, ValueError) as error:
        message = f"the audit log cannot be read, and it says how many changes were made: {error}"
        raise ApplyError("io_error", message, [Detail("", message, "see `callgate audit verify`")]) from error
    return sum(_count(entry) for entry in entries if _by_agent(entry))


def _by_agent(entry: Mapping[str, Any]) -> bool:
    """Whether an entry tells of a change that was made and that no person is known to have made."""
    actor, details = entry.get("actor"), entry.get("details")
    if entry.get("dry_run") or not entry.get("success") or not isinstance(details, dict) or "counted" not in details:
        return False
    kind = actor.get("kind") if isinstance(actor, dict) else None
    return kind == "agent" or (kind != "person" and not (isinstance(actor, dict) and actor.get("terminal")))


def _count(entry: Mapping[str, Any]) -> int:
    number = entry["details"]["counted"]
    return number if isinstance(number, int) and number > 0 else 1


def _nothing() -> LoadedPolicy:
    from callgate.policy.loader import load_text  # noqa: PLC0415 - only beside a broken policy

    return load_text("")
