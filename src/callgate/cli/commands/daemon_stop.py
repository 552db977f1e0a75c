"""`callgate daemon stop`: have the warm gate leave."""

from __future__ import annotations

import os

from callgate.cli import options
from callgate.cli.errors import EXIT_OK


def daemon_stop(socket: options.SocketOption = "") -> int:
    """Have the daemon leave. What it answered is in the log when this returns; hooks decide by themselves from then on.

    The next hook starts a new one. To be without, register another form: `callgate install claude-code --transport
    in-process`.

      callgate daemon stop

    Raises:
        UsageError: the socket's path is not absolute.
        NoDaemonError: it neither leaves nor can be killed.
    """
    from callgate.cli import daemons, services  # noqa: PLC0415 - heavy imports stay inside (cheap --help)
    from callgate.cli.output import console, say  # noqa: PLC0415 - as above

    how = daemons.stop(daemons.files_of(socket, os.environ))
    said = {
        "none": "no daemon runs",
        "left": "the daemon has left",
        "killed": "the daemon did not answer and was killed; `callgate status` tells what is missing in the log",
    }
    say(console(), said[how])
    if not socket and (note := services.note_of_service()):
        say(console(), ("  note: ", "yellow"), note)
    return EXIT_OK
