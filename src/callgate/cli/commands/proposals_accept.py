"""`callgate proposals accept`: a person makes the change that was proposed."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from callgate.cli import options
from callgate.cli.errors import EXIT_OK, UsageError, report


def proposals_accept(
    name: Annotated[str, typer.Argument(metavar="ID", help="The id, or its first characters.")],
    *,
    force: Annotated[bool, typer.Option("--force", help="Accept it in spite of warnings.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask again.")] = False,
    no_color: options.NoColorOption = False,
) -> int:
    """Make the change that was proposed, as yourself: validated, committed and audited like any other.

    Needs a person at a terminal, and DECISION_REVIEWER_ALLOW_WRITES=1 like every change. A proposal whose target has
    changed is tried out anew and not applied. Exit code 1 when it is refused.

    Examples:
      callgate proposals show p-3f9a1c
      DECISION_REVIEWER_ALLOW_WRITES=1 callgate proposals accept p-3f9a1c

    Raises:
        UsageError: there is no such proposal, it is decided, or it is stale.
    """
    from callgate.cli import proposing  # noqa: PLC0415 - not for --help
    from callgate.cli.output import console, say  # noqa: PLC0415 - as above
    from callgate.reviewer.apply.limits import WHY_CLOSED, closed, gate_open  # noqa: PLC0415 - as above
    from callgate.reviewer.proposals import ProposalError, accept  # noqa: PLC0415 - as above
    from callgate.reviewer.proposals.decide import check_person  # noqa: PLC0415 - as above
    from callgate.reviewer.shown import visible  # noqa: PLC0415 - as above

    actor = proposing.asking(os.environ)
    store = proposing.open_store(os.environ)
    out = console(no_color=no_color)
    try:
        check_person(actor, "accept")
        if not gate_open(os.environ):
            report(f"ERROR: {closed(actor).message}\n{WHY_CLOSED}")
            return proposing.EXIT_REFUSED
        found = store.find(name)
        if not yes:
            proposing.show(found, out, store.now)
            if not typer.confirm("Apply this change?", default=False):
                return proposing.EXIT_REFUSED
        answer = accept(store, found.id, actor, proposing.pipeline(os.environ), proposing.audit, force=force)
    except ProposalError as error:
        raise UsageError(str(error), help=error.help) from error
    if answer.get("success") is not True:
        say(out, ("refused", "red"), f": {visible(str(answer.get('error')))}")
        for detail in answer.get("details") or ():
            say(out, "  " + visible(str(detail.get("error") if isinstance(detail, dict) else detail)))
        return proposing.EXIT_REFUSED
    for change in answer.get("changes") or ():
        say(out, visible(str(change)))
    undo = answer.get("rollback_info")
    if isinstance(undo, dict) and undo.get("rollback_command"):
        say(out, f"  undo: {visible(str(undo['rollback_command']))}")
    return EXIT_OK
