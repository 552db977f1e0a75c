"""`callgate status`: how the warm gate is."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from callgate.cli import options
from callgate.cli.errors import EXIT_OK, UsageError

EXIT_NONE = 1
"""No daemon answers."""


def status(
    socket: options.SocketOption = "",
    json_output: Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")] = False,
    metrics: Annotated[bool, typer.Option("--metrics", help="Print OpenMetrics text, for monitoring.")] = False,
    no_color: options.NoColorOption = False,
) -> int:
    """Show the daemon: since when it runs, by which policies, how fast it answers, what waits for the log, what failed.

      callgate status
      callgate status --json
      callgate status --metrics > /var/lib/node_exporter/callgate.prom

    Exit code 0 when a daemon answers, 1 when none does. Hooks work without one, only slower. Without a daemon --metrics
    prints `callgate_up 0`, and --json an object with `running`, `pid` and `error`.

    Raises:
        UsageError: the socket's path is not absolute, or two forms are asked for.
    """
    from callgate.cli import daemons, status_text  # noqa: PLC0415 - heavy imports stay inside (cheap --help)
    from callgate.daemon.asking import NoDaemonError  # noqa: PLC0415 - as above

    if json_output and metrics:
        raise UsageError("`--json` and `--metrics` are two forms of the same", help="choose one")
    files = daemons.files_of(socket, os.environ)
    try:
        if metrics:
            status_text.show_metrics(daemons.metrics_of(files))
            return EXIT_OK
        report = daemons.report_of(files)
    except NoDaemonError as error:
        if metrics:
            status_text.show_metrics("")
            return EXIT_NONE
        running = daemons.running(files)
        pid = daemons.pid_of(files) if running else 0
        status_text.show_absence(str(error), running=running, pid=pid, json=json_output, no_color=no_color)
        return EXIT_NONE
    if json_output:
        status_text.show_json(report)
    else:
        status_text.show(report, no_color=no_color)
    return EXIT_OK
