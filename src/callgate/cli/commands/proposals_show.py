"""`callgate proposals show`: one proposal with its diff and impact."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from callgate.cli import options
from callgate.cli.errors import EXIT_OK, UsageError


def proposals_show(
    name: Annotated[str, typer.Argument(metavar="ID", help="The id, or its first characters.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")] = False,
    no_color: options.NoColorOption = False,
) -> int:
    """Show one proposal: who wants what, why a person is needed, what it would mean, and the diff.

    Examples:
      callgate proposals show p-3f9a1c

    Raises:
        UsageError: there is no such proposal.
    """
    from callgate.cli import proposing  # noqa: PLC0415 - not for --help
    from callgate.reviewer.proposals import ProposalError  # noqa: PLC0415 - as above

    store = proposing.open_store(os.environ)
    try:
        found = store.find(name)
    except ProposalError as error:
        raise UsageError(str(error), help=error.help) from error
    if as_json:
        from callgate.cli.json_output import write  # noqa: PLC0415 - one of the two

        write(proposing.as_object(found), no_color=no_color)
        return EXIT_OK
    from callgate.cli.output import console  # noqa: PLC0415 - rich costs 40 ms

    proposing.show(found, console(no_color=no_color), store.now)
    return EXIT_OK
