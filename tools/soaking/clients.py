"""Processes that call a daemon as fast as it answers; some of their clients vanish, and some send rubbish."""

from __future__ import annotations

import os
import socket
import struct
import time
from typing import Callable

from soaking.world import SoakWorld

UNANSWERED, ANSWERED, VANISHED, HUNG_UP = 0, 1, 2, 3
"""What became of a call: nothing yet; answered; its client went away; no answer came, so its hook would decide."""

_ANSWER = 129


def work(world: SoakWorld, worker: int, calls: int, became: memoryview, until: float) -> None:
    """Make *calls* calls, one after another, and note in *became* what became of each. For a process of its own.

    Args:
        world: whose daemon is called.
        worker: number of this client.
        calls: how many.
        became: one byte for each call.
        until: seconds of the monotonic clock when it ends, whatever is left.
    """
    heads = world.heads()
    for number in range(calls):
        if time.monotonic() > until:
            return
        frame = world.frame(heads, worker, number)
        kind = number % 500
        if kind == 123:
            _vanish(world.files.socket, frame)
            became[number] = VANISHED
        elif kind == 321:
            _vanish(world.files.socket, frame[: len(frame) // 2])
            became[number] = VANISHED
        elif kind == 444:
            _vanish(world.files.socket, os.urandom(300))
            became[number] = VANISHED
        else:
            became[number] = ANSWERED if _answered(world.files.socket, frame) else HUNG_UP


def started(target: Callable[[], None]) -> int:
    """Run *target* in a process of its own; return its id."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        target()
        code = 0
    finally:
        os._exit(code)


def _answered(path: str, frame: bytes) -> bool:
    peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        peer.settimeout(60)
        peer.connect(path)
        peer.sendall(frame)
        data = b""
        while len(data) < 16 or len(data) < 16 + sum(struct.unpack(">II", data[8:16])):
            part = peer.recv(65536)
            if not part:
                return False
            data += part
    except OSError:
        return False
    finally:
        peer.close()
    return data[4] == _ANSWER


def _vanish(path: str, data: bytes) -> None:
    """Send *data* and go away without a look at the answer."""
    peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        peer.settimeout(60)
        peer.connect(path)
        peer.sendall(data)
    except OSError:
        return
    finally:
        peer.close()
