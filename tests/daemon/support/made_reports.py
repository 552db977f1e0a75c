"""A daemon's report as tests want it: whole, and with any part replaced."""

from __future__ import annotations

import copy
from typing import Any

from callgate.daemon.asking import own_build

REPORT: dict[str, Any] = {
    "version": "1.2.3",
    "build": own_build(),
    "pid": 4711,
    "socket": "/run/user/1000/callgate/gate.sock",
    "started": "2026-11-18T10:15:00.000Z",
    "uptime_seconds": 273_912.4,
    "idle_seconds": 3600.0,
    "calls": 1_240,
    "decisions": {"allow": 1_100, "ask": 9, "deny": 40, "passthrough": 91},
    "events": 312,
    "unanswered": {},
    "latency_us": {"p50": 100, "p95": 320, "p99": 1_250},
    "latency_total_us": 173_400,
    "journal": {
        "backlog": 0, "queued": 0, "waiting_bytes": 0, "written": 1_240, "lost": 0, "missing_before": 0,
    },
    "memory_bytes": 46_000_000,
    "connections": {"open": 1, "total": 1_560},
    "outdated": False,
    "http": None,
    "policies": [
        {"cwd": "/home/me/shop", "home": "/home/me", "config": "", "revision": "c83b0f052de8", "fault": "", "loads": 2},
        {"cwd": "/", "home": "/home/me", "config": "/etc/x.toml", "revision": "0123456789ab", "fault": "", "loads": 1},
    ],
    "errors": [],
}  # fmt: skip
"""A daemon that has worked for some days."""


def made(**parts: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON values
    """Return the report with *parts* in place of its own; of a table only the members that are named."""
    report = copy.deepcopy(REPORT)
    for name, value in parts.items():
        both = isinstance(value, dict) and isinstance(report[name], dict) and name not in ("decisions", "unanswered")
        report[name] = {**report[name], **value} if both else value
    return report
