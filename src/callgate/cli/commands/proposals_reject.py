"""`callgate proposals reject`: a person does not want the change."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from callgate.cli import options
from callgate.cli.errors import EXIT_OK, UsageError


def proposals_reject(
    name: Annotated[str, typer.Argument(metavar="ID", help="The id, or its first characters.")],
    *,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why; told to the agent when it proposes the same again.")
    ] = "",
    no_color: options.NoColorOption = False,
) -> int:
    """Reject a proposal. The same change is not taken again for 30 days, and the agent is told your reason.

    Needs a person at a terminal.

    Examples:
      callgate proposals reject p-3f9a1c --reason "use the make target instead"

    Raises:
        UsageError: there is no such proposal, it is decided, or you cannot be told from an agent.
    """
    from callgate.cli import proposing  # noqa: PLC0415 - not for --help
    from callgate.cli.output import console, say  # noqa: PLC0415 - as above
    from callgate.reviewer.proposals import ProposalError, reject  # noqa: PLC0415 - as above

    store = proposing.open_store(os.environ)
    try:
        found = reject(store, name, proposing.asking(os.environ), proposing.audit, note=reason)
    except ProposalError as error:
        raise UsageError(str(error), help=error.help) from error
    say(console(no_color=no_color), ("rejected", "yellow"), f" {found.id}: {proposing.summary(found)}")
    return EXIT_OK
