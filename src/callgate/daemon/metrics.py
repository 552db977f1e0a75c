"""The daemon's numbers as OpenMetrics text (https://prometheus.io/docs/specs/om/open_metrics_spec/)."""

from __future__ import annotations

from typing import Any, Iterable, Mapping

CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def metrics(report: Mapping[str, Any], buckets: Iterable[tuple[int, int]]) -> str:
    """Return the whole exposition, with its end mark.

    Args:
        report: as `reporting.Reporter.report` makes it.
        buckets: (upper bound in microseconds, calls that did not take longer), ascending.
    """
    journal = report["journal"]
    out = [
        *_gauge("callgate_up", "Whether a daemon answers.", 1),
        *_family("callgate_build", "info", "What runs.", [("_info", {"version": report["version"]}, 1)]),
        *_gauge("callgate_uptime_seconds", "Since the daemon started.", report["uptime_seconds"], unit="seconds"),
        *_family(
            "callgate_decisions",
            "counter",
            "Calls that were answered, by decision.",
            [("_total", {"decision": name}, count) for name, count in report["decisions"].items()],
        ),
        *_counter("callgate_events", "Messages that take no decision.", report["events"]),
        *_family(
            "callgate_unanswered",
            "counter",
            "Requests without an answer, by reason; their hooks decided by themselves.",
            [("_total", {"reason": name}, count) for name, count in report["unanswered"].items()],
        ),
        *_histogram(report, buckets),
        *_gauge("callgate_journal_backlog", "Decisions answered and not yet in the log.", journal["backlog"]),
        *_gauge("callgate_journal_waiting_bytes", "Lines that a log did not take.", journal["waiting_bytes"], "bytes"),
        *_counter("callgate_journal_written", "Decisions in the log.", journal["written"]),
        *_counter("callgate_journal_lost", "Decisions that are not in the log.", journal["lost"]),
        *_gauge(
            "callgate_journal_missing_before",
            "Decisions of the daemon before, which was killed, that are not in the log.",
            journal["missing_before"],
        ),
        *_gauge("callgate_resident_memory_bytes", "Memory of the daemon.", report["memory_bytes"], "bytes"),
        *_gauge("callgate_connections_open", "Conversations at this moment.", report["connections"]["open"]),
        *_counter("callgate_connections", "Conversations.", report["connections"]["total"]),
        *_gauge("callgate_outdated", "Whether its code has changed on the disk.", int(report["outdated"])),
        *_gauge("callgate_policies", "Compiled policies that are kept.", len(report["policies"])),
        *_gauge(
            "callgate_policies_broken",
            "Of these, the ones whose files are at fault.",
            sum(1 for one in report["policies"] if one["fault"]),
        ),
        *(_lane(report["http"]) if report.get("http") else ()),
    ]
    return "\n".join([*out, "# EOF", ""])


def _lane(lane: Mapping[str, Any]) -> list[str]:
    """Only where the HTTP lane is on, or should be."""
    return [
        *_gauge(
            "callgate_http_serving", "Whether the HTTP lane is served; hosts go unguarded if not.", int(lane["on"])
        ),
        *_counter("callgate_http_requests", "Requests over the HTTP lane.", lane.get("requests", 0)),
        *_family(
            "callgate_http_refused",
            "counter",
            "Requests over the HTTP lane that were refused, by reason.",
            [("_total", {"reason": name}, count) for name, count in lane.get("refused", {}).items()],
        ),
        *_counter("callgate_http_handed_on", "Calls that a process of their own answered.", lane.get("handed_on", 0)),
    ]


_Sample = tuple[str, Mapping[str, str], float]


def _gauge(name: str, text: str, value: float, unit: str = "") -> list[str]:
    return _family(name, "gauge", text, [("", {}, value)], unit)


def _counter(name: str, text: str, value: float) -> list[str]:
    return _family(name, "counter", text, [("_total", {}, value)])


def _histogram(report: Mapping[str, Any], buckets: Iterable[tuple[int, int]]) -> list[str]:
    samples: list[_Sample] = [("_bucket", {"le": str(bound / 1e6)}, count) for bound, count in buckets]
    samples += [
        ("_bucket", {"le": "+Inf"}, report["calls"]),
        ("_count", {}, report["calls"]),
        ("_sum", {}, report["latency_total_us"] / 1e6),
    ]
    text = "From the last byte of a call to its answer."
    return _family("callgate_latency_seconds", "histogram", text, samples, "seconds")


def _family(name: str, kind: str, text: str, samples: Iterable[_Sample], unit: str = "") -> list[str]:
    head = [f"# TYPE {name} {kind}", *([f"# UNIT {name} {unit}"] if unit else []), f"# HELP {name} {text}"]
    return [*head, *(f"{name}{suffix}{_labels(labels)} {_number(value)}" for suffix, labels, value in samples)]


def _labels(labels: Mapping[str, str]) -> str:
    inner = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{inner}}}" if inner else ""


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return f"{value:.9g}" if value % 1 else str(int(value))
