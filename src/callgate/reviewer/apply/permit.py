"""May this change be made, and by whoever asks? What disarms is nobody's; `[apply]` limits agents."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final, Mapping

from callgate.reviewer.apply.base import ApplyError, Detail
from callgate.reviewer.apply.limits import NeedsPerson, changes_in, is_agent, judge
from callgate.reviewer.apply.standing import standing

if TYPE_CHECKING:
    from callgate.policy.loader import LoadedPolicy
    from callgate.reviewer.apply.context import Context
    from callgate.reviewer.apply.disarm import Scene
    from callgate.reviewer.apply.layers import Layers

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


def scene_of(layers: Layers, context: Context) -> Scene:
    """Return the world that the policy of the target is for."""
    from callgate.observe import protected_paths  # noqa: PLC0415 - only a change needs it
    from callgate.reviewer.apply.disarm import Scene  # noqa: PLC0415 - as above

    protected = protected_paths(
        context.places, layers.project, layers.cwd, context.environ, [path for path, _ in layers.files]
    )
    return Scene(layers.home, layers.project, layers.cwd, protected)


def check_target(layers: Layers, scene: Scene, context: Context) -> None:
    """Refuse a file that no operation may change.

    Raises:
        ApplyError: `invalid_operation`.
    """
    from callgate.policy.loader.assemble import PACKS  # noqa: PLC0415 - as above
    from callgate.reviewer.apply import disarm  # noqa: PLC0415 - as above

    where = context.places
    found = disarm.check_target(
        layers.target, scene, in_force=layers.files, config_dir=os.path.realpath(where.config_dir),
        packs=os.path.realpath(PACKS),
    )  # fmt: skip
    if found:
        raise ApplyError("invalid_operation", found[0].error, found)


def check_armed(old: LoadedPolicy | None, new: LoadedPolicy, scene: Scene) -> None:
    """Refuse a change that disarms the gate, whoever asks.

    Raises:
        ApplyError: `blocking_validation`.
    """
    from callgate.reviewer.apply.disarm import check_change  # noqa: PLC0415 - as above

    found = check_change(old if old is not None else _beside_broken(new), new, scene)
    if found:
        more = f" (and {len(found) - 1} more problems)" if len(found) > 1 else ""
        raise ApplyError("blocking_validation", found[0].error + more, found)


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


def _beside_broken(new: LoadedPolicy) -> LoadedPolicy:
    """Return what *new* is held against when the policy as it is does not load.

    Its `[apply]` and its files above stand; of everything else, the rules and the settings, all counts as changed.
    """
    return _nothing()._replace(apply=new.apply, sources=new.sources)


def _nothing() -> LoadedPolicy:
    from callgate.policy.loader import load_text  # noqa: PLC0415 - only beside a broken policy

    return load_text("")
