"""`callgate validate` tells what is odd about a policy that loads, where, and what to do."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from callgate.cli import main, reviewer

ODD = """[[allow]]
id = "any-python"
command = [
  "pytest *",
  "python *",
]

[tools]
description = "x"

[[tools.deny]]
id = "no-shell"
tool = "bash"
"""


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """A policy that loads, with two findings."""
    path = tmp_path / "odd.toml"
    path.write_text(ODD)
    return path


def test_findings_have_place_code_and_help(odd: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A finding shows file, line, column, the line with a caret, its code and a help line; the policy stays good."""
    assert main.run(["validate", str(odd)]) == 0
    out = capsys.readouterr().out
    assert f"{odd}:5:3: warning: `python *` allows `python` to run anything [broad_pattern]\n" in out
    assert '      "python *",\n      ^\n  help: name the script' in out
    assert f"{odd}:13:8: warning: no tool is called `bash` [unknown_tool]\n" in out
    assert "the policy is good" in out


def test_json_has_every_finding(odd: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--json` lists the findings with code, rule, place and help."""
    assert main.run(["validate", str(odd), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] is True
    assert [(one["code"], one["rule"], one["line"], one["column"], one["severity"]) for one in found["lint"]] == [
        ("broad_pattern", "any-python", 5, 3, "warning"),
        ("unknown_tool", "no-shell", 13, 8, "warning"),
    ]
    assert found["lint"][1]["help"] == "did you mean `Bash`?"


def test_no_lint_skips_it(odd: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--no-lint` says nothing of what is odd, and its JSON lists nothing."""
    assert main.run(["validate", str(odd), "--no-lint", "--strict"]) == 0
    assert "lint: " not in capsys.readouterr().out
    assert main.run(["validate", str(odd), "--no-lint", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["lint"] == []


def test_strict_makes_a_warning_count(odd: Path, tmp_path: Path) -> None:
    """`--strict` exits with 1 for a warning, 0 for none or only notes, 78 for an error as before."""
    assert reviewer.run(["validate-config", "--config", str(odd), "--strict"]) == 1
    clean = tmp_path / "clean.toml"
    clean.write_text('[[allow]]\nid = "a"\ncommand = "git *"\n[[deny]]\nid = "b"\ncommand = "git push *"\n')
    assert main.run(["validate", str(clean), "--strict"]) == 0
    clean.write_text('[[allow]]\nid = "a"\n')
    assert main.run(["validate", str(clean), "--strict"]) == 78


def test_many_of_one_kind_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Five findings of one code are written out, the rest is a number."""
    path = tmp_path / "many.toml"
    path.write_text("".join(f'[[deny]]\nid = "d{i}"\ntool = "bash"\nmode = "plan"\n' for i in range(17)))
    assert main.run(["validate", str(path)]) == 0
    out = capsys.readouterr().out
    assert out.count("did you mean `Bash`") == 5
    assert "  and 12 more [unknown_tool]" in out


def test_what_a_file_says_cannot_draw(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Control characters and markup of a policy come out as text."""
    path = tmp_path / "p.toml"
    path.write_text('[[deny]]\nid = "[red]x"\npath = "$HOME/\\u001b(B\\u202e/**"\n')
    assert main.run(["validate", str(path)]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "holds `$HOME`" in out


def test_an_untrusted_rule_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An allow rule of a project that is not trusted is named with the command that trusts it."""
    project = tmp_path / "p"
    (project / ".git").mkdir(parents=True)
    (project / ".callgate.toml").write_text('[[allow]]\nid = "theirs"\ncommand = "tox *"\n')
    assert main.run(["validate", "--cwd", str(project), "--json"]) == 0
    lint = json.loads(capsys.readouterr().out)["lint"]
    assert [(one["code"], one["rule"], one["line"]) for one in lint] == [("untrusted_only", "theirs", 1)]
    assert f"callgate trust {project}/.callgate.toml" in lint[0]["help"]


def test_a_slow_pattern_is_mentioned_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the loader warns about and a lint says better is not said twice."""
    path = tmp_path / "p.toml"
    path.write_text('[[ask]]\nid = "a"\ntool = "Bash"\ncommand_regex = \'^git (?!push)\'\n')
    assert main.run(["validate", str(path)]) == 0
    assert capsys.readouterr().out.count("warning: `^git (?!push)`") == 1


def test_deciding_does_not_load_the_lints(tmp_path: Path) -> None:
    """A process that decides a call has loaded no lint."""
    call = json.dumps({"tool_name": "Bash", "tool_input": {"command": "git push"}, "cwd": str(tmp_path)})
    script = "import sys\nfrom callgate.hook.main import main\nmain([])\nsys.stderr.write('\\n'.join(sys.modules))\n"
    done = subprocess.run(
        [sys.executable, "-I", "-c", script],
        input=call.encode(), capture_output=True, check=True, timeout=60, env={"HOME": str(tmp_path)},
    )  # fmt: skip
    loaded = set(done.stderr.decode().split("\n"))
    assert "callgate.policy.match" in loaded
    assert not {name for name in loaded if name.startswith(("callgate.policy.lint", "callgate.policy.language"))}
