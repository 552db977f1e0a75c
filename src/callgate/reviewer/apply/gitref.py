"""Moving HEAD to a prepared commit, and the lock that a move which was cut off leaves behind."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final

from callgate.reviewer.apply.commit import WITHOUT, git_failed
from callgate.reviewer.apply.repository import error_text
from callgate.reviewer.apply.system import Os, remove

if TYPE_CHECKING:
    import pygit2

STALE: Final = 2.0
"""Seconds for which an empty lock of a reference must have been there before it counts as left behind. Git writes into
it at once; libgit2 writes last, so a process of ours that was killed leaves an empty one."""

_PAUSE: Final = 0.05


def publish(repo: pygit2.Repository, commit: str) -> str:
    """Move HEAD, or the branch that it names, from the parent of *commit* to *commit*; return a note, mostly empty.

    Raises:
        ApplyError: `git_failed`: HEAD has moved since, or cannot be written; it is where it was.
    """
    import pygit2  # noqa: PLC0415 - 65 ms, and only changes need it

    try:
        made = repo[commit].peel(pygit2.Commit)
        # The same parts give the same commit; libgit2 checks that HEAD still is at its parent while it holds the ref.
        repo.create_commit("HEAD", made.author, made.committer, made.message, made.tree_id, made.parent_ids)
    except (pygit2.GitError, KeyError, ValueError, OSError) as error:
        if is_published(repo, commit):
            return f"a power cut within the next minute may undo the commit: {error_text(error)}"
        message = f"the commit cannot be recorded: {error_text(error)}"
        advice = f"try again; look for a `.lock` file that another program left below `.git/refs`, {WITHOUT}"
        raise git_failed(message, advice) from error
    return ""


def is_published(repo: pygit2.Repository, commit: str) -> bool:
    """Tell whether *commit* is in the history of HEAD or of a branch."""
    import pygit2  # noqa: PLC0415 - as above

    try:
        if commit not in repo:
            return False
        tips = [] if repo.head_is_unborn else [repo.head.target]
        tips += [repo.branches.local[name].target for name in repo.branches.local]
        return any(str(tip) == commit or repo.descendant_of(tip, commit) for tip in tips)
    except (pygit2.GitError, KeyError, ValueError):
        return False


def free_head(repo: pygit2.Repository, commit: str, since: float, calls: Os) -> bool:
    """Delete the lock of HEAD or its branch that our own move to *commit* left; tell whether there was one.

    It is ours when it says *commit*, or when it is empty, younger than *since* (epoch seconds, when that move was
    announced) and still there after `STALE` seconds. Any other lock stays.

    Raises:
        OSError: it cannot be looked at or deleted.
    """
    freed = False
    for lock in _locks(repo):
        deadline = calls.monotonic() + STALE
        first = _lock_text(lock, since)
        while first == b"" and calls.monotonic() < deadline:
            calls.sleep(_PAUSE)
            first = _lock_text(lock, since)
        if first is not None and f"{commit}\n".encode().startswith(first):
            freed = remove(lock, calls) or freed
    return freed


def _locks(repo: pygit2.Repository) -> list[str]:
    """Return the lock files of HEAD and of the branch that it names."""
    gitdir = repo.path.rstrip("/")
    head = repo.lookup_reference("HEAD")
    found = [f"{gitdir}/HEAD.lock"]
    if isinstance(head.target, str):
        found.append(f"{_common(gitdir)}/{head.target}.lock")
    return found


def _common(gitdir: str) -> str:
    """Return the directory that a worktree shares with its repository; *gitdir* itself for any other."""
    try:
        with open(f"{gitdir}/commondir", encoding="utf-8", errors="surrogateescape") as stream:
            return os.path.normpath(os.path.join(gitdir, stream.readline().rstrip("\n")))
    except OSError:
        return gitdir


def _lock_text(path: str, since: float) -> bytes | None:
    """Return what the lock says; `None` when there is none, or it is older than *since*, or not ours to judge."""
    try:
        info = os.lstat(path)
        if not stat.S_ISREG(info.st_mode) or info.st_uid != os.geteuid() or info.st_mtime < since - 1:
            return None
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        return os.read(handle, 128)
    finally:
        os.close(handle)
