"""`callgate daemon run`: the daemon in this process."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from callgate.cli import options


def daemon_run(
    socket: options.SocketOption = "",
    idle: options.IdleOption = options.DEFAULT_IDLE,
    replace: Annotated[
        bool, typer.Option("--replace", help="Have a daemon that runs already leave, and take its place.")
    ] = False,
) -> int:
    """Run the warm gate in this process, until it is told to leave.

    Hooks start it by themselves; a service manager or a curious person runs this. Ctrl-C and SIGTERM end it when
    everything that was answered is in the log.

      callgate daemon run --idle 0
      callgate daemon run --replace --idle 0

    Exit code 0 when it left as it was told to, 75 when it left because its code has changed on the disk (a service
    manager starts it again), 70 when it cannot run (another one does).

    Raises:
        UsageError: the time cannot be read, or the socket's path is not absolute.
        RunningError: another daemon runs there, or the directory cannot be used.
        NoDaemonError: the one that runs is to be replaced, and neither leaves nor can be killed.
    """
    from callgate.cli.daemons import files_of, parse_idle  # noqa: PLC0415 - heavy imports stay inside (cheap --help)
    from callgate.daemon import running  # noqa: PLC0415 - as above

    return running.run(running.Wish(files_of(socket, os.environ), parse_idle(idle), replace=replace))
