"""The daemon's report for people and for programs."""

from __future__ import annotations

import json as json_module
import sys
from typing import Any, Mapping

from callgate.cli.output import console, say

Report = Mapping[str, Any]

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def show_json(report: Report) -> None:
    """Print *report* as one JSON object."""
    sys.stdout.write(json_module.dumps(report, ensure_ascii=True) + "\n")


def show_absence(why: str, *, running: bool, pid: int, json: bool) -> None:
    """Print that no daemon answers.

    Args:
        why: one sentence.
        running: one holds the lock, and does not answer.
        pid: its process id, 0 when not known.
        json: print it as an object.
    """
    if json:
        show_json({"running": running, "pid": pid or None, "error": why})
        return
    out = console()
    if running:
        say(out, (f"the daemon (process {pid}) does not answer", "bold red"), f": {why}")
        say(out, "  help: hooks decide by themselves, slower; `callgate daemon restart` replaces it")
    else:
        say(out, ("no daemon runs", "bold yellow"), f": {why}")
        say(
            out,
            "  help: the next hook of an installation with a client starts one, and so does `callgate daemon start`",
        )


def show(report: Report, *, no_color: bool = False) -> None:
    """Print *report* for people."""
    out = console(no_color=no_color)
    latency, journal = report["latency_us"], report["journal"]
    rows = [
        ("daemon", f"process {report['pid']}, callgate {report['version']}, up {duration(report['uptime_seconds'])}"),
        ("socket", report["socket"]),
        ("calls", f"{report['calls']:,}{_counts(report['decisions'])}; {report['events']:,} other events"),
        ("latency", f"p50 {_time(latency['p50'])}, p95 {_time(latency['p95'])}, p99 {_time(latency['p99'])}"),
        ("journal", _journal(journal)),
        ("memory", f"{report['memory_bytes'] / 1e6:.0f} MB"),
        ("clients", f"{report['connections']['open']} now, {report['connections']['total']:,} in all"),
    ]
    if report["unanswered"]:
        rows.append(("unanswered", _counts(report["unanswered"]).strip(" ()") + " (their hooks decided by themselves)"))
    if http := report.get("http"):
        rows.append(("http lane", _lane(http)))
    if report["outdated"]:
        rows.append(("code", "changed on the disk; this daemon leaves and the next call starts a new one"))
    for name, text in rows:
        say(out, (f"{name:<11}", "bold"), (text, "bold red") if "NOT" in text and name == "http lane" else text)
    for one in report["policies"]:
        style = "bold red" if one["fault"] else ""
        say(
            out,
            (f"{'policy':<11}", "bold"),
            (f"{one['revision'] or 'none'}", style),
            f"  {one['config'] or one['cwd']}",
        )
        if one["fault"]:
            say(out, f"{'':<11}broken: {one['fault'].splitlines()[0]}")
    for fault in report["errors"][-5:]:
        times = f" ({fault['count']} times)" if fault["count"] > 1 else ""
        say(out, (f"{'error':<11}", "bold yellow"), f"{fault['at']} {fault['text']}{times}")


def _lane(http: Mapping[str, Any]) -> str:
    if not http["on"]:
        return f"NOT served, so that calls go unjudged: {http['fault']}"
    text = f"127.0.0.1:{http['port']}, {http['requests']:,} requests, {http['handed_on']:,} handed on"
    return text + (f"; refused{_counts(http['refused'])}" if http["refused"] else "")


def duration(seconds: float) -> str:
    """Return *seconds* in the two largest units that matter: `3 d 4 h`, `12 min`, `5 s`."""
    parts: list[str] = []
    left = int(seconds)
    for size, name in _UNITS:
        if left >= size:
            parts.append(f"{left // size} {name}")
            left %= size
    return " ".join([*parts, *([f"{left} s"] if not parts else [])][:2])


def _time(microseconds: int) -> str:
    return f"{microseconds / 1000:.1f} ms" if microseconds >= 1000 else f"{microseconds} µs"


def _counts(counts: Mapping[str, int]) -> str:
    listed = ", ".join(f"{name} {count:,}" for name, count in counts.items())
    return f" ({listed})" if listed else ""


def _journal(journal: Mapping[str, int]) -> str:
    text = f"{journal['written']:,} written, {journal['backlog']:,} behind"
    if journal["waiting_bytes"]:
        text += f", {journal['waiting_bytes']:,} bytes wait for a log that cannot be written"
    if journal["lost"]:
        text += f", {journal['lost']:,} LOST"
    if journal["missing_before"]:
        text += f", {journal['missing_before']:,} went with the daemon before"
    return text
