"""Whether files are as they were: what a process that goes on asks before each decision, in about a microsecond a file.

Two questions. `Watch`: is it still the same file with the same content? `Links`: does a path still lead where it led?
Neither trusts a clock: a file's times say that it changed, never that it did not.
"""

from __future__ import annotations

import os
import time
from typing import Iterable, Mapping

from callgate.atomic import read_regular
from callgate.policy.loader.digest import sha256_hex
from callgate.policy.loader.files import MAX_BYTES

YOUNG = 2.5
"""Seconds. Times are coarse (a clock tick of some milliseconds on Linux, two seconds on FAT), so a file that was looked
at may be written within the same step of its times without any of them changing. For so long, and once afterwards, its
content is compared as well (Git calls such entries racily clean)."""

_LINK, _REGULAR, _DIRECTORY, _KIND = 0o120000, 0o100000, 0o040000, 0o170000
_MAX_LINKS = 40
"""On the way to one path; the kernel follows no more."""

State = tuple[int, ...]


class Watch:
    """Remembers how files are. A path that does not exist, or cannot be looked at, is a state like any other."""

    def __init__(self, paths: Iterable[str], contents: Mapping[str, str | None] | None = None) -> None:
        """Look at *paths*.

        Args:
            paths: absolute paths; symbolic links count with what they lead to.
            contents: path -> SHA-256 of what was read from it a moment ago, empty where it could not be read; such a
                file is watched too, and has changed already when it holds something else by now. `None` where nobody
                tried to read it.
        """
        contents = contents or {}
        self._states = [(path, state_of(path)) for path in dict.fromkeys([*paths, *contents])]
        self._young: dict[str, str] = {}
        for path, state in self._states:
            known = contents.get(path)
            if known or _is_file(state):
                self._young[path] = _digest(path) if known is None else known
        self._until = time.monotonic() + YOUNG

    def changed(self) -> bool:
        """Whether any of the files is not what it was."""
        for path, state in self._states:
            if state_of(path) != state:
                return True
        return bool(self._young) and self._other_content()

    def _other_content(self) -> bool:
        now = time.monotonic()
        if any(_digest(path) != digest for path, digest in self._young.items()):
            return True
        if now > self._until:
            self._young.clear()  # whoever writes them from now on changes their times
        return False


def state_of(path: str) -> State:
    """Return what tells two states of the file at *path* apart; of a link also what its target's are told apart by.

    That is its identity, size, mode, owner and both times. A directory is told apart by what it is, not by what is in
    it.
    """
    try:
        state = os.lstat(path)
    except OSError as error:
        return (error.errno or -1,)
    except ValueError:
        return (-1,)
    found = _numbers(state)
    if state.st_mode & _KIND != _LINK:
        return found
    try:
        return found + _numbers(os.stat(path))
    except OSError as error:
        return (*found, error.errno or -1)


def _numbers(state: os.stat_result) -> State:
    if state.st_mode & _KIND == _DIRECTORY:
        return state.st_mode, state.st_dev, state.st_ino, state.st_uid, 0, 0, 0
    return _with_times(state)


def _with_times(state: os.stat_result) -> State:
    return (
        *(state.st_mode, state.st_dev, state.st_ino, state.st_uid, state.st_size),
        *(state.st_mtime_ns, state.st_ctime_ns),
    )


def _is_file(state: State) -> bool:
    """Whether that is a regular file, or a link to one."""
    return len(state) in (7, 14) and state[-7] & _KIND == _REGULAR


def _digest(path: str) -> str:
    """Return the SHA-256 of the file at *path*; empty when it cannot be read, as for the loader."""
    try:
        return sha256_hex(read_regular(path, MAX_BYTES))
    except (OSError, ValueError):
        return ""


class Links:
    """Remembers by which links paths are reached: as long as these are the same, so is every real path.

    A real path depends on nothing but which of the names on the way to it are links, and where those lead. So there
    are no times in this, and no directory however high up can be replaced unseen. Below a directory that does not
    exist nothing is looked at, until it does.
    """

    def __init__(self, paths: Iterable[str], watched: Iterable[str] = ()) -> None:
        """Follow *paths*, which are absolute.

        Args:
            paths: to be followed.
            watched: paths that a `Watch` looks at anyway. It sees when one of them comes, goes, or becomes a link.
        """
        self._steps: dict[str, str] = {}
        for path in paths:
            self._follow(path)
        for path in watched:
            if self._steps.get(path) in ("", _MISSING):
                del self._steps[path]
        self._missing = [step for step, target in self._steps.items() if target == _MISSING and _possible(step)]
        self._links = [(step, target) for step, target in self._steps.items() if target not in (_MISSING, "")]
        self._plain = [step for step, target in self._steps.items() if not target]

    def changed(self) -> bool:
        """Whether a path may lead elsewhere by now."""
        lstat = os.lstat
        try:
            for step in self._plain:
                if lstat(step).st_mode & _KIND == _LINK:
                    return True
        except OSError:
            return True  # it has gone, and what comes in its place may be a link
        return any(_target(step) != target for step, target in self._links) or any(map(_exists, self._missing))

    def _follow(self, path: str) -> None:
        """Walk to *path* as `os.path.realpath` does, and remember each step."""
        pending = path.split("/")[::-1]
        current, links = "", 0
        while pending:
            part = pending.pop()
            if part in ("", "."):
                continue
            if part == "..":
                current = current.rpartition("/")[0]
                continue
            step = f"{current}/{part}"
            target = self._steps.get(step)
            if target is None:
                target = self._steps[step] = _target(step)
            if target == _MISSING:
                return
            if target and links < _MAX_LINKS:
                links += 1
                current = "" if target.startswith("/") else current
                pending += target.split("/")[::-1]
            else:
                current = step


_MISSING = "/"
"""In place of a target: nothing has that name, or it cannot be looked at. Of a link to `/` see `_target`."""


def _target(path: str) -> str:
    """Return where the link at *path* leads; nothing for anything else, and `_MISSING` where nothing is."""
    try:
        if os.lstat(path).st_mode & _KIND != _LINK:
            return ""
        target = os.readlink(path)
    except (OSError, ValueError):
        return _MISSING
    return "//" if target == _MISSING else target


def _possible(path: str) -> bool:
    """Whether a file can have that name: there is no NUL in it, and no lone surrogate."""
    try:
        return b"\0" not in os.fsencode(path)
    except ValueError:
        return False


def _exists(path: str) -> bool:
    """Whether something has that name, a dangling link included."""
    if os.access in os.supports_follow_symlinks:  # half the time of an exception
        return os.access(path, os.F_OK, follow_symlinks=False)
    return os.path.lexists(path)
