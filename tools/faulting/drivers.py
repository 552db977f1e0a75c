"""Two ways to make one call of a change fail or be the last one: below libgit2, and in `Os` alone.

`Libc` counts every call of the C library that changes the file system, those of libgit2 and the audit log included; it
needs a C compiler and Linux. `Calls` wraps the functions of `Os` and needs nothing.
"""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable, Final, Literal, NamedTuple, Protocol

from callgate.reviewer.apply.system import OS, Os

Mode = Literal["count", "kill", "twice", "once", "full", "short", "dead", "readonly"]
"""kill: SIGKILL in front of the call. twice: and the next run, which repairs, is killed as well. once: EIO, once.
full: ENOSPC from there on, for whatever needs room. short: the same, but a write first writes half. dead: EIO from
there on. readonly: no name can be made or changed beside the target.
"""

SHIM: Final = Path(__file__).with_name("shim.c")
_OFF, _COUNT, _KILL, _FAIL_ONCE, _FAIL_ON, _SHORT = range(6)
_ARMED: Final = {
    "count": (_COUNT, 0), "kill": (_KILL, 0),
    "twice": (_KILL, 0), "once": (_FAIL_ONCE, errno.EIO), "full": (_FAIL_ON, errno.ENOSPC),
    "short": (_SHORT, errno.ENOSPC), "dead": (_FAIL_ON, errno.EIO),
}  # fmt: skip


class Seen(NamedTuple):
    """How far a change came."""

    calls: int
    name: str
    """The call that was hit, empty when none."""


class Driver(Protocol):
    """Arms one fault in the process that it is called in."""

    name: str
    modes: tuple[Mode, ...]

    def arm(self, mode: Mode, at: int, folder: str) -> Os:
        """Make call number *at*, from 1, the one that *mode* is about; *folder* is the target's."""

    def disarm(self) -> Seen:
        """Let everything pass again."""


class Libc:
    """The calls of the C library, through a preloaded one."""

    name = "libc"
    modes: tuple[Mode, ...] = ("kill", "twice", "once", "full", "short", "dead")

    def __init__(self) -> None:
        """Find the functions of the shim, which this process must have been started with."""
        self._library = ctypes.CDLL(None)
        self._library.faults_seen.restype = ctypes.c_long
        self._library.faults_last.restype = ctypes.c_char_p

    def arm(self, mode: Mode, at: int, folder: str) -> Os:  # noqa: ARG002 - the shim knows no paths
        """As `Driver`."""
        how, number = _ARMED[mode]
        self._library.faults_arm(how, ctypes.c_long(at), number)
        return OS

    def disarm(self) -> Seen:
        """As `Driver`."""
        seen = Seen(self._library.faults_seen(), self._library.faults_last().decode())
        self._library.faults_arm(_OFF, ctypes.c_long(0), 0)
        return seen


class Calls:
    """The functions of `Os`."""

    name = "calls"
    modes: tuple[Mode, ...] = ("kill", "twice", "once", "full", "short", "dead", "readonly")

    def __init__(self) -> None:
        """Count nothing yet."""
        self._mode: Mode = "count"
        self._at = self._seen = 0
        self._name = self._folder = ""
        self._armed = False

    def arm(self, mode: Mode, at: int, folder: str) -> Os:
        """As `Driver`."""
        self._mode, self._at, self._folder, self._seen, self._name, self._armed = mode, at, folder, 0, "", True
        plain = {"sleep", "monotonic"}
        wrapped: dict[str, Any] = {
            name: self._wrap(name, real) for name, real in OS._asdict().items() if name not in plain
        }
        return OS._replace(**wrapped)

    def disarm(self) -> Seen:
        """As `Driver`."""
        self._armed = False
        return Seen(self._seen, self._name)

    def _wrap(self, name: str, real: Callable[..., object]) -> Callable[..., object]:
        def call(*given: object) -> object:
            opens = name == "open" and isinstance(given[1], int) and not given[1] & os.O_CREAT
            if not self._armed or opens:
                return real(*given)
            self._seen += 1
            if self._seen == self._at:
                self._name = f"{name} {given[0]}" if name == "step" else name
            self._hit(name, real, given)
            return real(*given)

        return call

    def _hit(self, name: str, real: Callable[..., object], given: tuple[object, ...]) -> None:
        here, later = self._seen == self._at, self._seen >= self._at
        needs_room = name in {"open", "write", "link", "mkdir", "setxattr"}
        if self._mode in {"kill", "twice"} and here:
            os.kill(os.getpid(), signal.SIGKILL)
        if name == "step":
            return  # a step only marks a place
        if self._mode == "once" and here:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        if self._mode == "readonly" and later and self._beside(given):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        if self._mode == "short" and here and name == "write" and isinstance(given[1], memoryview):
            real(given[0], given[1][: len(given[1]) // 2])
        if self._mode in {"full", "short"} and later and needs_room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if self._mode == "dead" and later and (needs_room or name == "fsync"):
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    def _beside(self, given: tuple[object, ...]) -> bool:
        return any(isinstance(one, str) and os.path.dirname(one) == self._folder for one in given)


def build_shim(folder: Path) -> Path | None:
    """Compile the shim into *folder*; `None` where that is not possible."""
    if not sys.platform.startswith("linux"):
        return None
    target = folder / "faults.so"
    words = [os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", str(target), str(SHIM)]
    try:
        done = subprocess.run(words, capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return target if done.returncode == 0 else None
