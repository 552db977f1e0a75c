"""The OpenMetrics text: read by the parser of Prometheus itself, whatever the numbers and texts are."""

from __future__ import annotations

import math
from typing import Any, Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_reports import made
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from callgate.cli import status_text
from callgate.daemon.metrics import metrics
from callgate.daemon.statistics import Statistics

parsed: Callable[[str], Iterable[Metric]] = text_string_to_metric_families


def families(text: str) -> dict[str, Metric]:
    """The families of an exposition, as the parser of Prometheus reads them; it refuses what breaks the format."""
    found = list(parsed(text))
    assert len({one.name for one in found}) == len(found)
    return {one.name: one for one in found}


def value(found: dict[str, Metric], name: str, **labels: str) -> float:
    """The value of the sample *name* with exactly these labels."""
    (sample,) = [
        one for family in found.values() for one in family.samples if one.name == name and one.labels == labels
    ]
    return float(sample.value)


def test_every_number_of_the_report_is_there() -> None:
    """By the names of docs/daemon.md, with types and units."""
    statistics = Statistics()
    for each in (5, 90, 150, 2_000, 20_000_000):
        statistics.took("allow", each)
    report = made(
        calls=5, decisions={"allow": 5}, latency_total_us=statistics.total_us, unanswered={"another build": 3},
        journal={"backlog": 7, "waiting_bytes": 8, "lost": 9, "missing_before": 10},
    )  # fmt: skip
    found = families(metrics(report, statistics.cumulative()))
    expected = {
        "callgate_up": 1, "callgate_uptime_seconds": 273_912.4, "callgate_events_total": 312,
        "callgate_journal_backlog": 7, "callgate_journal_waiting_bytes": 8, "callgate_journal_written_total": 1_240,
        "callgate_journal_lost_total": 9, "callgate_journal_missing_before": 10,
        "callgate_resident_memory_bytes": 46_000_000, "callgate_connections_open": 1,
        "callgate_connections_total": 1_560, "callgate_outdated": 0, "callgate_policies": 2,
        "callgate_policies_broken": 0, "callgate_latency_seconds_count": 5,
    }  # fmt: skip
    assert {name: value(found, name) for name in expected} == expected
    assert value(found, "callgate_decisions_total", decision="allow") == 5
    assert value(found, "callgate_unanswered_total", reason="another build") == 3
    assert value(found, "callgate_build_info", version="1.2.3") == 1
    assert value(found, "callgate_latency_seconds_bucket", le="0.0001") == 2
    assert value(found, "callgate_latency_seconds_bucket", le="8.0") == 4
    assert value(found, "callgate_latency_seconds_bucket", le="+Inf") == 5
    assert math.isclose(value(found, "callgate_latency_seconds_sum"), statistics.total_us / 1e6)
    assert {found[name].unit for name in ("callgate_uptime_seconds", "callgate_latency_seconds")} == {"seconds"}
    assert all(one.documentation for one in found.values())


@pytest.mark.parametrize(
    ("lane", "serving"),
    [
        ({"on": True, "requests": 4, "refused": {"a wrong token": 3}, "handed_on": 1}, 1),
        ({"on": False, "fault": "the port is taken"}, 0),
    ],
)
def test_the_lane_has_numbers_where_it_is_on(lane: dict[str, Any], serving: int) -> None:
    """Whether it is served, and what came of its requests; without a lane there is no line of it."""
    found = families(metrics(made(http=lane), []))
    assert value(found, "callgate_http_serving") == serving
    assert value(found, "callgate_http_requests_total") == 4 * serving
    assert value(found, "callgate_http_handed_on_total") == serving
    if serving:
        assert value(found, "callgate_http_refused_total", reason="a wrong token") == 3
    assert "callgate_http" not in metrics(made(http=None), [])


COUNT = st.integers(0, 2**53)


@given(
    st.dictionaries(st.text(max_size=12), COUNT, max_size=4),
    st.dictionaries(st.text(max_size=12), COUNT, max_size=4),
    st.text(max_size=12),
    st.lists(st.integers(0, 10**8), max_size=30),
    st.fixed_dictionaries(dict.fromkeys(("backlog", "waiting_bytes", "written", "lost", "missing_before"), COUNT)),
)
def test_whatever_is_counted_can_be_read(
    decisions: dict[str, int], reasons: dict[str, int], version: str, latencies: list[int], journal: dict[str, int]
) -> None:
    """Quotes, backslashes and line ends in labels come back as they were, and no number is odd."""
    statistics = Statistics()
    for each in latencies:
        statistics.took("allow", each)
    report = made(
        decisions=decisions, unanswered=reasons, version=version, journal=journal, calls=len(latencies),
        latency_total_us=statistics.total_us,
    )  # fmt: skip
    found = families(metrics(report, statistics.cumulative()))
    for name, count in decisions.items():
        assert value(found, "callgate_decisions_total", decision=name) == count
    for name, count in reasons.items():
        assert value(found, "callgate_unanswered_total", reason=name) == count
    assert value(found, "callgate_build_info", version=version) == 1


def test_without_a_daemon_it_is_down(capsys: pytest.CaptureFixture[str]) -> None:
    """A monitoring system reads zero, not a sentence for people."""
    status_text.show_metrics("")
    assert value(families(capsys.readouterr().out), "callgate_up") == 0


def test_the_parser_is_strict() -> None:
    """What this page rests on: the parser refuses what OpenMetrics does not allow."""
    good: Any = metrics(made(), [])
    for bad in (good.replace("# EOF\n", ""), good + "x 1\n", good.replace("callgate_events_total", "callgate_events")):
        with pytest.raises(ValueError, match=r".+"):
            list(parsed(bad))
