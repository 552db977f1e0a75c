"""What the daemon says of itself: `callgate status` reads the one form, a monitoring system the other."""

from __future__ import annotations

import json
import os
import resource
import sys
from typing import Any

from callgate import __version__
from callgate.daemon.counters import Counters
from callgate.daemon.gates import Gates
from callgate.daemon.http_lane import HttpLane
from callgate.daemon.journaling import Journal
from callgate.daemon.metrics import metrics
from callgate.daemon.protocol import ANSWER, pack
from callgate.daemon.runtime import Runtime
from callgate.daemon.server import Server
from callgate.journal.records import timestamp

Report = dict[str, Any]


class Reporter:
    """Knows where the numbers are."""

    def __init__(
        self,
        server: Server,
        gates: Gates,
        journal: Journal,
        counters: Counters,
        files: Runtime,
        lane: HttpLane,
        idle_seconds: float,
    ) -> None:
        """Take whatever has numbers; *idle_seconds* is after how long without a call the daemon leaves, 0 never."""
        self._server = server
        self._gates = gates
        self._journal = journal
        self._counters = counters
        self._files = files
        self._lane = lane
        self._idle_seconds = idle_seconds

    def status(self) -> bytes:
        """Return the frame with the report as JSON."""
        return pack(ANSWER, b"", json.dumps(self.report()).encode())

    def metrics(self) -> bytes:
        """Return the frame with the same numbers as OpenMetrics text."""
        return pack(ANSWER, b"", metrics(self.report(), self._server.statistics.cumulative()).encode())

    def report(self) -> Report:
        """Return everything that is known, by the names of docs/daemon.md; times in RFC 3339."""
        statistics = self._server.statistics
        queued, waiting = self._journal.waiting
        return {
            "version": __version__,
            "build": self._server.build,
            "pid": os.getpid(),
            "socket": self._files.socket,
            "started": timestamp(statistics.started),
            "uptime_seconds": round(statistics.uptime, 1),
            "idle_seconds": 0.0 if self._lane.on else self._idle_seconds,
            "calls": statistics.calls,
            "decisions": dict(sorted(statistics.decisions.items())),
            "events": statistics.events,
            "unanswered": dict(sorted(statistics.unanswered.items())),
            "latency_us": {f"p{share}": statistics.percentile(share / 100) for share in (50, 95, 99)},
            "latency_total_us": statistics.total_us,
            "journal": {
                "backlog": self._counters.backlog,
                "queued": queued,
                "waiting_bytes": waiting,
                "written": self._counters.written,
                "lost": self._counters.lost,
                "missing_before": self._counters.missing,
            },
            "memory_bytes": resident(),
            "connections": {"open": len(self._server.open), "total": statistics.connections},
            "outdated": self._server.outdated,
            "http": self._lane.describe(),
            "policies": self._gates.describe(),
            "errors": [{"at": timestamp(one.at), "text": one.text, "count": one.times} for one in statistics.faults],
        }


def resident() -> int:
    """Return the bytes of memory that this process occupies (the most it ever did, where only that is known)."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
