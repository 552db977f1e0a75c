"""`callgate proposals list`: the changes that wait for a person."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from callgate.cli import options
from callgate.cli.errors import EXIT_OK, report


def proposals_list(
    *,
    every: Annotated[bool, typer.Option("--all", help="Accepted and rejected ones, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array, for programs.")] = False,
    no_color: options.NoColorOption = False,
) -> int:
    """List the changes that wait for a person, those made last first.

    A stale one was tried out on a target that has changed since: accepting it tries it out anew first. What nobody
    decides about is forgotten after 30 days.

    Examples:
      callgate proposals list
      callgate proposals list --all --json
    """
    from callgate.cli import proposing  # noqa: PLC0415 - not for --help

    store = proposing.open_store(os.environ)
    found = [one for one in store.all() if every or one.status == "open"]
    if as_json:
        from callgate.cli.json_output import write  # noqa: PLC0415 - one of the two

        write([proposing.as_object(one) for one in found], no_color=no_color)
        return EXIT_OK
    from callgate.cli.output import console, say, show_table  # noqa: PLC0415 - rich costs 40 ms

    out = console(no_color=no_color)
    rows = [
        (
            one.id,
            "stale" if proposing.is_stale(one) else one.status,
            proposing.age(store.now - one.created),
            proposing.who(one.actor),
            proposing.summary(one),
        )
        for one in found
    ]
    if rows:
        show_table(out, ("id", "status", "age", "by", "change"), rows)
        say(out, "`callgate proposals show ID` shows the diff; `accept` and `reject` decide")
    else:
        say(out, "no proposals wait for a person")
    for name in store.damaged():
        report(f"warning: `{store.directory}/{name}` is no proposal: it was damaged or written by somebody else")
    return EXIT_OK
