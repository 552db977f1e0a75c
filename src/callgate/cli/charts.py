"""Small charts out of characters."""

from __future__ import annotations

import sys
from typing import Final, Sequence

_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"
_LEVELS: Final = " ▁▂▃▄▅▆▇█"
_PLAIN_LEVELS: Final = " .:-=+*#@"


def bar(value: int, largest: int, cells: int, *, unicode: bool = True) -> str:
    """Return a bar for *value* of at most *cells* terminal cells, of which *largest* takes all.

    What is not nothing is never shown as nothing.
    """
    if value <= 0 or largest <= 0:
        return ""
    if not unicode:
        return "#" * max(1, round(cells * value / largest))
    eighths = max(1, round(cells * 8 * value / largest))
    return _EIGHTHS[8] * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def sparkline(values: Sequence[int], *, unicode: bool = True) -> str:
    """Return one character for each of *values*, its height in proportion to the largest."""
    largest = max(values, default=0)
    levels = _LEVELS if unicode else _PLAIN_LEVELS
    if largest <= 0:
        return levels[0] * len(values)
    return "".join(levels[0 if value <= 0 else max(1, round(8 * value / largest))] for value in values)


def can_unicode() -> bool:
    """Whether stdout takes the characters of these charts."""
    try:
        _EIGHTHS.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
