"""What has happened to a policy file: from the commits of its repository, its backups, and the audit log."""

from __future__ import annotations

import json
import os
from typing import Any, Final, Iterable, Mapping, NamedTuple

from callgate.reviewer.apply import repository
from callgate.reviewer.apply.backup import list_backups
from callgate.reviewer.apply.gitlog import Version, versions
from callgate.reviewer.apply.message import NONE, read

MAX_ENTRIES: Final = 10_000
"""Entries of the audit log that are looked at, from its end."""

_TEXT: Final = 500


class Row(NamedTuple):
    """One change of a file."""

    when: str
    """RFC 3339, UTC."""
    who: str
    """Who asked callgate for it, else the author of the commit."""
    what: str
    operation: str
    """Empty when callgate did not make the change, or nobody knows."""
    rule_ids: tuple[str, ...]
    reason: str
    impact: str
    kind: str
    """`commit`, `backup`, or `record` when only the audit log knows of it any more."""
    commit: str
    backup_file: str
    """Holds the content from **before** the change."""
    audited: bool
    """Whether the audit log has this change. A commit that looks like one of callgate's and is not there is suspect."""
    by_callgate: bool


class History(NamedTuple):
    """The changes of one file."""

    file: str
    rows: tuple[Row, ...]
    """Newest first."""
    notes: tuple[str, ...]


def collect(path: str, environ: Mapping[str, str], entries: Iterable[Mapping[str, Any]], limit: int) -> History:
    """Return at most *limit* changes of the file at *path*.

    Args:
        path: its real path; the file itself may be gone.
        environ: for the user's Git settings.
        entries: audit entries as JSON values, of any file, in any order; an attacker may have written them.
        limit: how many rows.
    """
    records = [entry for entry in entries if _made(entry, path)]
    rows, notes = [], []
    found = repository.find(path, environ)
    if isinstance(found, repository.Unfit):
        notes.append(f"no commits are listed: {found.why}")
    elif found is not None:
        known = {_info(entry, "commit"): entry for entry in records if _info(entry, "commit")}
        try:
            rows += [_of_commit(version, known.get(version.commit)) for version in versions(found, limit)]
        except OSError as error:
            notes.append(str(error))
    seen = {row.commit for row in rows}
    rows += _backups(path, records, seen)
    known_files = {row.backup_file for row in rows if row.backup_file}
    rows += [
        _of_record(entry)
        for entry in records
        if _info(entry, "commit") not in seen - {""} and _info(entry, "backup_file") not in known_files
    ]
    return History(path, tuple(sorted(rows, key=lambda row: row.when, reverse=True)[:limit]), tuple(notes))


def _backups(path: str, records: list[Mapping[str, Any]], commits: set[str]) -> list[Row]:
    """Rows of backups; one that was kept beside a commit is that commit's own business."""
    by_file = {_info(entry, "backup_file"): entry for entry in records if _info(entry, "backup_file")}
    rows = []
    for backup in list_backups(path):
        entry = by_file.get(backup.path)
        if entry is not None and _info(entry, "commit") in commits - {""}:
            continue
        told = _of_record(entry) if entry is not None else None
        what = f"the content before {backup.when} was kept as {os.path.basename(backup.path)}"
        row = told or Row(backup.when, "", what, "", (), "", "", "", "", "", audited=False, by_callgate=False)
        rows.append(row._replace(kind="backup", backup_file=backup.path, by_callgate=True))
    return rows


def _of_commit(version: Version, entry: Mapping[str, Any] | None) -> Row:
    facts = read(version.message)
    told = _of_record(entry) if entry is not None else None
    if facts is None:
        subject = version.message.strip().split("\n", 1)[0][:_TEXT]
        what = f"{subject} (removed)" if version.removed else subject
        return Row(
            version.when, version.author, what, told.operation if told else "", (), "", told.impact if told else "",
            "commit", version.commit, "", audited=told is not None, by_callgate=told is not None,
        )  # fmt: skip
    ids = facts["Rule ID"]
    return Row(
        when=version.when,
        who=facts["Applied by"],
        what=facts["Subject"],
        operation=facts["Operation"],
        rule_ids=() if ids == NONE else tuple(ids.split(", ")),
        reason=facts.get("Reason", "") or (told.reason if told else ""),
        impact=facts.get("Impact", "") or (told.impact if told else ""),
        kind="commit",
        commit=version.commit,
        backup_file=told.backup_file if told and os.path.exists(told.backup_file) else "",
        audited=told is not None,
        by_callgate=True,
    )


def _of_record(entry: Mapping[str, Any]) -> Row:
    changes = entry.get("changes")
    told = [str(one) for one in changes] if isinstance(changes, list) else []
    ids = entry.get("rule_ids")
    return Row(
        when=_text(entry.get("timestamp")),
        who=_text(entry.get("applied_by")),
        what="; ".join(told)[:_TEXT] or _text(entry.get("operation")),
        operation=_text(entry.get("operation")),
        rule_ids=tuple(str(one)[:_TEXT] for one in ids) if isinstance(ids, list) else (),
        reason=_text(entry.get("reason")),
        impact=_effect(entry.get("impact")),
        kind="record",
        commit=_info(entry, "commit"),
        backup_file=_info(entry, "backup_file"),
        audited=True,
        by_callgate=True,
    )


def _made(entry: Mapping[str, Any], path: str) -> bool:
    """Whether the entry tells of a change of the file at *path* that was made."""
    target = entry.get("target_file")
    if entry.get("dry_run") or entry.get("success") is False or not isinstance(target, str) or not _info(entry, "type"):
        return False
    return target == path or ("/" in target and "\0" not in target and os.path.realpath(target) == path)


def _info(entry: Mapping[str, Any], name: str) -> str:
    info = entry.get("rollback_info")
    value = info.get(name) if isinstance(info, dict) else None
    return value if isinstance(value, str) else ""


def _effect(impact: object) -> str:
    """Return the sentence of an impact analysis; what has none, as it is."""
    summary = impact.get("summary") if isinstance(impact, dict) else None
    return _text(summary if isinstance(summary, str) else impact)


def _text(value: object) -> str:
    """Return a JSON value as a short text; a summary that the log keeps as an object is its JSON."""
    if value in (None, "", {}, []):
        return ""
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text[:_TEXT]
