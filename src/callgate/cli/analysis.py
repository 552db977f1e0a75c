"""The report of `analyze` on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Mapping, Sequence

from callgate.cli.output import say, show_table
from callgate.cli.text import clip, pad

if TYPE_CHECKING:
    from rich.console import Console

RISK_STYLE: Final = {"low": "green", "medium": "yellow", "high": "bold red"}

_BAR: Final = 24
_CELL: Final = 60


def show(report: Mapping[str, Any], out: Console) -> None:
    """Print *report*, as `callgate.reviewer.analyze.report.analyse` returns it."""
    window, saved = report["window"], report["savings"]
    if not window["decisions"]:
        say(out, "the log holds no decisions in this window")
        return
    days = f"{window['from']} to {window['to']}"
    say(out, f"{days}: {window['decisions']:,} decisions on {window['different_calls']:,} different calls")
    if window["not_kept"]:
        say(out, f"{window['not_kept']:,} decisions on further calls were only counted: there were too many")
    if window["skipped_lines"]:
        say(out, f"{window['skipped_lines']:,} lines of the log could not be understood")
    each = f"({saved['seconds_per_prompt']:g} s each)"
    say(out, f"saved: {saved['allowed']:,} prompts, about {saved['hours_saved']:g} hours {each}")
    say(out, f"still prompted: {saved['prompts']:,}, about {saved['hours_prompted']:g} hours")
    _gaps(report["gaps"], out)
    _suggestions(report, out)
    _section(out, "prompts that repeat", ("prompts", "sessions", "call", "rule suggested"),
             [(f"{one['prompts']:,}", f"{one['sessions']:,}", _short(one["call"]), one["suggested"])
              for one in report["repeats"]])  # fmt: skip
    _section(out, "riskiest calls that were allowed", ("times", "call", "why", "rule"),
             [(f"{one['count']:,}", _short(one["call"]), "; ".join(one["reasons"]), one["rule"])
              for one in report["risky"]])  # fmt: skip
    _section(out, "rules never used", ("rule", "action", "what for"),
             [(one["id"], one["action"], _short(one["description"])) for one in report["unused"]])  # fmt: skip
    shade = [(one["id"], ", ".join(other["id"] for other in one["shadowed_by"])) for one in report["shadowing"]]
    _section(out, "rules in the shade of others", ("rule", "another decided instead"), shade)


def _gaps(gaps: Mapping[str, Any], out: Console) -> None:
    say(out, "")
    say(out, (f"gaps: {gaps['total']:,} calls that no rule decided ({gaps['share']:.0%})", "bold"))
    most = max((one["count"] for one in gaps["clusters"]), default=1)
    for one in gaps["clusters"]:
        bar = "\u2588" * max(1, round(_BAR * one["count"] / most))
        say(out, f"{one['count']:>8,}  ", (pad(bar, _BAR), "cyan"), f"  {_short(one['pattern'])}")
    for one in gaps["left_out"]:
        say(out, f"{one['count']:>8,}  nothing suggested: {one['reason']}")


def _suggestions(report: Mapping[str, Any], out: Console) -> None:
    say(out, "")
    say(out, ("suggestions (`callgate suggest-rules` prints them)", "bold"))
    if not report["suggestions"]:
        say(out, "none")
    for one in report["suggestions"]:
        risk = one["risk"]
        say(out, f"{one['count']:>8,}  {one['suggested_rule']['id']}: {_short(one['pattern'])}; risk ",
            (risk, RISK_STYLE.get(risk, "")))  # fmt: skip


def _section(out: Console, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    say(out, "")
    say(out, (title, "bold"))
    if rows:
        show_table(out, columns, rows)
    else:
        say(out, "none")


def _short(text: str) -> str:
    return clip(text.replace("\n", " \u21b5 "), _CELL)
