"""The hook with a broken policy: guardrails and the built-in denies hold, everything else asks and says why."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

GOOD = '[[allow]]\nid = "ls"\ncommand = "ls *"\n'


def _hook(root: Path, command: str, config: str) -> tuple[str, str]:
    """Return decision and reason for *command* under the policy file *config*; no opinion has no words."""
    home = root / "home"
    home.mkdir(exist_ok=True)
    message = {"tool_name": "Bash", "tool_input": {"command": command}, "cwd": str(root)}
    done = subprocess.run(
        [sys.executable, "-I", "-m", "callgate", "hook", "--config", config],
        input=json.dumps(message).encode(), capture_output=True, cwd=root, timeout=60, check=False,
        env={"HOME": str(home), "PATH": os.environ["PATH"]},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    if not done.stdout:
        return "passthrough", ""
    specific = json.loads(done.stdout)["hookSpecificOutput"]
    return specific["permissionDecision"], specific["permissionDecisionReason"]


def _break(kind: str, path: Path) -> None:
    """Make a policy file that is broken in the way that *kind* says."""
    if kind == "directory":
        path.mkdir()
    elif kind == "loop":
        path.symlink_to(path)
    elif kind == "dangling":
        path.symlink_to(path.parent / "nowhere")
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "large":
        with path.open("wb") as file:
            file.truncate(50 * 1024 * 1024)
    elif kind == "unreadable":
        path.write_text(GOOD)
        path.chmod(0)
    elif kind in TEXTS:
        path.write_bytes(TEXTS[kind])
    else:
        assert kind == "missing"


TEXTS = {
    "half-written": GOOD.encode()[:20],
    "not-toml": b"ls: allow\n",
    "not-utf8": b'[[allow]]\nid = "\xff"\n',
    "unknown-field": GOOD.encode() + b"comand = 1\n",
    "wrong-type": b'[[allow]]\nid = 1\ncommand = "ls *"\n',
    "bad-regex": b'[[allow]]\nid = "a"\ntool = "Bash"\ncommand_regex = "("\n',
    "twice": GOOD.encode() * 2,
    "missing-include": b'[includes]\nfiles = ["nowhere.toml"]\n' + GOOD.encode(),
    "includes-itself": b'[includes]\nfiles = ["policy.toml"]\n' + GOOD.encode(),
    "deep": b"a = " + b"[" * 5_000 + b"]" * 5_000,
    "nul": GOOD.encode() + b"\0",
}
KINDS = ["missing", "directory", "loop", "dangling", "fifo", "device", "large", "unreadable", *TEXTS]


def _kind(kind: str, path: Path) -> None:
    if kind == "unreadable" and os.geteuid() == 0:
        pytest.skip("nothing is unreadable for the superuser")
    _break(kind, path)


@pytest.mark.parametrize("kind", KINDS)
def test_a_broken_policy_asks_and_says_so(kind: str, tmp_path: Path) -> None:
    """What the policy may have allowed or denied asks, and the reason names the file and the command that helps."""
    policy = tmp_path / "policy.toml"
    _kind(kind, policy)
    decision, reason = _hook(tmp_path, "ls -la", str(policy))
    assert decision == "ask"
    assert "policy is broken" in reason
    assert "callgate validate" in reason
    entry = json.loads((tmp_path / "home/.local/state/callgate/decisions.jsonl").read_bytes())
    assert (entry["decision"], entry["decision_source"]) == ("ask", "error")


@pytest.mark.parametrize("kind", ["missing", "directory", "loop", "half-written", "large"])
def test_guardrails_and_built_in_denies_hold(kind: str, tmp_path: Path) -> None:
    """A catastrophe and a read of credentials are denied whatever became of the policy."""
    policy = tmp_path / "policy.toml"
    _kind(kind, policy)
    assert _hook(tmp_path, "rm -rf ~", str(policy))[0] == "deny"
    assert _hook(tmp_path, "cat ~/.ssh/id_rsa", str(policy))[0] == "deny"


@pytest.mark.parametrize("kind", ["missing", "half-written", "unknown-field"])
def test_the_last_good_policy_stays_in_force(kind: str, tmp_path: Path) -> None:
    """A file that was good and breaks leaves its rules in force; what they do not decide asks."""
    policy = tmp_path / "policy.toml"
    policy.write_text(GOOD + '\n[[deny]]\nid = "no-push"\ncommand = "git push *"\n')
    assert _hook(tmp_path, "ls -la", str(policy))[0] == "allow"
    policy.unlink()
    _kind(kind, policy)
    assert _hook(tmp_path, "git push", str(policy))[0] == "deny"
    decision, reason = _hook(tmp_path, "frobnicate", str(policy))
    assert decision == "ask"
    assert "policy is broken" in reason


def test_a_mended_policy_is_in_force_at_once(tmp_path: Path) -> None:
    """Nothing of the fault remains once the file is good again."""
    policy = tmp_path / "policy.toml"
    policy.write_text("half")
    assert _hook(tmp_path, "ls -la", str(policy))[0] == "ask"
    policy.write_text(GOOD)
    assert _hook(tmp_path, "ls -la", str(policy))[0] == "allow"


def test_a_relative_policy_is_found_from_the_hooks_directory(tmp_path: Path) -> None:
    """`--config` with a relative path is relative to where the hook was started."""
    (tmp_path / "policy.toml").write_text(GOOD)
    assert _hook(tmp_path, "ls -la", "policy.toml")[0] == "allow"
