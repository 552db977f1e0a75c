"""Transcripts of Claude Code and plain traces: what is a call in them, whatever else there is."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import pytest

from callgate.reviewer.replay.calls import Call, Unusable, Where, from_trace, read_line
from callgate.reviewer.replay.transcripts import Found, collect

WHERE = Where("/home/ann", now=9.0)
REFUSAL = (
    "The user doesn't want to proceed with this tool use. The tool use was rejected (eg. if it was a file edit, the "
    "new_string was NOT written to the file). STOP what you are doing and wait for the user to tell you how to proceed."
)


def use(key: str, command: str = "ls", **more: object) -> dict[str, Any]:
    """A line in which the model calls a tool."""
    block = {"type": "tool_use", "id": key, "name": "Bash", "input": {"command": command}}
    line = {"type": "assistant", "sessionId": "s", "cwd": "/work/app", "timestamp": "2026-11-01T00:00:00Z"}
    return {**line, "message": {"role": "assistant", "content": [{"type": "text", "text": "x"}, block]}, **more}


def result(key: str, content: object, *, error: bool = True) -> dict[str, Any]:
    """A line with what came of it."""
    block = {"type": "tool_result", "tool_use_id": key, "content": content, "is_error": error}
    return {"type": "user", "cwd": "/work/app", "message": {"role": "user", "content": [block]}}


def collected(directory: Path, *lines: object) -> tuple[Found, list[dict[str, Any]]]:
    """What comes of a transcript with *lines* (texts as they are, else as JSON)."""
    folder = directory / "projects/-work-app"
    folder.mkdir(parents=True, exist_ok=True)
    texts = (line if isinstance(line, str) else json.dumps(line) for line in lines)
    (folder / "session.jsonl").write_text("\n".join(texts) + "\n")
    out = io.BytesIO()
    found = collect(str(directory), out)
    return found, [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_call_with_all_that_is_known(tmp_path: Path) -> None:
    """Tool, input, cwd, mode, time, and the project that the session began in."""
    lines = ({"type": "user", "cwd": "/work/app", "permissionMode": "plan"}, use("1", cwd="/work/app/src"))
    found, records = collected(tmp_path, *lines)
    assert found == Found(1, 1, 0)
    assert records == [
        {"tool": "Bash", "input": {"command": "ls"}, "cwd": "/work/app/src", "project": "/work/app", "mode": "plan",
         "timestamp": "2026-11-01T00:00:00Z"}
    ]  # fmt: skip
    call = from_trace(records[0], WHERE, spooled=True)
    assert isinstance(call, Call)
    assert (call.project, call.call.mode, call.time, call.observation) == ("/work/app", "plan", 1_793_491_200.0, None)


@pytest.mark.parametrize(
    ("content", "error", "refused"),
    [
        (REFUSAL, True, True), ([{"type": "text", "text": REFUSAL}], True, True),
        ("The user doesn\u2019t want to take this action right now.", True, True),
        (REFUSAL, False, False), ("Error: no such file", True, False), (f"said: {REFUSAL}", True, False),
        ("Permission to use Bash has been denied.", True, False), (None, True, False),
        ([1, {"type": "text"}], True, False),
        ([], True, False), ({"text": REFUSAL}, True, False),
    ],
    ids=lambda value: repr(value)[:40],
)  # fmt: skip
def test_what_a_refusal_is(tmp_path: Path, content: object, error: bool, refused: bool) -> None:
    """A person's no is the host's own sentence at the beginning of an error, and nothing else."""
    _, records = collected(tmp_path, use("1"), result("1", content, error=error))
    assert [record.get("person") for record in records] == ["refused" if refused else None]


def test_a_call_counts_once(tmp_path: Path) -> None:
    """A resumed session repeats the calls of the one before, in another file."""
    collected(tmp_path, use("1"), use("2"))
    (tmp_path / "projects/-work-app/resumed.jsonl").write_text(json.dumps(use("1")) + "\n" + json.dumps(use("3")))
    out = io.BytesIO()
    assert collect(str(tmp_path), out) == Found(2, 3, 0)


@pytest.mark.parametrize(
    "line",
    [
        '{"tool_use"', '["tool_use"]', '"tool_use"', "[" * 50_000 + '"tool_use"', {"tool_use": 1, "message": 1},
        {"message": {"content": [{"type": "tool_use"}]}}, {"message": {"content": {"type": "tool_use"}}},
        use("1", message={"content": [{"type": "tool_use", "id": 1, "name": "Bash", "input": {}}]}),
        use("1", message={"content": [{"type": "tool_use", "id": "1", "name": None, "input": {}}]}),
        use("1", message={"content": [{"type": "tool_use", "id": "1", "name": "Bash", "input": "ls"}]}),
        result("unknown", REFUSAL), {"cwd": 1}, {"permissionMode": ["x"]},
    ],
    ids=lambda line: repr(line)[:50],
)  # fmt: skip
def test_anything_else_is_passed_over(tmp_path: Path, line: object) -> None:
    """Lines of any other kind are no calls, and the call after them is one."""
    _, records = collected(tmp_path, line, use("9"))
    assert len(records) == 1


def test_odd_files(tmp_path: Path) -> None:
    """A FIFO, a link and a huge line in the directory hold nothing up and are told of."""
    os.mkfifo(tmp_path / "fifo.jsonl")
    (tmp_path / "link.jsonl").symlink_to("/etc/passwd")
    (tmp_path / "notes.txt").write_text(json.dumps(use("7")))
    found, _ = collected(tmp_path, use("1"))
    assert found == Found(1, 1, 2)


def test_a_line_that_is_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not held in memory; the lines after it are read."""
    monkeypatch.setattr("callgate.reviewer.replay.transcripts.MAX_LINE", 2_000)
    found, records = collected(tmp_path, use("1", "x" * 9_000), use("2"))
    assert (found.unread, len(records)) == (1, 1)


@pytest.mark.parametrize(
    ("line", "tool", "cwd"),
    [
        ({"command": "ls"}, "Bash", ""), ({"command": "ls", "cwd": "/w"}, "Bash", "/w"),
        ({"trace": "x", "turn": 1, "cwd": "/w", "command": "ls"}, "Bash", "/w"),
        ({"tool": "Read", "input": {"file_path": "/w/a"}, "cwd": "/w"}, "Read", "/w"),
        ({"tool_name": "Bash", "tool_input": {"command": "ls"}, "cwd": "/w", "session_id": "s"}, "Bash", "/w"),
        ({"tool": "Monitor", "command": "ls"}, "Monitor", ""),
    ],
)  # fmt: skip
def test_lines_of_a_trace(line: dict[str, Any], tool: str, cwd: str) -> None:
    """A command, a tool with its input, or the agent's own message; other keys do not matter."""
    call = from_trace(line, WHERE)
    assert isinstance(call, Call)
    assert (call.call.tool, call.call.cwd, call.time) == (tool, cwd, 9.0)


@pytest.mark.parametrize(
    "line",
    [
        {}, [], None, "ls", {"command": 1}, {"command": None}, {"tool": "Bash"}, {"tool": "Bash", "input": []},
        {"tool": 1, "input": {}}, {"tool": "Read", "input": {}}, {"command": "ls", "cwd": "relative"},
        {"command": "ls", "cwd": 1}, {"command": "a\0b"}, {"tool": "", "input": {}},
        {"hook_event_name": "Stop"},
    ],
    ids=repr,
)  # fmt: skip
def test_lines_that_are_no_calls(line: object) -> None:
    """What the hook would refuse as input is not replayed."""
    assert isinstance(from_trace(line, WHERE), Unusable)


def test_secrets_are_masked_in_what_is_shown() -> None:
    """A transcript has secrets as they were; a report does not, wherever its text is cut."""
    from callgate.core.model import ToolCall
    from callgate.reviewer.replay.shapes import MAX_TEXT, text_of

    secret = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    for padding in (0, MAX_TEXT - 20):
        shown = text_of(ToolCall("Bash", {"command": f"{'x' * padding} curl -H 'Authorization: token {secret}'"}, "/p"))
        assert "ghp_" not in shown
    assert secret not in text_of(ToolCall("mcp__x__y", {"token": secret}, "/p"))


def test_a_trace_cannot_speak_for_a_person() -> None:
    """Only what callgate read from a transcript says what a person decided."""
    line = json.dumps({"command": "ls", "person": "refused"}).encode()
    plain, spooled = read_line(line, "trace", WHERE), read_line(line, "spool", WHERE)
    assert isinstance(plain, Call)
    assert isinstance(spooled, Call)
    assert (plain.person, spooled.person) == ("", "refused")


@pytest.mark.parametrize(
    ("cwd", "named", "forced", "root"),
    [
        ("/work/app", "", "", "/work/app"), ("/work/app/src", "/work/app", "", "/work/app"),
        ("/work/other", "/work/app", "", "/work/other"), ("", "/work/app", "", "/work/app"), ("", "", "", ""),
        ("/home/ann", "", "", ""), ("/home", "", "", ""), ("/", "", "", ""), ("/tmp", "", "", ""),
        ("/home/ann/x", "/home/ann", "", ""), ("/elsewhere", "/work/app", "/work/forced", "/work/forced"),
    ],
)  # fmt: skip
def test_the_project_of_a_call_without_observation(cwd: str, named: str, forced: str, root: str) -> None:
    """The session's root, or else the cwd; never the home directory or what is above it. The disk is not asked."""
    call = from_trace({"command": "ls", "cwd": cwd, "project": named}, WHERE._replace(project=forced))
    assert isinstance(call, Call)
    assert call.project == root
