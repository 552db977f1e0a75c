"""`python -m callgate.daemon --socket FILE [--idle SECONDS]`: how a hook starts the daemon.

People use `callgate daemon`. Apart from the command, because a command line with typer and rich takes ten megabytes
that would never be used again.
"""

from __future__ import annotations

import sys

from callgate.daemon.running import Wish, run
from callgate.daemon.runtime import runtime_at
from callgate.daemon.starting import IDLE_SECONDS, LOCK_FD


def main(words: list[str]) -> int:
    """Run a daemon whose starter has left it the lock; what goes wrong ends up in the runtime directory's log.

    Args:
        words: `--socket FILE`, and perhaps `--idle SECONDS`.
    """
    options = dict(zip(words[::2], words[1::2], strict=True))
    idle = float(options.get("--idle", IDLE_SECONDS))
    return run(Wish(runtime_at(options["--socket"]), idle, detached=True, lock=LOCK_FD))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
