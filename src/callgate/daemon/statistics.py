"""What the daemon counts: calls by decision, how long they took, what went wrong."""

from __future__ import annotations

import math
import threading
import time
from bisect import bisect_left
from collections import Counter, deque
from typing import Final, NamedTuple

BOUNDS_US: Final[tuple[int, ...]] = tuple(
    int(base * 10**power + 0.5) for power in range(1, 7) for base in (1, 1.25, 1.6, 2, 2.5, 3.2, 4, 5, 6.3, 8)
)
"""Upper bounds of the latency buckets in microseconds, from 10 µs to 8 s: the preferred numbers of ISO 3 (R10), so a
percentile is right to about a tenth."""

_KEPT_ERRORS: Final = 20
_MAX_TEXT: Final = 500


class Fault(NamedTuple):
    """Something that went wrong, once or more."""

    at: float
    """Seconds since the epoch, of the last time."""
    text: str
    times: int


class Statistics:
    """The counts of one daemon since it started."""

    def __init__(self) -> None:
        """Start counting."""
        self.started = time.time()
        self._began = time.monotonic()
        self.decisions: Counter[str] = Counter()
        self.events = 0
        """Messages that took no decision."""
        self.unanswered: Counter[str] = Counter()
        """Requests that got no answer, by reason; their hooks decided by themselves."""
        self.connections = 0
        self.total_us = 0
        self._buckets = [0] * (len(BOUNDS_US) + 1)
        self._faults: deque[Fault] = deque(maxlen=_KEPT_ERRORS)
        self._telling = threading.Lock()

    @property
    def uptime(self) -> float:
        """Seconds since the daemon started, whatever was done to the clock meanwhile."""
        return time.monotonic() - self._began

    @property
    def calls(self) -> int:
        """Calls that were answered."""
        return self.decisions.total()

    def took(self, decision: str, microseconds: int) -> None:
        """Count an answered call: from its last byte to its answer."""
        self.decisions[decision] += 1
        self.total_us += microseconds
        self._buckets[bisect_left(BOUNDS_US, microseconds)] += 1

    def fault(self, text: str) -> None:
        """Remember what went wrong; the same thing again only counts. Any thread may call it."""
        now, text = time.time(), text[:_MAX_TEXT]
        with self._telling:
            last = self._faults[-1] if self._faults else None
            if last is not None and last.text == text:
                self._faults[-1] = Fault(now, text, last.times + 1)
            else:
                self._faults.append(Fault(now, text, 1))

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The last faults, oldest first."""
        with self._telling:
            return tuple(self._faults)

    def percentile(self, share: float) -> int:
        """Return the latency in microseconds that *share* of the calls (0 to 1) did not exceed; 0 without calls.

        It is the upper bound of the bucket that the call of that rank is in (nearest rank).
        """
        if not self.calls:
            return 0
        wanted, seen = max(1, math.ceil(share * self.calls)), 0
        for bound, count in zip((*BOUNDS_US, BOUNDS_US[-1] * 2), self._buckets, strict=True):
            seen += count
            if seen >= wanted:
                return bound
        return BOUNDS_US[-1] * 2

    def cumulative(self) -> list[tuple[int, int]]:
        """Return (upper bound in microseconds, calls that did not take longer), without the open last bucket."""
        seen, out = 0, []
        for bound, count in zip(BOUNDS_US, self._buckets, strict=False):
            seen += count
            out.append((bound, seen))
        return out
