"""The HTTP lane as Claude Code uses it: one connection that stays open, one request a call."""

from __future__ import annotations

import time
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Iterator

from benchmarks.figures import BenchError
from benchmarks.scratch import TIMEOUT
from benchmarks.spawn import Sample

if TYPE_CHECKING:
    from pathlib import Path


class Lane:
    """A connection to the lane of a daemon that runs."""

    def __init__(self, port: int, token: str, path: str) -> None:
        """Take where it is; the first request connects."""
        self._path = path
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)

    def ask(self, data: bytes) -> bytes:
        """Return the answer to a call.

        Raises:
            BenchError: there is none.
        """
        try:
            self._connection.request("POST", self._path, data, self._headers)
            response = self._connection.getresponse()
            body = response.read()
        except (OSError, HTTPException) as error:
            raise BenchError(f"the HTTP lane does not answer: {error}") from error
        if response.status != 200:
            raise BenchError(f"the HTTP lane answers with status {response.status}")
        return body

    def timed(self, data: bytes) -> Sample:
        """Ask, and return how long that took; there is no process whose time could be counted."""
        started = time.perf_counter()
        self.ask(data)
        return Sample(time.perf_counter() - started, 0.0)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


def switch_on(home: Path, socket: str) -> None:
    """Make port and token of the lane below *home*, for the daemon that is about to listen at *socket*.

    Raises:
        BenchError: they cannot be made.
    """
    from callgate.daemon.http_files import LaneError, make_lane  # noqa: PLC0415 - the figures' tests need no callgate
    from callgate.host import places  # noqa: PLC0415 - as above

    try:
        make_lane(places({}, str(home)), socket)
    except LaneError as error:
        raise BenchError(f"the HTTP lane cannot be switched on: {error}") from error


@contextmanager
def lane(home: Path) -> Iterator[Lane]:
    """Connect to the lane of the daemon that runs for *home*.

    Raises:
        BenchError: it is not on.
    """
    from callgate.agents.claude_code_http import HOOK_PATH  # noqa: PLC0415 - the figures' tests need no callgate
    from callgate.daemon.http_files import read_lane  # noqa: PLC0415 - as above
    from callgate.host import places  # noqa: PLC0415 - as above

    found = read_lane(places({}, str(home)))
    if found is None:
        raise BenchError("the HTTP lane is off")
    connection = Lane(found.port, found.token, HOOK_PATH)
    try:
        yield connection
    finally:
        connection.close()
