"""`callgate validate`: every problem at once, or what the policy holds."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from callgate.cli import main, reviewer

GOOD = """
[settings]
default = "ask"

[[allow]]
id = "looks"
command = "git (status|log) *"
examples = { match = ["git log --oneline -5"], no_match = ["git push", "git -c core.pager=sh log"] }

[tests]
description = "running tests"

[[tests.deny]]
id = "no-secrets"
path = "**/.env"
"""

BAD = """
[[allow]]
id = "a"
tool = "Bash"
tol = "Bash"

[[deny]]
id = "b"
tool = "Bash"
command_regex = "("

[[deny]]
id = "a"
tool = "Read"
"""


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """A policy without fault."""
    path = tmp_path / "good.toml"
    path.write_text(GOOD)
    return path


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """A policy with three faults."""
    path = tmp_path / "bad.toml"
    path.write_text(BAD)
    return path


@pytest.mark.parametrize("form", ["argument", "option", "reviewer"])
def test_a_good_policy_is_summed_up(form: str, good: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A good file gives 0 and says what it holds, by each of its names."""
    code = {
        "argument": lambda: main.run(["validate", str(good)]),
        "option": lambda: main.run(["validate", "--config", str(good)]),
        "reviewer": lambda: reviewer.run(["validate-config", "--config", str(good)]),
    }[form]()
    out, err = capsys.readouterr()
    assert code == 0, err
    assert "the policy is good" in out
    assert "allow" in out


def test_all_problems_come_at_once(bad: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A bad file gives 78, and each fault with file, line, column and help; nothing on stdout."""
    assert main.run(["validate", str(bad)]) == 78
    out, err = capsys.readouterr()
    assert out == ""
    assert f"{bad}:5:1: error: " in err
    assert f"{bad}:10:" in err
    assert f"{bad}:13:" in err
    assert err.count("help: ") >= 2
    assert "3 problems" in err


def test_json_lists_the_same_problems(bad: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--json` gives one object, whatever is wrong, with the place of each problem."""
    assert main.run(["validate", str(bad), "--json"]) == 78
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] is False
    assert [(problem["line"], problem["severity"]) for problem in found["problems"]] == [
        (5, "error"),
        (10, "error"),
        (13, "error"),
    ]


def test_json_sums_a_good_policy_up(good: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--json` of a good file counts its rules and names its sections."""
    assert main.run(["validate", str(good), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] is True
    assert (found["rules"]["allow"], found["rules"]["deny"], found["sections"]) == (1, 1, ["tests"])


WRONG_EXAMPLES = [
    ('{ match = ["git push"] }', "git push"),
    ('{ no_match = ["git log -1"] }', "git log -1"),
    ('{ match = ["git status; rm -rf x"] }', "rm -rf x"),
]


@pytest.mark.parametrize(("examples", "words"), WRONG_EXAMPLES)
def test_examples_are_run(examples: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An example that does not do what it says is a problem of the file, with its line."""
    path = tmp_path / "p.toml"
    path.write_text(f'[[allow]]\nid = "looks"\ncommand = "git (status|log) *"\nexamples = {examples}\n')
    assert main.run(["validate", str(path)]) == 78
    err = capsys.readouterr().err
    assert f"{path}:" in err
    assert words in err


def test_without_a_file_the_policy_in_force_is_validated(capsys: pytest.CaptureFixture[str]) -> None:
    """Without FILE what discovery finds is validated: first the built-in profile, then the user's broken file."""
    assert main.run(["validate"]) == 0
    assert "cautious" in capsys.readouterr().out
    policy = Path(os.environ["HOME"]) / ".config/callgate/policy.toml"
    policy.parent.mkdir(parents=True)
    policy.write_text("not toml")
    assert main.run(["validate"]) == 78
    assert str(policy) in capsys.readouterr().err


MISSING = [["validate", "/no/such/file.toml"], ["validate", "/"]]


@pytest.mark.parametrize("argv", MISSING)
def test_what_is_not_a_policy_file_is_78(argv: list[str]) -> None:
    """A missing file and a directory are bad policies."""
    assert main.run(argv) == 78


def test_two_files_are_wrong_usage(good: Path) -> None:
    """FILE and --config naming two files is 64."""
    assert main.run(["validate", str(good), "--config", "other.toml"]) == 64


def test_hostile_text_of_a_file_is_escaped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a file quotes cannot draw on the terminal."""
    path = tmp_path / "p.toml"
    path.write_text('[[allow]]\nid = "a"\ntool = "Bash"\n"\\u001b[2Jx" = 1\n')
    assert main.run(["validate", str(path)]) == 78
    assert "\x1b" not in capsys.readouterr().err
