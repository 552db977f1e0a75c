"""From the command line and from JSON Lines to tool calls."""

from __future__ import annotations

import io
import json
import os
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.agents.claude_code import MAX_INPUT
from callgate.cli.calls import Given, call_from, decode, read_call, read_lines
from callgate.cli.errors import UsageError
from callgate.cli.world import World
from callgate.core.errors import InputError

WORLD = World(cwd="/w", mode="plan")
NOTHING = io.BytesIO()

GIVEN: list[tuple[Given, str, dict[str, Any]]] = [
    (Given(command="ls"), "Bash", {"command": "ls"}),
    (Given(tool="Bash", command="ls"), "Bash", {"command": "ls"}),
    (Given(tool="Read", path="/p"), "Read", {"file_path": "/p"}),
    (Given(tool="Write", path="p"), "Write", {"file_path": "p"}),
    (Given(tool="NotebookEdit", path="/n.ipynb"), "NotebookEdit", {"notebook_path": "/n.ipynb"}),
    (Given(tool="Glob", path="/d"), "Glob", {"path": "/d"}),
    (Given(tool="Grep", path="/d"), "Grep", {"path": "/d"}),
    (Given(tool="mcp__tracker__list"), "mcp__tracker__list", {}),
    (Given(text='{"tool": "Bash", "command": "ls"}'), "Bash", {"command": "ls"}),
    (Given(text='{"command": "ls"}'), "Bash", {"command": "ls"}),
    (Given(text='{"tool": "Read", "path": "/p"}'), "Read", {"file_path": "/p"}),
    (Given(text='{"tool_name": "Read", "tool_input": {"file_path": "/p"}}'), "Read", {"file_path": "/p"}),
]


@pytest.mark.parametrize(("given_call", "tool", "tool_input"), GIVEN)
def test_a_call_is_built_as_the_agent_would_send_it(given_call: Given, tool: str, tool_input: dict[str, Any]) -> None:
    """Options and JSON give the same call, in the world that was asked for."""
    call = read_call(given_call, WORLD, NOTHING)
    assert (call.tool, dict(call.input), call.cwd, call.mode) == (tool, tool_input, "/w", "plan")


def test_what_the_call_says_goes_before_the_world() -> None:
    """A cwd and a mode in the JSON win over the options."""
    call = call_from({"command": "ls", "cwd": "/x", "mode": "default"}, WORLD)
    assert (call.cwd, call.mode) == ("/x", "default")


def test_a_call_comes_from_stdin() -> None:
    """`-` reads the JSON from standard input."""
    assert read_call(Given(text="-"), WORLD, io.BytesIO(b'{"command":"ls"}')).input["command"] == "ls"


WRONG_USAGE = [
    Given(),
    Given(path="/p"),
    Given(tool="Bash"),
    Given(tool="Read"),
    Given(command="ls", text='{"command":"ls"}'),
    Given(tool="Bash", command="a\0b"),
]


@pytest.mark.parametrize("given_call", WRONG_USAGE)
def test_half_a_call_is_wrong_usage(given_call: Given) -> None:
    """No call, half a call and two calls are refused with what to do instead."""
    with pytest.raises(UsageError) as caught:
        read_call(given_call, WORLD, NOTHING)
    assert caught.value.help


BAD = [
    (b"", "empty"),
    (b"   ", "empty"),
    (b"nonsense", "not JSON"),
    (b'{"command": "ls"', "not JSON"),
    (b"[]", "not a JSON object"),
    (b"null", "not a JSON object"),
    (b'"ls"', "not a JSON object"),
    (b'{"command": 1}', "`command`"),
    (b'{"tool": 1, "command": "ls"}', "`tool`"),
    (b'{"tool": "", "command": "ls"}', "`tool_name`"),
    (b'{"tool": "Read"}', "`file_path`"),
    (b'{"tool": "Bash", "input": []}', "`input`"),
    (b'{"tool": "Bash", "input": {"command": "ls"}, "command": "rm"}', "twice"),
    (b'{"command": "ls", "command": "rm"}', "twice"),
    (b'{"command": "ls", "comand": "rm"}', "unknown field `comand`"),
    (b'{"command": "ls", "cwd": 3}', "`cwd`"),
    (b'{"command": "ls", "cwd": "relative"}', "`cwd`"),
    (b'{"command": "l\\u0000s"}', "NUL"),
    (b'{"command": "\xff"}', "not UTF-8"),
    (b'{"tool": "X", "input": {"n": NaN}}', "NaN"),
    (b'{"tool": "X", "input": {"n": ' + b"9" * 5000 + b"}}", "digits"),
    (b"[" * 100_000, "nested"),
    (b'{"hook_event_name": "Stop"}', "no decision"),
]


@pytest.mark.parametrize(("data", "words"), BAD)
def test_what_is_not_a_call_is_named(data: bytes, words: str) -> None:
    """Bad input is an InputError that says what is wrong."""
    with pytest.raises(InputError, match=words):
        call_from(decode(data), WORLD)


@pytest.mark.parametrize(("data", "words"), BAD)
def test_a_bad_line_never_stops_the_stream(data: bytes, words: str) -> None:
    """A bad line becomes a fault with its number, and the next line is read."""
    first, second = read_lines(io.BytesIO(data + b'\n{"id": 7, "command": "ls"}\n'), WORLD)
    assert first.call is None
    assert first.fault.startswith("line 1: ")
    assert words in first.fault
    assert (second.id, second.fault) == (7, "")


def test_a_bad_line_keeps_its_id() -> None:
    """Where the id can be read it comes back with the fault."""
    (line,) = read_lines(io.BytesIO(b'{"id": ["a", 1], "tool": "Read"}'), WORLD)
    assert line.id == ["a", 1]
    assert line.call is None


def test_a_line_beyond_the_limit_is_one_fault() -> None:
    """A line of over 10 MiB is one fault, whatever its length, and the line after it is read."""
    huge = b'{"command": "' + b"x" * (2 * MAX_INPUT + 5) + b'"}\n'
    first, second = read_lines(io.BytesIO(huge + b'{"command": "ls"}'), WORLD)
    assert "larger than" in first.fault
    assert second.call is not None


def test_lines_arrive_one_by_one() -> None:
    """A line is handed on before the next one has been written: a program may wait for each answer."""
    read, write = os.pipe()
    with open(read, "rb") as source, open(write, "wb", buffering=0) as sink:
        lines = read_lines(source, WORLD)
        for number in range(3):
            sink.write(json.dumps({"id": number, "command": "ls"}).encode() + b"\n")
            assert next(lines).id == number


@given(st.binary(max_size=200))
def test_no_bytes_can_stop_the_stream(data: bytes) -> None:
    """Whatever a stream holds, each of its lines gives a call or a fault, and nothing is raised."""
    lines = list(read_lines(io.BytesIO(data), WORLD))
    assert len(lines) == data.count(b"\n") + (data != b"" and not data.endswith(b"\n"))
    assert all(bool(line.fault) == (line.call is None) for line in lines)


def test_a_policy_file_and_a_profile_exclude_each_other() -> None:
    """Only one of `--config` and `--profile` can say what the policy is."""
    with pytest.raises(UsageError):
        World(config="a.toml", profile="cautious").absolute()


def test_directories_are_absolute_and_the_cwd_is_the_project() -> None:
    """Relative directories start at the current one; without `--cwd` calls run in `--project`."""
    here = os.getcwd()
    assert World(project="p", home="h").absolute()[2:5] == (f"{here}/h", f"{here}/p", f"{here}/p")
    assert World().absolute().cwd == here
