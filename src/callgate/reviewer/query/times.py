"""Times as a query and the options of the command line write them."""

from __future__ import annotations

import re
from typing import Final

from callgate.reviewer.query.base import QueryError
from callgate.reviewer.query.decode import kind
from callgate.reviewer.query.words import invalid
from callgate.times import parse_time

_BACK: Final = re.compile(r"([0-9]{1,6})([smhdw])")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
HELP: Final = "write `1h`, `24h`, `7d`, `2w`, or ISO 8601 such as `2026-11-01T00:00:00Z`"


def time_of(text: str, now: float) -> float | None:
    """Return the time that *text* names as seconds since the epoch, UTC; `None` when it names none.

    Args:
        text: `30m`, `1h`, `7d`, `2w` (so long before *now*), or ISO 8601; without a zone it is UTC.
        now: seconds since the epoch.
    """
    back = _BACK.fullmatch(text.strip().lower())
    return now - int(back[1]) * _SECONDS[back[2]] if back else parse_time(text.strip())


def moment(value: object, now: float, place: str) -> float:
    """Return *value* as seconds since the epoch, UTC.

    Args:
        value: what `time_of` takes.
        now: seconds since the epoch.
        place: the field, for messages.

    Raises:
        QueryError: `invalid_query`: it is no time.
    """
    if not isinstance(value, str):
        raise wrong(place, kind(value))
    found = time_of(value, now)
    if found is None:
        raise wrong(place, f"`{value[:80]}`")
    return found


def wrong(place: str, found: str) -> QueryError:
    """Return the error for something that is no time."""
    return invalid(f"`{place}` must be a time, not {found}", HELP)
