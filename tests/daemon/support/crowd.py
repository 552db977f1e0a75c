"""Many hooks at once, in one thread: each is a connection with one call, and knows whether it got its answer."""

from __future__ import annotations

import contextlib
import selectors
import socket
import time
from typing import Callable, Sequence

from running_daemon import DaemonWorld

from callgate.daemon import protocol
from callgate.daemon.protocol import ANSWER, FrameError


class Hook:
    """One call on its way.

    Attributes:
        name: its `tool_use_id`.
        command: what is called.
        answer: what the daemon sent for it; `None` while, or when, there is none.
    """

    def __init__(self, name: str, command: str, data: bytes) -> None:
        self.name = name
        self.command = command
        self.answer: bytes | None = None
        self._left = memoryview(data)
        self._got = bytearray()

    def push(self, peer: socket.socket) -> bool:
        """Send what the socket takes; true when all is sent."""
        while self._left:
            try:
                self._left = self._left[peer.send(self._left) :]
            except BlockingIOError:
                return False
        return True

    def pull(self, peer: socket.socket) -> bool:
        """Receive; true when the conversation is over, with an answer or without."""
        try:
            data = peer.recv(65536)
        except BlockingIOError:
            return False
        self._got += data
        size = protocol.HEADER.size
        if len(self._got) >= size:
            kind, head, body = protocol.lengths(bytes(self._got[:size]))
            if len(self._got) >= size + head + body:
                self.answer = bytes(self._got[size + head :]) if kind == ANSWER else None
                return True
        return not data


def crowd(
    world: DaemonWorld,
    commands: Sequence[str],
    *,
    prefix: str = "h",
    at_once: int = 400,
    meanwhile: Callable[[int], None] = lambda _answered: None,
    seconds: float = 60.0,
) -> list[Hook]:
    """Make a call for each of *commands*, at most *at_once* at the same time.

    Args:
        world: whose daemon is called.
        commands: of `Bash`.
        prefix: of the `tool_use_id`.
        at_once: connections.
        meanwhile: called with the number of answers so far, after each.
        seconds: for all of it.

    Returns:
        The hooks, in the order of *commands*.
    """  # fmt: skip
    hooks = [
        Hook(f"{prefix}{at}", command, world.frame(world.message(command, tool_use_id=f"{prefix}{at}")))
        for at, command in enumerate(commands)
    ]
    waiting = hooks[::-1]
    answered = 0
    until = time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        while waiting or selector.get_map():
            assert time.monotonic() < until, "the daemon leaves calls hanging"
            while waiting and len(selector.get_map()) < at_once:
                _begin(world, waiting.pop(), selector)
            for key, events in selector.select(0.5):
                hook, peer = key.data, key.fileobj
                assert isinstance(hook, Hook)
                assert isinstance(peer, socket.socket)
                over = False
                try:
                    if events & selectors.EVENT_WRITE and hook.push(peer):
                        selector.modify(peer, selectors.EVENT_READ, hook)
                    if events & selectors.EVENT_READ:
                        over = hook.pull(peer)
                except (OSError, FrameError):
                    over = True
                if over:
                    selector.unregister(peer)
                    peer.close()
                    if hook.answer is not None:
                        answered += 1
                        meanwhile(answered)
    return hooks


def _begin(world: DaemonWorld, hook: Hook, selector: selectors.BaseSelector) -> None:
    """Connect; a hook that cannot has its answer elsewhere."""
    peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    peer.setblocking(False)
    with contextlib.suppress(OSError):
        peer.connect(world.files.socket)
        selector.register(peer, selectors.EVENT_WRITE | selectors.EVENT_READ, hook)
        return
    peer.close()
