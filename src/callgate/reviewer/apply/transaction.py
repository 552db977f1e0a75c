"""One change of a policy file, from the lock to the audit entry.

The order is such that the process may die between any two steps: intent, Git index lock, commit objects, backup, the
file itself (one rename), HEAD, index, audit entry, end of the intent. Before the rename nothing has happened, after it
everything needed to finish is on disk; `recovery` does either in the next run. An error, as against a death, is taken
back at once.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from typing import Any, Iterator, Mapping, NamedTuple

from callgate.policy.loader.files import MAX_BYTES
from callgate.reviewer.apply import repository
from callgate.reviewer.apply.backup import free_name, write_backup
from callgate.reviewer.apply.base import ApplyError, Detail
from callgate.reviewer.apply.commit import Prepared, prepare
from callgate.reviewer.apply.finish import Finished, close, record, take_back
from callgate.reviewer.apply.gitindex import IndexLock
from callgate.reviewer.apply.gitref import is_published, publish
from callgate.reviewer.apply.intent import GitPlan, Intent, save
from callgate.reviewer.apply.lock import hold
from callgate.reviewer.apply.message import Facts, build
from callgate.reviewer.apply.recovery import recover, recover_others
from callgate.reviewer.apply.setting import Setting
from callgate.reviewer.apply.state import Station, station
from callgate.reviewer.apply.target import Target, read_target, resolve, sha256_of
from callgate.reviewer.apply.write import put_back, replace
from callgate.times import rfc3339


class Request(NamedTuple):
    """What shall be written, and what is to be told about it."""

    data: bytes
    """The whole new content."""
    operation: str
    """`add_rule`."""
    subject: str
    """`Add allow rule 'x'`."""
    rule_ids: tuple[str, ...]
    applied_by: str
    validation: str
    """`passed`, `passed with 2 warnings`: for the commit message."""
    entry: Mapping[str, Any]
    """The audit entry, JSON values only. `change_id`, `timestamp`, `rollback_info` and `success` are added."""
    commit: bool = True
    """False for `--no-commit`: a backup is made instead."""
    reason: str = ""
    impact: str = ""
    """One line for the commit message."""


class Done(NamedTuple):
    """A change that was made."""

    change_id: str
    target: str
    """Real path of the file that was written."""
    rollback_info: dict[str, Any]
    """As in contract.md section 5."""
    notes: tuple[str, ...]
    """What the user should know: why there is no commit, what went into it besides."""


class Change:
    """An open change: the lock is held, the target is read. Write once, or leave without writing."""

    def __init__(self, target: Target, place: Station, setting: Setting, recovered: tuple[str, ...]) -> None:
        """Take what `begin` has found."""
        self.target = target
        self.recovered = recovered
        """Sentences about earlier changes that were cut off, and what has become of them."""
        self._place = place
        self._setting = setting

    def write(self, request: Request) -> Done:
        """Write the new content, commit it or keep a backup, and record it.

        Raises:
            ApplyError: `stale_file`, `git_failed`, `io_error`; nothing was changed unless `applied` says so.
                `invalid_operation` when the content is what the file has.
        """
        if request.data == self.target.data:
            message = f"nothing to do: `{self.target.path}` has this content already"
            raise ApplyError("invalid_operation", message)
        if len(request.data) > MAX_BYTES:
            message = f"`{self.target.path}` would become larger than {MAX_BYTES} bytes, which no policy file may be"
            raise ApplyError("invalid_operation", message, [Detail("target_file", message, "split it up")])
        return _write(self.target, request, self._place, self._setting)


@contextlib.contextmanager
def begin(given: str, setting: Setting) -> Iterator[Change]:
    """Lock the policy file *given*, finish what an earlier run left, and read it.

    Whatever is done inside of the block, nobody else changes the file by `apply`. Keep it short: others wait for 5 s.

    Raises:
        ApplyError: `locked`, `not_found`, `stale_file`, `io_error`, or `git_failed` from finishing an earlier change.
    """
    path = resolve(given)
    place = station(setting.state_dir, path)
    told = recover_others(setting, place)
    with hold(place, path, wait=setting.lock_wait, calls=setting.calls):
        told += recover(place, setting)
        target = read_target(given)
        if target.path != path:
            message = f"`{given}` leads elsewhere than a moment ago"
            raise ApplyError("stale_file", message, [Detail("target_file", message, "repeat the change")])
        yield Change(target, place, setting, told)


def apply_change(target: Target, request: Request, setting: Setting) -> tuple[Done, tuple[str, ...]]:
    """Make a change for a target that was read without the lock; return it and the sentences about earlier ones.

    Raises:
        ApplyError: as `begin` and `Change.write`; `stale_file` when the file is not the one that was read.
    """
    with begin(target.path, setting) as change:
        if change.target.data != target.data:
            message = f"`{target.path}` was changed by somebody else since it was read"
            raise ApplyError("stale_file", message, [Detail("target_file", message, "read it again, then repeat")])
        return change.write(request), change.recovered


def _write(target: Target, request: Request, place: Station, setting: Setting) -> Done:
    found, notes = _way(target, request, setting)
    intent = _intent(target, request, setting, found)
    prepared: Prepared | None = None
    index = IndexLock(found.gitdir, intent.id, setting.calls) if found else None
    try:
        save(place, intent, setting.calls)
        if found is not None and index is not None:
            index.acquire()
            intent, prepared = _prepare(found, target, request, setting, intent)
            index.stage(found.name, prepared.blob, prepared.mode)
            save(place, intent, setting.calls)
        if intent.backup:
            write_backup(intent.backup, target.path, target.data, intent.mode, intent.id, setting.calls)
        unsure = [replace(target, request.data, intent.id, setting.calls)]
        if found is not None and prepared is not None:
            setting.calls.step("git: move HEAD")
            unsure.append(publish(found.repo, prepared.commit))
    except BaseException as error:
        _undo(place, intent, setting, target, found, error)
        raise
    if prepared is not None:
        notes += prepared.notes
        if intent.backup:
            notes.append(f"what it held before is in no commit, so it was kept as `{intent.backup}`")
    notes += filter(None, unsure)
    finished = _finish(place, intent, setting, index)
    return Done(intent.id, target.path, finished.rollback_info, (*notes, *finished.notes))


def _way(target: Target, request: Request, setting: Setting) -> tuple[repository.Found | None, list[str]]:
    """Choose between a commit and a backup; say why when a repository is there and gets none."""
    if not request.commit:
        return None, []
    setting.calls.step("git: look for the repository")
    found = repository.find(target.path, setting.environ)
    if isinstance(found, repository.Unfit):
        return None, [f"a backup was made and no commit: {found.why}"]
    return found, []


def _intent(target: Target, request: Request, setting: Setting, found: repository.Found | None) -> Intent:
    now = setting.clock()
    return Intent(
        id=os.urandom(8).hex(),
        target=target.path,
        old=target.data,
        mode=target.info.st_mode & 0o7777,
        new_sha=hashlib.sha256(request.data).hexdigest(),
        started=rfc3339(now),
        entry={"timestamp": rfc3339(now), **request.entry, "operation": request.operation,
               "applied_by": request.applied_by},
        git=GitPlan(found.gitdir, found.name) if found else None,
        backup="" if found else free_name(target.path, now),
    )  # fmt: skip


def _prepare(
    found: repository.Found, target: Target, request: Request, setting: Setting, intent: Intent
) -> tuple[Intent, Prepared]:
    """Write the objects of the commit, and note them in the intent."""
    now = setting.clock()
    setting.calls.step("audit: head")
    try:
        head = setting.audit.head()
    except (OSError, ValueError) as error:
        message = f"the audit log cannot be read: {error}"
        raise ApplyError("io_error", message, [Detail("", message, "see `callgate doctor`")]) from error
    facts = Facts(
        request.operation, request.subject, request.rule_ids, request.applied_by, intent.started, request.validation,
        head, setting.audit.log_id, request.reason, request.impact,
    )  # fmt: skip
    message = build(facts)
    setting.calls.step("git: write the commit")
    made = prepare(found, target.path, target.data, request.data, message, setting.environ, now)
    plan = GitPlan(
        found.gitdir, found.name, made.commit, made.parent, made.blob, made.mode, made.staged, message
    )  # fmt: skip
    return intent._replace(git=plan, backup="" if made.old_in_git else free_name(target.path, now)), made


def _finish(place: Station, intent: Intent, setting: Setting, index: IndexLock | None) -> Finished:
    """The steps after which nothing can be taken back any more; a later run repeats what fails here."""
    behind = ""
    if index is not None:
        try:
            index.install()
        except OSError as error:
            behind = f"the Git index cannot be written ({error.strerror or error})"
        finally:
            stays = index.release()
        behind = behind or (f"`{stays}` cannot be deleted" if stays else "")
    info = record(intent, setting)
    if behind:
        return Finished(info, (f"{behind}; the next `callgate apply` or `callgate doctor` mends that",))
    return Finished(info, close(place, intent, setting))


def _undo(
    place: Station, intent: Intent, setting: Setting, target: Target, found: repository.Found | None,
    error: BaseException,
) -> None:  # fmt: skip
    """Take back whatever was done before *error*, and raise the error of the contract for it.

    Raises:
        ApplyError: in the place of an error of the system. `applied` is set when the file has the new content.
    """
    committed = found is not None and intent.git is not None and bool(intent.git.commit)
    if not (committed and found and intent.git and is_published(found.repo, intent.git.commit)):
        try:
            if sha256_of(intent.target) == intent.new_sha:
                put_back(target, intent.id, setting.calls)
            take_back(place, intent, setting)
        except OSError as second:
            raise _stuck(intent, error, second) from error
    if isinstance(error, OSError):
        message = f"`{intent.target}` cannot be written: {error.strerror or error}"
        where = f" (`{error.filename}`)" if error.filename else ""
        advice = "free space or permissions, then repeat the change"
        raise ApplyError("io_error", message + where, [Detail("target_file", message, advice)]) from error


def _stuck(intent: Intent, first: BaseException, second: OSError) -> ApplyError:
    """The error when taking back has failed, too: what the file is now, and who mends it."""
    new = sha256_of(intent.target) == intent.new_sha
    message = f"`{intent.target}` cannot be written: {first}; cleaning up failed: {second.strerror or second}"
    advice = "free space or permissions; the next `callgate apply` or `callgate doctor` finishes this"
    applied = f"`{intent.target}` has the new content, without a record of it; the next run finishes this" * new
    kind = first.error_type if isinstance(first, ApplyError) else "io_error"
    return ApplyError(kind, message, [Detail("target_file", message, advice)], applied=applied)
