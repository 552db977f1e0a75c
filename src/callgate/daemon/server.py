"""The daemon's socket: many short conversations, one request each, none of which can hold up the others for long.

asyncio in one thread, so decisions come one after another; the journal has a thread of its own. Whatever is odd about
a conversation ends it, and its hook decides by itself.
"""

from __future__ import annotations

import asyncio
import os
import resource
import socket
import time
from typing import Callable, Final

from callgate.daemon import protocol
from callgate.daemon.answers import Answers, Unanswered
from callgate.daemon.asking import peer_uid
from callgate.daemon.protocol import FrameError, Request
from callgate.daemon.statistics import Statistics

MAX_CONNECTIONS: Final = 512
"""Conversations at once. One more, and the one that has been silent for longest is ended."""

MAX_BUFFERED: Final = 64 * 1024 * 1024
"""Bytes of requests that are not whole yet, over all conversations."""

PATIENCE_SECONDS: Final = 2.0
"""For one conversation; clients give up after 250 ms."""

BACKLOG: Final = 1024
"""Clients that the kernel keeps waiting."""

_AT_ONCE: Final = 8
"""Clients that are let in before those who are in have their turn."""

_TURNS: Final = 5
"""Of asyncio's loop, from letting a client in to having closed the one who was ended for it."""

_OWN_FILES: Final = 24
"""Descriptors for everything but conversations: the loop, the lock, the logs, what a decision looks at."""

Tell = Callable[[int, Request], bytes]
"""(kind, request) -> the whole frame that answers a question about the daemon itself."""


class Server:
    """Accepts conversations at a socket."""

    def __init__(self, build: str, answers: Answers, statistics: Statistics, tell: Tell) -> None:
        """Take who answers.

        Args:
            build: what this daemon runs; calls of other builds are not answered.
            answers: to calls.
            statistics: gets what has no answer.
            tell: answers everything else.
        """
        self.build = build
        self.answers = answers
        self.statistics = statistics
        self.tell = tell
        self.outdated = False
        """The code on the disk is not what runs here any more: no call is answered."""
        self.last_used = time.monotonic()
        self.buffered = 0
        self.open: dict[Conversation, None] = {}
        self._sweeping = False
        self._limit = MAX_CONNECTIONS

    async def listen(self, listening: socket.socket) -> asyncio.Server:
        """Accept conversations at *listening*, as many at once as there are descriptors for.

        Without a free one asyncio accepts nobody for a second, and each client would wait for nothing.
        """
        room = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - _OWN_FILES - _TURNS * _AT_ONCE
        self._limit = max(1, min(MAX_CONNECTIONS, room))
        accepting = await asyncio.get_running_loop().create_unix_server(
            lambda: Conversation(self), sock=listening, backlog=_AT_ONCE
        )
        listening.listen(BACKLOG)  # to asyncio both numbers are one
        return accepting

    def begin(self, one: Conversation) -> None:
        """Take *one* up, at the expense of the oldest when there are too many."""
        self.statistics.connections += 1
        if len(self.open) >= self._limit:
            next(iter(self.open)).end("too many conversations")
        self.open[one] = None
        if not self._sweeping:
            self._sweeping = True
            asyncio.get_running_loop().call_later(PATIENCE_SECONDS / 4, self._sweep)

    def relieve(self) -> Conversation:
        """End whoever holds most, so that many that never finish do not keep others out; return who that was."""
        largest = max(self.open, key=lambda one: one.size)
        largest.end("too much at once")
        return largest

    def _sweep(self) -> None:
        """End what takes too long; only while there are conversations, so that an idle daemon does not wake up."""
        now = time.monotonic()
        for one in [one for one in self.open if now - one.began > PATIENCE_SECONDS]:
            one.end("a conversation took too long")
        self._sweeping = bool(self.open)
        if self._sweeping:
            asyncio.get_running_loop().call_later(PATIENCE_SECONDS / 4, self._sweep)


class Conversation(asyncio.Protocol):
    """One client."""

    def __init__(self, server: Server) -> None:
        """Belong to *server*."""
        self._server = server
        self._data = bytearray()
        self._transport: asyncio.Transport | None = None
        self._wanted = 0
        self._done = False
        self.began = time.monotonic()

    @property
    def size(self) -> int:
        """Bytes that are held of a request that is not whole yet."""
        return len(self._data)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the client up when it is ours."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what a stream's protocol gets
        self._transport = transport
        self._server.begin(self)
        try:
            mine = peer_uid(transport.get_extra_info("socket")) == os.geteuid()
        except OSError:
            mine = False
        if not mine:
            self.end("another user")

    def data_received(self, data: bytes) -> None:
        """Collect a request and answer it as soon as it is whole."""
        if self._done:
            return
        self._data += data
        self._server.buffered += len(data)
        if self._server.buffered > MAX_BUFFERED and self._server.relieve() is self:
            return
        if not self._wanted and len(self._data) >= protocol.HEADER.size:
            try:
                _, head, body = protocol.lengths(bytes(self._data[: protocol.HEADER.size]))
            except FrameError as error:
                self.end(str(error))
                return
            self._wanted = protocol.HEADER.size + head + body
        if self._wanted and len(self._data) >= self._wanted:
            self._whole()

    def connection_lost(self, _error: Exception | None) -> None:
        """Forget the client."""
        self._server.open.pop(self, None)
        self._forget()

    def end(self, why: str) -> None:
        """End the conversation without an answer; what was not sent yet is dropped."""
        self._server.open.pop(self, None)
        if not self._done:
            self._server.statistics.unanswered[why] += 1
        self._done = True
        self._forget()
        if self._transport is not None:
            self._transport.abort()

    def _forget(self) -> None:
        self._server.buffered -= len(self._data)
        self._data = bytearray()

    def _whole(self) -> None:
        started = time.perf_counter_ns()
        kind, head, body = protocol.lengths(bytes(self._data[: protocol.HEADER.size]))
        after_head = protocol.HEADER.size + head
        try:
            request = protocol.read_head(bytes(self._data[protocol.HEADER.size : after_head]))
        except FrameError as error:
            self.end(str(error))
            return
        message = bytes(self._data[after_head : after_head + body])
        self._forget()
        self._done = True
        server = self._server
        if kind != protocol.CALL:
            self._send(self._told(kind, request))
            return
        server.last_used = time.monotonic()
        if request.build != server.build or server.outdated:
            server.statistics.unanswered["another build"] += 1
            self._send(protocol.pack(protocol.OTHER_BUILD, protocol.head(server.build)))
            return
        self._answer(request, message, started)

    def _told(self, kind: int, request: Request) -> bytes:
        try:
            return self._server.tell(kind, request)
        except Exception as error:  # noqa: BLE001 - the boundary: a question about the daemon must not harm it
            self._server.statistics.fault(f"a question failed: {type(error).__name__}: {error}")
            return protocol.pack(protocol.REFUSED, b"", b"the daemon failed to answer this")

    def _answer(self, request: Request, message: bytes, started: int) -> None:
        answers = self._server.answers
        try:
            answer = answers.prepare(request, message)
        except Unanswered as why:
            self._server.statistics.unanswered["no decision"] += 1
            self._server.statistics.fault(str(why))
            self._send(protocol.pack(protocol.REFUSED, b"", str(why).encode("utf-8", "replace")[:1000]))
            return
        answers.sending(answer)
        if self._send(protocol.pack(protocol.ANSWER, b"", answer.output)):
            answers.sent(answer, len(message), started)
        else:
            answers.unsent(answer)

    def _send(self, frame: bytes) -> bool:
        """Send *frame* and hang up; false when the client had gone."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return False
        transport.write(frame)  # at once, as far as the socket takes it: a client that has gone shows now
        if transport.is_closing():
            return False
        transport.close()
        return True
