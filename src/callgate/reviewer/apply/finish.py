"""The last steps of a change, from the commit or backup on; and taking one back of which nothing shall stay.

They are the same for a change that runs through and for one that a later run finds, so each asks first what is done
already.
"""

from __future__ import annotations

import contextlib
import errno
import json
import shlex
from typing import TYPE_CHECKING, Any, NamedTuple

from callgate.reviewer.apply.backup import prune
from callgate.reviewer.apply.base import ApplyError, Detail
from callgate.reviewer.apply.gitindex import IndexLock
from callgate.reviewer.apply.intent import GitPlan, Intent, forget
from callgate.reviewer.apply.system import remove
from callgate.reviewer.apply.target import sha256_of
from callgate.reviewer.apply.write import clean

if TYPE_CHECKING:
    from callgate.reviewer.apply.setting import Setting
    from callgate.reviewer.apply.state import Station


class Finished(NamedTuple):
    """How the last steps went."""

    rollback_info: dict[str, Any]
    """`rollback_info` of contract.md section 5, with `parent` for a commit."""
    notes: tuple[str, ...]


def rollback_info(intent: Intent) -> dict[str, Any]:
    """Return what was made of the change, and the command that undoes it.

    Rolling back goes to the backup where there is one: then the content before the change is not in Git.
    `old_sha256` is that of the content before the change, so that a backup which was tampered with can be told.
    """
    where = ["callgate", "apply", "--target-file", intent.target, "--json"]
    to = {"to_backup": intent.backup} if intent.backup else {"to_commit": intent.git.parent if intent.git else ""}
    command = shlex.join([*where, json.dumps({"operation": "rollback", **to})])
    if intent.git is None:
        return {
            "type": "backup", "backup_file": intent.backup, "rollback_command": command, "old_sha256": intent.old_sha,
        }  # fmt: skip
    told = {
        "type": "git", "commit": intent.git.commit, "message": intent.git.message.split("\n", 1)[0],
        "rollback_command": command, "parent": intent.git.parent, "old_sha256": intent.old_sha,
    }  # fmt: skip
    return told | ({"backup_file": intent.backup} if intent.backup else {})


def record(intent: Intent, setting: Setting, **more: object) -> dict[str, Any]:
    """Write the audit entry and return its `rollback_info`.

    Raises:
        ApplyError: `io_error`; the change itself stands, and the next run writes the entry.
    """
    info = rollback_info(intent)
    setting.calls.step("audit: record")
    try:
        setting.audit.record({**intent.entry, "change_id": intent.id, "rollback_info": info, "success": True, **more})
    except (OSError, ValueError) as error:
        what = f"`{intent.target}` was changed, but the audit log cannot be written: {error}"
        advice = "free the audit log; the next `callgate apply` or `callgate doctor` writes the entry"
        applied = f"the change is in `{intent.target}`; only its audit entry is missing"
        raise ApplyError("io_error", what, [Detail("", what, advice)], applied=applied) from error
    return info


def close(place: Station, intent: Intent, setting: Setting) -> tuple[str, ...]:
    """Remove what the change needed only while it ran, the intent last; return notes on what could not be removed."""
    try:
        clean(intent.target, intent.id, setting.calls)
    except OSError as error:  # the intent stays, so that the next run tries again
        return (f"`{error.filename or 'a temporary file'}` cannot be deleted: {error.strerror or error}",)
    notes = []
    if intent.backup:
        fault = prune(intent.target, intent.backup, setting.calls)
        notes += [fault] if fault else []
    try:
        forget(place, setting.calls)
    except OSError as error:
        notes.append(f"the note of this change cannot be deleted: {error.strerror or error}: `{place.intent}`")
    return tuple(notes)


def take_back(place: Station, intent: Intent, setting: Setting) -> bool:
    """Remove whatever a change left behind that has not changed the target; tell whether there was anything.

    Raises:
        OSError: something stays, and the intent with it.
    """
    left = False
    if intent.git is not None:
        lock = IndexLock(intent.git.gitdir, intent.id, setting.calls)
        left = lock.is_ours()
        if stays := lock.release():
            raise OSError(errno.EBUSY, "cannot be deleted", stays)
    with contextlib.suppress(FileNotFoundError):
        clean(intent.target, intent.id, setting.calls)
    if intent.backup and sha256_of(intent.backup) == intent.old_sha:
        left = remove(intent.backup, setting.calls) or left
    forget(place, setting.calls)
    return left


def settle_index(plan: GitPlan, change_id: str, setting: Setting) -> bool:
    """Bring the index in line with a commit that was made; tell whether there was anything to do.

    An entry that somebody has staged since is left alone.

    Raises:
        ApplyError: `git_failed`: the index is locked or cannot be written.
        OSError: it cannot be put in place.
    """
    lock = IndexLock(plan.gitdir, change_id, setting.calls)
    ours = lock.is_ours()
    try:
        if _settled(lock, plan):
            return ours
        if not ours:
            lock.acquire()
            if _settled(lock, plan):
                return False
        lock.stage(plan.name, plan.blob, plan.mode)
        lock.install()
    finally:
        stays = lock.release()
    if stays:
        raise OSError(errno.EBUSY, "cannot be deleted", stays)
    return True


def _settled(lock: IndexLock, plan: GitPlan) -> bool:
    return lock.entry(plan.name) != plan.staged or plan.staged == plan.blob
