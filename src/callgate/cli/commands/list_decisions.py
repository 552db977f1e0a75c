"""`callgate list`: the newest decisions as a table, and those to come."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Annotated, Any, Mapping, Sequence

import typer

from callgate.cli import log_options, options
from callgate.cli.errors import EXIT_OK

if TYPE_CHECKING:
    from callgate.cli.log_lines import Writer
    from callgate.reviewer.logs.select import Wanted
    from callgate.reviewer.logs.sources import Opened, Snapshot
    from callgate.reviewer.query.base import Context

_PAUSE_SECONDS = 0.25


def list_decisions(
    number: Annotated[int, typer.Option("-n", "--number", metavar="N", min=0, help="How many.")] = 20,
    *,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on with what is decided from now on.")] = False,
    decision: Annotated[log_options.DecisionName | None, typer.Option(help="Only these decisions.")] = None,
    tool: log_options.ToolNameOption = "",
    source: Annotated[
        str, typer.Option("--source", metavar="NAME", help="Only what this decided: rule, guardrail, passthrough, …")
    ] = "",
    rule: Annotated[str, typer.Option("--rule", metavar="ID", help="Only what this rule decided.")] = "",
    session: log_options.SessionOption = "",
    contains: Annotated[
        str, typer.Option("--contains", metavar="TEXT", help="Only where the call or the reason has this text.")
    ] = "",
    needs_review: Annotated[
        bool, typer.Option("--needs-review", help="Only what is flagged for a person to look at.")
    ] = False,
    since: log_options.SinceOption = "",
    until: log_options.UntilOption = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")] = False,
    log: log_options.LogOption = None,
    config: options.ConfigOption = "",
    no_color: options.NoColorOption = False,
) -> int:
    """Show what was decided, the newest last: when, what, by which rule or for which reason. Times are UTC.

    Examples:
      callgate list -n 50 --decision deny
      callgate list --since 1h --contains "git push"
      callgate list -f --tool Bash
      callgate list --needs-review --since 7d --json
    """
    from callgate.cli.log_lines import JsonLines, Lines  # noqa: PLC0415 - not for --help
    from callgate.reviewer.query.base import QueryError  # noqa: PLC0415 - as above

    context = log_options.open_context(config, log, os.environ)
    given = {
        "decision": decision.value if decision else "", "tool": tool, "source": source, "rule_id": rule,
        "session_id": session, "contains": contains, "needs_review": needs_review, "since": since, "until": until,
    }  # fmt: skip
    fields = log_options.checked("log", given, context)
    out: Writer = JsonLines() if as_json else Lines(no_color=no_color)
    try:
        _show(context, fields, out, number, follow=follow)
    except QueryError as error:
        raise log_options.said(error) from error
    return EXIT_OK


def _show(context: Context, fields: Mapping[str, Any], out: Writer, number: int, *, follow: bool) -> None:
    from callgate.reviewer.logs.ask import logs_of  # noqa: PLC0415 - not for --help
    from callgate.reviewer.logs.select import Wanted, select  # noqa: PLC0415 - as above
    from callgate.reviewer.logs.sources import chains_of, snapshot  # noqa: PLC0415 - as above
    from callgate.reviewer.logs.stream import Report  # noqa: PLC0415 - as above
    from callgate.reviewer.logs.window import Window  # noqa: PLC0415 - as above
    from callgate.reviewer.query.log import condition_of  # noqa: PLC0415 - as above

    # Who follows may be earlier than the first decision; whoever names a log means one that is there.
    waits = follow and not context.logs
    found = snapshot(chains_of(context.gate)) if waits else logs_of(context)
    report = Report()
    wanted = Wanted(Window(fields.get("since"), fields.get("until")), condition_of(fields), newest=number)
    rows = select(context, found, wanted, report) if found.found else []
    people = _people(context, found, rows)
    out.begin(people=people is not None)
    out.show(
        {**row, "person": people.get(row["decision_id"] or "")} if people is not None else row for row in rows[::-1]
    )
    out.end(report)
    if follow:
        _follow(context, found.files, wanted, out)


def _people(context: Context, found: Snapshot, rows: Sequence[Mapping[str, Any]]) -> Mapping[str, str] | None:
    """Return what people did with *rows*; `None` when nothing tells of people."""
    from callgate.reviewer.logs.people import begins, of_entries, outcomes  # noqa: PLC0415 - as above
    from callgate.reviewer.logs.stream import Report, stream  # noqa: PLC0415 - as above
    from callgate.reviewer.logs.window import Window  # noqa: PLC0415 - as above
    from callgate.times import parse_time  # noqa: PLC0415 - not for --help

    times = [time for row in rows if (time := parse_time(row["timestamp"])) is not None]
    if not times or context.logs:
        return None
    heard = outcomes(context.gate, min(times))
    if not heard:
        return None
    entries = stream(found.files, Window(since=begins(min(times))), Report(), newest=True)
    return of_entries(entries, heard)


def _follow(context: Context, files: Sequence[Opened], wanted: Wanted, out: Writer) -> None:
    """Show new decisions until somebody interrupts, or until the reader is gone."""
    from callgate.reviewer.logs.columns import row  # noqa: PLC0415 - only here
    from callgate.reviewer.logs.follow import Follower  # noqa: PLC0415 - as above
    from callgate.reviewer.logs.sources import chains_of  # noqa: PLC0415 - as above
    from callgate.reviewer.query.filters import matches  # noqa: PLC0415 - as above

    follower = Follower(chains_of(context.gate, context.logs), files)
    while True:
        fresh = [row(entry) for entry in follower.poll(time.monotonic()) if wanted.window.holds(entry.time)]
        out.show(one for one in fresh if matches(wanted.condition, one))
        time.sleep(_PAUSE_SECONDS)
