"""`callgate audit export`: the audit log for other programs."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

from callgate.cli.audit_log import LogOption, SinceOption, UntilOption, log_path, moment, unreadable
from callgate.cli.errors import EXIT_OK


class Format(StrEnum):
    """What the log is written as."""

    json = "json"
    csv = "csv"


def audit_export(
    *,
    form: Annotated[
        Format, typer.Option("--format", help="json: the entries as they are; csv: a table.")
    ] = Format.json,
    since: SinceOption = "",
    until: UntilOption = "",
    log: LogOption = "",
) -> int:
    """Print the audit log with its archives, oldest entry first, as one JSON array or as CSV.

    Entries as JSON keep their hashes and can be verified elsewhere. In CSV no cell begins like a formula, and control
    characters are written as escapes.

      callgate audit export > audit.json
      callgate audit export --format csv --since 30d > audit.csv

    Raises:
        UsageError: a time cannot be read, or the log that `--log` names is not there.
        InputError: the log cannot be read.
    """
    import time  # noqa: PLC0415 - heavy imports stay inside (cheap --help)

    from callgate.journal.audit import Wanted, export, search  # noqa: PLC0415 - as above

    now = time.time()
    path = log_path(log)
    wanted = Wanted(since=moment(since, now, "--since"), until=moment(until, now, "--until"))
    try:
        found = search(path, wanted)
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    sys.stdout.flush()
    for part in export(reversed(found), "csv" if form is Format.csv else "json"):
        sys.stdout.buffer.write(part.encode("utf-8"))
    sys.stdout.buffer.flush()
    return EXIT_OK
