"""Looking at this process, for `judge`."""

from __future__ import annotations

import os
from typing import Mapping

from callgate.actor.judge import Actor, Facts, judge
from callgate.actor.processes import table

APPLIED_BY = "DECISION_REVIEWER_APPLIED_BY"


def identify(environ: Mapping[str, str], *, applied_by: str = "") -> Actor:
    """Return who runs this process.

    Args:
        environ: the environment of this process.
        applied_by: the name on the command line; else `$DECISION_REVIEWER_APPLIED_BY`, else the account.
    """
    import socket  # noqa: PLC0415 - the hook never asks

    user = account()
    return judge(
        Facts(
            claimed=applied_by or environ.get(APPLIED_BY, "") or user,
            user=user,
            uid=os.getuid(),
            pid=os.getpid(),
            host=socket.gethostname(),
            stdin=_is_terminal(0),
            stdout=_is_terminal(1),
            environ=environ,
            table=table(),
        )
    )


def account() -> str:
    """Return the name of the account, by the system and not by the environment; its number when it has no name."""
    import pwd  # noqa: PLC0415 - the hook never asks

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _is_terminal(descriptor: int) -> bool:
    try:
        return os.isatty(descriptor)
    except OSError:
        return False
