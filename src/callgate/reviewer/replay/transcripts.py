"""Transcripts of Claude Code (`~/.claude/projects/**/*.jsonl`): the tool calls in them, one line each.

The files hold whatever the agent read and wrote, so nothing in them is trusted, and what is not understood is passed
over and counted. A call that stands in several transcripts (a session that was resumed) counts once.
"""

from __future__ import annotations

import json
import os
import stat
from typing import IO, Any, Final, Iterator, NamedTuple

MAX_LINE: Final = 32 * 1024 * 1024
"""Bytes; a longer line (an image, mostly) holds no call that we would judge."""

_REFUSED: Final = ("The user doesn't want to ", "The user doesn\u2019t want to ")
"""What Claude Code tells its model when a person said no at the prompt."""

_TELLING: Final = (b'"tool_use"', b'"tool_result"', b'"cwd"', b'"permissionMode"')


class Found(NamedTuple):
    """What was read."""

    files: int
    calls: int
    unread: int
    """Lines, files and directories that could not be read."""


def collect(directory: str, out: IO[bytes]) -> Found:
    """Write the calls of all transcripts below *directory* to *out*, as lines that `calls.read_line` reads as `spool`.

    Args:
        directory: searched to any depth; links to directories are not followed.
        out: a binary file. A line has `tool`, `input`, `cwd`, `mode`, `project` (where the session began),
            `timestamp`, and `person` when a person refused the call.

    Raises:
        OSError: *directory* cannot be listed, or *out* cannot be written.
    """
    os.listdir(directory)  # `os.walk` would pass over a directory that it cannot read
    seen: set[str] = set()
    files = calls = unread = 0
    hidden: list[OSError] = []
    for file in _files(directory, hidden):
        try:
            fd = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            unread += 1
            continue
        with os.fdopen(fd, "rb") as stream:
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                unread += 1
                continue
            session = _Session(seen)
            for line in _lines(stream):
                if line is None or not session.read(line):
                    unread += 1
            files += 1
            for record in session.records():
                calls += 1
                out.write(json.dumps(record, separators=(",", ":")).encode("ascii") + b"\n")
    out.flush()
    return Found(files, calls, unread + len(hidden))


def _files(directory: str, hidden: list[OSError]) -> Iterator[str]:
    for folder, names, files in os.walk(directory, onerror=hidden.append):
        names.sort()
        yield from (os.path.join(folder, name) for name in sorted(files) if name.endswith(".jsonl"))


def _lines(stream: IO[bytes]) -> Iterator[bytes | None]:
    """Yield the lines that may tell something; `None` for one that is too long."""
    while line := stream.readline(MAX_LINE):
        if len(line) == MAX_LINE and not line.endswith(b"\n"):
            while (rest := stream.readline(MAX_LINE)) and not rest.endswith(b"\n"):
                pass
            yield None
        elif any(word in line for word in _TELLING):
            yield line


class _Session:
    """One transcript while it is read."""

    def __init__(self, seen: set[str]) -> None:
        self._seen = seen
        self._root = ""
        self._mode = ""
        self._calls: dict[str, dict[str, Any]] = {}

    def read(self, line: bytes) -> bool:
        """Take in one line; false when it is no JSON object."""
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            return False
        if not isinstance(value, dict):
            return False
        cwd = value.get("cwd")
        if not self._root and isinstance(cwd, str) and cwd.startswith("/"):
            self._root = cwd
        mode = value.get("permissionMode")
        self._mode = mode if isinstance(mode, str) else self._mode
        message = value.get("message")
        content = message.get("content") if isinstance(message, dict) else None
        for block in content if isinstance(content, list) else ():
            if isinstance(block, dict) and block.get("type") == "tool_use":
                self._call(block, cwd, value.get("timestamp"))
            elif isinstance(block, dict) and block.get("type") == "tool_result":
                self._result(block)
        return True

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield the calls in their order."""
        yield from self._calls.values()

    def _call(self, block: dict[str, Any], cwd: object, timestamp: object) -> None:
        name, given, key = block.get("name"), block.get("input"), block.get("id")
        if not isinstance(name, str) or not isinstance(given, dict) or not isinstance(key, str) or key in self._seen:
            return
        self._seen.add(key)
        record = {"tool": name, "input": given, "cwd": cwd if isinstance(cwd, str) else "", "project": self._root}
        if self._mode:
            record["mode"] = self._mode
        if isinstance(timestamp, str):
            record["timestamp"] = timestamp
        self._calls[key] = record

    def _result(self, block: dict[str, Any]) -> None:
        key = block.get("tool_use_id")
        record = self._calls.get(key) if isinstance(key, str) else None
        if record is not None and block.get("is_error") is True and _text(block.get("content")).startswith(_REFUSED):
            record["person"] = "refused"


def _text(content: object) -> str:
    if isinstance(content, list):
        first = next((one for one in content if isinstance(one, dict) and one.get("type") == "text"), {})
        content = first.get("text")
    return content.lstrip() if isinstance(content, str) else ""
