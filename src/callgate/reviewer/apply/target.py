"""The file that a change is for: found through links, checked, and read once.

What is written is the real file, so a linked policy (a dotfiles checkout) stays a link. Where somebody else could
have put the link, the name or the file, nothing is written at all.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from typing import Final, NamedTuple

from callgate.policy.loader.files import MAX_BYTES
from callgate.reviewer.apply.base import ApplyError, Detail

_MAX_HOPS: Final = 40
"""Links that are followed before a path counts as a loop; the kernel of Linux has the same number."""

_OWN: Final = re.compile(r"\.callgate-[0-9a-f]{16}\.old", re.ASCII)


class Target(NamedTuple):
    """A policy file as it was when it was read."""

    given: str
    """The path as the caller named it, made absolute."""
    path: str
    """The real file: absolute, without links."""
    data: bytes
    sha256: str
    info: os.stat_result


def read_target(given: str) -> Target:
    """Find and read the file at *given*.

    Raises:
        ApplyError: `not_found`; `io_error` when it is not a file that may be written safely; `stale_file` when it
            changed while it was read.
    """
    path = resolve(given)
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _unreadable(given, error) from error
    try:
        info = os.fstat(handle)
        _check(path, info)
        data = _all(handle, path)
        if _identity(os.fstat(handle)) != _identity(info) or len(data) != info.st_size:
            raise _stale(path)
    except OSError as error:
        raise _unreadable(given, error) from error
    finally:
        os.close(handle)
    return Target(os.path.abspath(given), path, data, hashlib.sha256(data).hexdigest(), info)


def resolve(given: str) -> str:
    """Return the real path of *given*, following links that we, root, or an unshared directory vouch for.

    Raises:
        ApplyError: `not_found`, or `io_error` for a path that others could have steered.
    """
    todo = os.path.abspath(given).split("/")[::-1]
    at, hops = "/", 0
    try:
        while todo:
            name = todo.pop()
            if name in ("", "."):
                continue
            if name == "..":
                at = os.path.dirname(at)
                continue
            folder = os.stat(at)
            _check_folder(at, folder)
            here = f"{at.rstrip('/')}/{name}"
            info = os.lstat(here)
            if not stat.S_ISLNK(info.st_mode):
                at = here
                continue
            hops += 1
            if hops > _MAX_HOPS:
                raise _refused(given, f"`{given}` is a loop of symbolic links", "name the file itself")
            if folder.st_mode & stat.S_IWOTH and info.st_uid not in (os.geteuid(), 0):
                help_ = "name the file itself"
                raise _refused(given, f"`{here}` is a link of another user in a shared directory", help_)
            to = os.readlink(here)
            at = "/" if to.startswith("/") else at
            todo += to.split("/")[::-1]
    except OSError as error:
        raise _unreadable(given, error) from error
    except ValueError as error:  # a NUL character
        raise _refused(given, f"`{given}` is not a path: {error}", "") from error
    return at


def check_unchanged(target: Target) -> None:
    """Check that the file still is the one that was read: the same inode with the same content.

    Raises:
        ApplyError: `stale_file`.
    """
    try:
        handle = os.open(target.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            info = os.fstat(handle)
            same = stat.S_ISREG(info.st_mode) and _identity(info) == _identity(target.info)
            same = same and _all(handle, target.path) == target.data
        finally:
            os.close(handle)
    except OSError:
        same = False
    if not same:
        raise _stale(target.path)


def sha256_of(path: str) -> str:
    """Return the SHA-256 of what stands at *path*, empty when that is no readable regular file of a policy's size."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return ""
        return hashlib.sha256(_all(handle, path)).hexdigest()
    except (OSError, ApplyError):
        return ""
    finally:
        os.close(handle)


def _all(handle: int, path: str) -> bytes:
    parts, left = [], MAX_BYTES + 1
    while left > 0 and (part := os.read(handle, left)):
        parts.append(part)
        left -= len(part)
    if left <= 0:
        raise _refused(path, f"`{path}` is larger than {MAX_BYTES} bytes", "no policy file may be; split it up")
    return b"".join(parts)


def _identity(info: os.stat_result) -> tuple[int, ...]:
    """Not the change time: a backup program or a link made beside the file moves it, and the content is compared."""
    return info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns, info.st_mode, info.st_uid, info.st_gid


def _check(path: str, info: os.stat_result) -> None:
    if not stat.S_ISREG(info.st_mode):
        raise _refused(path, f"`{path}` is not a regular file", "name a policy file")
    if info.st_uid != os.geteuid():
        help_ = "run this as the owner of the file"
        raise _refused(path, f"`{path}` belongs to another user (uid {info.st_uid})", help_)
    if info.st_nlink > 1 and info.st_nlink - _own_links(path, info) > 1:
        what = f"`{path}` has {info.st_nlink} hard links: the other names would keep the old content"
        raise _refused(path, what, f"make it a file of its own: `cp -p {path} {path}.new && mv {path}.new {path}`")


def _own_links(path: str, info: os.stat_result) -> int:
    """How many of the hard links are the second name that a change gives the old file (see `write.Names`)."""
    folder = os.path.dirname(path)
    count = 0
    for name in os.listdir(folder):
        if _OWN.fullmatch(name):
            try:
                other = os.lstat(os.path.join(folder, name))
            except FileNotFoundError:
                continue
            count += (other.st_dev, other.st_ino) == (info.st_dev, info.st_ino)
    return count


def _check_folder(path: str, info: os.stat_result) -> None:
    if info.st_mode & stat.S_IWOTH and not info.st_mode & stat.S_ISVTX:
        raise _refused(path, f"everybody can write the directory `{path}`", f"chmod o-w '{path}'")


def _refused(path: str, message: str, help_: str) -> ApplyError:
    return ApplyError("io_error", message, [Detail("target_file", message, help_ or f"check `{path}`")])


def _stale(path: str) -> ApplyError:
    message = f"`{path}` was changed by somebody else since it was read"
    return ApplyError("stale_file", message, [Detail("target_file", message, "read it again, then repeat the change")])


def _unreadable(given: str, error: OSError) -> ApplyError:
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        message = f"there is no file `{given}`"
        detail = Detail("target_file", message, "check the path; `callgate init` writes a first policy")
        return ApplyError("not_found", message, [detail])
    message = f"`{given}` cannot be read: {error.strerror or error}"
    return ApplyError("io_error", message, [Detail("target_file", message, "check the path and its permissions")])
