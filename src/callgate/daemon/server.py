"""The daemon's socket: many short conversations, one request each, none of which can hold up the others for long.

One thread, so decisions come one after another; the journal has a thread of its own. Whatever is odd about a
conversation ends it, and its hook decides by itself.

Plain sockets in asyncio's loop, without its transports: most clients have said everything by the time they are let in,
and are answered at once. Transports would take four turns of the loop for that, a tenth of what a call costs.
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

_PIECE: Final = 256 * 1024
"""Bytes that are read before others have their turn."""

_PAUSE: Final = 0.1
"""Seconds without letting anybody in, when no descriptor is free after all."""

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
        self._listening: socket.socket | None = None
        self._loop: asyncio.AbstractEventLoop

    def listen(self, listening: socket.socket) -> None:
        """Let clients in at *listening*, which does not block; as many at once as there are descriptors for."""
        room = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - _OWN_FILES - _AT_ONCE
        self._limit = max(1, min(MAX_CONNECTIONS, room))
        self._listening = listening
        self._loop = asyncio.get_running_loop()
        self._go_on()

    def leave(self) -> None:
        """Let nobody in any more."""
        if self._listening is not None:
            self._loop.remove_reader(self._listening.fileno())
            self._listening.close()
            self._listening = None

    def _let_in(self, listening: socket.socket) -> None:
        for _ in range(_AT_ONCE):
            try:
                peer, _ = listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                self.statistics.fault(f"no client can be let in: {error.strerror or error}")
                self._loop.remove_reader(listening.fileno())
                self._loop.call_later(_PAUSE, self._go_on)
                return
            Conversation(self, peer, self._loop).begin()

    def _go_on(self) -> None:
        if self._listening is not None:  # a pause may end behind `leave`
            self._loop.add_reader(self._listening.fileno(), self._let_in, self._listening)

    def begin(self, one: Conversation) -> None:
        """Take *one* up, at the expense of the oldest when there are too many."""
        self.statistics.connections += 1
        if len(self.open) >= self._limit:
            next(iter(self.open)).end("too many conversations")
        self.open[one] = None
        if not self._sweeping:
            self._sweeping = True
            self._loop.call_later(PATIENCE_SECONDS / 4, self._sweep)

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
            self._loop.call_later(PATIENCE_SECONDS / 4, self._sweep)


class Conversation:
    """One client."""

    def __init__(self, server: Server, peer: socket.socket, loop: asyncio.AbstractEventLoop) -> None:
        """Belong to *server*, and own *peer*."""
        self._server = server
        self._peer = peer
        self._loop = loop
        self._data = bytearray()
        self._rest = b""
        """Of the answer: what the client has not taken yet."""
        self._wanted = 0
        self._done = False
        self._waits = False
        """The loop tells when there is more to read, or room to write."""
        self.began = time.monotonic()

    @property
    def size(self) -> int:
        """Bytes that are held of a request that is not whole yet."""
        return len(self._data)

    def begin(self) -> None:
        """Take the client up when it is ours, and read what it has said already."""
        self._peer.setblocking(False)
        self._server.begin(self)
        try:
            mine = peer_uid(self._peer) == os.geteuid()
        except OSError:
            mine = False
        if not mine:
            self.end("another user")
            return
        self._readable()
        if not self._done and self in self._server.open:
            self._waits = True
            self._loop.add_reader(self._peer.fileno(), self._readable)

    def end(self, why: str) -> None:
        """End the conversation without an answer; what was not sent yet is dropped."""
        if not self._done:
            self._server.statistics.unanswered[why] += 1
        self._close()

    def _readable(self) -> None:
        try:
            data = self._peer.recv(_PIECE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if not data:
            self._close()  # the client has gone
            return
        try:
            self._collect(data)
        except Exception as error:  # noqa: BLE001 - the boundary: one conversation must not harm the others
            self._server.statistics.fault(f"a conversation failed: {type(error).__name__}: {error}")
            self.end("a fault")

    def _collect(self, data: bytes) -> None:
        """Add to the request and answer it as soon as it is whole."""
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

    def _close(self) -> None:
        self._done = True
        self._server.open.pop(self, None)
        self._forget()
        self._listen_no_more()
        self._peer.close()

    def _listen_no_more(self) -> None:
        if self._waits:
            self._waits = False
            self._loop.remove_reader(self._peer.fileno())
            self._loop.remove_writer(self._peer.fileno())

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
        self._listen_no_more()
        self._rest = frame
        return self._writable()

    def _writable(self) -> bool:
        """Send what is left, as far as the client takes it, and hang up behind the last of it."""
        try:
            self._rest = self._rest[self._peer.send(self._rest) :]
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:
            self._close()
            return False
        if not self._rest:
            self._close()
        elif not self._waits:
            self._waits = True
            self._loop.add_writer(self._peer.fileno(), self._writable)
        return True
