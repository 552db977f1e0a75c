"""Getting the daemon's report about itself, and making sure that it has the shape that this version knows."""

from __future__ import annotations

import json
from typing import Any, Final, Mapping

from callgate.daemon.asking import NoDaemonError, ask
from callgate.daemon.protocol import ANSWER, METRICS, STATUS
from callgate.daemon.runtime import Runtime

Report = Mapping[str, Any]
"""As `reporting.Reporter.report` makes it; docs/daemon.md has the fields."""

_COUNTS: Final = {str: int}
_SHAPE: Final[Mapping[str, object]] = {
    "version": str, "build": str, "pid": int, "socket": str,
    "started": str, "uptime_seconds": float, "idle_seconds": float,
    "calls": int, "decisions": _COUNTS, "events": int, "unanswered": _COUNTS,
    "latency_us": {"p50": int, "p95": int, "p99": int},
    "journal": {
        "backlog": int, "queued": int, "waiting_bytes": int, "written": int, "lost": int, "missing_before": int,
    },
    "memory_bytes": int,
    "connections": {"open": int, "total": int},
    "outdated": bool,
    "http": (
        {
            "on": True, "port": int, "requests": int, "refused": _COUNTS, "handed_on": int,
            "connections": {"open": int, "total": int},
        },
        {"on": False, "fault": str},
    ),
    "policies": [{"cwd": str, "home": str, "config": str, "revision": str, "fault": str, "loads": int}],
    "errors": [{"at": str, "text": str, "count": int}],
}  # fmt: skip
_OTHER: Final = "the daemon is of another version; `callgate daemon restart` replaces it"


def report_of(files: Runtime, *, seconds: float = 2.0) -> Report:
    """Ask the daemon how it is.

    Args:
        files: of the daemon.
        seconds: for all of it.

    Raises:
        NoDaemonError: none answers, or one of another version.
    """
    body = _answer(files, STATUS, seconds)
    try:
        report = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NoDaemonError(f"the daemon's report cannot be read: {error}") from error
    if not _fits(report, _SHAPE):
        raise NoDaemonError(_OTHER)
    return dict(report)


def metrics_of(files: Runtime) -> str:
    """Return the daemon's numbers as OpenMetrics text.

    Raises:
        NoDaemonError: none answers, or one of another version.
    """
    return _answer(files, METRICS, 2.0).decode("utf-8", "replace")


def _answer(files: Runtime, kind: int, seconds: float) -> bytes:
    frame = ask(files, kind, seconds=seconds)
    if frame.kind != ANSWER:
        raise NoDaemonError(_OTHER)
    return frame.body


def _fits(value: object, shape: object) -> bool:
    """Whether *value* has at least what *shape* names, in these types.

    A key `str` stands for any keys, a tuple for one of the shapes in it or null, a truth value for itself.
    """
    if isinstance(shape, tuple):
        return value is None or any(_fits(value, one) for one in shape)
    if isinstance(shape, bool):
        return value is shape
    if isinstance(shape, list):
        return isinstance(value, list) and all(_fits(one, shape[0]) for one in value)
    if isinstance(shape, Mapping):
        if not isinstance(value, dict):
            return False
        if str in shape:
            return all(_fits(one, shape[str]) for one in value.values())
        return all(key in value and _fits(value[key], each) for key, each in shape.items())
    if shape is float:
        return type(value) in (int, float)
    return type(value) is shape
