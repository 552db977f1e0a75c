"""Changes that were cut off: finished when the file has the new content, taken back when it has the old one.

Called under the lock of the target, so whoever began the change is dead. Nothing here writes the target.
"""

from __future__ import annotations

import errno
import os
from typing import Final

from callgate.reviewer.apply import repository
from callgate.reviewer.apply.backup import free_name, write_backup
from callgate.reviewer.apply.base import ApplyError, Detail
from callgate.reviewer.apply.commit import blob_at_head, prepare
from callgate.reviewer.apply.finish import close, record, settle_index, take_back
from callgate.reviewer.apply.gitindex import IndexLock
from callgate.reviewer.apply.gitref import free_head, is_published, publish
from callgate.reviewer.apply.intent import GitPlan, Intent, UnreadableError, load, save
from callgate.reviewer.apply.lock import hold
from callgate.reviewer.apply.setting import Setting
from callgate.reviewer.apply.state import Station, pending
from callgate.reviewer.apply.target import sha256_of

_SHORT: Final = 12
"""Digits of a commit in a sentence."""


def recover(place: Station, setting: Setting) -> tuple[str, ...]:
    """Finish or take back the change that was cut off at *place*, whose lock is held; return sentences about it.

    Raises:
        ApplyError: it can be neither: then nothing else may be changed before somebody has looked.
    """
    try:
        intent = load(place)
        if intent is None:
            return ()
        now = sha256_of(intent.target)
        published = _published(intent, setting)
        if now == intent.new_sha:
            return _complete(place, intent, setting, published=published)
        if now == intent.old_sha and not published:
            left = take_back(place, intent, setting)
            return (f"{intent.title} was cut off before it changed anything{'; what it left is removed' * left}",)
        return _diverged(place, intent, setting, published=published)
    except UnreadableError as error:
        return (_set_aside(place, str(error), setting),)
    except OSError as error:
        message = f"an unfinished change cannot be finished: {error.strerror or error}: `{error.filename or ''}`"
        advice = "free that path, then try again"
        raise ApplyError("io_error", message, [Detail("target_file", message, advice)]) from error


def recover_others(setting: Setting, mine: Station | None = None) -> tuple[str, ...]:
    """Recover every other target: one that was cut off may hold the index lock of a repository that they share.

    Changes that are just being made are left alone, and what cannot be finished is told, not raised.
    """
    told: list[str] = []
    for place in pending(setting.state_dir):
        if place == mine:
            continue
        try:
            with hold(place, place.intent, wait=0, calls=setting.calls):
                told += recover(place, setting)
        except ApplyError as error:
            if error.error_type != "locked":
                told.append(error.message)
    return tuple(told)


def _complete(place: Station, intent: Intent, setting: Setting, *, published: bool) -> tuple[str, ...]:
    """The file has the new content: make whatever else belongs to it."""
    did = []
    if intent.git is not None:
        intent, what = _commit(place, intent, setting, published=published)
        did += what
    if not setting.audit.holds(intent.id):
        record(intent, setting, recovered=True)
        did.append("recorded it in the audit log")
    notes = close(place, intent, setting)
    if not did:
        return notes
    return (f"{intent.title} was cut off after it had written the file; callgate has now {_joined(did)}", *notes)


def _commit(place: Station, intent: Intent, setting: Setting, *, published: bool) -> tuple[Intent, list[str]]:
    """Make the commit that is missing, or a backup where that is not possible; bring the index in line."""
    did = []
    try:
        if not published:
            intent, how = _publish(place, intent, setting)
            did.append(how)
        if intent.git is not None and settle_index(intent.git, intent.id, setting):
            did.append("brought the Git index in line")
    except (ApplyError, OSError) as error:
        if published:
            _release(intent, setting)
            return intent, [f"left the Git index as it was ({error}; `git reset -- {intent.target}` brings it in line)"]
        _release(intent, setting)
        intent = intent._replace(git=None, backup=_kept(intent, setting))
        save(place, intent, setting.calls)
        did = [f"kept its old content as `{intent.backup}`, for it cannot be committed ({error})"]
    return intent, did


def _publish(place: Station, intent: Intent, setting: Setting) -> tuple[Intent, str]:
    """Move HEAD to the commit that was prepared; prepare another one when HEAD has moved on meanwhile.

    Raises:
        ApplyError, OSError: no commit can be made now.
    """
    import pygit2  # noqa: PLC0415 - 65 ms, and only changes need it

    plan = intent.git
    if plan is None:
        raise OSError("no commit was planned")
    try:
        repo = repository.reopen(plan.gitdir, setting.environ)
        freed = free_head(repo, plan.commit, os.stat(place.intent).st_mtime, setting.calls)
        head = "" if repo.head_is_unborn else str(repo.head.target)
    except (pygit2.GitError, KeyError, ValueError) as error:
        raise OSError(f"its repository cannot be opened: {repository.error_text(error)}") from error
    if head != plan.parent and blob_at_head(repo, plan.name) == plan.blob:
        return intent._replace(git=plan._replace(commit=head)), f"found it committed by somebody else ({head[:_SHORT]})"
    if head == plan.parent and plan.commit in repo and not repository.state_of(repo):
        publish(repo, plan.commit)
        return intent, f"{'removed the lock of its branch and ' * freed}committed it ({plan.commit[:_SHORT]})"
    found = repository.find(intent.target, setting.environ)
    if not isinstance(found, repository.Found):
        raise OSError(found.why if found else "its repository is gone")
    with open(intent.target, "rb") as stream:
        new = stream.read()
    now = setting.clock()
    made = prepare(found, intent.target, intent.old, new, plan.message, setting.environ, now)
    git = GitPlan(plan.gitdir, plan.name, made.commit, made.parent, made.blob, made.mode, made.staged, plan.message)
    backup = intent.backup or ("" if made.old_in_git else _kept(intent, setting))
    intent = intent._replace(git=git, backup=backup)
    save(place, intent, setting.calls)
    publish(found.repo, made.commit)
    return intent, f"committed it ({made.commit[:_SHORT]})"


def _diverged(place: Station, intent: Intent, setting: Setting, *, published: bool) -> tuple[str, ...]:
    """Somebody has written the file since: it is left alone, and what is known about the change is kept."""
    _release(intent, setting)
    known = setting.audit.holds(intent.id)
    if published and intent.git is not None:
        if not known:
            record(intent, setting, recovered=True)
        close(place, intent, setting)
        commit = intent.git.commit[:_SHORT]
        return (f"{intent.title} was cut off after its commit {commit}; the file has been changed since: compare them",)
    backup = _kept(intent, setting) if os.path.isdir(os.path.dirname(intent.target)) else ""
    if not known:
        why = "cut off; the file was changed by somebody else before this was found"
        record(intent._replace(git=None, backup=backup), setting, success=False, recovered=True, reason=why)
    close(place, intent._replace(backup=backup), setting)
    if not backup:
        return (f"{intent.title} was cut off, and its directory is gone",)
    what = "was cut off, and the file is now neither what it was nor what the change would have made"
    return (f"{intent.title} {what}; it is left as it is, and what it was is kept as `{backup}`",)


def _kept(intent: Intent, setting: Setting) -> str:
    """Return a backup that holds the old content, written now unless the change had come so far."""
    if intent.backup and sha256_of(intent.backup) == intent.old_sha:
        return intent.backup
    name = free_name(intent.target, setting.clock())
    write_backup(name, intent.target, intent.old, intent.mode, intent.id, setting.calls)
    return name


def _release(intent: Intent, setting: Setting) -> None:
    """Give back the index lock that the change held.

    Raises:
        OSError: it stays, and Git stays blocked: the intent has to stay, too.
    """
    if intent.git is not None and (stays := IndexLock(intent.git.gitdir, intent.id, setting.calls).release()):
        raise OSError(errno.EBUSY, "cannot be deleted", stays)


def _published(intent: Intent, setting: Setting) -> bool:
    if intent.git is None or not intent.git.commit:
        return False
    import pygit2  # noqa: PLC0415 - 65 ms, and only changes need it

    try:
        return is_published(repository.reopen(intent.git.gitdir, setting.environ), intent.git.commit)
    except (pygit2.GitError, KeyError, ValueError, OSError):
        return False


def _set_aside(place: Station, why: str, setting: Setting) -> str:
    aside = f"{place.intent}.bad"
    setting.calls.replace(place.intent, aside)
    return f"{why}; it is set aside as `{os.path.basename(aside)}`. Compare the policy with its history"


def _joined(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]
