"""`callgate daemon start`: start the warm gate, unless it runs."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from callgate.cli import options
from callgate.cli.errors import EXIT_OK


def daemon_start(
    socket: options.SocketOption = "",
    idle: options.IdleOption = options.DEFAULT_IDLE,
    json_output: Annotated[bool, typer.Option("--json", help="Print its report as one JSON object.")] = False,
) -> int:
    """Start the daemon in the background, unless one runs.

    Hooks do so by themselves; this saves the first of them the wait.

      callgate daemon start

    Raises:
        UsageError: the time cannot be read, or the socket's path is not absolute.
        NoDaemonError: it does not answer within ten seconds.
    """
    from callgate.cli import daemons, status_text  # noqa: PLC0415 - heavy imports stay inside (cheap --help)
    from callgate.cli.output import console, say  # noqa: PLC0415 - as above

    files = daemons.files_of(socket, os.environ)
    report, new = daemons.start(files, daemons.parse_idle(idle), os.environ)
    if json_output:
        status_text.show_json(report)
    else:
        how = "was started" if new else "runs already"
        say(console(), f"the daemon {how}: process {report['pid']}, {files.socket}")
    return EXIT_OK
