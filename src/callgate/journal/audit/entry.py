"""What happened, as a command tells it (`AuditEntry`), and the record that the log keeps of it, masked."""

from __future__ import annotations

from typing import Any, Final, Literal, Mapping, NamedTuple, Sequence

from callgate.actor import Actor
from callgate.journal.audit.form import canonical, digest, is_hash, plain
from callgate.journal.masking import mask_parts
from callgate.journal.records import timestamp

MAX_ENTRY: Final = 512 * 1024
"""Bytes of the largest entry; the largest fields of one that would be larger are cut."""

Phase = Literal["", "begun", "done", "failed"]
"""What loosens the gate is written down before it is done (`begun`), and again with what came of it."""

_LARGE: Final[tuple[str, ...]] = (
    "diff",
    "details",
    "impact",
    "validation",
    "rollback_info",
    "changes",
    "reason",
    "actor",
)
"""Fields that may be cut."""


_NAMES: Final = ("commit", "change_id")
"""Fields that are hexadecimal digits."""


class AuditEntry(NamedTuple):
    """One change, or the attempt of one. Everything is masked before it is written; nothing else is left out."""

    operation: str
    """`add_rule`, …, `trust`, `untrust`, `switch_off`, `switch_on`, `init`, `install`, `uninstall`, `settings_change`,
    `checkpoint`."""
    target_file: str = ""
    changes: Sequence[str] = ()
    """What was done, one sentence each."""
    applied_by: str = ""
    """Who asked, as they say; empty takes what *actor* claims."""
    actor: Actor | Mapping[str, Any] | None = None
    """Who asked, as the process shows; or the record of that, for an entry that is written later."""
    dry_run: bool = False
    success: bool = True
    reason: str = ""
    """Why it was done, or why it failed."""
    rule_ids: Sequence[str] = ()
    diff: str = ""
    """The change of the file's text, as a unified diff."""
    validation: Mapping[str, Any] | None = None
    rollback_info: Mapping[str, Any] | None = None
    impact: Mapping[str, Any] | None = None
    commit: str = ""
    """The commit that holds the change, in hexadecimal."""
    phase: Phase = ""
    begun: str = ""
    """For `done` and `failed`: the hash of the entry that announced it."""
    change_id: str = ""
    """Hexadecimal digits that name the change, for `search.holds`."""
    details: Mapping[str, Any] | None = None
    """Whatever else there is to say."""


class Continuity(NamedTuple):
    """What an appender found out of order, for the entry that it writes next; empty when nothing was."""

    torn: Mapping[str, Any] | None = None
    """Bytes behind the last entry that are none: `bytes`, `sha256` (both without line ends)."""
    head: Mapping[str, Any] | None = None
    """What the head file said, and which entry the log ended with: `state` (`missing`, `unreadable`, `behind`,
    `differs`, `ahead`), `count`, `hash`, `found`, `found_hash`."""


def entry_of(record: Mapping[str, Any]) -> AuditEntry:
    """Return the entry that *record*, a mapping by the names of the fields, tells of; what has no field is a detail.

    For what was written down to be audited later. Fields of another type than they should have are details, too.
    """
    empty = AuditEntry("")
    known: dict[str, Any] = {}
    details: dict[str, Any] = {}
    for name, value in record.items():
        default = getattr(empty, name, None) if name in AuditEntry._fields else None
        kind = list if isinstance(default, tuple) else dict if default is None else type(default)
        fits = name in AuditEntry._fields and (value is None or isinstance(value, kind))
        if fits and value is not None:
            known[name] = value
        elif not fits:
            details[name] = value
    if details:
        known["details"] = {**known.get("details", {}), **details}
    return empty._replace(**known)


def build(
    entry: AuditEntry, *, sequence: int, prev: str, log: str, now: float, continuity: Continuity = Continuity(),  # noqa: B008 - immutable
    checkpoint: Mapping[str, Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return the record of *entry*, with its hash.

    Args:
        entry: what happened.
        sequence: number of the entry, from 1.
        prev: hash of the entry before, or `GENESIS`.
        log: which log this is (`place.log_id`).
        now: seconds since the epoch, UTC.
        continuity: what was wrong with the log when the entry was added.
        checkpoint: what was archived, for an entry that closes it.
    """
    record = _masked(entry)
    record |= {
        "sequence": sequence,
        "timestamp": timestamp(now),
        "log": log,
        "dry_run": bool(entry.dry_run),
        "success": bool(entry.success),
        "prev": prev,
    }
    if entry.phase:
        record["phase"] = entry.phase
    if is_hash(entry.begun):
        record["begun"] = entry.begun
    # Never masked, though they look like keys.
    record |= {name: value for name in _NAMES if _is_name(value := getattr(entry, name))}
    if continuity.torn is not None or continuity.head is not None:
        record["continuity"] = {key: value for key, value in continuity._asdict().items() if value is not None}
    if checkpoint is not None:
        record["checkpoint"] = plain(checkpoint)
    _cut(record)
    record["hash"] = digest(record)
    return record


def _masked(entry: AuditEntry) -> dict[str, Any]:
    """Return the fields that a command fills in, masked, without the empty ones that the contract does not name."""
    actor = entry.actor
    who = actor.record() if isinstance(actor, Actor) else actor or {}
    parts: dict[str, object] = {
        "details": entry.details,
        "operation": entry.operation,
        "applied_by": entry.applied_by or str(who.get("claimed", "")),
        "target_file": entry.target_file,
        "changes": list(entry.changes),
        "validation": entry.validation,
        "rollback_info": entry.rollback_info,
        "actor": dict(who),
        "reason": entry.reason,
        "rule_ids": list(entry.rule_ids),
        "impact": entry.impact,
        "diff": entry.diff,
        **{name: "" if _is_name(value := getattr(entry, name)) else value for name in _NAMES},
    }
    masked, what = mask_parts(parts, fields=("details",))
    demanded = ("operation", "applied_by", "target_file", "changes", "validation", "rollback_info")
    record = {name: plain(value) for name, value in masked.items() if name in demanded or value}
    info = entry.rollback_info or {}
    commit = info.get("commit")
    if isinstance(commit, str) and _is_name(commit) and isinstance(record["rollback_info"], dict):
        record["rollback_info"]["commit"] = commit
    if what:
        record["masked"] = plain(what)
    return record


def _is_name(text: str) -> bool:
    return 7 <= len(text) <= 64 and set(text) <= set("0123456789abcdef")


def _cut(record: dict[str, Any]) -> None:
    """Cut the largest fields until the entry is no larger than `MAX_ENTRY`."""
    while len(canonical(record)) > MAX_ENTRY:
        sizes = {name: len(canonical({name: record[name]})) for name in _LARGE if name in record}
        name = max(sizes, key=lambda one: sizes[one], default="")
        if not name or sizes[name] < 1024:
            return  # what is left is bounded by the mask
        note = f"«cut: {sizes[name]} bytes»"
        record[name] = [note] if name == "changes" else note if name in {"diff", "reason"} else {"cut": note}
        record.setdefault("masked", []).append(f"{name}: cut {sizes[name]} bytes")
