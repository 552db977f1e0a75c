"""Times as logs, answers and files write them: RFC 3339, UTC."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Final

_FIRST: Final = -62_135_596_800
"""0001-01-01T00:00:00Z."""
_LAST: Final = 253_402_300_799
"""9999-12-31T23:59:59Z."""


def parse_time(value: object) -> float | None:
    """Return an ISO 8601 time as seconds since the epoch, UTC where it names no zone; `None` when it is none."""
    if not isinstance(value, str) or len(value) > 64:
        return None
    try:
        found = datetime.fromisoformat(value)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def rfc3339(when: float) -> str:
    """Return *when* (seconds since the epoch) in whole seconds: `2026-11-01T10:23:45Z`.

    The form has years of four digits. A commit, whose time is whatever its author wrote, may lie outside of them: that
    is their first or last second.
    """
    moment = time.gmtime(min(max(when, _FIRST), _LAST))
    return f"{moment.tm_year:04}{time.strftime('-%m-%dT%H:%M:%SZ', moment)}"  # `%Y` is not padded everywhere
