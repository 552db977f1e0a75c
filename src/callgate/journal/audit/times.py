"""Times as entries write them."""

from __future__ import annotations

from datetime import UTC, datetime


def seconds(text: object) -> float | None:
    """Return an RFC 3339 time as seconds since the epoch; `None` when it is none."""
    if not isinstance(text, str) or len(text) > 64:
        return None
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
