"""The index of a repository, changed by Git's own protocol: whoever has `index.lock` may replace `index`.

libgit2 would take that lock only while it writes. Here it is held from before the target is written until after the
commit, so that no `git add` or `git commit` of somebody else comes between the two, or is lost.
"""

from __future__ import annotations

import contextlib
import os
from typing import Final

from callgate.atomic import read_regular, write_new
from callgate.reviewer.apply.commit import WITHOUT, git_failed
from callgate.reviewer.apply.repository import error_text, open_index
from callgate.reviewer.apply.system import Os, remove_quietly, sync

INDEX_WAIT: Final = 2.0
"""Seconds to wait for `index.lock`: `git status` of an agent or an editor holds it for milliseconds."""

_PAUSE: Final = 0.02
_MAX_INDEX: Final = 1 << 30


class IndexLock:
    """The lock of one index, with the new index beside it."""

    def __init__(self, gitdir: str, change_id: str, calls: Os) -> None:
        """Take the directory of Git (of the worktree, of the submodule) and the id of the change."""
        self._index = f"{gitdir}/index"
        self._lock = f"{gitdir}/index.lock"
        self._token = f"{gitdir}/callgate-{change_id}.token"
        self._new = f"{gitdir}/callgate-{change_id}.index"
        self._text = f"callgate {change_id}\n".encode()
        self._calls = calls

    def acquire(self, wait: float = INDEX_WAIT) -> None:
        """Take the lock. It holds our id from the first moment on, so that a later run knows whose it is.

        Raises:
            ApplyError: `git_failed`: somebody else has it, or nothing can be written there.
        """
        deadline = self._calls.monotonic() + wait
        try:
            write_new(self._token, self._text, mode=0o600, calls=self._calls)
            while not self._taken():
                if self._calls.monotonic() >= deadline:
                    self.release()
                    message = f"the Git index is locked: `{self._lock}` exists"
                    advice = f"wait for the other Git command; if there is none, delete that file, {WITHOUT}"
                    raise git_failed(message, advice)
                self._calls.sleep(_PAUSE)
            self._calls.unlink(self._token)
        except OSError as error:
            self.release()
            message = f"the Git index cannot be locked: {error.strerror or error}: `{self._lock}`"
            raise git_failed(message, f"make that directory writable, {WITHOUT}") from error

    def stage(self, name: str, blob: str, mode: int) -> None:
        """Write the new index beside the present one: the same, but for *name*.

        Raises:
            ApplyError: `git_failed`.
        """
        import pygit2  # noqa: PLC0415 - 65 ms, and only changes need it

        self._calls.step("git: write the new index")
        try:
            for left in (self._new, f"{self._new}.lock"):
                if os.path.lexists(left):
                    self._calls.unlink(left)
            old = os.stat(self._index) if os.path.exists(self._index) else None
            if old is not None:
                write_new(self._new, read_regular(self._index, _MAX_INDEX), mode=0o600, calls=self._calls)
            index = open_index(self._new)
            # Without the times of the file: Git then compares contents once, and writes them down itself.
            index.add(pygit2.IndexEntry(name, pygit2.Oid(hex=blob), pygit2.enums.FileMode(mode)))
            index.write()
            handle = self._calls.open(self._new, os.O_RDWR | os.O_CLOEXEC, 0)
            try:
                if old is not None:
                    self._calls.fchmod(handle, old.st_mode & 0o777)
                self._calls.fsync(handle)
            finally:
                self._calls.close(handle)
            if old is not None:
                # Git trusts an entry whose file is older than the index. What changed in the very moment of the last
                # write of the index must go on looking as young as that.
                self._calls.utime(self._new, old.st_mtime_ns)
        except (pygit2.GitError, KeyError, ValueError, OSError) as error:
            message = f"the Git index cannot be written: {error_text(error)}"
            raise git_failed(message, f"look at the repository with `git status`, {WITHOUT}") from error

    def install(self) -> None:
        """Put the new index in place.

        Raises:
            OSError: the index is as before.
        """
        self._calls.replace(self._new, self._index)
        with contextlib.suppress(OSError):  # the index can be made anew from HEAD at any time
            sync(os.path.dirname(self._index), self._calls)

    def release(self) -> str:
        """Give the lock back, if it is ours, and remove what lies beside it; return what stays, empty when nothing."""
        stays = ""
        for path in (self._new, f"{self._new}.lock", self._token):
            if os.path.lexists(path):
                remove_quietly(path, self._calls)
                stays = path if os.path.lexists(path) else stays
        if self.is_ours():
            remove_quietly(self._lock, self._calls)
            stays = self._lock if self.is_ours() else stays
        return stays

    def is_ours(self) -> bool:
        """Tell whether the lock is there and holds the id of this change."""
        try:
            handle = os.open(self._lock, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            return os.read(handle, len(self._text) + 1) == self._text
        except OSError:
            return False
        finally:
            os.close(handle)

    def entry(self, name: str) -> str:
        """Return the blob that the index has for *name*, empty when it has none or cannot be read."""
        import pygit2  # noqa: PLC0415 - as above

        try:
            index = open_index(self._index)
            return str(index[name].id) if name in index else ""
        except (pygit2.GitError, KeyError, ValueError, OSError):
            return ""

    def _taken(self) -> bool:
        try:
            self._calls.link(self._token, self._lock)
        except FileExistsError:
            return False
        except OSError:  # a file system without hard links
            if os.path.lexists(self._lock):
                return False
            try:
                write_new(self._lock, self._text, mode=0o600, calls=self._calls)
            except FileExistsError:
                return False
        return True
