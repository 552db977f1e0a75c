"""`callgate apply` as a process: the gate of the environment, where the operation comes from, many writers at once."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from callgate.cli import main, reviewer

GATE = "ERROR: Write operations disabled. Set DECISION_REVIEWER_ALLOW_WRITES=1 to enable."
WRITERS = 50


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with a policy file; writing is switched on."""
    (tmp_path / "policy.toml").write_text('[[allow]]\nid = "first"\ncommand = "make first"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DECISION_REVIEWER_ALLOW_WRITES", "1")
    return tmp_path


def _add(rule_id: str) -> str:
    rule = {"id": rule_id, "command": f"make {rule_id}"}
    return json.dumps({"operation": "add_rule", "target_file": "policy.toml", "rule_type": "allow", "rule": rule})


def _answer(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize("value", ["", "0", "true", " 1"])
@pytest.mark.parametrize("flags", [[], ["--dry-run"]])
def test_without_the_switch_nothing_is_done(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], flags: list[str], value: str
) -> None:
    """Exit 1, the message of the contract and why on stderr, `writes_disabled` on stdout; for a dry run as well."""
    monkeypatch.setenv("DECISION_REVIEWER_ALLOW_WRITES", value)
    before = (project / "policy.toml").read_bytes()
    assert main.run(["apply", *flags, "--json", _add("x")]) == 1
    captured = capsys.readouterr()
    assert captured.err.splitlines()[0] == GATE
    assert len(captured.err.splitlines()) == 2
    answer = json.loads(captured.out)
    assert (answer["error_type"], answer["operation"], answer["success"]) == ("writes_disabled", "add_rule", False)
    assert (project / "policy.toml").read_bytes() == before


def test_the_operation_comes_from_an_option_an_argument_or_stdin(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All three are the same, under both names of the program; two at once are wrong usage."""
    assert main.run(["apply", "--json", _add("one")]) == 0
    assert main.run(["apply", _add("two")]) == 0
    assert reviewer.run(["apply", "--compact", "--json", _add("three")]) == 0
    capsys.readouterr()
    done = subprocess.run(
        [sys.executable, "-m", "callgate", "apply", "-"], input=_add("four"), text=True, capture_output=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("\n") == 1
    assert main.run(["apply", _add("x"), "--json", _add("y")]) == 64
    rules = tomllib.loads((project / "policy.toml").read_text())["allow"]
    assert [one["id"] for one in rules] == ["first", "one", "two", "three", "four"]


def test_the_target_is_named_once(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--target-file` stands in for the field; another file than the field is an error."""
    bare = {"operation": "toggle_rule", "id": "first", "enabled": False}
    assert main.run(["apply", "--target-file", "policy.toml", "--json", json.dumps(bare)]) == 0
    assert main.run(["apply", "--target-file", "./policy.toml", "--json", _add("x")]) == 0
    capsys.readouterr()
    assert main.run(["apply", "--target-file", "other.toml", "--json", _add("y")]) == 1
    assert _answer(capsys)["error_type"] == "invalid_operation"
    assert (project / "policy.toml").exists()


def test_who_applies(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The flag, else the variable; the answer says who it was."""
    monkeypatch.setenv("DECISION_REVIEWER_APPLIED_BY", "robot")
    assert main.run(["apply", "--json", _add("one")]) == 0
    assert _answer(capsys)["applied_by"] == "robot"
    assert main.run(["apply", "--applied-by", "anna", "--json", _add("two")]) == 0
    assert _answer(capsys)["applied_by"] == "anna"
    assert len(list(project.glob("policy.toml.*.bak"))) == 2


def test_fifty_processes_change_one_file(project: Path) -> None:
    """Every process lands or says that it did not; the file has exactly the rules of those that landed."""

    def run(number: int) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "-m", "callgate", "apply", "--json", _add(f"r{number}")], capture_output=True, text=True,
            timeout=300, check=False,
        )  # fmt: skip
        found: dict[str, Any] = json.loads(done.stdout)
        assert done.returncode == (0 if found["success"] else 1)
        return found | {"number": number}

    with ThreadPoolExecutor(WRITERS) as pool:
        answers = list(pool.map(run, range(WRITERS)))

    landed = {f"r{one['number']}" for one in answers if one["success"]}
    assert {one["error_type"] for one in answers if not one["success"]} <= {"locked", "stale_file"}
    rules = tomllib.loads((project / "policy.toml").read_text())["allow"]
    assert {one["id"] for one in rules} == {"first", *landed}
    assert len(rules) == len(landed) + 1
    assert landed
    assert main.run(["audit", "verify"]) == 0
    assert not list(project.glob(".*"))
