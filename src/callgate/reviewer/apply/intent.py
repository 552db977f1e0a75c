"""What a change is about to do, on disk before it does anything: whoever finds it later can finish it or take it back.

An intent holds the old content as well, so that nothing is lost whatever becomes of the file meanwhile.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from typing import Any, Final, Mapping, NamedTuple

from callgate.atomic import read_regular, write_all
from callgate.policy.loader.files import MAX_BYTES
from callgate.reviewer.apply.state import Station, make_folder, station
from callgate.reviewer.apply.system import Os, remove, remove_quietly, sync
from callgate.reviewer.shown import visible

_VERSION: Final = 1
_MAX: Final = 64 * MAX_BYTES
_ID: Final = re.compile(r"[0-9a-f]{16}", re.ASCII)
_OID: Final = re.compile(r"(?:[0-9a-f]{40})?", re.ASCII)


class GitPlan(NamedTuple):
    """The commit that belongs to a change."""

    gitdir: str
    name: str
    """The target in the repository."""
    commit: str = ""
    """Empty until its objects are written; nothing else has been done then."""
    parent: str = ""
    blob: str = ""
    mode: int = 0
    staged: str = ""
    """What the index had for the target, empty when nothing."""
    message: str = ""


class Intent(NamedTuple):
    """One change."""

    id: str
    """16 hexadecimal digits; also in the audit entry, as `change_id`."""
    target: str
    """Real path."""
    old: bytes
    mode: int
    """Mode of the target."""
    new_sha: str
    """SHA-256 of the new content."""
    started: str
    """RFC 3339, UTC."""
    entry: Mapping[str, Any]
    """The audit entry, whole but for what `rollback_info` says."""
    git: GitPlan | None = None
    backup: str = ""
    """The backup that is made, empty when none."""

    @property
    def old_sha(self) -> str:
        """SHA-256 of the old content."""
        return hashlib.sha256(self.old).hexdigest()

    @property
    def title(self) -> str:
        """The change in words, for messages about it."""
        who = visible(str(self.entry.get("applied_by") or ""))[:80]
        what = visible(str(self.entry.get("operation") or "?"))[:80]
        return f"the change `{what}`{f' by {who}' if who else ''} of {self.started} to `{self.target}`"


class UnreadableError(ValueError):
    """A file in the place of an intent is none: callgate has not written it."""


def save(place: Station, intent: Intent, calls: Os) -> None:
    """Write *intent* whole or not at all, and bring it to the disk.

    Raises:
        OSError: the one before it stays.
    """
    fields = intent._asdict() | {
        "v": _VERSION,
        "old": base64.b64encode(intent.old).decode(),
        "git": intent.git._asdict() if intent.git else None,
    }
    data = json.dumps(fields).encode()
    make_folder(place.folder, calls)
    if os.path.lexists(place.temporary):
        calls.unlink(place.temporary)
    handle = calls.open(place.temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        try:
            write_all(handle, data, calls=calls)
            calls.fsync(handle)
        finally:
            calls.close(handle)
        calls.replace(place.temporary, place.intent)
        sync(place.folder, calls)
    except BaseException:
        remove_quietly(place.temporary, calls)
        raise


def load(place: Station) -> Intent | None:
    """Return the intent of a station, `None` when no change is unfinished there.

    Raises:
        UnreadableError: what is there is no intent.
        OSError: it cannot be read.
    """
    try:
        data = read_regular(place.intent, _MAX)
    except FileNotFoundError:
        return None
    try:
        return _intent(json.loads(data), place)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UnreadableError(f"`{place.intent}` is not the note of a change: {error}") from error


def forget(place: Station, calls: Os) -> None:
    """Remove the intent: the change is finished, or nothing of it is left.

    Raises:
        OSError: it stays, or may come back after a power cut. Either is harmless: it is seen to be finished then.
    """
    if remove(place.intent, calls):
        sync(place.folder, calls)


def _intent(fields: Mapping[str, Any], place: Station) -> Intent:
    """Check every field: a path or an id that is steered would let others have files removed or commits made."""
    if fields["v"] != _VERSION:
        raise ValueError(f"version {fields['v']!r}")
    git = fields["git"]
    plan = None if git is None else _plan(git)
    entry = fields["entry"]
    intent = Intent(
        _text(fields, "id"), _text(fields, "target"), base64.b64decode(_text(fields, "old"), validate=True),
        int(fields["mode"]) & 0o7777, _text(fields, "new_sha"), _text(fields, "started"), dict(entry), plan,
        _text(fields, "backup"),
    )  # fmt: skip
    state_dir = os.path.dirname(place.folder)
    if not _ID.fullmatch(intent.id) or station(state_dir, intent.target) != place:
        raise ValueError("it is about another file")
    if intent.backup and not intent.backup.startswith(intent.target + "."):
        raise ValueError("its backup is elsewhere")
    return intent


def _plan(fields: Mapping[str, Any]) -> GitPlan:
    words = {name: _text(fields, name) for name in GitPlan._fields if name != "mode"}
    if not all(_OID.fullmatch(words[name]) for name in ("commit", "parent", "blob", "staged")):
        raise ValueError("an object of Git has a wrong name")
    return GitPlan(**words, mode=int(fields["mode"]))


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields[name]
    if not isinstance(value, str):
        raise TypeError(f"`{name}` is not a text")
    return value
