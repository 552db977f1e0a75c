"""Telling our daemon from whoever else listens at its port."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from typing import Callable, Iterator

import pytest
from lane_world import TOKEN, OwnLane, request

from callgate.daemon.http_files import Lane, free_port
from callgate.daemon.http_proof import fault_of, wait_for

Script = Callable[[socket.socket], None]


@contextmanager
def _impostor(script: Script) -> Iterator[tuple[Lane, list[bytes]]]:
    """Somebody who listens at the port of a lane and does as *script* says; what it is told is kept."""
    lane = Lane(free_port(), "/s", TOKEN)
    heard: list[bytes] = []
    over = threading.Event()
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", lane.port))
        listening.listen()
        listening.settimeout(0.05)

        def serve() -> None:
            while not over.is_set():
                try:
                    one, _ = listening.accept()
                except TimeoutError:
                    continue
                with one:
                    heard.append(one.recv(65536))
                    try:
                        script(one)
                    except OSError:
                        continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield lane, heard
        finally:
            over.set()
            thread.join(10)


def _drip(one: socket.socket) -> None:
    for _ in range(200):
        one.sendall(b"H")
        time.sleep(0.02)


SCRIPTS: list[tuple[str, Script]] = [
    ("hangs up", lambda _one: None),
    ("says yes", lambda one: one.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes")),
    ("says a lot", lambda one: one.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + b"0" * 2_000_000)),
    ("is no HTTP", lambda one: one.sendall(b"SSH-2.0-x\r\n")),
    ("refuses", lambda one: one.sendall(b"HTTP/1.1 404 Not Found\r\n\r\n")),
    ("drips", _drip),
]


@pytest.mark.parametrize("script", [row[1] for row in SCRIPTS], ids=[row[0] for row in SCRIPTS])
def test_impostors(script: Script) -> None:
    """Whoever does not know the token is found out in bounded time, and has not been told it."""
    with _impostor(script) as (lane, heard):
        assert f"127.0.0.1:{lane.port}" in fault_of(lane, seconds=0.5)
        assert heard
        assert not [data for data in heard if TOKEN.encode() in data]


def test_an_answer_cannot_be_used_again() -> None:
    """What our daemon said to one question is no answer to the next."""
    with OwnLane() as own:
        recorded: list[bytes] = []

        def replay(one: socket.socket) -> None:
            one.sendall(recorded[0])

        with socket.create_connection(("127.0.0.1", own.lane.port)) as one:
            nonce = "0" * 32
            one.sendall(request(own.lane, b"", method="GET", path="/callgate/proof", x_callgate_nonce=nonce))
            while data := one.recv(65536):
                recorded.append(data)
        recorded[:] = [b"".join(recorded)]
        assert recorded[0].startswith(b"HTTP/1.1 200")
        with _impostor(replay) as (lane, _):
            assert "does not know the token" in fault_of(lane)


def test_waiting() -> None:
    """A lane that comes up is waited for, one that never does for a bounded time."""
    assert "nobody listens" in wait_for(Lane(free_port(), "/s", TOKEN), seconds=0.2)
    with OwnLane() as own:
        assert wait_for(own.lane, seconds=5) == ""
