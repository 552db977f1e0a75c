"""The Python client of the daemon, as the host starts it: `python -I -S client.py COMMAND…`.

Python compiles a script at every start, but a module only once. So this is short, and all of the work is in
`client_body.py`, which is found beside it without the package around it. Where that cannot be loaded, or gives up, the
process becomes `COMMAND…`, the in-process hook.
"""

import posix
import sys

CANNOT = b"""{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"ask",\
"permissionDecisionReason":"callgate cannot start: the command that decides could not be run. Run `callgate doctor`."},\
"suppressOutput":true}
"""


def main(folder: str, command: list[str]) -> None:
    """Answer the call on stdin, or become *command*. Does not return."""
    code = 2  # blocks the call
    try:
        try:
            sys.path.append(folder)
            import client_body  # type: ignore[import-not-found]  # noqa: PLC0415 - a module of this very directory

            converse = client_body.main
        except BaseException:  # noqa: BLE001 - nothing was read yet
            posix.execv(command[0], command)
        converse(command, folder.removesuffix("/hook"))
    except BaseException:  # noqa: BLE001 - a command that cannot be run must not look like consent
        if posix.write(1, CANNOT) == len(CANNOT):
            code = 0
    finally:
        posix._exit(code)  # noqa: SLF001 - its documented name


if __name__ == "__main__":
    main(__file__.rpartition("/")[0], sys.argv[1:])
