"""Where the daemon's socket and lock lie, and whether that place can be trusted.

Cheap to import: a hook without a daemon comes here to start one.
"""

from __future__ import annotations

import os
from typing import Mapping, NamedTuple

from callgate.host import Places

_DIRECTORY, _SOCKET, _KIND = 0o040000, 0o140000, 0o170000
_OTHERS = 0o077
MAX_SOCKET_PATH = 103
"""Bytes that the path of a Unix socket may have everywhere: 104 on macOS, 108 on Linux, with the NUL at its end."""


class Runtime(NamedTuple):
    """The files of one daemon, all in one directory."""

    directory: str

    @property
    def socket(self) -> str:
        """The Unix socket."""
        return f"{self.directory}/gate.sock"

    @property
    def lock(self) -> str:
        """Locked by the daemon from before it starts until it is gone; its content is the daemon's process id."""
        return f"{self.directory}/gate.lock"

    @property
    def counters(self) -> str:
        """How many decisions were answered and how many are in the log; survives a daemon that is killed."""
        return f"{self.directory}/gate.count"

    @property
    def log(self) -> str:
        """What the daemon prints: nothing, unless it fails."""
        return f"{self.directory}/gate.log"


def runtime(environ: Mapping[str, str], places: Places) -> Runtime:
    """Return the runtime files of the user of *environ*.

    The directory `callgate` in `$XDG_RUNTIME_DIR`, else in `/run/user/UID` where that is the user's, else `run` in
    the state directory: the first of them that nobody else can write, and whose path is short enough for a socket.
    """
    mine = f"/run/user/{os.getuid()}"
    for base in (environ.get("XDG_RUNTIME_DIR", ""), mine):
        if base.startswith("/") and len(os.fsencode(base)) < MAX_SOCKET_PATH - 20 and private(base):
            return Runtime(f"{base.rstrip('/')}/callgate")
    return Runtime(f"{places.state_dir}/run")


def runtime_at(socket: str) -> Runtime:
    """Return the runtime files of the daemon whose socket is at *socket*."""
    return Runtime(os.path.dirname(socket))


def private(directory: str) -> bool:
    """Whether *directory* is one, is ours, and nobody else can look into it."""
    try:
        state = os.lstat(directory)
    except (OSError, ValueError):
        return False
    return state.st_mode & _KIND == _DIRECTORY and state.st_uid == os.geteuid() and not state.st_mode & _OTHERS


def prepare(files: Runtime) -> str:
    """Make the directory of *files* with mode 0700 where it is missing; return why it cannot be used, or nothing."""
    if len(os.fsencode(files.socket)) > MAX_SOCKET_PATH:
        return f"the path of the socket is longer than {MAX_SOCKET_PATH} bytes: {files.socket}"
    if private(files.directory):
        return ""
    try:
        os.makedirs(os.path.dirname(files.directory), mode=0o700, exist_ok=True)
        os.mkdir(files.directory, 0o700)
    except FileExistsError:
        pass
    except (OSError, ValueError) as error:
        return f"{files.directory} cannot be made: {error}"
    if private(files.directory):
        return ""
    return f"{files.directory} is not a directory that only its owner can enter (mode 0700)"


def is_socket(path: str) -> bool:
    """Whether a socket of ours stands at *path*."""
    try:
        state = os.lstat(path)
    except (OSError, ValueError):
        return False
    return state.st_mode & _KIND == _SOCKET and state.st_uid == os.geteuid()
