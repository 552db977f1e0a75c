"""Changes of policy files that were cut off: told of, and finished when doctor may write the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator

from callgate.doctor.model import Finding, World

if TYPE_CHECKING:
    from callgate.reviewer.apply.setting import Setting
    from callgate.reviewer.apply.state import Station


def check(world: World, setting: Setting | None = None) -> Iterator[Finding]:
    """Yield what is unfinished, or what has become of it.

    Args:
        world: its state directory is looked at.
        setting: to finish them with, as the next `apply` would; without it they are only named.
    """
    from callgate.reviewer.apply.state import pending  # noqa: PLC0415 - mostly there are none

    places = pending(world.places.state_dir)
    if not places:
        yield Finding("changes", "ok", "no change of a policy file is unfinished")
        return
    if setting is not None:
        from callgate.reviewer.apply.recovery import recover_others  # noqa: PLC0415 - as above

        yield from (Finding("changes", "warn", sentence) for sentence in recover_others(setting))
        places = pending(world.places.state_dir)
    yield from (finding for place in places if (finding := _unfinished(place)))


def _unfinished(place: Station) -> Finding | None:
    """What there is to say about one; `None` when it is just being made."""
    from callgate.reviewer.apply.base import ApplyError  # noqa: PLC0415 - as above
    from callgate.reviewer.apply.intent import UnreadableError, load  # noqa: PLC0415 - as above
    from callgate.reviewer.apply.lock import hold  # noqa: PLC0415 - as above

    try:
        with hold(place, place.intent, wait=0):
            intent = load(place)
    except ApplyError as error:
        return None if error.error_type == "locked" else Finding("changes", "fail", error.message)
    except (UnreadableError, OSError) as error:
        return Finding(
            "changes", "fail", f"a note of an unfinished change cannot be read: {error}", f"rm '{place.intent}'"
        )
    if intent is None:
        return None
    return Finding(
        "changes", "fail", f"{intent.title} was cut off", "the next `callgate apply` finishes it or takes it back"
    )
