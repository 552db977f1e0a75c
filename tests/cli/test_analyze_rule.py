"""`callgate analyze-rule`: a page, an object, exit codes.

`UPDATE_GOLDEN=1 pytest tests/cli/test_analyze_rule.py` rewrites the page in tests/cli/golden; read the difference.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from callgate.cli import main, reviewer

GOLDEN = Path(__file__).parent / "golden" / "analyze-rule.txt"
POLICY = """
[[allow]]
id = "git-looks"
description = "looking at [red]history"
command = "git (status|log) *"
examples = { match = ["git log --oneline"] }

[[deny]]
id = "no-push"
command = "git push *"

[[ask]]
id = "loud"
command = "git log -p *"
"""
RAW = """
[settings]
shell = "raw"

[[allow]]
id = "ls"
tool = "Bash"
command_regex = "^ls"
"""


@pytest.fixture
def options(tmp_path: Path) -> list[str]:
    """A policy and a world of its own; the directories need not exist."""
    path = tmp_path / "policy.toml"
    path.write_text(POLICY)
    return ["--config", str(path), "--home", "/home/nobody-here", "--project", "/home/nobody-here/shop"]


def test_the_page(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """The page says what the rule covers, who else speaks of it, what was tried and what came of it."""
    assert main.run(["analyze-rule", "--rule-id", "git-looks", *options]) == 0
    out = capsys.readouterr().out.replace(options[1], "policy.toml")
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(out)
    assert out == GOLDEN.read_text()


def test_json(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """`--json` has the same, with every survivor."""
    argv = ["analyze-rule", "--rule-id", "no-push", "--json", "--call", "git push -f origin main", *options]
    assert reviewer.run(argv) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["rule"]["id"] == "no-push"
    assert found["evasions"] == 0
    assert found["undecided"] == len(found["survivors"]) > 0
    assert found["started_from"][0] == {"tool": "Bash", "command": "git push -f origin main"}
    assert sum(one["tried"] for one in found["classes"]) == found["tried"]
    assert {one["decision"] for one in found["survivors"]} == {"passthrough"}
    assert all(one["help"] for one in found["survivors"])


def test_a_bypass_can_fail_the_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --fail-on-bypass the exit code is 1 when there is one, and every one says what to do."""
    path = tmp_path / "raw.toml"
    path.write_text(RAW)
    argv = ["analyze-rule", "--rule-id", "ls", "--config", str(path), "--project", "/home/nobody-here/shop"]
    assert main.run(argv) == 0
    out = capsys.readouterr().out
    assert "chaining, semicolon: ls; zqx-takeover --all" in out
    assert 'help: take `shell = "raw"` out' in out
    assert main.run([*argv, "--fail-on-bypass"]) == 1


def test_only_what_is_allowed_fails(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """With --fail-on-bypass a rule that holds gives 0, what is undecided included; an evasion gives 1."""
    for name in ("git-looks", "no-push"):
        assert main.run(["analyze-rule", "--rule-id", name, "--fail-on-bypass", *options]) == 0
    capsys.readouterr()
    assert main.run(["analyze-rule", "--rule-id", "loud", "--fail-on-bypass", *options]) == 1
    assert "git log x -p" in capsys.readouterr().out


def test_an_unknown_rule_is_wrong_usage(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A rule that is not there is 64, with the nearest one; one that is switched off says so."""
    assert main.run(["analyze-rule", "--rule-id", "git-look", *options]) == 64
    assert "did you mean `git-looks`?" in capsys.readouterr().err
    Path(options[1]).write_text(POLICY + '[[deny]]\nid = "off"\nenabled = false\ncommand = "x"\n')
    assert main.run(["analyze-rule", "--rule-id", "off", *options]) == 64
    assert "switched off" in capsys.readouterr().err


def test_a_rule_without_commands_says_so(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Of a rule for a tool that is not the shell there is nothing to mutate, and that is said."""
    Path(options[1]).write_text('[[allow]]\nid = "t"\ntool = "TodoWrite"\n')
    assert main.run(["analyze-rule", "--rule-id", "t", *options]) == 0
    assert "decides no command of the shell" in capsys.readouterr().out


def test_hostile_text_is_escaped(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """What a rule or a given call holds cannot draw on the terminal."""
    Path(options[1]).write_text('[[deny]]\nid = "x"\ndescription = "\\u001b[2J"\ncommand = "echo *"\n')
    assert main.run(["analyze-rule", "--rule-id", "x", "--call", "echo \x1b[2J\u202e", *options]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\u202e" not in out


def test_a_broken_policy_is_78(options: list[str]) -> None:
    """Another policy than the one that is named is never analysed."""
    Path(options[1]).write_text("[[allow]]\n")
    assert main.run(["analyze-rule", "--rule-id", "x", *options]) == 78
