"""`callgate daemon status`: `callgate status` under the name that goes with `daemon start`."""

from __future__ import annotations

from typing import Annotated

import typer

from callgate.cli import options


def daemon_status(
    socket: options.SocketOption = "",
    json_output: Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")] = False,
    no_color: options.NoColorOption = False,
) -> int:
    """Show the daemon; the same as `callgate status`.

      callgate daemon status

    Exit code 0 when a daemon answers, 1 when none does.

    Raises:
        UsageError: the socket's path is not absolute.
    """
    from callgate.cli.commands.status import status  # noqa: PLC0415 - heavy imports stay inside (cheap --help)

    return status(socket, json_output, metrics=False, no_color=no_color)
