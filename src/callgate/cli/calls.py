"""Tool calls from the command line: from options, from one JSON object, from JSON Lines.

Every call goes through the agent adapter's own checks, so that a call gets here exactly the verdict that the hook
would give: what the hook would refuse as input is refused here with the same words.
"""

from __future__ import annotations

import json
from typing import Any, BinaryIO, Iterator, Mapping, NamedTuple, NoReturn

from callgate.agents.claude_code import MAX_INPUT, PATH_FIELDS, parse_payload
from callgate.cli.errors import UsageError
from callgate.cli.world import World
from callgate.core.errors import InputError
from callgate.core.model import ToolCall

_KEYS = frozenset({"id", "tool", "command", "input", "cwd", "mode", "session_id", "tool_use_id", "path"})


class Given(NamedTuple):
    """How a call was given on the command line."""

    tool: str = ""
    command: str | None = None
    path: str | None = None
    text: str | None = None
    """A JSON object, or `-` for standard input."""


class Line(NamedTuple):
    """One line of a JSON Lines stream: a call, or what is wrong with it."""

    id: Any
    """As given, any JSON value; `None` when there is none."""
    call: ToolCall | None
    fault: str


def read_call(given: Given, world: World, stdin: BinaryIO) -> ToolCall:
    """Return the one call that the command line describes.

    Raises:
        UsageError: nothing, or two things, describe a call.
        InputError: what describes it is not a call.
    """
    by_option = bool(given.tool) or given.command is not None or given.path is not None
    if given.text is not None:
        if by_option:
            raise UsageError("a call is given twice: by options and as JSON", help="keep one of them")
        data = stdin.read(MAX_INPUT + 1) if given.text == "-" else given.text.encode("utf-8", "surrogatepass")
        return call_from(decode(data), world)
    if not by_option:
        raise UsageError(
            "no call is given", help='say `--command "git status"`, `--tool Read --path FILE`, a JSON object, or `-`'
        )
    tool = given.tool or ("Bash" if given.command is not None else "")
    if not tool:
        raise UsageError("`--path` needs `--tool`", help="say `--tool Read` (or Write, Edit, …)")
    tool_input: dict[str, Any] = {}
    if given.command is not None:
        tool_input["command"] = given.command
    if given.path is not None:
        tool_input[PATH_FIELDS.get(tool, "file_path")] = given.path
    try:
        return _call(tool, tool_input, world)
    except InputError as error:
        raise UsageError(str(error), help="give the missing part with `--command` or `--path`") from error


def read_lines(stream: BinaryIO, world: World) -> Iterator[Line]:
    """Yield a `Line` for each line of *stream*, whatever is in it, as soon as it has come in."""
    number = 0
    while raw := stream.readline(MAX_INPUT + 1):
        number += 1
        whole = raw
        while len(whole) > MAX_INPUT and not whole.endswith(b"\n"):
            whole = stream.readline(MAX_INPUT + 1)  # the rest of a line that is too long is not kept
            if not whole:
                break
        yield _line(raw, number, world)


def call_from(payload: object, world: World) -> ToolCall:
    """Return the call of a decoded object: a PreToolUse message of the agent, or `{"tool","input"|"command",…}`.

    Raises:
        InputError: it is neither, or holds fields that are not known.
    """
    if not isinstance(payload, dict):
        raise InputError("input is not a JSON object")
    if "tool_name" in payload or "hook_event_name" in payload:
        defaults = {"cwd": world.cwd, "permission_mode": world.mode or None}
        call = parse_payload({**defaults, **payload}).call
        if call is None:
            raise InputError("this event of the agent asks for no decision")
        return call
    unknown = sorted(set(payload) - _KEYS)
    if unknown:
        raise InputError(f"unknown field `{unknown[0][:80]}`; a call has `tool`, `command` or `input`, `cwd`, `mode`")
    tool = payload.get("tool", "Bash")
    tool_input = payload.get("input", {})
    if not isinstance(tool, str) or not isinstance(tool_input, dict):
        raise InputError("`tool` is not a string" if not isinstance(tool, str) else "`input` is not an object")
    given = {"command": "command", "path": PATH_FIELDS.get(tool, "file_path")}
    for key, field in given.items():
        if key in payload:
            if field in tool_input:
                raise InputError(f"`{field}` is given twice: beside `input` and in it")
            tool_input = {**tool_input, field: payload[key]}
    return _call(tool, tool_input, world, payload)


def decode(data: bytes) -> object:
    """Return the JSON value of *data*.

    Raises:
        InputError: too large, not UTF-8, not JSON, or an object with a key that occurs twice (which one counts?).
    """
    if len(data) > MAX_INPUT:
        raise InputError(f"input is larger than {MAX_INPUT} bytes")
    try:
        return json.loads(data.decode("utf-8", "surrogatepass"), object_pairs_hook=_unique, parse_constant=_constant)
    except UnicodeDecodeError as error:
        raise InputError(f"input is not UTF-8 (byte {error.start})") from None
    except RecursionError:
        raise InputError("input is nested too deeply") from None
    except json.JSONDecodeError as error:
        what = "input is empty" if not data.strip() else f"input is not JSON: {error.msg.lower()}"
        raise InputError(f"{what} (line {error.lineno}, column {error.colno})") from None
    except ValueError:  # an integer of thousands of digits
        raise InputError("input is not JSON: a number has too many digits") from None


def _line(raw: bytes, number: int, world: World) -> Line:
    given_id: Any = None
    try:
        payload = decode(raw)
        if isinstance(payload, dict):
            given_id = payload.pop("id", None)
        return Line(given_id, call_from(payload, world), "")
    except InputError as error:
        return Line(given_id, None, f"line {number}: {error}")


def _call(tool: str, tool_input: dict[str, Any], world: World, payload: Mapping[str, Any] = {}) -> ToolCall:
    """Return the call, checked by the agent adapter as the hook would check it."""
    message = {
        "tool_name": tool,
        "tool_input": tool_input,
        "cwd": payload.get("cwd", world.cwd),
        "permission_mode": payload.get("mode", world.mode or None),
        "session_id": payload.get("session_id"),
        "tool_use_id": payload.get("tool_use_id"),
    }
    call = parse_payload(message).call
    if call is None:  # no `hook_event_name` always is a PreToolUse
        raise InputError("input is not a tool call")
    return call


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise InputError(f"input has the key `{twice[:80]}` twice")
    return out


def _constant(name: str) -> NoReturn:
    raise InputError(f"input is not JSON: `{name}` is not a JSON number")
