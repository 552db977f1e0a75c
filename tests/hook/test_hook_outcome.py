"""The hook as a process on events that tell what became of a call: a line in their log, and never a word."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from callgate.journal.faults import read_faults
from callgate.journal.outcomes import input_digest

STATE = ".local/state/callgate"
EVENTS = {"PermissionRequest": "requested", "PostToolUse": "ran", "PostToolUseFailure": "failed"}
LISTENING = [(), ("--outcome",)]


def hook(root: Path, data: bytes, *options: str, script: str = "", **environ: str) -> bytes:
    """What a hook process prints for *data*; it must exit 0 and write nothing on stderr."""
    command = ["-c", script] if script else ["-m", "callgate", "hook", *options]
    done = subprocess.run(
        [sys.executable, "-I", *command], input=data, capture_output=True, cwd=root, timeout=60, check=False,
        env={"HOME": str(root), "PATH": os.environ["PATH"], **environ},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout


def message(event: str, tool_input: object = None, **more: object) -> bytes:
    """One message of the host."""
    fields: dict[str, object] = {
        "session_id": "s", "hook_event_name": event, "tool_name": "Bash", "tool_use_id": "toolu_1", "cwd": "/",
        "tool_input": tool_input or {"command": "frobnicate"}, **more,
    }  # fmt: skip
    return json.dumps(fields).encode()


def lines(root: Path, name: str = "outcomes") -> list[dict[str, Any]]:
    """The entries of one log; empty when there is none."""
    path = root / STATE / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


@pytest.mark.parametrize("options", LISTENING, ids=["plain", "listening"])
@pytest.mark.parametrize("event", EVENTS)
def test_an_event_is_one_line_and_silence(event: str, options: tuple[str, ...], tmp_path: Path) -> None:
    """Each event leaves one line in a private file, no decision, and prints nothing."""
    assert hook(tmp_path, message(event), *options, CLAUDE_CODE_SESSION_ATTENDED="1") == b""
    (line,) = lines(tmp_path)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "session_id": "s", "tool_name": "Bash", "tool_use_id": "toolu_1", "agent": "claude-code",
        "event": EVENTS[event], "input_digest": input_digest({"command": "frobnicate"}), "interrupted": False,
        "attended": True, "subagent": "",
    }  # fmt: skip
    assert stat.S_IMODE((tmp_path / STATE / "outcomes.jsonl").stat().st_mode) == 0o600
    assert not lines(tmp_path, "decisions") + lines(tmp_path, "review")


def test_the_log_stays_in_the_state_directory(tmp_path: Path) -> None:
    """A policy that names other decision logs, or is broken, is not even read."""
    policy = tmp_path / ".config/callgate/policy.toml"
    policy.parent.mkdir(parents=True)
    policy.write_text('[logging]\nlog_file = "/elsewhere/x"\n[[broken')
    assert hook(tmp_path, message("PostToolUse"), "--outcome") == b""
    assert [line["event"] for line in lines(tmp_path)] == ["ran"]


@pytest.mark.parametrize(
    "command", ["frobnicate", "curl -H 'Authorization: Bearer abcdef0123456789' x.example", "PASSWORD=hunter2x deploy"]
)
def test_the_digest_is_that_of_the_decisions_own_line(command: str, tmp_path: Path) -> None:
    """What is digested is what the decision log shows, so that both join, and a masked secret leaves no trace."""
    for event in ("PreToolUse", "PermissionRequest"):
        hook(tmp_path, message(event, {"command": command, "description": "é"}), "--outcome")
    (decision,) = lines(tmp_path, "review")
    (outcome,) = lines(tmp_path)
    assert outcome["input_digest"] == input_digest(decision["tool_input"])
    assert "hunter2x" not in (tmp_path / STATE / "outcomes.jsonl").read_text()


BAD = {
    "empty": b"",
    "no JSON": b"frobnicate",
    "cut off": message("PostToolUse")[:-1],
    "an array": b"[1]",
    "no UTF-8": b'{"a": "\xff"}',
    "nested": b'{"a":' * 100_000,
    "no session": message("PostToolUse", session_id=None),
    "no tool": message("PermissionRequest", tool_name=""),
    "odd tool": message("PostToolUse", tool_name=7),
    "odd input": message("PostToolUse", tool_input=["x"]),
    "odd event": message("PostToolUse", hook_event_name=[1]),
    "odd number": message("PostToolUseFailure", tool_use_id={"a": 1}),
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
def test_a_malformed_event_is_counted_and_no_error(data: bytes, tmp_path: Path) -> None:
    """Nothing is printed, the exit code is 0, no line is written, and the fault is counted for doctor."""
    assert hook(tmp_path, data, "--outcome") == b""
    assert lines(tmp_path) == []
    faults = read_faults(str(tmp_path / STATE / "faults"))
    assert faults.total == 1
    assert faults.last.startswith("an outcome was not logged: ")


@pytest.mark.parametrize("name", ["PreToolUse", "pretooluse", None])
def test_a_call_to_decide_is_decided_all_the_same(name: str | None, tmp_path: Path) -> None:
    """A registration that listens to the wrong event still judges what can be read: it must not wave calls through."""
    answer = json.loads(hook(tmp_path, message("", {"command": "rm -rf ~"}, hook_event_name=name), "--outcome"))
    assert answer["hookSpecificOutput"]["permissionDecision"] == "deny"
    assert lines(tmp_path) == []


def test_other_events_are_nothing(tmp_path: Path) -> None:
    """An event that tells nothing of a call is neither logged nor a fault."""
    assert hook(tmp_path, message("Stop"), "--outcome") == b""
    assert not (tmp_path / ".local").exists()


def test_a_large_answer_is_no_trouble(tmp_path: Path) -> None:
    """The event of an edited file carries it twice: 20 MiB are read, and none of it is kept."""
    data = message("PostToolUse", tool_response={"originalFile": "x" * (20 << 20)})
    assert hook(tmp_path, data, "--outcome") == b""
    assert [line["event"] for line in lines(tmp_path)] == ["ran"]
    assert (tmp_path / STATE / "outcomes.jsonl").stat().st_size < 1000


def test_a_log_that_cannot_be_written_is_nobodys_error(tmp_path: Path) -> None:
    """Where the log is a directory the fault is counted, where there is no state directory at all nothing happens."""
    (tmp_path / STATE / "outcomes.jsonl").mkdir(parents=True)
    assert hook(tmp_path, message("PostToolUse"), "--outcome") == b""
    assert "a directory" in read_faults(str(tmp_path / STATE / "faults")).last
    other = tmp_path / "other"
    other.mkdir()
    (other / ".local").write_text("in the way")
    assert hook(other, message("PostToolUse"), "--outcome") == b""


def test_listening_loads_no_engine(tmp_path: Path) -> None:
    """Events come with every call that ran: neither policy, shell analysis nor engine is imported for one."""
    script = (
        "import sys\nfrom callgate.hook.main import main\nmain(['--outcome'])\nprint('\\n'.join(sorted(sys.modules)))\n"
    )
    loaded = hook(tmp_path, message("PostToolUse"), script=script).decode().split("\n")
    heavy = ("callgate.engine", "callgate.policy", "callgate.shell", "callgate.gate", "tree_sitter", "re2", "tomllib")
    assert "callgate.journal.outcomes" in loaded
    assert [name for name in loaded if name.startswith(heavy)] == []


def test_deciding_loads_nothing_of_it(tmp_path: Path) -> None:
    """A process that decides a call pays nothing for the events."""
    script = "import sys\nfrom callgate.hook.main import main\nmain([])\nprint('\\n'.join(sorted(sys.modules)))\n"
    loaded = hook(tmp_path, message("PreToolUse"), script=script).decode().split("\n")
    assert "callgate.gate" in loaded
    assert not {"callgate.hook.outcome", "callgate.journal.outcomes", "callgate.agents.claude_code_outcomes"} & {
        *loaded
    }
