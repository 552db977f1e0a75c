"""How commands that change the gate are audited: what loosens before it is done, what tightens after.

Nothing is loosened without a trace: `loosening` writes the entry `begun` first, and raises when that cannot be done.
What tightens is done whatever becomes of the log: `tightened` only reports that it could not be written.
"""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Iterator, Sequence

from callgate.cli.errors import UsageError, report

if TYPE_CHECKING:
    from callgate.actor import Actor
    from callgate.journal.audit import AuditEntry


class Change:
    """A change that is under way.

    Attributes:
        changes: what is done, one sentence each; a body may add what it finds out only while it works.
    """

    def __init__(self, changes: Sequence[str]) -> None:
        self.changes = list(changes)


@contextmanager
def loosening(operation: str, target: str, changes: Sequence[str]) -> Iterator[Change]:
    """Audit the body, which loosens the gate: one entry before it, and one with what came of it.

    Raises:
        UsageError: the audit log cannot be written. The body has not run.
    """
    from callgate.journal.audit import AuditEntry  # noqa: PLC0415 - heavy imports stay inside (cheap --help)

    entry = AuditEntry(operation, target, tuple(changes), actor=_actor(), success=False, phase="begun")
    try:
        begun = _append(entry)
    except (OSError, ValueError) as error:
        advice = (
            f"nothing was changed: `{operation}` is done only when it can be audited; check the file and its folder"
        )
        raise UsageError(f"cannot write the audit log `{_path()}`: {_reason(error)}", help=advice) from error
    change = Change(changes)
    try:
        yield change
    except BaseException as error:
        why = str(error) or type(error).__name__
        _try(entry._replace(phase="failed", begun=begun, reason=why, changes=tuple(change.changes)))
        raise
    _try(entry._replace(phase="done", begun=begun, success=True, changes=tuple(change.changes)))


def tightened(operation: str, target: str, changes: Sequence[str]) -> None:
    """Audit what was done and tightens the gate, or leaves it as strict; a fault is reported and stops nothing."""
    from callgate.journal.audit import AuditEntry  # noqa: PLC0415 - as above

    _try(AuditEntry(operation, target, tuple(changes), actor=_actor()))


def _actor() -> Actor:
    from callgate.actor import identify  # noqa: PLC0415 - as above

    return identify(os.environ)


def _path() -> str:
    from callgate.host import places  # noqa: PLC0415 - as above

    return places(os.environ).audit_log


def _append(entry: AuditEntry) -> str:
    from callgate.journal.audit import append  # noqa: PLC0415 - as above

    return append(_path(), entry, now=time.time())


def _try(entry: AuditEntry) -> None:
    try:
        _append(entry)
    except (OSError, ValueError) as error:
        report(f"warning: the audit log `{_path()}` cannot be written: {_reason(error)}")
        report("  help: `callgate audit verify` tells what it holds")


def _reason(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)
