"""The audit log: every change to policy, trust, switch and registration, hash-chained (docs/audit.md).

What writes needs `append` and `AuditEntry`; what commits puts `trailers` into the message of the commit.
"""

from __future__ import annotations

from callgate.journal.audit.archive import Archived, UnsoundError, archive
from callgate.journal.audit.entry import AuditEntry, entry_of
from callgate.journal.audit.export import export
from callgate.journal.audit.form import GENESIS
from callgate.journal.audit.model import Anchor, Fault, Report
from callgate.journal.audit.place import log_id
from callgate.journal.audit.recent import Recent, recent
from callgate.journal.audit.search import Wanted, find, holds, read, search
from callgate.journal.audit.store import append, head
from callgate.journal.audit.verify import check, verify

__all__ = [
    "GENESIS",
    "Anchor",
    "Archived",
    "AuditEntry",
    "Fault",
    "Recent",
    "Report",
    "UnsoundError",
    "Wanted",
    "append",
    "archive",
    "check",
    "entry_of",
    "export",
    "find",
    "head",
    "holds",
    "log_id",
    "read",
    "recent",
    "search",
    "trailers",
    "verify",
]


def trailers(head_hash: str) -> str:
    """Return the two lines by which the message of a commit anchors the log: `Audit-Head` and `Audit-Log`.

    Args:
        head_hash: what `append` returned, or `head`.
    """
    return f"Audit-Head: {head_hash}\nAudit-Log: {log_id()}\n"
