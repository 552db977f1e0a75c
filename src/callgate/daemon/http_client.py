"""One HTTP request to the lane, for `doctor` and a session's first hook: bounded in time and size whatever answers."""

from __future__ import annotations

import socket
import time
from typing import Final, Iterable, NamedTuple

from callgate.agents.claude_code_http import ADDRESS

MAX_ANSWER: Final = 1 << 20


class Reply(NamedTuple):
    """What came back."""

    status: int
    body: bytes


class BadReplyError(Exception):
    """What came back is no HTTP, or too much."""


def exchange(
    port: int, method: str, target: str, headers: Iterable[tuple[str, str]], body: bytes = b"", *, seconds: float
) -> Reply:
    """Send one request to *port* of 127.0.0.1 and return the answer; the connection ends with it.

    Args:
        port: of the lane.
        method: `GET` or `POST`.
        target: path, with its query.
        headers: besides `Host`, `Content-Length` and `Connection`.
        body: of the request.
        seconds: for all of it.

    Raises:
        OSError: nobody listens, or not all of it came in time.
        BadReplyError: see there.
        UnicodeError: a header that cannot be sent.
    """
    lines = [f"{method} {target} HTTP/1.1", f"Host: {ADDRESS}:{port}", *(f"{name}: {value}" for name, value in headers)]
    lines += [f"Content-Length: {len(body)}", "Connection: close", "", ""]
    until = time.monotonic() + seconds
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as conversation:
        conversation.settimeout(seconds)
        conversation.connect((ADDRESS, port))
        conversation.sendall("\r\n".join(lines).encode("latin-1") + body)
        data = bytearray()
        while True:
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError("timed out")
            conversation.settimeout(left)
            part = conversation.recv(65536)
            if not part:
                return _read(bytes(data))
            data += part
            if len(data) > MAX_ANSWER:
                raise BadReplyError(f"more than {MAX_ANSWER} bytes")


def _read(data: bytes) -> Reply:
    head, end, body = data.partition(b"\r\n\r\n")
    words = head.split(b"\r\n", 1)[0].split(b" ", 2)
    if not end or len(words) < 2 or not words[0].startswith(b"HTTP/1.") or not words[1].isdigit():
        raise BadReplyError("no HTTP answer")
    return Reply(int(words[1]), body)
