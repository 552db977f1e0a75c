"""The one error boundary of every command: expected, interrupted, unexpected; each with its own exit code.

A program that calls callgate must tell *the policy is broken* from *you called it wrong* from *callgate is broken*,
so the codes are fixed (contract.md section 6) and nothing but this module chooses them.
"""

from __future__ import annotations

import os
import sys
from typing import Callable, Mapping

from callgate.core.errors import CallgateError, InputError, PolicyError

EXIT_OK = 0
EXIT_USAGE = 64
EXIT_INPUT = 65
EXIT_INTERNAL = 70
EXIT_POLICY = 78
EXIT_INTERRUPTED = 130
EXIT_PIPE = 141


class UsageError(CallgateError):
    """The command was called wrongly. `help` says what to type instead."""

    def __init__(self, message: str, help: str = "") -> None:  # noqa: A002 - the word that the output uses
        self.help = help
        super().__init__(message)


def guard(body: Callable[[], int], environ: Mapping[str, str]) -> int:
    """Run *body* and return the exit code of the process.

    Args:
        body: does the work, prints to stdout and returns an exit code.
        environ: says where the error log of an unexpected failure goes.
    """
    try:
        code = body()
        sys.stdout.flush()
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader has gone (`| head`). Point stdout elsewhere, or the interpreter complains again when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return EXIT_PIPE
    except CallgateError as error:
        return _expected(error)
    except Exception as error:  # noqa: BLE001 - the boundary: everything else becomes a bug report and code 70
        return _unexpected(error, environ)
    return code


def _expected(error: CallgateError) -> int:
    if isinstance(error, PolicyError):
        report(str(error))
        return EXIT_POLICY
    report(f"error: {error}")
    if isinstance(error, UsageError):
        if error.help:
            report(f"  help: {error.help}")
        return EXIT_USAGE
    return EXIT_INPUT if isinstance(error, InputError) else EXIT_INTERNAL


def _unexpected(error: Exception, environ: Mapping[str, str]) -> int:
    import traceback  # noqa: PLC0415 - only a crash pays for it

    where = record(error, environ)
    report(f"error: callgate failed: {type(error).__name__}: {error}")
    if where:
        report(f"  help: this is a bug; the details are in `{where}`, please report them")
    else:
        report("".join(traceback.format_exception(error)))
    return EXIT_INTERNAL


def record(error: Exception, environ: Mapping[str, str]) -> str:
    """Write the traceback of *error* to the error log; return the path of the log, empty when that did not work."""
    import traceback  # noqa: PLC0415 - only a crash pays for it

    from callgate.host import places  # noqa: PLC0415 - as above

    where = places(environ).error_log
    return where if _append(where, "".join(traceback.format_exception(error))) else ""


def _append(path: str, text: str) -> bool:
    """Add *text* to the error log (0600, never through a symlink); tell whether that worked."""
    import time  # noqa: PLC0415 - only a crash pays for it

    from callgate.times import rfc3339  # noqa: PLC0415 - as above

    stamp = rfc3339(time.time())
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK
        handle = os.open(path, flags, 0o600)
        try:
            os.write(handle, f"{stamp}\n{text}\n".encode("utf-8", "backslashreplace"))
        finally:
            os.close(handle)
    except OSError:
        return False
    return True


def report(text: str) -> None:
    """Write *text* and a newline to stderr, with control and invisible characters made visible.

    Messages quote files and calls that an attacker may have written; none of it may draw on the terminal.
    """
    from callgate.cli.text import visible_lines  # noqa: PLC0415 - keeps this module free for the fast paths

    try:
        sys.stderr.write(visible_lines(text) + "\n")
        sys.stderr.flush()
    except OSError:  # nobody listens; the exit code still speaks
        return
