"""The recorded trace: what Claude Code sent to its PreToolUse hook, with the paths of the recording taken out."""

from __future__ import annotations

import json
import os
from typing import Any, NamedTuple

TRACE = os.path.join(os.path.dirname(__file__), "trace.jsonl")
"""The first line says how, when and with which client it was recorded; each other line is one message."""


class Step(NamedTuple):
    """One recorded call, its placeholders filled in."""

    message: bytes
    """The JSON message as the hook reads it from standard input."""
    tool: str
    tool_use_id: str
    summary: str
    """What the call would do, for a table: the command, the path, the address or the description."""


class Trace(NamedTuple):
    """The trace and where it comes from."""

    client: str
    steps: tuple[Step, ...]


def read_trace(home: str, project: str, path: str = TRACE) -> Trace:
    """Return the recorded trace as it would have happened in *home* and *project*.

    Raises:
        OSError, ValueError: the file that ships with callgate is missing or damaged.
    """
    with open(path, encoding="utf-8") as file:
        header, *lines = file.read().splitlines()
    values = {"{home}": home, "{project}": project, "{slug}": "".join(c if c.isalnum() else "-" for c in project)}
    return Trace(str(json.loads(header)["client"]), tuple(_step(json.loads(line), values) for line in lines))


def _step(recorded: dict[str, Any], values: dict[str, str]) -> Step:
    message = {key: _fill(value, values) for key, value in recorded.items()}
    tool_input = message["tool_input"]
    what = next(
        (tool_input[field] for field in ("command", "file_path", "url", "description") if field in tool_input), ""
    )
    shown = str(what).replace(values["{project}"] + "/", "").replace(values["{home}"], "~")
    return Step(json.dumps(message).encode(), message["tool_name"], message["tool_use_id"], shown)


def _fill(value: object, values: dict[str, str]) -> Any:  # noqa: ANN401 - JSON in, the same JSON out
    if isinstance(value, dict):
        return {key: _fill(item, values) for key, item in value.items()}
    if isinstance(value, list):
        return [_fill(item, values) for item in value]
    if isinstance(value, str):
        for placeholder, text in values.items():
            value = value.replace(placeholder, text)
    return value
