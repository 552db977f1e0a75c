"""Replacing a file so that a reader sees the old content or the new, never half of one.

Cheap to import: the switch uses it too, and the hook reads the switch.
"""

from __future__ import annotations

import os
import stat


def write_atomic(path: str, data: bytes, *, mode: int, owner: tuple[int, int] | None = None) -> None:
    """Write *data* to a new file beside *path* and rename it over *path*.

    Args:
        path: absolute; the last component is replaced even when it is a symbolic link, so resolve it first when
            the link's target is meant.
        data: the whole content.
        mode: permission bits of the new file, set regardless of the umask.
        owner: (uid, gid) to keep, when the file had another owner than the writer.

    Raises:
        OSError: nothing was changed; the temporary file is removed.
    """
    folder, name = os.path.split(path)
    temporary = f"{folder}/.{name}.{os.getpid()}-{os.urandom(4).hex()}.tmp"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        try:
            write_all(handle, data)
            if owner is not None and owner != (os.geteuid(), os.getegid()):
                os.fchown(handle, *owner)
            os.fchmod(handle, mode)
            os.fsync(handle)
        finally:
            os.close(handle)
        os.replace(temporary, path)
    except BaseException:
        _remove_quietly(temporary)
        raise
    _sync_folder(folder)


def write_new(path: str, data: bytes, *, mode: int) -> None:
    """Create *path* with *data*.

    Raises:
        FileExistsError: something has that name already, a dangling link included.
        OSError: any other fault; no half-written file stays behind.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        try:
            write_all(handle, data)
            os.fchmod(handle, mode)
        finally:
            os.close(handle)
    except BaseException:
        _remove_quietly(path)
        raise


def write_all(handle: int, data: bytes) -> None:
    """Write all of *data*, however many calls the kernel needs for it."""
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


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


def _remove_quietly(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        return


def _sync_folder(folder: str) -> None:
    """Make the rename survive a power cut, where the file system can."""
    try:
        handle = os.open(folder or "/", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        return
    finally:
        os.close(handle)
