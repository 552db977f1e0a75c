"""Conversations with a daemon, many at once from one thread: what a crowd of clients does to it."""

from __future__ import annotations

import selectors
import socket
import time
from typing import Iterable, Iterator, NamedTuple, Sequence

from benchmarks.figures import BenchError

MAX_REFUSED = 0.01
"""Share of the calls; with more, the daemon does not do its work."""

PATIENCE = 30.0
"""Seconds without any answer before a run is given up."""


class Crowd(NamedTuple):
    """What a run brought."""

    seconds: float
    """From the first call to the last answer."""
    latencies: list[float]
    """Seconds from connecting to the whole answer, one for each call."""
    refused: int = 0
    """Calls that the daemon left to their hooks: on a machine that others use, one may take longer than it may."""


class _Talk:
    """One client: connects, sends a frame, reads to the end."""

    def __init__(self, path: str, frame: bytes) -> None:
        self.began = time.perf_counter()
        self.left = memoryview(frame)
        self.answer = bytearray()
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(path)  # blocks while the daemon's backlog is full, as a client does
        self.socket.setblocking(False)

    def send(self) -> bool:
        """Send what the socket takes; true when all is sent."""
        self.left = self.left[self.socket.send(self.left) :]
        return not self.left

    def receive(self) -> bool:
        """Read what is there; true when the daemon has hung up."""
        part = self.socket.recv(65_536)
        self.answer += part
        return not part


def crowd(path: str, frames: Sequence[bytes], clients: int, calls: int) -> Crowd:
    """Have *clients* at a time make *calls* calls in all, each on a connection of its own, over *frames* in turn.

    Raises:
        BenchError: more than a few conversations end without an answer.
    """
    refused = 0
    todo = _in_turn(frames, calls)
    latencies: list[float] = []
    started = time.perf_counter()
    with selectors.DefaultSelector() as selector:
        for _ in range(min(clients, calls)):
            _begin(selector, path, todo)
        while len(latencies) < calls:
            events = selector.select(PATIENCE)
            if not events:
                raise BenchError(f"the daemon has not answered for {PATIENCE:g} s")
            for key, _ in events:
                talk: _Talk = key.data
                if talk.left:
                    if talk.send():
                        selector.modify(talk.socket, selectors.EVENT_READ, talk)
                elif talk.receive():
                    latencies.append(_end(selector, talk))
                    refused += not is_answer(talk.answer)
                    if refused > max(1, MAX_REFUSED * calls):
                        raise BenchError(f"the daemon gives no answer: {bytes(talk.answer[:80])!r}")
                    _begin(selector, path, todo)
    return Crowd(time.perf_counter() - started, latencies, refused)


def _begin(selector: selectors.BaseSelector, path: str, todo: Iterator[bytes]) -> None:
    frame = next(todo, None)
    if frame is not None:
        talk = _Talk(path, frame)
        sent = talk.send()
        selector.register(talk.socket, selectors.EVENT_READ if sent else selectors.EVENT_WRITE, talk)


def _end(selector: selectors.BaseSelector, talk: _Talk) -> float:
    selector.unregister(talk.socket)
    talk.socket.close()
    return time.perf_counter() - talk.began


def is_answer(data: bytes | bytearray) -> bool:
    """Whether *data* is a whole answer to a call."""
    from callgate.daemon.protocol import ANSWER, HEADER, lengths  # noqa: PLC0415 - the figures' tests need no callgate

    if len(data) < HEADER.size:
        return False
    kind, head, body = lengths(bytes(data[: HEADER.size]))
    return kind == ANSWER and len(data) == HEADER.size + head + body


def _in_turn(frames: Sequence[bytes], calls: int) -> Iterator[bytes]:
    for number in range(calls):
        yield frames[number % len(frames)]


def cpu_seconds(pid: int) -> float:
    """Return the processor time of process *pid*, all its threads, in seconds; 0 where the system does not say."""
    try:
        with open(f"/proc/{pid}/schedstat", "rb") as file:
            first = int(file.read().split()[0])
        return _all_threads(pid) or first / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


def _all_threads(pid: int) -> float:
    import os  # noqa: PLC0415 - Linux only

    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/schedstat", "rb") as file:
            total += int(file.read().split()[0])
    return total / 1e9


def in_order(path: str, frames: Iterable[bytes]) -> list[float]:
    """Return the latency of each of *frames*, one after the other, as a hook's client sees it."""
    listed = list(frames)
    return crowd(path, listed, 1, len(listed)).latencies
