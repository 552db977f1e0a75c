"""The loop that callgate is for: refused, asked why, tried out, applied, allowed; and all of it can be seen and undone.

The real client, the installed hook, and a scripted model that uses callgate as docs/agents.md tells it to.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from callgate.host import places

from . import client
from .model_server import FINAL_TEXT, ModelServer, ToolUse
from .world import World, callgate, new_world

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

COMMAND = "./notes.sh draft"
BIN = str(Path(sys.executable).parent)
RULES = """
[settings]
default = "deny"

[[allow]]
id = "ask-and-apply"
description = "the agent may look, and may change the policy where the person has switched that on"
command = ["callgate query *", "callgate apply *"]
"""


def _world(place: Path) -> World:
    """A world that denies what no rule allows; its user policy is kept in Git, as dot files are."""
    world = new_world(place)
    callgate(world, "init", "--profile", "cautious")
    callgate(world, "install", "claude-code", "--scope", "user", "--skill", "--transport", "in-process")
    with world.policy.open("a") as policy:
        policy.write(RULES)
    callgate(world, "validate")
    script = world.project / "notes.sh"
    script.write_text("#!/bin/sh\necho written > notes.out\n")
    script.chmod(0o755)
    _git(world, "init", "-q", "-b", "main")
    _git(world, "config", "user.name", "A Person")
    _git(world, "config", "user.email", "person@example.invalid")
    _git(world, "add", "policy.toml")
    _git(world, "commit", "-q", "-m", "my policy")
    return world


def _git(world: World, *words: str) -> str:
    done = subprocess.run(
        ["git", *words], cwd=world.policy.parent, env={"HOME": str(world.home), "PATH": os.environ["PATH"]},
        capture_output=True, text=True, timeout=30, check=True,
    )  # fmt: skip
    return done.stdout


def _turn(name: str, command: str) -> list[ToolUse]:
    return [ToolUse(f"toolu_{name}", "Bash", {"command": command, "description": "scripted"})]


def _apply(world: World, *flags: str) -> str:
    """Return the command line by which the model adds the rule."""
    rule = {"id": "draft-notes", "command": COMMAND, "examples": {"match": [COMMAND], "no_match": ["./notes.sh send"]}}
    operation = {"operation": "add_rule", "target_file": str(world.policy), "rule_type": "allow", "rule": rule}
    return " ".join(["callgate apply", *flags, f"--json '{json.dumps(operation)}'"])


def _decided(world: World) -> dict[str, str]:
    return {each["tool_use_id"].removeprefix("toolu_"): each["decision"] for each in world.reviews()}


def test_the_learning_loop(claude: list[str], tmp_path: Path) -> None:
    """A refused call is allowed after the model applied a rule; commit, audit entry and rollback are all there."""
    world = _world(tmp_path)
    path = f"{BIN}:{os.environ['PATH']}"
    turns = [
        _turn("refused", COMMAND),
        _turn("why", """callgate query '{"type": "log", "decision": "deny", "last_n": 1}'"""),
        _turn("dry", _apply(world, "--dry-run")),
        _turn("apply", _apply(world, "--reason 'drafts are written all day'")),
        _turn("again", COMMAND),
        _turn("other", "./notes.sh send"),
    ]
    with ModelServer(turns) as model:
        exported = {"PATH": path, "DECISION_REVIEWER_ALLOW_WRITES": "1"}
        result = client.run(claude, world.project, world.home, model.url, exported)

    assert result["result"] == FINAL_TEXT
    said = {name: model.results[f"toolu_{name}"].content for name in ("why", "dry", "apply")}
    assert all(text.startswith("{") for text in said.values()), said
    answers: dict[str, Any] = {
        name: json.loads(model.results[f"toolu_{name}"].content) for name in ("why", "dry", "apply")
    }
    assert model.results["toolu_refused"].is_error
    assert answers["why"]["results"][0]["input"]["command"] == COMMAND
    dry, done = answers["dry"], answers["apply"]
    assert dry["dry_run"]
    assert dry["impact_analysis"]["newly_allowed"] == 1
    assert "draft-notes" in dry["diff"]
    assert done["success"]
    assert not model.results["toolu_again"].is_error
    assert (world.project / "notes.out").read_text() == "written\n"
    decided = {"refused": "deny", "why": "allow", "dry": "allow", "apply": "allow", "again": "allow", "other": "deny"}
    assert _decided(world) == decided

    _check_records(world, done)
    _check_rollback(world, done["rollback_info"]["rollback_command"], path)


def _check_records(world: World, done: dict[str, Any]) -> None:
    """The commit and the audit entry tell of the same change, and who made it."""
    assert _git(world, "rev-parse", "HEAD").strip() == done["rollback_info"]["commit"]
    message = _git(world, "log", "-1", "--format=%B")
    assert message.startswith(
        "feat(config): Add allow rule 'draft-notes'\n\nOperation: add_rule\nRule ID: draft-notes\n"
    )
    assert "Reason: drafts are written all day" in message
    entries = world.log(places({}, str(world.home)).audit_log)
    made = next(entry for entry in entries if entry["operation"] == "add_rule" and not entry["dry_run"])
    assert made["commit"] == done["rollback_info"]["commit"]
    assert made["actor"]["kind"] == "agent"
    assert made["actor"]["agent"] == "claude-code"
    assert made["reason"] == "drafts are written all day"
    assert [entry["dry_run"] for entry in entries if entry["operation"] == "add_rule"] == [True, False]
    callgate(world, "audit", "verify")


def _check_rollback(world: World, command: str, path: str) -> None:
    """The command of the answer takes the change back; that is a commit, too."""
    environ = {"HOME": str(world.home), "PATH": path, "DECISION_REVIEWER_ALLOW_WRITES": "1"}
    done = subprocess.run(
        ["/bin/sh", "-c", command], cwd=world.project, env=environ, stdin=subprocess.DEVNULL, capture_output=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    assert "draft-notes" not in world.policy.read_text()
    assert _git(world, "show", "HEAD~2:policy.toml") == world.policy.read_text()
    assert len(_git(world, "log", "--format=%s").splitlines()) == 3
