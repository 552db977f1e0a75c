"""The name that existing set-ups call: whatever the command line, a hook answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from callgate.cli import legacy

POLICY = """
[logging]
log_file = "{logs}/tool-use.log"
review_log_file = "{logs}/review.log"

[llm_fallback]
enabled = false

[[deny]]
tool = "Bash"
command_regex = "^forbidden"

[[allow]]
tool = "Bash"
command_regex = "^echo "
"""


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """A flat file of the older hook, without ids, that logs into the test's directory."""
    path = tmp_path / "hook.toml"
    path.write_text(POLICY.format(logs=tmp_path))
    return path


def _hook(argv: list[str], payload: object, home: Path) -> subprocess.CompletedProcess[bytes]:
    code = f"import sys\nfrom callgate.cli.legacy import run\nsys.exit(run({argv!r}))"
    return subprocess.run(
        [sys.executable, "-c", code],
        input=payload if isinstance(payload, bytes) else json.dumps(payload).encode(),
        env={"HOME": str(home), "PATH": os.environ["PATH"]},
        cwd=home,
        capture_output=True,
        timeout=60,
        check=False,
    )


def _call(command: str, cwd: Path) -> dict[str, object]:
    return {
        "session_id": "s",
        "cwd": str(cwd),
        "hook_event_name": "PreToolUse",
        "tool_name": "Bash",
        "tool_input": {"command": command},
    }


DECISIONS = [("forbidden fruit", "deny"), ("rm -rf ~", "deny"), ("echo hello", "allow")]


@pytest.mark.parametrize(("command", "decision"), DECISIONS)
def test_run_answers_by_the_file(command: str, decision: str, policy: Path, tmp_path: Path) -> None:
    """`run --config FILE` decides by the file, under the guardrails, and logs where the file says."""
    done = _hook(["run", "--config", str(policy)], _call(command, tmp_path), tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["hookSpecificOutput"]["permissionDecision"] == decision
    entry = json.loads((tmp_path / "tool-use.log").read_text())
    assert entry["decision"] == decision


def test_no_opinion_prints_nothing_but_in_test_mode(policy: Path, tmp_path: Path) -> None:
    """A call that no rule covers gets no output; with `--test-mode` the decision is printed."""
    call = _call("frobnicate --all", tmp_path)
    quiet = _hook(["run", "--config", str(policy)], call, tmp_path)
    assert (quiet.returncode, quiet.stdout) == (0, b"")
    loud = _hook(["run", "--config", str(policy), "--test-mode"], call, tmp_path)
    assert loud.returncode == 0
    assert "permissionDecision" in json.loads(loud.stdout)["hookSpecificOutput"]


WRONG = [
    (["run"], "[--config FILE]"),
    (["run", "--test-mode"], "[--config FILE]"),
    (["run", "--config"], "`--config`"),
    (["run", "--config="], "`--config=`"),
    (["run", "--confg", "x"], "--confg"),
    (["run", "--config", "hook.toml", "extra"], "extra"),
    (["run", "--config", "missing.toml"], "missing.toml"),
]


@pytest.mark.parametrize(("argv", "words"), WRONG)
def test_a_wrong_registration_asks(argv: list[str], words: str, policy: Path, tmp_path: Path) -> None:
    """A wrong command line of the hook is an explicit ask that names the fault, exit code 0, never silence."""
    assert policy.exists()
    done = _hook(argv, _call("echo hello", tmp_path), tmp_path)
    answer = json.loads(done.stdout)["hookSpecificOutput"]
    assert done.returncode == 0
    assert answer["permissionDecision"] == "ask"
    assert words in answer["permissionDecisionReason"]
    assert "ask" in (tmp_path / ".local/state/callgate/decisions.jsonl").read_text()


def test_guardrails_hold_without_the_policy(tmp_path: Path) -> None:
    """With the policy file gone a catastrophic call still is denied."""
    done = _hook(["run", "--config", "missing.toml"], _call("rm -rf ~", tmp_path), tmp_path)
    assert json.loads(done.stdout)["hookSpecificOutput"]["permissionDecision"] == "deny"


@pytest.mark.parametrize("payload", [b"", b"{", b"[]", b"\xff", b'{"tool_name": 1}'])
def test_bad_input_asks(payload: bytes, policy: Path, tmp_path: Path) -> None:
    """What is not a tool call is asked about, never let through."""
    done = _hook(["run", "--config", str(policy)], payload, tmp_path)
    assert done.returncode == 0
    assert json.loads(done.stdout)["hookSpecificOutput"]["permissionDecision"] == "ask"


def test_run_loads_no_parser(policy: Path, tmp_path: Path) -> None:
    """The hook process of this name loads no command-line parser."""
    code = (
        f"import sys\nfrom callgate.cli.legacy import run\nrun(['run', '--config', {str(policy)!r}])\n"
        "sys.stderr.write(repr([m for m in ('typer', 'rich', 'argparse', 'dataclasses') if m in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(_call("echo hello", tmp_path)).encode(),
        env={"HOME": str(tmp_path), "PATH": os.environ["PATH"]},
        cwd=tmp_path,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == b"[]"


def test_validate_tells_what_the_file_holds(policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`validate --config FILE` prints counts, log paths and the state of the model, exit code 0."""
    assert legacy.run(["validate", "--config", str(policy)]) == 0
    text = capsys.readouterr().out
    assert f"{tmp_path}/tool-use.log" in text
    assert "allow" in text
    assert "deny" in text


def test_validate_refuses_a_bad_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file with faults gives 78 and every fault with its place."""
    path = tmp_path / "bad.toml"
    path.write_text('[[allow]]\nid = "a"\ntol = "Bash"\n\n[[deny]]\nid = "b"\ntool = "Bash"\ncommand_regex = "("\n')
    assert legacy.run(["validate", "--config", str(path)]) == 78
    err = capsys.readouterr().err
    assert f"{path}:3:1" in err
    assert f"{path}:8" in err


USAGE = [[], ["frob"], ["validate"], ["validate", "--config"], ["validate", "--config", "x", "--test-mode"]]


@pytest.mark.parametrize("argv", USAGE)
def test_wrong_usage_elsewhere_is_64(argv: list[str]) -> None:
    """Outside of `run` a wrong command line gives 64."""
    assert legacy.run(argv) == 64


def test_a_missing_file_to_validate_is_78(tmp_path: Path) -> None:
    """A policy file that does not exist is a bad policy."""
    assert legacy.run(["validate", "--config", str(tmp_path / "none.toml")]) == 78


@pytest.mark.parametrize("argv", [["--help"], ["run", "--help"], ["validate", "-h"]])
def test_help_shows_both_commands(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Help, wherever it is asked for, shows how to call both commands."""
    assert legacy.run(argv) == 0
    text = capsys.readouterr().out
    assert "run --config FILE" in text
    assert "validate --config FILE" in text
