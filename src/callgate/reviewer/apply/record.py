"""What the audit log keeps of a change: the one of `apply`, a dry run, and an attempt that was refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Final, Mapping

from callgate.actor import Actor

if TYPE_CHECKING:
    from callgate.journal.audit import AuditEntry
    from callgate.reviewer.apply.context import Context
    from callgate.reviewer.apply.setting import Setting

_OWN: Final = frozenset({
    "operation", "target_file", "changes", "applied_by", "actor", "dry_run", "success", "reason", "rule_ids", "diff",
    "validation", "rollback_info", "impact",
})  # fmt: skip
"""Fields of `AuditEntry`; everything else that an entry holds is a detail of it."""

_NOBODY: Final = Actor("", "unknown")


def setting_of(context: Context) -> Setting:
    """Return the surroundings of a write, with the user's audit log."""
    from callgate.journal.audit import append, head, log_id  # noqa: PLC0415 - only what writes needs them
    from callgate.reviewer.apply.setting import Audit, Setting  # noqa: PLC0415 - as above

    path = context.places.audit_log

    def record(entry: Mapping[str, Any]) -> None:
        append(path, entry_of(entry, context.actor), now=_now())

    audit = Audit(lambda: head(path), record, _holds(path), log_id())
    return Setting(context.places.state_dir, context.environ, audit)


def note(context: Context, entry: Mapping[str, Any]) -> str:
    """Write *entry* down, about something that changed nothing; return what went wrong, mostly nothing."""
    from callgate.journal.audit import append  # noqa: PLC0415 - as above

    try:
        append(context.places.audit_log, entry_of(entry, context.actor), now=_now())
    except (OSError, ValueError) as error:
        return f"the audit log cannot be written: {getattr(error, 'strerror', None) or error}"
    return ""


def entry_of(entry: Mapping[str, Any], actor: Actor) -> AuditEntry:
    """Return *entry*, JSON values, as the audit log takes it.

    Args:
        entry: as the pipeline made it, or as it was found after a change was cut off: it then names who began that.
        actor: who is asking now.
    """
    from callgate.journal.audit import AuditEntry  # noqa: PLC0415 - as above

    known = {name: value for name, value in entry.items() if name in _OWN}
    details = {name: value for name, value in entry.items() if name not in _OWN and value not in ("", None)}
    told = known.pop("actor", None)
    began = actor
    if isinstance(told, dict):
        fields = {name: tuple(value) if isinstance(value, list) else value for name, value in told.items()}
        began = actor._replace(**{**_NOBODY._asdict(), **{k: v for k, v in fields.items() if k in _NOBODY._fields}})
    info = known.get("rollback_info")
    commit = str(info.get("commit", "")) if isinstance(info, dict) else ""
    return AuditEntry(**{**known, "actor": began, "commit": commit, "details": details or None})


def _holds(path: str) -> Callable[[str], bool]:
    """Return what tells whether the log has the entry of a change."""

    def holds(change_id: str) -> bool:
        from callgate.journal.audit import read  # noqa: PLC0415 - only after a change was cut off

        return any(_change_of(entry) == change_id for entry in reversed(read(path, archives=False)))

    return holds


def _change_of(entry: Mapping[str, Any]) -> object:
    details = entry.get("details")
    return details.get("change_id") if isinstance(details, dict) else None


def _now() -> float:
    import time  # noqa: PLC0415 - a clock is read where something happens

    return time.time()
