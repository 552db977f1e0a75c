"""What the daemon counts: percentiles hold to sorted lists, faults are few and short."""

from __future__ import annotations

import itertools
import math
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.daemon.statistics import BOUNDS_US, Statistics

LATENCIES = st.lists(st.integers(0, 2 * BOUNDS_US[-1]), min_size=1, max_size=300)


def counted(latencies: list[int]) -> Statistics:
    """The statistics of calls that took so long."""
    statistics = Statistics()
    for number, each in enumerate(latencies):
        statistics.took(("allow", "deny", "ask")[number % 3], each)
    return statistics


@given(LATENCIES, st.sampled_from([0.0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 1.0]))
def test_a_percentile_is_that_of_the_sorted_list(latencies: list[int], share: float) -> None:
    """It is the bound of the bucket of the call of that rank: never below it, and above by a step at most."""
    exact = sorted(latencies)[max(1, math.ceil(share * len(latencies))) - 1]
    found = counted(latencies).percentile(share)
    above = [bound for bound in BOUNDS_US if bound >= exact]
    assert found == (above[0] if above else 2 * BOUNDS_US[-1])


@given(LATENCIES)
def test_buckets_count_every_call_once(latencies: list[int]) -> None:
    """The cumulative counts are those of the list, they only rise, and the sums are exact."""
    statistics = counted(latencies)
    for bound, count in statistics.cumulative():
        assert count == sum(each <= bound for each in latencies)
    assert statistics.calls == len(latencies) == sum(statistics.decisions.values())
    assert statistics.total_us == sum(latencies)


def test_bounds_are_a_tenth_apart() -> None:
    """Ascending, from 10 µs to 8 s, no step larger than 30 %."""
    assert BOUNDS_US[0] == 10
    assert BOUNDS_US[-1] == 8_000_000
    assert all(1.1 < later / earlier <= 1.31 for earlier, later in itertools.pairwise(BOUNDS_US))


def test_nothing_yet() -> None:
    """Without calls every percentile is zero."""
    assert Statistics().percentile(0.5) == 0


def test_the_same_fault_again_only_counts() -> None:
    """Also when it is longer than what is kept of it."""
    statistics = Statistics()
    for text in ("a", "a", "b", "x" * 9_000, "x" * 9_000, "a"):
        statistics.fault(text)
    assert [(one.text, one.times) for one in statistics.faults] == [("a", 2), ("b", 1), ("x" * 500, 2), ("a", 1)]


def test_faults_are_bounded() -> None:
    """The last twenty are kept, with any number of threads that tell of some."""
    statistics = Statistics()

    def tell(name: str) -> None:
        for number in range(500):
            statistics.fault(f"{name}{number % 3}")

    threads = [threading.Thread(target=tell, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert len(statistics.faults) <= 20
    assert len(statistics.faults) == 20


def test_uptime_does_not_follow_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that is set back or forth moves no uptime."""
    statistics = Statistics()
    monkeypatch.setattr(time, "time", lambda: -1e9)
    assert 0 <= statistics.uptime < 3_600
