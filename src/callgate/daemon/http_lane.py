"""The HTTP lane as the daemon holds it: nothing at all where it is off, not even the import of what serves it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import sys
from typing import TYPE_CHECKING, Any

from callgate.daemon.answers import Answers
from callgate.daemon.http_files import Lane, LaneError, lane_file, read_lane
from callgate.daemon.runtime import Runtime
from callgate.daemon.server import Server
from callgate.daemon.starting import HTTP_FD, LOCK_FD
from callgate.daemon.statistics import Statistics
from callgate.environ import trusted_environ
from callgate.host import places

if TYPE_CHECKING:
    from callgate.daemon.http_server import LaneServer


class HttpLane:
    """Serves the lane when it is on, and is this daemon's."""

    def __init__(self, files: Runtime, answers: Answers, server: Server, statistics: Statistics) -> None:
        """Look whether it is on.

        Args:
            files: of the daemon.
            answers: to calls.
            server: knows the build, and whether it is outdated.
            statistics: gets what goes wrong.
        """
        self._files = files
        self._answers = answers
        self._server = server
        self._statistics = statistics
        self._serving: LaneServer | None = None
        self._kept = -1
        self._lane: Lane | None = None
        self._fault = ""
        where = places(trusted_environ(os.environ, "/"))
        self._file = lane_file(where)
        try:
            lane = read_lane(where)
        except LaneError as error:
            self._fault = str(error)
            statistics.fault(f"http lane: {error}")
        else:
            self._lane = lane if lane is not None and lane.socket == files.socket else None

    @property
    def on(self) -> bool:
        """Whether hosts are told to call it: nobody starts this daemon on demand then, so it does not leave."""
        return self._lane is not None and os.path.lexists(self._file)

    @property
    def busy(self) -> bool:
        """Whether somebody is connected."""
        return self._serving is not None and bool(self._serving.open)

    @property
    def last_used(self) -> float:
        """When a call came last (`time.monotonic`); 0 where none can."""
        return self._serving.last_used if self._serving is not None else 0.0

    async def start(self, fd: int | None) -> None:
        """Serve it.

        Args:
            fd: a socket that listens already, from the daemon before this one.
        """
        if self._lane is None:
            if fd is not None:
                os.close(fd)
            return
        from callgate.daemon.http_answers import HttpAnswers  # noqa: PLC0415 - only where the lane is on
        from callgate.daemon.http_server import LaneServer  # noqa: PLC0415 - as above

        answers = HttpAnswers(self._answers, self._statistics, self._server.build)
        self._serving = LaneServer(self._lane, answers, self._statistics, lambda: self._server.outdated)
        await self._serving.start(fd)

    def leave(self, *, again: bool) -> None:
        """Accept nothing more; where `become` comes next, the socket goes on listening: no host is turned away."""
        if self._serving is None:
            return
        fd = self._serving.fileno()
        if again and fd >= 0:
            self._kept = os.dup(fd)
        self._serving.leave()

    def end(self) -> None:
        """End the conversations that are left."""
        if self._serving is not None:
            self._serving.end()

    def become(self, lock: int, idle_seconds: float, *, attached: bool) -> None:
        """Run the code that is on the disk now, in this process and with the socket of the lane; does not return then.

        Everything has been written down. No command hook would start another daemon, and whoever supervises this
        process need not notice.

        Args:
            lock: descriptor of the daemon's lock.
            idle_seconds: of this daemon.
            attached: it has not left its terminal, or whoever supervises it.
        """
        if not self.on or self._kept < 0:
            return
        words = [sys.executable, "-I", "-m", "callgate.daemon", "--socket", self._files.socket]
        words += ["--idle", f"{idle_seconds:g}", "--http", str(HTTP_FD), *(["--attached", "yes"] if attached else [])]
        held = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, HTTP_FD + 1) for fd in (lock, self._kept)]
        for fd, place in zip(held, (LOCK_FD, HTTP_FD), strict=True):
            os.dup2(fd, place)  # and so it stays open
        with contextlib.suppress(OSError):  # no Python there any more: it leaves, as it would without the lane
            os.execv(sys.executable, words)  # noqa: S606 - our own interpreter, no shell

    def describe(self) -> dict[str, Any] | None:
        """Return how it is, by the names of docs/daemon.md; `None` where it is off."""
        if self._serving is not None:
            return self._serving.describe()
        return {"on": False, "fault": self._fault} if self._fault else None
