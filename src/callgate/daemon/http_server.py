"""The HTTP lane: Claude Code's `http` hooks on loopback, in the daemon's process and event loop.

h11 on a plain asyncio protocol. uvicorn with a bare ASGI app would do the same for one route, but its import takes four
times as long (89 ms) and twelve times the memory (6 MB), and it has no limit on how long a request may take to arrive.
Loaded only where the lane is on.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import Any, Callable, Final

from callgate.daemon.http_answers import HttpAnswers
from callgate.daemon.http_conversation import Conversation
from callgate.daemon.http_files import Lane, listening
from callgate.daemon.statistics import Statistics

MAX_CONNECTIONS: Final = 256
"""At once. One more, and the one is ended that has been there for longest without the token."""

PATIENCE_SECONDS: Final = 8.0
"""For a request to arrive; then there is an answer without it. The host waits ten."""

STRANGER_SECONDS: Final = 10.0
"""For a conversation without a request."""

IDLE_SECONDS: Final = 600.0
"""For one that had the token. Long, because a host that writes to a connection at the moment when it is closed takes
that for *go on*."""

SWEEP_SECONDS: Final = 1.0
RETRY_SECONDS: Final = 5.0
"""When somebody else has the port."""

BACKLOG: Final = 128
"""Also how many are accepted at one go: fewer than `MAX_CONNECTIONS`, so that none of them drives out another."""


class LaneServer:
    """Serves one lane."""

    def __init__(self, lane: Lane, answers: HttpAnswers, statistics: Statistics, outdated: Callable[[], bool]) -> None:
        """Take what it needs.

        Args:
            lane: port and token.
            answers: to messages.
            statistics: gets what goes wrong.
            outdated: whether the code on the disk is not what runs here any more.
        """
        self.lane = lane
        self.answers = answers
        self.statistics = statistics
        self.outdated = outdated
        self.fault = "it has not been started"
        """Why the lane is not served; empty when it is."""
        self.requests = 0
        self.refused: Counter[str] = Counter()
        """By reason, of a few."""
        self.connections = 0
        self.buffered = 0
        self.last_used = time.monotonic()
        self.open: dict[Conversation, None] = {}
        self._sweeping = False
        self._accepting: asyncio.Server | None = None

    async def start(self, fd: int | None = None) -> None:
        """Listen; when somebody else has the port, say so and try again every now and then.

        Args:
            fd: a socket that listens there already, from the daemon before this one.
        """
        loop = asyncio.get_running_loop()
        try:
            socket = listening(self.lane.port, fd)
            self._accepting = await loop.create_server(lambda: Conversation(self), sock=socket, backlog=BACKLOG)
        except OSError as error:
            fault = f"port {self.lane.port} cannot be had: {error.strerror or error}"
            if fault != self.fault:
                self.statistics.fault(
                    f"http lane: {fault}: calls are NOT judged, and who listens there is not callgate"
                )
            self.fault = fault
            loop.call_later(RETRY_SECONDS, lambda: loop.create_task(self.start()))
        else:
            self.fault = ""

    def fileno(self) -> int:
        """Return the descriptor of the listening socket; -1 when there is none."""
        sockets = self._accepting.sockets if self._accepting is not None else ()
        return sockets[0].fileno() if sockets else -1

    def leave(self) -> None:
        """Accept nothing more; conversations between two requests end now, the others when they are answered."""
        self.fault = "it leaves"
        if self._accepting is not None:
            self._accepting.close()
        for one in list(self.open):
            one.leave()

    def end(self) -> None:
        """End what is left, with an answer where one is owed."""
        for one in list(self.open):
            one.expire("the daemon leaves")

    def describe(self) -> dict[str, Any]:
        """Return the numbers, by the names of docs/daemon.md."""
        return {
            "port": self.lane.port,
            "on": not self.fault,
            "fault": self.fault,
            "requests": self.requests,
            "refused": dict(sorted(self.refused.items())),
            "handed_on": self.answers.handed_on,
            "connections": {"open": len(self.open), "total": self.connections},
        }

    def begin(self, one: Conversation) -> None:
        """Take *one* up, at the expense of another when there are too many."""
        self.connections += 1
        if len(self.open) >= MAX_CONNECTIONS:
            self._least().expire("too many conversations")
        self.open[one] = None
        if not self._sweeping:
            self._sweeping = True
            asyncio.get_running_loop().call_later(SWEEP_SECONDS, self._sweep)

    def _least(self) -> Conversation:
        """Return the conversation that is missed least: a stranger's, else one between two requests; the oldest."""
        return min(self.open, key=lambda one: (one.known, one.known and one.busy, one.since))

    def _sweep(self) -> None:
        """End what takes too long; only while there are conversations, so that an idle daemon does not wake up."""
        now = time.monotonic()
        for one in list(self.open):
            limit = PATIENCE_SECONDS if one.busy else IDLE_SECONDS if one.known else STRANGER_SECONDS
            if now - one.since > limit and not one.deciding:
                one.expire("a request took too long" if one.busy else "silence")
        self._sweeping = bool(self.open)
        if self._sweeping:
            asyncio.get_running_loop().call_later(SWEEP_SECONDS, self._sweep)
