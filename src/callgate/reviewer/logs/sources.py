"""Which log files there are: chains of one log and its rotated files, and what of them is not trusted."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final, Iterator, NamedTuple, Protocol, Sequence

from callgate.journal.append import rotated

if TYPE_CHECKING:
    from callgate.host import Places
    from callgate.policy.loader import LoadedPolicy

OLDER_REVIEW: Final = "/tmp/claude-decisions-review.log"  # noqa: S108 - where the older hook writes; contract.md section 3
OLDER_OPERATIONAL: Final = "/tmp/claude-tool-use.log"  # noqa: S108 - as above


class Chain(NamedTuple):
    """One log: the file that is written now, and what was rotated away from it."""

    path: str
    others: tuple[str, ...] | None = None
    """Files that were rotated away from it, newest first; `None`: they are looked for."""
    complete: bool = True
    """Whether it is meant to be a review log. What a line is, the line says."""


class Opened(NamedTuple):
    """One file of a chain as it was when the reading began. What is written later is not looked at."""

    path: str
    device: int
    inode: int
    size: int
    modified_ns: int
    changed_ns: int
    chain: int
    """Number of its chain; where two decisions have one stamp, the lower number counts as the newer."""
    number: int
    """0 for the file that is written now, 1 for the one rotated last, and so on."""


class Skipped(NamedTuple):
    """A file that is not read."""

    path: str
    reason: str


class Snapshot(NamedTuple):
    """All files of some chains at one moment."""

    files: tuple[Opened, ...]
    skipped: tuple[Skipped, ...]

    @property
    def found(self) -> bool:
        """Whether any log is there, empty or not, trusted or not."""
        return bool(self.files or self.skipped)


class LogOwner(Protocol):
    """Whose logs: a gate, or whatever else knows its policy and its places."""

    @property
    def loaded(self) -> LoadedPolicy | None:
        """What the policy says, of `[logging]` for one."""

    @property
    def places(self) -> Places:
        """The user's files."""


def chains_of(gate: LogOwner, logs: Sequence[str] = ()) -> tuple[Chain, ...]:
    """Return the logs that *gate* writes and those of the older hook, review logs first; or *logs* instead of them."""
    if logs:
        return tuple(Chain(path) for path in dict.fromkeys(map(os.path.realpath, logs)))
    logging = gate.loaded.logging if gate.loaded else None
    review = (logging.review_log_file if logging else "") or gate.places.review_log_file
    operational = (logging.log_file if logging else "") or gate.places.log_file
    return (
        *(Chain(path) for path in (review, OLDER_REVIEW)),
        *(Chain(path, complete=False) for path in (operational, OLDER_OPERATIONAL)),
    )


def snapshot(chains: Sequence[Chain]) -> Snapshot:
    """Look at the files of *chains*, each once however many names it has.

    The log itself comes first: when it is rotated away while we look, it is found again under its new name and left
    out, so that nothing counts twice, and nothing that was there is missed.
    """
    files: list[Opened] = []
    skipped: list[Skipped] = []
    seen: set[tuple[int, int]] = set()
    for number, chain in enumerate(chains):
        states = [(chain.path, _state(chain.path))]
        states += [(path, _state(path)) for path in _others(chain)]
        place = 0
        for path, state in states:
            if state is None:
                continue
            if isinstance(state, str):
                skipped.append(Skipped(path, state))
                continue
            if (state.st_dev, state.st_ino) not in seen:
                seen.add((state.st_dev, state.st_ino))
                times = state.st_mtime_ns, state.st_ctime_ns
                files.append(Opened(path, state.st_dev, state.st_ino, state.st_size, *times, number, place))
            place += 1
    return Snapshot(tuple(files), tuple(skipped))


def open_file(file: Opened) -> int:
    """Return a descriptor of *file*, under whatever name it has by now.

    Raises:
        FileNotFoundError: it was deleted.
        OSError: it cannot be opened.
    """
    for path in _names(file.path):
        try:
            fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        except FileNotFoundError:
            continue
        state = os.fstat(fd)
        if (state.st_dev, state.st_ino) == (file.device, file.inode):
            return fd
        os.close(fd)
    raise FileNotFoundError(f"the log was deleted while it was read: {file.path}")


def _names(path: str) -> Iterator[str]:
    """Yield *path*, then what its file may be called by now; most files still have their name."""
    yield path
    yield from rotated(os.path.realpath(path))


def _others(chain: Chain) -> Sequence[str]:
    if chain.others is not None:
        return chain.others
    try:
        return rotated(os.path.realpath(chain.path))
    except ValueError:  # a path that no file can have
        return ()


def _state(path: str) -> os.stat_result | str | None:
    """Return the state of the file at *path*; why it is not read; `None` when there is nothing."""
    try:
        state = os.lstat(path)  # not opened: opening a device can already do something
        if stat.S_ISLNK(state.st_mode):
            if state.st_uid not in (os.geteuid(), 0) and _shared(os.path.dirname(path)):
                return "a symbolic link of another user"
            state = os.stat(path)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        return getattr(error, "strerror", None) or str(error)
    if not stat.S_ISREG(state.st_mode):
        return "not a regular file"
    if state.st_uid == os.geteuid() and state.st_mode & stat.S_IRUSR:  # of hundreds of files nearly all are
        return state
    if state.st_uid not in (os.geteuid(), 0) and _shared(os.path.dirname(os.path.realpath(path))):
        return "belongs to another user, in a directory that anybody can write to"
    return state if os.access(path, os.R_OK) else "Permission denied"


def _shared(folder: str) -> bool:
    """Whether users other than the owner can make files in *folder*."""
    try:
        return bool(os.stat(folder or ".").st_mode & (stat.S_IWOTH | stat.S_IWGRP))
    except OSError:
        return True
