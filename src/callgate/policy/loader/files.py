"""Reads a policy file once, safely: a regular file of sane size in UTF-8, or a fault that says what it is instead."""

from __future__ import annotations

import os
import re
import stat
from typing import Final, Mapping

MAX_BYTES: Final = 1024 * 1024
"""Largest policy file."""

# `tomllib` takes time quadratic in the parts of a dotted key: 500,000 of them would hold the gate for minutes
_DEEP_KEY: Final = re.compile(
    r"""(?<![A-Za-z0-9_-])(?:(?:[A-Za-z0-9_-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){64}"""
)


class ReadError(Exception):
    """A file cannot be used.

    Args:
        message: what is wrong, one sentence.
        help: what to do about it.
        line: 1-based, 0 when the whole file is meant.
    """

    def __init__(self, message: str, help: str, line: int = 0) -> None:  # noqa: A002 - the word that every message uses
        self.message = message
        self.help = help
        self.line = line
        super().__init__(message)


def read(path: str, overlay: Mapping[str, bytes]) -> bytes:
    """Return the content of the regular file *path*, or of *overlay* when it holds the real path.

    Opened without blocking and checked by the descriptor, so that neither a FIFO nor a swap in between can hold the
    gate or slip in another kind of file.

    Raises:
        ReadError: missing, unreadable, not a regular file, a loop of links, or larger than `MAX_BYTES`.
    """
    data = overlay.get(os.path.realpath(path)) if overlay else None
    if data is None:
        data = _read_file(path)
    if len(data) > MAX_BYTES:
        raise ReadError("the file is larger than 1 MiB", "split it up, or check that it is a policy at all")
    return data


def _read_file(path: str) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except FileNotFoundError:
        hint = "it is a symbolic link to nothing: mend or remove it" if os.path.islink(path) else "check the path"
        raise ReadError("the file does not exist", hint) from None
    except (OSError, ValueError) as error:
        raise ReadError(f"the file cannot be opened: {_reason(error)}", "check its type and permissions") from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ReadError(f"this is {_kind(status.st_mode)}, not a regular file", "name a regular file")
        chunks: list[bytes] = []
        left = MAX_BYTES + 1
        while left > 0 and (chunk := os.read(descriptor, left)):
            chunks.append(chunk)
            left -= len(chunk)
    except OSError as error:
        raise ReadError(f"the file cannot be read: {_reason(error)}", "check its permissions") from None
    finally:
        os.close(descriptor)
    return b"".join(chunks)


def decode(data: bytes) -> str:
    r"""Return *data* as text with `\n` line ends, without a byte order mark.

    Raises:
        ReadError: not UTF-8, a NUL byte, or a dotted key too deep to parse.
    """
    if (nul := data.find(b"\0")) >= 0:
        raise ReadError("the file holds a NUL byte", "save it as plain UTF-8 text", data.count(b"\n", 0, nul) + 1)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ReadError("the file is not UTF-8", "save it as plain UTF-8 text", line) from None
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    # counted first: a text with fewer dots cannot hold such a key, and most have fewer
    if text.count(".") >= 64 and (deep := _DEEP_KEY.search(text)):
        line = text.count("\n", 0, deep.start()) + 1
        raise ReadError("a key has more than 64 parts", "policy keys have at most four", line)
    return text


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", "") or "not a valid path").lower()


def _kind(mode: int) -> str:
    for test, name in (
        (stat.S_ISDIR, "a directory"),
        (stat.S_ISFIFO, "a FIFO"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
    ):
        if test(mode):
            return name
    return "a special file"
