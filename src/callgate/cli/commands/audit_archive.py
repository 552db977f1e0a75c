"""`callgate audit archive`: old entries move out of the audit log."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from callgate.cli.audit_log import (
    EXIT_FAULTS,
    LogOption,
    NoGitOption,
    RepoOption,
    fault_line,
    find_anchors,
    log_path,
    moment,
)
from callgate.cli.errors import EXIT_OK, UsageError, report


def audit_archive(
    *,
    before: Annotated[str, typer.Option("--before", metavar="TIME", help="Older than: 90d, 52w, or ISO 8601.")],
    despite_faults: Annotated[
        bool, typer.Option("--despite-faults", help="Archive a log with faults; the checkpoint keeps them.")
    ] = False,
    repo: RepoOption = None,
    no_git: NoGitOption = False,
    log: LogOption = "",
) -> int:
    """Move old entries of the audit log into a file beside it, and close them with a checkpoint entry.

    The checkpoint holds the number, the range and the last hash of what was moved, and the hash of the file, so that
    the chain stays provable with the archive and without it. The log is verified first; with faults nothing is moved.

      callgate audit archive --before 90d

    Exit code 0 when done or when nothing is that old, 1 when the log has faults.

    Raises:
        UsageError: the time cannot be read, or the files cannot be written.
    """
    import time  # noqa: PLC0415 - heavy imports stay inside (cheap --help)

    from callgate.actor import identify  # noqa: PLC0415 - as above
    from callgate.cli.output import console, say  # noqa: PLC0415 - as above
    from callgate.journal.audit import UnsoundError, archive  # noqa: PLC0415 - as above

    now = time.time()
    path = log_path(log)
    limit = moment(before, now, "--before")
    try:
        anchors = () if no_git else find_anchors(path, repo or ()).anchors
        done = archive(
            path, before=limit or 0.0, now=now, actor=identify(os.environ), anchors=anchors,
            despite_faults=despite_faults,
        )  # fmt: skip
    except UnsoundError as error:
        for fault in error.faults:
            report(f"fault: {fault_line(fault, path)}")
        report("error: the audit log has faults, and archiving would bury them: nothing was moved")
        report("  help: keep a copy and find out why; `--despite-faults` archives it with its faults on record")
        return EXIT_FAULTS
    except (OSError, ValueError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
        raise UsageError(f"cannot archive `{path}`: {reason}", help="check its folder") from error
    if done is None:
        say(console(), "no entry is that old: nothing was moved")
        return EXIT_OK
    say(console(), ("archived", "green"), f" entries {done.first}-{done.last} in {done.file}")
    return EXIT_OK
