"""One decision of the logs by its id."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from callgate.journal.reading import backwards
from callgate.reviewer.entry import decode
from callgate.reviewer.history import open_history
from callgate.reviewer.query.base import QueryError
from callgate.reviewer.query.words import invalid

if TYPE_CHECKING:
    from callgate.reviewer.entry import Entry
    from callgate.reviewer.query.base import Context


def find_decision(decision_id: str, context: Context) -> Entry:
    """Return the decision that was logged under *decision_id*, looking through the newest lines first.

    A log of the policy that cannot be read is passed over, as long as there is another one: some lie where others may
    put things. One that the question names must be there.

    Raises:
        QueryError: `log_not_found`: there is no log, or none can be read; `invalid_query`: no line has the id.
    """
    files = context.logs or open_history(context.gate).files
    faults: list[QueryError] = []
    read = 0
    for file in files:
        try:
            entry = _search(file, decision_id)
        except FileNotFoundError:
            if context.logs:
                raise _no_log(f"there is no log `{file}`", file) from None
            continue
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            faults.append(_no_log(f"the log `{file}` cannot be read: {reason}", file))
            if context.logs:
                raise faults[0] from error
            continue
        if entry is not None:
            return entry
        read += 1
    if not read:
        raise faults[0] if faults else _no_log(f"there is no log yet: `{files[0]}` would be it", files[0])
    raise invalid(
        f"no logged decision has the id `{decision_id[:80]}`",
        'the newest ones are in `{"type":"log","last_n":10}`; logs are kept for 30 days',
    )


def _search(file: str, decision_id: str) -> Entry | None:
    # Lines are looked at as bytes: a log of a million lines has one that is worth decoding.
    needle = json.dumps(decision_id).encode()
    fd = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        for line in backwards(fd, file):
            if needle in line and (entry := decode(line)) is not None and entry.decision_id == decision_id:
                return entry
        return None
    finally:
        os.close(fd)


def _no_log(message: str, file: str) -> QueryError:
    return QueryError("log_not_found", message, {"file": file, "help": "name another one with `--log FILE`"})
