"""`python -m callgate.daemon --socket FILE [--idle SECONDS]`: how a hook starts the daemon.

People use `callgate daemon`. Apart from the command, because a command line with typer and rich takes ten megabytes
that would never be used again. A daemon whose code has changed becomes this, too, where it serves the HTTP lane, with
`--http FD`, and `--attached yes` where it had not left its terminal.
"""

from __future__ import annotations

import sys

from callgate.daemon.running import Wish, run
from callgate.daemon.runtime import runtime_at
from callgate.daemon.starting import IDLE_SECONDS, LOCK_FD, let_go_of_others


def main(words: list[str]) -> int:
    """Run a daemon whose starter has left it the lock; what goes wrong ends up in the runtime directory's log.

    Args:
        words: `--socket FILE`, perhaps `--idle SECONDS`, `--http FD` and `--attached yes`.
    """
    options = dict(zip(words[::2], words[1::2], strict=True))
    idle = float(options.get("--idle", IDLE_SECONDS))
    http = int(options["--http"]) if "--http" in options else None
    let_go_of_others((0, 1, 2, LOCK_FD) if http is None else (0, 1, 2, LOCK_FD, http))
    detached = "--attached" not in options
    return run(Wish(runtime_at(options["--socket"]), idle, detached=detached, lock=LOCK_FD, http=http))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
