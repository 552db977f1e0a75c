"""`callgate stats`: what the decisions of some time add up to."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from callgate.cli import log_options, options
from callgate.cli.errors import EXIT_OK, UsageError


def stats(
    since: log_options.SinceOption = "",
    until: log_options.UntilOption = "",
    tool: log_options.ToolNameOption = "",
    session: log_options.SessionOption = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")] = False,
    html: Annotated[
        str, typer.Option("--html", metavar="FILE", help="Write one page with charts that needs nothing else.")
    ] = "",
    log: log_options.LogOption = None,
    config: options.ConfigOption = "",
    no_color: options.NoColorOption = False,
) -> int:
    """Show how often what was decided, by what, for which tools, and how fast; what is denied most; the last day.

    Examples:
      callgate stats --since 7d
      callgate stats --tool Bash --json
      callgate stats --since 30d --html report.html
    """
    from callgate.reviewer.query.base import QueryError  # noqa: PLC0415 - not for --help
    from callgate.reviewer.query.stats import answer  # noqa: PLC0415 - as above

    if as_json and html:
        raise UsageError("`--json` and `--html` exclude each other", help="name one of them")
    context = log_options.open_context(config, log, os.environ)
    given = {"since": since, "until": until, "tool": tool, "session_id": session}
    fields = log_options.checked("stats", given, context)
    try:
        found = answer(fields, context)
    except QueryError as error:
        raise log_options.said(error) from error
    if as_json:
        from callgate.cli.json_output import write  # noqa: PLC0415 - one of the three

        write(found, no_color=no_color)
        return EXIT_OK
    from callgate.cli.statistics import as_page, period, show  # noqa: PLC0415 - one of the three

    when = period(since, until, found)
    if not html:
        from callgate.cli.output import console  # noqa: PLC0415 - rich costs 40 ms

        show(found, when, console(no_color=no_color))
        return EXIT_OK
    from callgate.atomic import write_atomic  # noqa: PLC0415 - only here

    data = as_page(found, when).encode("utf-8")
    if html == "-":
        sys.stdout.buffer.write(data)
        return EXIT_OK
    path = os.path.realpath(html)
    try:
        write_atomic(path, data, mode=0o600)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"`{html}` cannot be written: {reason}", help="name a file in a directory of yours") from error
    sys.stdout.write(f"wrote {len(data):,} bytes to {log_options.shown(path)}\n")
    return EXIT_OK
