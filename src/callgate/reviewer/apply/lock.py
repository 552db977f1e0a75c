"""One writer at a time for each policy file, whatever process, thread or link it comes by.

The lock is `flock` on a file in the state directory that is named by a hash of the target's real path; it never lies
beside the target, where it would be committed or synchronised. The kernel drops it with the process that held it, so
the lock of a dead process is none. What the file says (process, since when) is for the message only.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from typing import Iterator

from callgate.reviewer.apply.base import ApplyError, Detail
from callgate.reviewer.apply.state import Station, make_folder
from callgate.reviewer.apply.system import OS, Os
from callgate.times import rfc3339

LOCK_WAIT = 5.0
"""Seconds until `locked` (issue: 5 s wait)."""

_PAUSE = 0.02
_MAX_NOTE = 4096


@contextlib.contextmanager
def hold(place: Station, target: str, *, wait: float = LOCK_WAIT, calls: Os = OS) -> Iterator[None]:
    """Hold the lock of *target* while the block runs.

    Args:
        place: where the lock lies.
        target: real path of the file, for messages.
        wait: seconds to wait for another writer; at least one attempt is made.
        calls: the system calls.

    Raises:
        ApplyError: `locked`, or `io_error` when the state directory cannot be used.
    """
    handle = _locked(place, target, calls.monotonic() + wait, wait, calls)
    try:
        _sign(handle, target)
        yield
    finally:
        os.close(handle)


def _locked(place: Station, target: str, deadline: float, wait: float, calls: Os) -> int:
    while True:
        handle = _open(place, calls)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _same(handle, place.lock):
                return handle
        except BlockingIOError:
            if calls.monotonic() >= deadline:
                told = _holder(handle)
                os.close(handle)
                raise _busy(target, told, wait) from None
            calls.sleep(_PAUSE)
        except OSError as error:
            os.close(handle)
            raise ApplyError("io_error", f"`{place.lock}` cannot be locked: {error.strerror or error}") from error
        os.close(handle)


def _open(place: Station, calls: Os) -> int:
    try:
        make_folder(place.folder, calls)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        return calls.open(place.lock, flags, 0o600)
    except OSError as error:
        message = f"the state directory cannot be used: {error.strerror or error}: `{error.filename or place.lock}`"
        help_ = "callgate keeps locks and unfinished changes there; free the path, or set XDG_STATE_HOME"
        raise ApplyError("io_error", message, [Detail("", message, help_)]) from error


def _same(handle: int, path: str) -> bool:
    """Whether the locked file still has its name: somebody may have cleaned the state directory while we waited."""
    mine = os.fstat(handle)
    try:
        there = os.lstat(path)
    except OSError:
        return False
    return (mine.st_dev, mine.st_ino) == (there.st_dev, there.st_ino)


def _sign(handle: int, target: str) -> None:
    """Write who holds the lock. A full disk must not stop a change that has room itself, so failing is fine."""
    since = rfc3339(time.time())
    with contextlib.suppress(OSError):
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps({"pid": os.getpid(), "since": since, "target": target}).encode(), 0)


def _holder(handle: int) -> tuple[int, str]:
    """Return (process, since when) of whoever holds the lock; (0, "") while that has not been written."""
    try:
        told = json.loads(os.pread(handle, _MAX_NOTE, 0))
        return int(told["pid"]), str(told["since"])[:40]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return 0, ""


def _busy(target: str, told: tuple[int, str], wait: float) -> ApplyError:
    pid, since = told
    who = f"by process {pid}, since {since}" if pid else "by another process"
    message = f"`{target}` is being changed {who}; waited {wait:g} s"
    advice = f"try again; if it never ends, look at process {pid}" if pid else "try again"
    return ApplyError("locked", message, [Detail("target_file", message, advice)])
