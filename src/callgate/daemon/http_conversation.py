"""One connection to the HTTP lane: many requests one after another, each answered before the next is looked at."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Final

import h11

from callgate.agents.claude_code import MAX_INPUT, ask_for
from callgate.daemon.http_rules import Call, Proof, Refusal, aims_at_hook, judge

if TYPE_CHECKING:
    from callgate.daemon.http_server import LaneServer

MAX_HEAD: Final = 48 * 1024
"""Bytes of a request line with its headers. A host sends one kilobyte; a path has at most 4,096."""

MAX_EVENT: Final = 16 * 1024 * 1024
"""Bytes of a message that needs no decision."""

MAX_BUFFERED: Final = 48 * 1024 * 1024
"""Bytes of messages that are not whole yet, over all conversations."""

_START: Final = 64
"""Bytes of a request that tell what it aims at, when the rest cannot be read."""

_TOO_MUCH: Final = "too many large messages came at once"


class Conversation(asyncio.Protocol):
    """One client."""

    def __init__(self, server: LaneServer) -> None:
        """Belong to *server*."""
        self.since = time.monotonic()
        """When the request began to arrive, or the last one was answered."""
        self.known = False
        """It has shown the token."""
        self.busy = False
        """A request is arriving or being answered."""
        self._server = server
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD)
        self._transport: asyncio.Transport | None = None
        self._start = b""
        self._call: Call | None = None
        self._body = bytearray()
        self._instead = ""
        """Why the message is not judged: its end is waited for, and then comes an *ask* that says so."""
        self._too_large = False
        self._leaving = False
        self._lingering = False
        """It has its last answer; what it still sends is thrown away, so that the answer is not lost by a reset."""
        self._full = False
        """It does not read its answers."""
        self._task: asyncio.Task[None] | None = None

    @property
    def deciding(self) -> bool:
        """Whether a process of its own is looking for the answer, which takes as long as that may."""
        return self._task is not None

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the client up."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what a stream's protocol gets
        self._transport = transport
        self._server.begin(self)

    def data_received(self, data: bytes) -> None:
        """Go on with the request that is arriving."""
        if self._lingering:
            return
        if not self.busy:
            self.busy, self.since = True, time.monotonic()
        if len(self._start) < _START:
            self._start += data[: _START - len(self._start)]
        self._http.receive_data(data)
        self._advance()

    def eof_received(self) -> bool:
        """Whoever has said everything still gets the answer."""
        if self._lingering or not self.busy:
            return False
        self._http.receive_data(b"")
        self._advance()
        return self._task is not None

    def connection_lost(self, _error: Exception | None) -> None:
        """Forget the client, and the process that looks for its answer."""
        self._server.open.pop(self, None)
        self._forget()
        if self._task is not None:
            self._task.cancel()

    def pause_writing(self) -> None:
        """Look at no further request while the answers are not taken."""
        self._full = True
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        """Go on."""
        self._full = False
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()
            asyncio.get_running_loop().call_soon(self._advance)

    # What the server calls

    def leave(self) -> None:
        """End when the request is answered; now, when there is none."""
        self._leaving = True
        if not self.busy and self._transport is not None:
            self._transport.close()

    def expire(self, why: str) -> None:
        """End now; a request to decide still gets its *ask*."""
        self._server.open.pop(self, None)
        if self.busy and not self._lingering and not self._full:
            self._server.refused[why] += 1
            if self._for_hook():
                self._answer(200, ask_for(why), last=True)
        if self._task is not None:
            self._task.cancel()
        self._forget()
        if self._transport is not None:
            # `close` would wait for a client that does not read.
            self._transport.abort() if self._full or not self.busy else self._transport.close()

    # The request

    def _advance(self) -> None:
        """Take up what has arrived, as far as it goes."""
        while self._task is None and not self._lingering and not self._full and self._open():
            try:
                event = self._http.next_event()
                if event is h11.NEED_DATA or event is h11.PAUSED:
                    return
                self._take(event)
            except h11.RemoteProtocolError as error:
                self._unreadable(error)
            except Exception as error:  # noqa: BLE001 - the boundary: a connection that is cut is *go on* to a host
                self._failed(error)

    def _take(self, event: object) -> None:
        if isinstance(event, h11.Request):
            self._head(event)
        elif isinstance(event, h11.Data):
            self._collect(event.data)
        elif isinstance(event, h11.EndOfMessage):
            self._whole()
        elif self._transport is not None:  # it has closed
            self._transport.close()

    def _head(self, request: h11.Request) -> None:
        server = self._server
        server.requests += 1
        found = judge(request.method, request.target, request.headers, server.lane)
        if isinstance(found, Proof):
            self._answer(200, found.text.encode("ascii") + b"\n", last=True, kind="text/plain")
            return
        if isinstance(found, Call):
            self.known, self._call = True, found
            server.last_used = time.monotonic()
        else:
            self._refuse(found)
            if self._lingering:
                return
        if self._http.they_are_waiting_for_100_continue:
            self._send(h11.InformationalResponse(status_code=100, headers=[], reason=b"Continue"))

    def _refuse(self, refusal: Refusal) -> None:
        """Refuse at once, or wait for the end of a message that a host may have sent and then *ask*."""
        self._server.refused[refusal.name] += 1
        if refusal.why and aims_at_hook(self._start):
            self._server.statistics.fault(f"http lane: a call could not be judged: {refusal.why}")
            self._instead = refusal.why
        else:
            self._answer(refusal.status, b"", last=True)

    def _collect(self, data: bytes) -> None:
        call = self._call
        if call is None or self._instead or self._too_large:
            return  # thrown away; its end is waited for
        self._body += data
        self._server.buffered += len(data)
        if len(self._body) > (MAX_EVENT if call.listens else MAX_INPUT):
            self._too_large = True
        elif self._server.buffered > MAX_BUFFERED:
            self._instead = _TOO_MUCH
        else:
            return
        self._server.refused["too large"] += 1
        self._forget()
        if call.listens:
            self._answer(413, b"", last=True)

    def _whole(self) -> None:
        started = time.perf_counter_ns()
        call, body, server = self._call, bytes(self._body), self._server
        self._forget()
        if self._instead or call is None:
            self._answer(200, ask_for(self._instead), last=not self.known)
            return
        answer = server.answers.too_large(call) if self._too_large else None
        if answer is None and not server.outdated():
            answer = server.answers.at_once(call, body)
        if answer is None:
            self._task = asyncio.get_running_loop().create_task(self._hand_on(call, body))
            return
        server.answers.sending(answer)
        sent = self._answer(200, answer.output)
        server.answers.settle(answer, len(body), started, sent=sent)

    async def _hand_on(self, call: Call, body: bytes) -> None:
        """Have a process answer. Nothing more is read from the client meanwhile."""
        if self._transport is not None:
            self._transport.pause_reading()
        output = await self._server.answers.by_process(call, body)
        self._task = None
        if self._open() and self._transport is not None:
            self._answer(200, output)
            self._transport.resume_reading()
            self._advance()

    def _unreadable(self, error: h11.RemoteProtocolError) -> None:
        self._server.refused["not HTTP"] += 1
        if self._for_hook():
            self._server.statistics.fault(f"http lane: a request to decide a call cannot be read: {error}")
            self._answer(200, ask_for(f"its HTTP request cannot be read: {error}"), last=True)
        else:
            self._answer(error.error_status_hint, b"", last=True)

    def _failed(self, error: Exception) -> None:
        """Something of ours went wrong; what was not answered yet is asked about."""
        why = f"{type(error).__name__}: {error}"
        self._server.statistics.fault(f"http lane: {why}")
        self._answer(200 if self._for_hook() else 500, ask_for(why) if self._for_hook() else b"", last=True)
        self._lingering = True

    # The answer

    def _answer(self, status: int, body: bytes, *, last: bool = False, kind: str = "application/json") -> bool:
        """Send an answer; false when the client had gone.

        Args:
            status: 200, or what is no decision to anybody.
            body: may be empty.
            last: end the conversation with it.
            kind: content type.
        """
        last = last or self._leaving
        headers = [("Content-Type", kind), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")]
        if last:
            headers.append(("Connection", "close"))
        if not self._open():
            return False
        try:
            head = self._http.send(h11.Response(status_code=status, headers=headers)) or b""
            data = head + (self._http.send(h11.Data(data=body)) or b"") + (self._http.send(h11.EndOfMessage()) or b"")
        except h11.LocalProtocolError:  # the answer is out already
            return False
        assert self._transport is not None  # noqa: S101 - it is open
        self._transport.write(data)
        sent = self._open()
        self._next(last=last)
        return sent

    def _next(self, *, last: bool) -> None:
        """Be ready for the next request, or for the end."""
        self._call, self._instead, self._too_large = None, "", False
        self.since = time.monotonic()
        if not last and self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
            self._start = self._http.trailing_data[0][:_START]
            self.busy = bool(self._start)
            return
        self._lingering = True
        self._forget()
        if self._transport is not None and not self._transport.is_closing():
            if self._http.their_state is h11.DONE or self._http.their_state is h11.CLOSED:
                self._transport.close()
            else:
                with contextlib.suppress(OSError):  # the client has gone
                    self._transport.write_eof()

    def _send(self, event: h11.InformationalResponse) -> None:
        if self._open() and self._transport is not None:
            self._transport.write(self._http.send(event) or b"")

    def _for_hook(self) -> bool:
        """Whether the request that is arriving is one to decide a call, as far as can be told."""
        return not self._call.listens if self._call is not None else aims_at_hook(self._start)

    def _open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def _forget(self) -> None:
        self._server.buffered -= len(self._body)
        self._body = bytearray()
