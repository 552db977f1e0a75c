"""What every operation and every error answers, as golden files.

`UPDATE_GOLDEN=1 pytest tests/reviewer/apply/test_apply_answers.py` rewrites tests/reviewer/apply/golden.
Read the difference.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final, get_args

import pytest
from apply_lab import Lab, add_allow, make_lab

from callgate.reviewer.apply.base import ErrorType
from callgate.reviewer.apply.registry import NAMES

GOLDEN: Final = Path(__file__).parent / "golden"
USER: Final = "~/.config/callgate/policy.toml"
MORE: Final = (
    '\n[includes]\nfiles = ["more.toml"]\n\n[llm_fallback]\nenabled = true\nendpoint = "http://localhost:1/v1"\n'
    'model = "m"\napi_key = "sk-old-1234567890abcdefgh"\n'
)


def op(name: str, **fields: object) -> dict[str, Any]:
    """Return an operation on the user's policy."""
    return {"operation": name, "target_file": USER, **fields}


DONE: Final[dict[str, tuple[dict[str, Any], dict[str, Any]]]] = {
    "add_rule": (add_allow(), {}),
    "add_rule-dry": (add_allow(), {"dry_run": True}),
    "add_rule-forced": (add_allow("py", "python *"), {"force": True}),
    "add_rule-warned-dry": (add_allow("py", "python *"), {"dry_run": True}),
    "add_rule-backup": (add_allow(), {"commit": False, "reason": "the build is run all day"}),
    "remove_rule": (op("remove_rule", id="git-log"), {}),
    "update_rule": (op("update_rule", id="git-log", changes={"description": "history"}), {}),
    "toggle_rule": (op("toggle_rule", id="no-curl", enabled=False), {}),
    "toggle_rule-nothing": (op("toggle_rule", id="no-curl", enabled=True), {}),
    "toggle_rule-nothing-dry": (op("toggle_rule", id="no-curl", enabled=True), {"dry_run": True}),
    "reorder_rule": (op("batch", operations=[
        {"operation": "add_rule", "rule_type": "allow", "rule": {"id": "b", "command": "git status"}},
        {"operation": "reorder_rule", "id": "b", "move_to": "start"},
    ]), {}),
    "update_llm_config": (op("update_llm_config", changes={"api_key": "sk-new-1234567890abcdefgh"}), {}),
    "update_llm_config-dry": (
        op("update_llm_config", changes={"api_key": "sk-new-1234567890abcdefgh"}), {"dry_run": True}),
    "update_llm_prompt": (op("update_llm_prompt", prompt="Be careful.\nVery."), {}),
    "add_include": (op("add_include", file="third.toml"), {}),
    "remove_include": (op("remove_include", file="more.toml"), {}),
    "batch": (op("batch", operations=[
        {"operation": "toggle_rule", "id": "git-log", "enabled": False},
        {"operation": "remove_rule", "id": "git-push"},
    ]), {}),
    "validate": (op("validate"), {}),
    "validate-operation": ({"type": "validate", "target_file": USER,
                            "operation": {"operation": "remove_rule", "id": "git-log"}}, {}),
}  # fmt: skip
"""Name of the golden file -> operation and options. `rollback` needs something to go back to."""

REFUSED: Final[dict[str, tuple[dict[str, Any] | bytes, dict[str, Any]]]] = {
    "error-no-json": (b"nonsense", {}),
    "error-twice": (b'{"operation":"remove_rule","id":"a","id":"b","target_file":"x.toml"}', {}),
    "error-control": (op("remove_rule", id="a\x1b[31m"), {}),
    "error-unknown-field": (op("remove_rule", id="git-log", idd="x"), {}),
    "error-unknown-operation": (op("delete_rule", id="git-log"), {}),
    "error-no-target": ({"operation": "remove_rule", "id": "git-log"}, {}),
    "error-two-targets": (op("remove_rule", id="git-log"), {"target_file": "other.toml"}),
    "error-no-file": (add_allow(target="missing.toml"), {}),
    "error-not-found": (op("remove_rule", id="git-lug"), {}),
    "error-exists": (add_allow("unit-tests"), {}),
    "error-exists-elsewhere": (add_allow("git-log"), {}),
    "error-regex": (op("update_rule", id="git-log", changes={
        "command": None, "tool": "Bash", "command_regex": "("}), {}),
    "error-schema": (op("update_rule", id="git-log", changes={"tool": "Bash", "tool_regex": "B"}), {}),
    "error-example": (op("add_rule", rule_type="allow", rule={
        "id": "x", "command": "ls *", "examples": {"match": ["rm x", "cat y"], "no_match": ["ls -la"]}}), {}),
    "error-include": (op("add_include", file="nowhere.toml"), {}),
    "error-disarm": (op("add_rule", rule_type="allow", rule={"id": "x", "command": "callgate off"}), {"force": True}),
    "error-warnings": (add_allow("py", "python *"), {}),
    "error-rollback": (op("rollback", to_backup="nothing.bak"), {}),
}  # fmt: skip


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """A user policy with an include, and a project in Git, trusted."""
    made = make_lab(tmp_path, git=True)
    made.user.write_text(made.user.read_text() + MORE)
    made.user.with_name("more.toml").write_text('[[deny]]\nid = "more"\ncommand = "wget *"\n')
    made.user.with_name("third.toml").write_text('[[deny]]\nid = "third"\ncommand = "nc *"\n')
    made.trust()
    made.log(
        ("make build", "passthrough", ""), ("curl example.org", "deny", "no-curl"), ("git log -3", "allow", "git-log")
    )
    return made


def check(name: str, text: str) -> None:
    """Compare with the golden file, or rewrite it."""
    golden = GOLDEN / f"{name}.json"
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", DONE)
def test_what_is_done_is_told(name: str, lab: Lab) -> None:
    """Every operation answers as its golden file says, and only what is no dry run changes the file."""
    operation, options = DONE[name]
    target = lab.own if operation["target_file"] == ".callgate.toml" else lab.user
    before = target.read_bytes()
    answer = lab.apply(operation, **options)
    assert answer["success"], answer
    wrote = not (options.get("dry_run") or name.startswith("validate") or name.endswith("nothing"))
    assert (target.read_bytes() != before) == wrote
    check(name, lab.plain(answer))


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_told_and_changes_nothing(name: str, lab: Lab) -> None:
    """Every error answers as its golden file says; no file has changed, and nothing is left beside it."""
    operation, options = REFUSED[name]
    files = {path: path.read_bytes() for path in (lab.user, lab.own)}
    answer = lab.apply(operation, **options)
    assert not answer["success"]
    assert answer["changes_applied"].startswith("none (")
    assert {path: path.read_bytes() for path in files} == files
    assert not list(lab.user.parent.glob("*.bak"))
    check(name, lab.plain(answer))


def test_rollback_goes_back_to_a_commit(lab: Lab) -> None:
    """A rollback restores the bytes of a commit, is a commit itself, and its dry run shows the difference."""
    before = lab.own.read_bytes()
    made = lab.apply(add_allow())
    parent = made["rollback_info"]["parent"]
    back = {"operation": "rollback", "target_file": ".callgate.toml", "to_commit": parent}
    dry = lab.apply(back, dry_run=True)
    assert '-id = "make"' in dry["diff"]
    assert lab.own.read_bytes() != before
    answer = lab.apply(back)
    assert lab.own.read_bytes() == before
    assert lab.git("log", "--format=%s").splitlines()[1] == "feat(config): Add allow rule 'make'"
    assert len(lab.git("log", "--format=%s").splitlines()) == 3
    check("rollback", lab.plain(answer))


def test_the_goldens_cover_every_operation_and_error_type() -> None:
    """An operation or an error type that is added needs an answer here or a test of its own."""
    assert {*(name.split("-")[0] for name in DONE), "rollback"} == set(NAMES)
    shown = {line.split('"')[3] for path in GOLDEN.glob("error-*.json") for line in path.read_text().splitlines()
             if '"error_type"' in line}  # fmt: skip
    elsewhere = {"writes_disabled", "locked", "stale_file", "git_failed", "io_error", "internal_error", "needs_person"}
    assert shown | elsewhere >= set(get_args(ErrorType))


def test_goldens_are_all_used() -> None:
    """No golden file is left of an answer that nobody gives."""
    assert {path.stem for path in GOLDEN.glob("*.json")} == {*DONE, *REFUSED, "rollback"}
