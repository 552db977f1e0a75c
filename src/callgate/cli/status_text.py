"""The daemon's report for people and for programs.

Its texts quote policies, paths and errors that an agent may have had a hand in: each is one line, made visible.
"""

from __future__ import annotations

import json as json_module
import sys
from typing import TYPE_CHECKING, Any, Mapping

from callgate.cli.charts import bar, can_unicode
from callgate.cli.output import DECISION_STYLE, console, say
from callgate.cli.text import pad, visible
from callgate.daemon.asking import own_build
from callgate.daemon.limits import MEMORY_BYTES

if TYPE_CHECKING:
    from rich.console import Console

    from callgate.daemon.reports import Report

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))
_NAME = 10
_BAR = 30
_ERRORS = 5
_DOWN = "# TYPE callgate_up gauge\n# HELP callgate_up Whether a daemon answers.\ncallgate_up 0\n# EOF\n"


def show_json(report: Report) -> None:
    """Print *report* as one JSON object."""
    sys.stdout.write(json_module.dumps(report, ensure_ascii=True) + "\n")


def show_metrics(text: str) -> None:
    """Print OpenMetrics *text*; without any, that no daemon answers, in the same form."""
    sys.stdout.write(text or _DOWN)


def show_absence(why: str, *, running: bool, pid: int, json: bool, no_color: bool = False) -> None:
    """Print that no daemon answers.

    Args:
        why: one sentence.
        running: one holds the lock, and does not answer.
        pid: its process id, 0 when not known.
        json: print it as an object.
        no_color: no colours even on a terminal.
    """
    if json:
        show_json({"running": running, "pid": pid or None, "error": why})
        return
    out = console(no_color=no_color)
    if running:
        process = f" (process {pid})" if pid else ""
        say(out, (f"the daemon{process} does not answer", "bold red"), f": {visible(why)}")
        say(out, "  help: hooks decide by themselves, slower; `callgate daemon restart` replaces it")
    else:
        say(out, ("no daemon runs", "bold yellow"), f": {visible(why)}")
        say(out, "  help: hooks decide by themselves, and those of an installation with a client start one;")
        say(out, "        so does `callgate daemon start`")


def show(report: Report, *, no_color: bool = False) -> None:
    """Print *report* for people."""
    out = console(no_color=no_color)
    unserved = report.get("http") and not report["http"]["on"]
    healthy = not (report["outdated"] or report["journal"]["lost"] or unserved or _broken(report))
    word = ("the daemon answers", "bold green") if healthy else ("the daemon answers", "bold yellow")
    about = f"process {report['pid']}, callgate {visible(report['version'])}, up {duration(report['uptime_seconds'])}"
    say(out, word, f"  {about}, {_stays(report['idle_seconds'])}")
    _row(out, "socket", visible(report["socket"]))
    if report["build"] != own_build():
        _row(out, "code", f"another installation: {visible(report['build'])}", "yellow")
    if report["outdated"]:
        _row(out, "code", "changed on the disk: this daemon leaves, and the next call starts a new one", "yellow")
    if report.get("http"):
        _lane(out, report["http"])
    _numbers(out, report)
    _policies(out, report["policies"])
    _errors(out, report["errors"])


def duration(seconds: float) -> str:
    """Return *seconds* in the two largest units that matter: `3 d 4 h`, `12 min`, `5 s`."""
    parts: list[str] = []
    left = max(0, int(seconds))
    for size, name in _UNITS:
        if left >= size:
            parts.append(f"{left // size} {name}")
            left %= size
    return " ".join([*parts, *([f"{left} s"] if left or not parts else [])][:2])


def _numbers(out: Console, report: Report) -> None:
    _row(out, "calls", f"{report['calls']:,} decided, {report['events']:,} other events")
    largest = max(report["decisions"].values(), default=0)
    for name, count in report["decisions"].items():
        share = f"{100 * count / max(1, report['calls']):5.1f} %"
        shown = bar(count, largest, _BAR, unicode=can_unicode())
        say(out, f"  {pad(visible(name), 12)}  {count:>11,}  {share}  ", (shown, DECISION_STYLE.get(name, "blue")))
    if report["unanswered"]:
        whole = sum(report["unanswered"].values())
        _row(out, "unanswered", f"{whole:,} (their hooks decided by themselves): {_counts(report['unanswered'])}")
    if report["calls"]:
        latency = report["latency_us"]
        _row(out, "latency", ", ".join(f"{name} {_time(latency[name])}" for name in ("p50", "p95", "p99")))
    _journal(out, report["journal"])
    much = report["memory_bytes"] > MEMORY_BYTES
    _row(out, "memory", f"{report['memory_bytes'] / 1e6:.0f} MB", "yellow" if much else "")
    connections = report["connections"]
    _row(out, "clients", f"{connections['open']:,} now, {connections['total']:,} in all")


def _lane(out: Console, http: Mapping[str, Any]) -> None:
    if not http["on"]:
        _row(out, "http lane", f"NOT served, so that calls go unjudged: {visible(http['fault'])}", "bold red")
        return
    _row(out, "http lane", f"127.0.0.1:{http['port']}, {http['requests']:,} requests, {http['handed_on']:,} handed on")
    if http["refused"]:
        _row(out, "", f"{sum(http['refused'].values()):,} refused: {_counts(http['refused'])}", "yellow")


def _journal(out: Console, journal: Mapping[str, int]) -> None:
    _row(out, "journal", f"{journal['written']:,} in the log, {journal['backlog']:,} still to be written")
    more = [
        (journal["waiting_bytes"], "bytes wait for a log that cannot be written"),
        (journal["lost"], "answered and NOT in the log"),
        (journal["missing_before"], "not in the log: they went with the daemon before, which was killed"),
    ]
    for count, text in more:
        if count:
            _row(out, "", f"{count:,} {text}", "bold red")


def _policies(out: Console, policies: list[Mapping[str, Any]]) -> None:
    if not policies:
        return
    say(out, "")
    say(out, ("policies", "bold"), ", the one used last first")
    for one in policies:
        place = visible(one["config"] or one["cwd"])
        say(out, f"  {pad(visible(one['revision']) or 'none', 12)}  {place}")
        if one["fault"]:
            say(out, " " * 16, ("broken", "bold red"), f": {_first_line(one['fault'])}")


def _errors(out: Console, errors: list[Mapping[str, Any]]) -> None:
    if not errors:
        return
    say(out, "")
    say(out, ("errors", "bold"), ", the newest last")
    for one in errors[-_ERRORS:]:
        times = f" ({one['count']:,} times)" if one["count"] > 1 else ""
        say(out, f"  {visible(one['at'])}  ", (visible(one["text"]), "yellow"), times)


def _row(out: Console, name: str, text: str, style: str = "") -> None:
    say(out, (pad(name, _NAME), "bold"), " ", (text, style))


def _broken(report: Report) -> bool:
    return any(one["fault"] for one in report["policies"])


def _stays(idle: float) -> str:
    return f"leaves after {duration(idle)} without a call" if idle else "stays until it is told to leave"


def _time(microseconds: int) -> str:
    return f"{microseconds / 1000:.1f} ms" if microseconds >= 1000 else f"{microseconds} µs"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{visible(name)} {count:,}" for name, count in counts.items())


def _first_line(text: str) -> str:
    first, _, rest = text.strip().partition("\n")
    return visible(first) + (" …" if rest else "")
