"""`callgate daemon restart`: a new warm gate in place of the one that runs."""

from __future__ import annotations

import os

from callgate.cli import options
from callgate.cli.errors import EXIT_OK


def daemon_restart(socket: options.SocketOption = "", idle: options.IdleOption = options.DEFAULT_IDLE) -> int:
    """Stop the daemon if one runs, and start a new one. Never needed for a change of policy: that holds at once.

      callgate daemon restart

    Raises:
        UsageError: the time cannot be read, or the socket's path is not absolute.
        NoDaemonError: the old one does not leave, or the new one does not answer.
    """
    from callgate.cli import daemons, services  # noqa: PLC0415 - heavy imports stay inside (cheap --help)
    from callgate.cli.output import console, say  # noqa: PLC0415 - as above

    files = daemons.files_of(socket, os.environ)
    seconds = daemons.parse_idle(idle)
    daemons.stop(files)
    report, _ = daemons.start(files, seconds, os.environ)
    say(console(), f"the daemon was started: process {report['pid']}, {files.socket}")
    if not socket and (note := services.note_of_service()):
        say(console(), ("  note: ", "yellow"), note)
    return EXIT_OK
