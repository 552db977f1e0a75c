"""Replacing a file so that a reader sees the old content or the new, never half of one.

Cheap to import: the switch uses it too, and the hook reads the switch.
"""

from __future__ import annotations

import os
import stat
from typing import Callable, Protocol


class Calls(Protocol):
    """The system calls of `write_atomic`; the module `os` has them. A test gives others, which fail when it says."""

    @property
    def open(self) -> Callable[[str, int, int], int]:
        """Open or create a file."""

    @property
    def write(self) -> Callable[[int, memoryview], int]:
        """Write a part."""

    @property
    def fchown(self) -> Callable[[int, int, int], None]:
        """Give a file its owner."""

    @property
    def fchmod(self) -> Callable[[int, int], None]:
        """Give a file its mode."""

    @property
    def fsync(self) -> Callable[[int], None]:
        """Bring a file or a directory to the disk."""

    @property
    def close(self) -> Callable[[int], None]:
        """Close a file."""

    @property
    def replace(self) -> Callable[[str, str], None]:
        """Rename over what is there."""

    @property
    def unlink(self) -> Callable[[str], None]:
        """Remove a name."""


class FolderSyncError(OSError):
    """The file has its new content, but the directory could not be brought to the disk: a power cut may undo it."""


def write_atomic(
    path: str,
    data: bytes,
    *,
    mode: int,
    owner: tuple[int, int] | None = None,
    temporary: str = "",
    prepare: Callable[[int], None] | None = None,
    check: Callable[[], None] | None = None,
    must_sync: bool = False,
    calls: Calls = os,
) -> None:
    """Write *data* to a new file beside *path* and rename it over *path*.

    Args:
        path: absolute; the last component is replaced even when it is a symbolic link, so resolve it first when
            the link's target is meant.
        data: the whole content.
        mode: permission bits of the new file, set regardless of the umask.
        owner: (uid, gid) to keep, when the file had another owner than the writer.
        temporary: the name of the new file until it is renamed, in the directory of *path*; made up when empty.
        prepare: gets the descriptor of the new file when that has its content, owner and mode.
        check: called when only the rename is left to do; may raise.
        must_sync: raise when the directory cannot be brought to the disk; otherwise that is let pass.
        calls: the system calls.

    Raises:
        OSError: nothing was changed; the temporary file is removed (and so for what *prepare* and *check* raise).
        FolderSyncError: with *must_sync* only; the file **is** changed.
    """
    folder, name = os.path.split(path)
    temporary = temporary or f"{folder}/.{name}.{os.getpid()}-{os.urandom(4).hex()}.tmp"
    handle = calls.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        try:
            write_all(handle, data, calls=calls)
            if owner is not None and owner != _owner(handle):
                calls.fchown(handle, *owner)
            calls.fchmod(handle, mode)
            if prepare is not None:
                prepare(handle)
            calls.fsync(handle)
        finally:
            calls.close(handle)
        if check is not None:
            check()
        calls.replace(temporary, path)
    except BaseException:
        _remove_quietly(temporary, calls)
        raise
    try:
        sync_folder(folder, calls=calls)
    except OSError as error:
        if must_sync:
            raise FolderSyncError(*error.args) from error


def write_new(path: str, data: bytes, *, mode: int, calls: Calls = os) -> None:
    """Create *path* with *data*.

    Raises:
        FileExistsError: something has that name already, a dangling link included.
        OSError: any other fault; no half-written file stays behind.
    """
    handle = calls.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        try:
            write_all(handle, data, calls=calls)
            calls.fchmod(handle, mode)
        finally:
            calls.close(handle)
    except BaseException:
        _remove_quietly(path, calls)
        raise


def write_all(handle: int, data: bytes, *, calls: Calls = os) -> None:
    """Write all of *data*, however many calls the kernel needs for it."""
    view = memoryview(data)
    while view:
        view = view[calls.write(handle, view) :]


def read_regular(path: str, limit: int) -> bytes:
    """Return the content of the regular file *path*, following links.

    Never hangs on a FIFO or a device and never reads more than *limit* bytes.

    Raises:
        OSError: it is missing, unreadable, not a regular file, or larger than *limit*.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        info = os.fstat(handle)
        if not stat.S_ISREG(info.st_mode):
            raise OSError(f"`{path}` is not a regular file")
        parts = []
        left = limit + 1
        while left > 0 and (part := os.read(handle, min(left, 1 << 20))):
            parts.append(part)
            left -= len(part)
    finally:
        os.close(handle)
    if left <= 0:
        raise OSError(f"`{path}` is larger than {limit} bytes")
    return b"".join(parts)


def sync_folder(folder: str, *, calls: Calls = os) -> None:
    """Make a rename in *folder* survive a power cut.

    Raises:
        OSError: the file system cannot, or the disk has failed.
    """
    handle = calls.open(folder or "/", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, 0)
    try:
        calls.fsync(handle)
    finally:
        calls.close(handle)


def _owner(handle: int) -> tuple[int, int]:
    """Who owns the file: not always our user and group, for a directory may hand its group on."""
    info = os.fstat(handle)
    return info.st_uid, info.st_gid


def _remove_quietly(path: str, calls: Calls = os) -> None:
    try:
        calls.unlink(path)
    except OSError:
        return
