"""Whether files are as they were: what a process that goes on asks before each decision, in about a microsecond a file.

A file's state is its identity, size, mode, owner and both times. Times are coarse (a clock tick of some milliseconds
on Linux, whole seconds elsewhere), so a file that was written only just now may be written again without any of them
changing. Until `YOUNG` seconds have passed its content is compared as well (Git calls such entries racily clean).
"""

from __future__ import annotations

import os
import time
from typing import Iterable, Mapping, NamedTuple

from callgate.atomic import read_regular
from callgate.policy.loader.digest import sha256_hex

YOUNG = 2.0
"""Seconds. The coarsest times that a file system in use keeps (FAT and older network file systems)."""

MAX_BYTES = 8 * 1024 * 1024
"""Of a file whose content is compared; the loader takes less."""

_LINK, _REGULAR, _DIRECTORY, _KIND = 0o120000, 0o100000, 0o040000, 0o170000

State = tuple[int, ...]


class _Seen(NamedTuple):
    digest: str
    newest: float
    """The later of the file's times, seconds since the epoch."""


class Watch:
    """Remembers how files are. A path that does not exist, or cannot be looked at, is a state like any other."""

    def __init__(self, paths: Iterable[str], contents: Mapping[str, str] | None = None) -> None:
        """Look at *paths*.

        Args:
            paths: absolute paths; symbolic links count with what they lead to.
            contents: path -> SHA-256 of what was read from it a moment ago; such a file is watched too, and has
                changed already when it holds something else by now.
        """
        contents = contents or {}
        now = time.time()
        self._states: list[tuple[str, State]] = []
        self._young: dict[str, _Seen] = {}
        for path in dict.fromkeys([*paths, *contents]):
            state = state_of(path)
            self._states.append((path, state))
            newest = _newest(state)
            if newest > now - YOUNG and _is_file(state):
                known = contents.get(path)
                self._young[path] = _Seen(_digest(path) if known is None else known, newest)

    def changed(self) -> bool:
        """Whether any of the files is not what it was."""
        for path, state in self._states:
            if state_of(path) != state:
                return True
        return bool(self._young) and self._other_content()

    def _other_content(self) -> bool:
        now = time.time()
        for path, seen in list(self._young.items()):
            if _digest(path) != seen.digest:
                return True
            if now > seen.newest + YOUNG:
                del self._young[path]  # whoever writes it from now on changes its times
        return False


def state_of(path: str) -> State:
    """Return what tells two states of the file at *path* apart; of a link also what its target's are told apart by.

    A directory is told apart by what it is, not by what is in it.
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


def _entries_of(directory: str) -> State:
    """Return what changes with the entries of *directory*; links above it are followed."""
    try:
        return _with_times(os.stat(directory))
    except OSError as error:
        return (error.errno or -1,)
    except ValueError:
        return (-1,)


def _newest(state: State) -> float:
    """Return the latest of the times in *state*; nothing for a file that is not there."""
    times = (*state[5:7], *state[12:14])
    return max(times, default=0) / 1e9


def _is_file(state: State) -> bool:
    return len(state) in (7, 14) and state[-7] & _KIND == _REGULAR


def _digest(path: str) -> str:
    """Return the SHA-256 of the file at *path*; empty when it cannot be read."""
    try:
        return sha256_hex(read_regular(os.path.realpath(path), MAX_BYTES))
    except (OSError, ValueError):
        return ""


class Directories:
    """Remembers which entries directories have, for paths whose links are followed.

    A directory that changed only just now counts as changed until it has rested: its times may not tell.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        """Look at the parents of *paths*."""
        self._states = [(path, _entries_of(path)) for path in dict.fromkeys(map(os.path.dirname, paths))]
        self._rested = max((_newest(state) for _, state in self._states), default=0.0) + YOUNG
        self._looked = time.monotonic()
        self._young = time.time() < self._rested

    def changed(self) -> bool:
        """Whether an entry may have come, gone or been replaced, or a directory further up been moved."""
        # What happens further up shows in no state that is looked at: hence the second half.
        if self._young or time.monotonic() - self._looked > YOUNG:
            return True
        return any(_entries_of(path) != state for path, state in self._states)
