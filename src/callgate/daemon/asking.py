"""One question to the daemon over its socket, for commands; hooks have clients of their own."""

from __future__ import annotations

import os
import socket
import struct
import time

from callgate.core.errors import CallgateError
from callgate.daemon import protocol
from callgate.daemon.protocol import Frame
from callgate.daemon.runtime import Runtime, is_socket, private


class NoDaemonError(CallgateError):
    """No daemon answers. The text says why."""


def own_build() -> str:
    """Return the build of this very code."""
    return protocol.build_of(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def ask(files: Runtime, kind: int, *, seconds: float = 2.0) -> Frame:
    """Send a frame of *kind* without a body and return the answer.

    Args:
        files: of the daemon.
        kind: see `protocol`.
        seconds: for all of it.

    Raises:
        NoDaemonError: none is there, it is another user's, it does not answer in time, or what it says is no frame.
    """
    if not private(files.directory) or not is_socket(files.socket):
        raise NoDaemonError(f"no daemon listens at {files.socket}")
    until = time.monotonic() + seconds
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as conversation:
        try:
            conversation.settimeout(seconds)
            conversation.connect(files.socket)
            if peer_uid(conversation) != os.geteuid():
                raise NoDaemonError(f"a process of another user listens at {files.socket}")
            conversation.sendall(protocol.pack(kind, protocol.head(own_build())))
            header = _receive(conversation, protocol.HEADER.size, until)
            got, head, body = protocol.lengths(header)
            data = _receive(conversation, head + body, until)
        except (OSError, ValueError) as error:
            raise NoDaemonError(f"the daemon at {files.socket} does not answer: {error}") from error
    return Frame(got, data[:head], data[head:])


def _receive(conversation: socket.socket, size: int, until: float) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        conversation.settimeout(left)
        part = conversation.recv(size - len(parts))
        if not part:
            raise ValueError("it hung up")
        parts += part
    return bytes(parts)


def peer_uid(conversation: socket.socket) -> int:
    """Return the user id of the process at the other end of a Unix socket.

    Raises:
        OSError: the system does not say.
    """
    credentials = getattr(socket, "SO_PEERCRED", None)  # Linux only
    if credentials is not None:
        _, user, _ = struct.unpack("iII", conversation.getsockopt(socket.SOL_SOCKET, credentials, 12))
    else:
        # macOS and the BSDs: struct xucred, which begins with its version and the user id (sys/ucred.h).
        _, user = struct.unpack_from("2I", conversation.getsockopt(0, 1, 76))
    return int(user)
