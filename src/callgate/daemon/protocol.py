"""The frames between a client and the daemon. Pure; the C client and `hook/client.py` write the same bytes.

    offset  size
         0     3  b"CGT"
         3     1  version of this format, 1
         4     1  kind
         5     3  zero
         8     4  length of the head, big-endian
        12     4  length of the body, big-endian
        16        head, then body

The head of a request is a row of entries, each ended by a NUL, which neither an argument nor a variable can hold:
`build=…` (what code the sender runs), and for a call `cwd=…` (its working directory), `arg=…` for each option of the
hook and `env=NAME=VALUE` for each variable of `VARIABLES` that is set. The body of a call is what the host wrote.

One connection carries one request. The daemon answers with one frame and closes. Everything else (no frame, half a
frame, another version, a kind that is not known) means that the sender has no answer and decides by itself.
"""

from __future__ import annotations

import struct
from typing import Final, Iterable, NamedTuple

from callgate import __version__

MAGIC: Final = b"CGT\x01"
HEADER: Final = struct.Struct(">4sBxxxII")

CALL: Final = 1
"""A hook's input is to be answered."""
STATUS: Final = 2
"""The daemon is to tell how it is; the answer's body is JSON (`status.Report`)."""
RETIRE: Final = 3
"""The daemon is to leave when its build is another than the sender's."""
STOP: Final = 4
"""The daemon is to write everything down and leave."""
METRICS: Final = 5
"""As `STATUS`, the body is OpenMetrics text."""

ANSWER: Final = 129
"""The body is what the hook prints; empty for no opinion."""
OTHER_BUILD: Final = 130
"""The daemon runs other code than the sender; the head has its `build=`. No answer."""
REFUSED: Final = 131
"""The daemon cannot answer this; the body says why, for people."""

MAX_HEAD: Final = 64 * 1024
"""Bytes. A path has at most 4,096, and there are twelve entries at most besides the options."""
MAX_BODY: Final = 1024 * 1024
"""Bytes of one call. A larger one is decided by the process that the host started."""

VARIABLES: Final = (
    "HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "CLAUDE_PERMISSIONS_CONFIG", "CLAUDE_PROJECT_DIR",
    "CLAUDE_CONFIG_DIR", "CODEX_HOME", "CLAUDE_CODE_SESSION_ATTENDED", "CLAUDE_CODE_ENTRYPOINT", "CLAUDE_PID",
)  # fmt: skip
"""What a decision, and the notes on a call, depend on of the hook's environment. Nothing else is sent."""


class FrameError(ValueError):
    """What was received is not a frame of this format. The texts are few and quote nothing: they are counted."""


class Frame(NamedTuple):
    """One frame."""

    kind: int
    head: bytes
    body: bytes


class Request(NamedTuple):
    """The head of a request, taken apart."""

    build: str
    cwd: str
    arguments: tuple[str, ...]
    environ: dict[str, str]


def build_of(package: str) -> str:
    """Return what names the code in the directory *package*: its version and its place."""
    return f"{__version__} {package}"


def pack(kind: int, head: bytes = b"", body: bytes = b"") -> bytes:
    """Return the bytes of a frame."""
    return HEADER.pack(MAGIC, kind, len(head), len(body)) + head + body


def lengths(header: bytes) -> tuple[int, int, int]:
    """Take the first 16 bytes of a frame apart: (kind, length of the head, length of the body).

    Raises:
        FrameError: fewer bytes, another format or version, or a length beyond the limits.
    """
    if len(header) != HEADER.size:
        raise FrameError("half a frame")
    magic, kind, head, body = HEADER.unpack(header)
    if magic != MAGIC:
        raise FrameError("not a frame of this version")
    if head > MAX_HEAD or body > MAX_BODY:
        raise FrameError("a frame beyond the limits")
    return kind, head, body


def head(build: str, cwd: str = "", arguments: Iterable[str] = (), environ: Iterable[tuple[str, str]] = ()) -> bytes:
    """Return the head of a request.

    Raises:
        ValueError: a NUL in one of them.
    """
    entries = [f"build={build}", f"cwd={cwd}", *(f"arg={one}" for one in arguments)]
    entries += [f"env={name}={value}" for name, value in environ]
    if any("\0" in entry for entry in entries):
        raise ValueError("an entry has a NUL character")
    return b"".join(entry.encode("utf-8", "surrogateescape") + b"\0" for entry in entries)


def read_head(data: bytes) -> Request:
    """Take the head of a request apart; entries that are not known are passed over.

    Raises:
        FrameError: it does not end in a NUL, or a variable is sent that is not in `VARIABLES`.
    """
    if data[-1:] not in (b"", b"\0"):
        raise FrameError("a head that does not end in a NUL")
    build = cwd = ""
    arguments: list[str] = []
    environ: dict[str, str] = {}
    for entry in data.decode("utf-8", "surrogateescape").split("\0")[:-1]:
        key, _, value = entry.partition("=")
        if key == "build":
            build = value
        elif key == "cwd":
            cwd = value
        elif key == "arg":
            arguments.append(value)
        elif key == "env":
            name, _, value = value.partition("=")
            if name not in VARIABLES:
                raise FrameError("a variable that is not asked for")
            environ[name] = value
    return Request(build, cwd, tuple(arguments), environ)
