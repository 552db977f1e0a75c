"""What the gate knew of the host when it decided, read back from the log: the inverse of `journal/records.py`."""

from __future__ import annotations

from typing import Mapping

from callgate.core.model import Observation

Paths = Mapping[str, tuple[str, ...] | None]


def observation_of(value: object) -> Observation | None:
    """Return the observation that a review line holds in its field `observation`.

    A field that an older version did not write is as empty as it was for that version.

    Args:
        value: the decoded field, JSON values.

    Returns:
        `None` when there is none, or when a part of it is not what the journal writes (cut, damaged, foreign):
        half of what was known would decide something that was never decided.
    """
    if not isinstance(value, dict):
        return None
    home, project = value.get("home"), value.get("project")
    links = _links(value.get("links", {}))
    expansions, sweeps, shadowing = (_lists(value.get(name, {})) for name in ("expansions", "sweeps", "shadowing"))
    now, off = _moment(value.get("now", 0.0)), _off(value.get("off_until"))
    protected = _texts(value.get("protected", []))
    if not isinstance(home, str) or not isinstance(project, str) or now is None or isinstance(off, str):
        return None
    if links is None or expansions is None or sweeps is None or shadowing is None or protected is None:
        return None
    return Observation(
        home=home, project=project, links=links, expansions=expansions, sweeps=sweeps, shadowing=shadowing,
        now=now, off_until=off, protected=protected,
    )  # fmt: skip


def _links(value: object) -> Mapping[str, str] | None:
    if isinstance(value, dict) and all(isinstance(path, str) for path in value.values()):
        return value
    return None


def _lists(value: object) -> Paths | None:
    if not isinstance(value, dict):
        return None
    out: dict[str, tuple[str, ...] | None] = {}
    for key, paths in value.items():
        found = None if paths is None else _texts(paths)
        if found is None and paths is not None:
            return None
        out[key] = found
    return out


def _texts(value: object) -> tuple[str, ...] | None:
    if isinstance(value, list) and all(isinstance(text, str) for text in value):
        return tuple(value)
    return None


def _moment(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if found - found == 0 else None


def _off(value: object) -> float | str | None:
    """Return when the switch comes back, `None` when it is on, or a text for a value that says neither."""
    if value is None:
        return None
    if value == "never":
        return float("inf")
    found = _moment(value)
    return "odd" if found is None else found
