"""`callgate suggest-rules` and `callgate analyze`: golden output, errors, and that nothing draws on the terminal.

`UPDATE_GOLDEN=1 pytest tests/cli/test_learning_commands.py` rewrites the golden pages; read the difference.
"""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path

import pytest
from learning_lab import HOME, PROJECT, Lab

from callgate.cli import reviewer
from callgate.cli.learning import since_when
from callgate.cli.main import run
from callgate.core.model import ToolCall
from callgate.policy.loader import load_text

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """A log of edits, test runs, scripts, a denial, and names that try to draw."""
    lab = Lab(tmp_path)
    for name in "abcdef":
        lab.log(f"pytest tests/test_{name}.py", 2)
        lab.log(f"sed -i s/a/b/ src/{name}.py")
        lab.log(ToolCall("Write", {"file_path": f"/srv/app/src/{name}.py", "content": "x"}, PROJECT))
        lab.log(f"python {name}.py")
    lab.log("cat README.md", 7)
    lab.log("cat .env", 3)
    lab.log("acme \x1b[2J\u202e[red]x[/red]", 3)
    return lab


def called(lab: Lab, *arguments: str) -> int:
    """The exit code of a command about the lab's log."""
    world = ["--profile", "cautious", "--home", HOME, "--project", PROJECT, "--log", str(lab.file)]
    return run([arguments[0], *world, *arguments[1:]])


def golden(name: str, text: str) -> None:
    """Compare *text* with a golden page."""
    file = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("command", ["suggest-rules", "analyze"])
def test_pages(lab: Lab, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What a person sees, to the letter."""
    assert called(lab, command) == 0
    shown = capsys.readouterr().out
    golden(f"{command}.txt", shown)
    assert all(char.isprintable() or char == "\n" for char in shown)


def test_suggested_rules_are_a_policy_file(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    """The output can be saved and validated as it is."""
    assert called(lab, "suggest-rules") == 0
    text = capsys.readouterr().out
    assert [rule.id for rule in load_text(text).rules] == ["edit-project", "run-pytest"]
    assert len(tomllib.loads(text)["allow"]) == 2


def test_limit_and_json(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    """Programs get the same as one object, with what `apply` takes."""
    assert called(lab, "suggest-rules", "--limit", "1", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["rule"]["id"] for one in found["apply"]["operations"]] == ["edit-project"]
    assert found["prompts"] == 33
    assert found["saved"] == 12
    assert sum(one["count"] for one in found["left_out"]) == 21


def test_analyze_as_json(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    """All parts of the report are there."""
    assert called(lab, "analyze", "--json", "--tool", "Bash", "--seconds-per-prompt", "36") == 0
    report = json.loads(capsys.readouterr().out)
    assert list(report) == [
        "window", "savings", "gaps", "suggestions", "repeats", "risky", "unused", "shadowing", "used",
    ]  # fmt: skip
    assert report["savings"]["hours_prompted"] == 0.27
    assert report["window"]["decisions"] == 37


def test_analyze_writes_a_page(lab: Lab, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The page is for its owner alone, replaces one that is there, and nothing goes to stdout."""
    page = tmp_path / "report.html"
    page.write_text("old")
    assert called(lab, "analyze", "--html", str(page)) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == f"wrote `{page}`\n"
    assert page.read_text().startswith("<!doctype html>")
    assert page.stat().st_mode & 0o777 == 0o600
    assert called(lab, "analyze", "--html", str(tmp_path / "none" / "x.html")) == 65
    assert "the page cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["suggest-rules", "analyze"])
def test_errors(lab: Lab, command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A missing log, a log that is none, a broken policy and a wrong time each have their exit code and a sentence."""
    missing = ["--profile", "cautious", "--log", str(tmp_path / "none")]
    assert run([command, *missing]) == 65
    assert f"there is no log `{tmp_path / 'none'}`" in capsys.readouterr().err
    assert run([command, "--profile", "cautious", "--log", str(tmp_path)]) == 65
    assert called(lab, command, "--since", "soon") == 64
    assert "`soon` is not a time" in capsys.readouterr().err
    broken = tmp_path / "broken.toml"
    broken.write_text("[[allow]]\nid = 1\n")
    assert run([command, "--config", str(broken), "--log", str(lab.file)]) == 78
    assert called(lab, command, "--since", "2h") == 0


def test_the_reviewer_has_both(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    """`decision_reviewer` knows the commands under the same names."""
    world = ["--profile", "cautious", "--home", HOME, "--project", PROJECT, "--log", str(lab.file)]
    assert reviewer.run(["suggest-rules", *world]) == 0
    assert reviewer.run(["analyze", *world]) == 0
    assert "edit-project" in capsys.readouterr().out


def test_times() -> None:
    """`24h`, `7d` and `2w` count back; everything else is ISO 8601, in UTC where it names no zone."""
    assert [since_when(text, 1_000_000.0) for text in ("1h", "1D", "1w", "30m", "5s", "")] == [
        996_400.0, 913_600.0, 395_200.0, 998_200.0, 999_995.0, None,
    ]  # fmt: skip
    assert since_when("1970-01-02T00:00:00Z", 0) == since_when("1970-01-02", 0) == 86_400
