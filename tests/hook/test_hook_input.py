"""The hook as a process on bad input: an explicit ask, exit 0, and a line in the log; never silence, never consent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

MIB = 1024 * 1024
MESSAGE: dict[str, Any] = {"session_id": "s", "hook_event_name": "PreToolUse", "tool_name": "Bash"}


def _hook(root: Path, data: bytes, *options: str) -> bytes:
    """Return what the hook prints for *data* with `root/home` as its home; it must exit 0 and say nothing else."""
    home = root / "home"
    home.mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-I", "-m", "callgate", "hook", *options],
        input=data, capture_output=True, env={"HOME": str(home), "PATH": os.environ["PATH"]}, cwd=root, timeout=60,
        check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout


def _decision(output: bytes) -> tuple[str, str]:
    answer = json.loads(output)
    assert answer["suppressOutput"] is True
    specific = answer["hookSpecificOutput"]
    assert specific["hookEventName"] == "PreToolUse"
    return specific["permissionDecision"], specific["permissionDecisionReason"]


def _log(root: Path, name: str = "decisions") -> list[dict[str, Any]]:
    path = root / f"home/.local/state/callgate/{name}.jsonl"
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def _message(command: str, root: Path, **more: object) -> bytes:
    return json.dumps({**MESSAGE, "cwd": str(root), "tool_input": {"command": command}, **more}).encode()


_GOOD = json.dumps({**MESSAGE, "tool_input": {"command": "ls"}}).encode()
BAD = {
    "empty": (b"", "empty"),
    "blank": (b" \n\t ", "empty"),
    "truncated": (_GOOD[:-1], "not JSON"),
    "half": (_GOOD[: len(_GOOD) // 2], "not JSON"),
    "two-objects": (_GOOD + _GOOD, "not JSON"),
    "not-json": (b"ls -la", "not JSON"),
    "array": (b"[" + _GOOD + b"]", "not a JSON object"),
    "string": (b'"ls"', "not a JSON object"),
    "null": (b"null", "not a JSON object"),
    "number": (b"1", "not a JSON object"),
    "no-tool": (b'{"tool_input": {"command": "ls"}}', "tool_name"),
    "empty-tool": (b'{"tool_name": "", "tool_input": {}}', "tool_name"),
    "tool-number": (b'{"tool_name": 1, "tool_input": {}}', "tool_name"),
    "tool-array": (b'{"tool_name": ["Bash"], "tool_input": {}}', "tool_name"),
    "input-string": (b'{"tool_name": "Bash", "tool_input": "ls"}', "tool_input"),
    "input-null": (b'{"tool_name": "Bash", "tool_input": null}', "tool_input"),
    "no-command": (b'{"tool_name": "Bash", "tool_input": {}}', "command"),
    "command-number": (b'{"tool_name": "Bash", "tool_input": {"command": 1}}', "command"),
    "command-array": (b'{"tool_name": "Bash", "tool_input": {"command": ["ls"]}}', "command"),
    "no-path": (b'{"tool_name": "Read", "tool_input": {}}', "file_path"),
    "cwd-number": (b'{"tool_name": "Bash", "cwd": 1, "tool_input": {"command": "ls"}}', "cwd"),
    "cwd-relative": (b'{"tool_name": "Bash", "cwd": "x", "tool_input": {"command": "ls"}}', "cwd"),
    "mode-number": (b'{"tool_name": "Bash", "permission_mode": 1, "tool_input": {"command": "ls"}}', "permission_mode"),
    "event-number": (b'{"hook_event_name": 1, "tool_name": "Bash", "tool_input": {"command": "ls"}}', "hook_event"),
    "nul-byte": (_GOOD.replace(b"ls", b"l\0s"), "NUL"),
    "nul-escaped": (_GOOD.replace(b"ls", b"l\\u0000s"), "NUL"),
    "nul-in-path": (b'{"tool_name": "Read", "tool_input": {"file_path": "/a\\u0000b"}}', "NUL"),
    "not-utf8": (_GOOD.replace(b"ls", b"l\xff\xfes"), "UTF-8"),
    "surrogate-bytes": (_GOOD.replace(b"ls", b"l\xed\xa0\x80s"), "UTF-8"),
    "utf16": (_GOOD.decode().encode("utf-16"), ""),
    "twice": (_GOOD.replace(b'"tool_name"', b'"tool_name": "Read", "tool_name"'), "twice"),
    "nan": (b'{"tool_name": "Bash", "tool_input": {"command": "ls", "timeout": NaN}}', "NaN"),
    "deep": (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, "nested"),
    "deep-array": (b'{"tool_name": "X", "tool_input": {"a": ' + b"[" * 900 + b"]" * 900 + b"}}", "nested"),
    "digits": (b'{"tool_name": "X", "tool_input": {"a": ' + b"1" * 10_000 + b"}}", "digits"),
    "too-large": (_GOOD[:-1] + b" " * (10 * MIB + 2 - len(_GOOD)) + b"}", "larger"),
    "far-too-large": (b"x" * (12 * MIB), "larger"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_is_not_a_tool_call_asks(name: str, tmp_path: Path) -> None:
    """Input that is not a tool call gets an explicit ask that names the problem, and is logged as an error."""
    data, named = BAD[name]
    decision, reason = _decision(_hook(tmp_path, data))
    assert decision == "ask"
    assert "callgate could not judge this call" in reason
    assert named in reason
    entries = _log(tmp_path)
    assert [(entry["decision"], entry["decision_source"]) for entry in entries] == [("ask", "error")]


def test_exactly_the_limit_is_judged(tmp_path: Path) -> None:
    """Ten mebibytes are read and judged."""
    message = _message("rm -rf ~", tmp_path)
    data = message[:-1] + b" " * (10 * MIB - len(message)) + b"}"
    assert len(data) == 10 * MIB
    assert _decision(_hook(tmp_path, data))[0] == "deny"


def test_a_large_harmless_input_is_judged(tmp_path: Path) -> None:
    """A file of nine mebibytes is written or not by its path, whatever is in it."""
    tool_input = {"file_path": str(tmp_path / "home/.claude/settings.json"), "content": "x" * (9 * MIB)}
    data = json.dumps({**MESSAGE, "tool_name": "Write", "cwd": str(tmp_path), "tool_input": tool_input}).encode()
    assert _decision(_hook(tmp_path, data))[0] == "deny"


ODD = {
    "lone-surrogate": "cat \ud800",
    "many-surrogates": "\udfff\ud800" * 50,
    "long": "cat " + "a" * 100_000,
    "many-words": "cat " + "a " * 50_000,
    "nested": "echo " + "$(echo " * 2_000 + ")" * 2_000,
    "nested-open": "$(" * 2_000,
    "nested-backticks": "`" * 2_001,
    "nested-groups": "{ " * 2_000 + "ls" + "; }" * 2_000,
    "nested-parentheses": "(" * 2_000 + "ls" + ")" * 2_000,
    "nested-braces": "echo " + "{a," * 2_000 + "}" * 2_000,
    "nested-quotes": "bash -c " + "'" * 2_001,
    "many-commands": "ls; " * 5_000,
    "many-pipes": "ls | " * 2_000 + "wc",
    "many-loops": "for i in a b c d e f; do " * 12 + "ls" + "; done" * 12,
    "doubling": "x=xxxxxxxxxx; " + "x=$x$x; " * 60 + "echo $x",
    "beyond-the-plane": "cat {\U00031860 {\U000f0000 {\U0001f600",
}


@pytest.mark.parametrize("name", ODD)
def test_odd_commands_get_an_answer(name: str, tmp_path: Path) -> None:
    """A command that is hard to read is asked about or left to the agent; never allowed by a crash, never slow."""
    policy = tmp_path / "policy.toml"
    policy.write_text('[settings]\ndefault = "ask"\n')
    decision, _ = _decision(_hook(tmp_path, _message(ODD[name], tmp_path), "--config", str(policy)))
    assert decision == "ask"
    assert len(_log(tmp_path)) == 1


@pytest.mark.parametrize("name", [name for name in ODD if name not in {"doubling", "nested-open", "nested-backticks"}])
def test_a_guardrail_holds_in_front_of_odd_commands(name: str, tmp_path: Path) -> None:
    """What a guardrail stops is denied, whatever follows it."""
    decision, _ = _decision(_hook(tmp_path, _message("rm -rf ~; " + ODD[name], tmp_path)))
    assert decision == "deny"


@pytest.mark.parametrize(
    "event", ["PreCompact", "UserPromptSubmit", "SubagentStart", "Stop", "Notification", "Unheard"]
)
def test_other_events_pass_in_silence(event: str, tmp_path: Path) -> None:
    """An event that takes no decision prints nothing and is not logged."""
    data = _message("rm -rf ~", tmp_path, hook_event_name=event)
    assert _hook(tmp_path, data) == b""
    assert not (tmp_path / "home/.local").exists()


@pytest.mark.parametrize("event", ["PreToolUse", "pretooluse", "PRETOOLUSE", None])
def test_the_event_is_known_however_it_is_spelled(event: str | None, tmp_path: Path) -> None:
    """A call is judged whatever the case of the event's name, and without one."""
    assert _decision(_hook(tmp_path, _message("rm -rf ~", tmp_path, hook_event_name=event)))[0] == "deny"


def test_no_opinion_is_silence(tmp_path: Path) -> None:
    """No opinion prints nothing, and is logged."""
    assert _hook(tmp_path, _message("frobnicate", tmp_path)) == b""
    assert [entry["decision"] for entry in _log(tmp_path)] == ["passthrough"]


def test_test_mode_always_prints(tmp_path: Path) -> None:
    """`--test-mode` prints a decision also where there is no opinion; it is an ask, and says so."""
    decision, reason = _decision(_hook(tmp_path, _message("frobnicate", tmp_path), "--test-mode"))
    assert decision == "ask"
    assert "no opinion" in reason
    assert _decision(_hook(tmp_path, _message("rm -rf ~", tmp_path), "--test-mode"))[0] == "deny"


@pytest.mark.parametrize("options", [["--frob"], ["--config"], ["extra"], ["--config="]])
def test_a_wrong_registration_asks(options: list[str], tmp_path: Path) -> None:
    """Options that are not understood are a fault of the registration, and are asked about."""
    decision, reason = _decision(_hook(tmp_path, _message("ls", tmp_path), *options))
    assert decision == "ask"
    assert "registration" in reason


def test_secrets_of_the_input_are_masked(tmp_path: Path) -> None:
    """What looks like a secret is in none of the logs."""
    token = "ghp_" + "a1B2" * 9
    _hook(tmp_path, _message(f"curl -H 'Authorization: Bearer {token}' https://x.example", tmp_path))
    for path in (tmp_path / "home/.local/state/callgate").glob("*.jsonl"):
        assert token not in path.read_text()
        assert path.stat().st_mode & 0o777 == 0o600
