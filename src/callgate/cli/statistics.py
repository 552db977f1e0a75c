"""The answer of a `stats` query for people: on a terminal, as plain text, as a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Iterable, Mapping, Sequence

from callgate.cli import html_page
from callgate.cli.charts import bar, can_unicode, sparkline
from callgate.cli.log_lines import moment
from callgate.cli.output import DECISION_STYLE, say
from callgate.cli.text import clip, pad, width
from callgate.times import parse_time, rfc3339

if TYPE_CHECKING:
    from rich.console import Console

_BAR: Final = 30
_NAME: Final = 28
_DAY: Final = 24
_TOOLS: Final = 10


def period(since: str, until: str, found: Mapping[str, Any]) -> str:
    """Return which time *found* is about, in words."""
    if not found["total_decisions"]:
        return "no decisions" + (f" since {since}" if since else "") + (f" until {until}" if until else "")
    return f"{moment(found['first'])} to {moment(found['last'])} (UTC)"


def show(found: Mapping[str, Any], when: str, out: Console) -> None:
    """Print *found*, the answer of a `stats` query, about the time *when*."""
    say(out, (f"{found['total_decisions']:,} decisions", "bold"), f"  {when}")
    for skipped in _skipped(found):
        say(out, (skipped, "yellow"))
    if not found["total_decisions"]:
        return
    _bars(out, "decisions", found["by_decision"].items(), DECISION_STYLE)
    _bars(out, "decided by", found["by_source"].items())
    _bars(out, "tools", list(found["by_tool"].items())[:_TOOLS])
    say(out, "")
    first, last = last_day(found)
    say(out, ("decisions per hour", "bold"), f"  {first[0][11:16]} to {last} (UTC), the last day")
    counts = [count for _, count in first[1]]
    say(out, "  ", sparkline(counts, unicode=can_unicode()), f"  most in an hour: {max(counts):,}")
    _list(out, "denied most often", [(one["command"], one["count"]) for one in found["top_denied_commands"]])
    rules = [(f"{one['rule_id']} ({one['decision']})", one["count"]) for one in found["top_rules"]]
    _list(out, "rules named most often", rules)
    say(out, "")
    for name, value in _facts(found):
        say(out, pad(name, _NAME), value)


def last_day(found: Mapping[str, Any]) -> tuple[tuple[str, list[tuple[str, int]]], str]:
    """Return the last 24 hours with a decision at their end: (first hour, hour by hour), and the last hour."""
    hours = {one["hour"]: one["count"] for one in found["by_hour"]}
    end = parse_time(max(hours)) or 0.0
    stamps = [rfc3339(end - 3600 * back) for back in range(_DAY - 1, -1, -1)]
    return (stamps[0], [(stamp, hours.get(stamp, 0)) for stamp in stamps]), moment(stamps[-1])[:16]


def as_page(found: Mapping[str, Any], when: str) -> str:
    """Return *found* as one HTML page."""
    parts = [html_page.paragraph(when), *map(html_page.paragraph, _skipped(found))]
    parts.append(html_page.facts([("decisions", f"{found['total_decisions']:,}"), *_facts(found)]))
    if found["total_decisions"]:
        parts += [html_page.heading("Decisions"), html_page.bars("decision", list(found["by_decision"].items()))]
        parts += [html_page.heading("Decided by"), html_page.bars("source", list(found["by_source"].items()))]
        parts += [html_page.heading("Tools"), html_page.bars("tool", list(found["by_tool"].items()))]
        hours = [(moment(one["hour"])[:16], one["count"]) for one in found["by_hour"]]
        parts += [html_page.heading("Decisions per hour"), html_page.columns(hours[-24 * 31 :])]
    denied = [(one["command"], one["count"]) for one in found["top_denied_commands"]]
    if denied:
        parts += [html_page.heading("Denied most often"), html_page.bars("call", denied, code=True)]
    rules = [(f"{one['rule_id']} ({one['decision']})", one["count"]) for one in found["top_rules"]]
    if rules:
        parts += [html_page.heading("Rules named most often"), html_page.bars("rule", rules)]
    return html_page.page("callgate: decisions", *parts)


def _facts(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    latency = found["latency_us"]
    times = [f"{name} {latency[name]:,}" for name in ("p50", "p95", "p99") if latency[name] is not None]
    return [
        ("prompts (ask, no opinion)", f"{found['prompts']:,}"),
        *_people(found["by_person"]),
        ("to be looked at", f"{found['needs_review']:,}"),
        ("sessions", f"{found['sessions']:,}"),
        ("latency in µs", ", ".join(times) if times else "not logged"),
    ]


def _people(counts: Mapping[str, int] | None) -> list[tuple[str, str]]:
    if counts is None:
        return []
    return [(f"{word} by a person", f"{counts[word]:,}") for word in ("approved", "refused")]


def _skipped(found: Mapping[str, Any]) -> list[str]:
    skipped = found["skipped"]
    out = []
    if skipped["lines"]:
        reasons = ", ".join(f"{count} {reason}" for reason, count in skipped["reasons"].items())
        out.append(f"skipped {skipped['lines']} line{'s' * (skipped['lines'] != 1)}: {reasons}")
    return out + [f"skipped {one['path']}: {one['reason']}" for one in skipped["files"]]


def _bars(out: Console, title: str, rows: Iterable[tuple[str, int]], styles: Mapping[str, str] = {}) -> None:
    found = list(rows)
    if not found:
        return
    say(out, "")
    say(out, (title, "bold"))
    largest = max(count for _, count in found)
    total = sum(count for _, count in found)
    room = min(_NAME, max(width(clip(name, _NAME)) for name, _ in found))
    for name, count in found:
        shown = bar(count, largest, _BAR, unicode=can_unicode())
        share = f"{100 * count / total:5.1f} %"
        say(out, "  ", pad(clip(name, room), room), f"  {count:>11,}  {share}  ", (shown, styles.get(name, "blue")))


def _list(out: Console, title: str, rows: Sequence[tuple[str, int]]) -> None:
    if not rows:
        return
    say(out, "")
    say(out, (title, "bold"))
    room = max(20, out.width - 16) if out.is_terminal else 200
    for name, count in rows:
        say(out, f"  {count:>11,}  ", clip(name, room))
