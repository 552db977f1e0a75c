"""The end of the demo: a call that no rule decides, the rule that the agent proposes for it, and taking that back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Callable, Final, NamedTuple

if TYPE_CHECKING:
    from callgate.cli.demo.world import DemoWorld

COMMAND: Final = "deployctl status production"
RULE: Final = {"id": "deploy-status", "description": "looking at a deployment changes nothing", "command": COMMAND}
SECONDS: Final = 30
"""How long one process may take."""


class Lesson(NamedTuple):
    """One step of the loop."""

    what: str
    result: str
    ok: bool


def learn(world: DemoWorld) -> list[Lesson]:
    """Play the loop through real processes and return its steps; it ends with the first that fails."""
    lessons: list[Lesson] = []
    operation = {"operation": "add_rule", "rule_type": "allow", "rule": RULE}
    undo: dict[str, Any] = {}
    steps: tuple[tuple[str, Callable[[], tuple[str, bool]]], ...] = (
        (f"the agent calls `{COMMAND}`", lambda: _call(world, "passthrough")),
        ("it tries a rule out (`callgate apply --dry-run`)", lambda: _apply(world, operation, "--dry-run")),
        ("it applies the rule (`callgate apply`)", lambda: _apply(world, operation, keep=undo)),
        ("it calls again", lambda: _call(world, "allow")),
        ("you take the change back (`rollback`)", lambda: _apply(world, {"operation": "rollback", **undo})),
        ("the audit log has all of it", lambda: _audit(world)),
    )
    for what, play in steps:
        result, ok = play()
        lessons.append(Lesson(what, result, ok))
        if not ok:
            break
    return lessons


def _call(world: DemoWorld, expected: str) -> tuple[str, bool]:
    message = {
        "session_id": "demo", "hook_event_name": "PreToolUse", "cwd": world.project, "tool_name": "Bash",
        "tool_input": {"command": COMMAND},
    }  # fmt: skip
    done = _run(world, ["hook"], json.dumps(message))
    decision = "passthrough"
    if done.stdout.strip():
        decision = str(_object(done.stdout).get("hookSpecificOutput", {}).get("permissionDecision"))
    told = "no opinion: you would be asked" if decision == "passthrough" else decision
    return told, done.returncode == 0 and decision == expected


def _apply(
    world: DemoWorld, operation: dict[str, Any], *flags: str, keep: dict[str, Any] | None = None
) -> tuple[str, bool]:
    payload = json.dumps({**operation, "target_file": world.places.user_policy})
    answer = _object(_run(world, ["apply", *flags, "--json", payload]).stdout)
    if not answer.get("success"):
        return str(answer.get("error") or "no answer"), False
    if keep is not None:
        keep["to_backup"] = answer["rollback_info"]["backup_file"]
    changes = "; ".join(str(one) for one in answer["changes"][:1]).replace(world.places.user_policy, "policy.toml")
    summary = answer["impact_analysis"].get("summary", "")
    return f"{changes}; {summary}" if flags and summary else changes, True


def _audit(world: DemoWorld) -> tuple[str, bool]:
    done = _run(world, ["audit", "verify"])
    return done.stdout.strip().partition(" (")[0], done.returncode == 0


def _run(world: DemoWorld, words: list[str], text: str = "") -> subprocess.CompletedProcess[str]:
    environ = world.environ(os.environ.get("PATH", os.defpath)) | {"DECISION_REVIEWER_ALLOW_WRITES": "1"}
    command = [sys.executable, "-I", "-m", "callgate", *words]
    try:
        return subprocess.run(  # noqa: S603 - our own program; the command is only its input
            command, input=text, text=True, env=environ, cwd=world.project, capture_output=True, timeout=SECONDS,
            check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, "", f"no answer within {SECONDS} s")


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
