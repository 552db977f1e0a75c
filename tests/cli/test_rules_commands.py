"""YAML rule sets in and out."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from callgate.cli import main

RULESET = """\
- type: path
  pattern: "docs/**"
  action: approve
  operations: [read, write]
- type: command
  pattern: "^npm test$"
  action: approve
- type: tool
  pattern: execute_command
  action: ask
"""


@pytest.fixture
def ruleset(tmp_path: Path) -> Path:
    """A rule set with one rule of each simple kind."""
    path = tmp_path / "team.yaml"
    path.write_text(RULESET)
    return path


def test_import_prints_toml(ruleset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An imported rule set is TOML with the same number of rules."""
    assert main.run(["rules", "import", str(ruleset)]) == 0
    document = tomllib.loads(capsys.readouterr().out)
    assert len(document["allow"]) == 2
    assert len(document["ask"]) == 1


def test_what_is_imported_validates_and_exports_again(
    ruleset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Import, validate and export go round: the exported set holds the same rules."""
    toml, again = tmp_path / "team.toml", tmp_path / "again.yaml"
    assert main.run(["rules", "import", str(ruleset), "--output", str(toml)]) == 0
    assert main.run(["validate", str(toml)]) == 0
    assert main.run(["rules", "export", "--config", str(toml), "--output", str(again)]) == 0
    assert main.run(["rules", "import", str(again)]) == 0
    document = tomllib.loads(capsys.readouterr().out.rsplit("the policy is good", 1)[-1])
    assert (len(document["allow"]), len(document["ask"])) == (2, 1)


def test_export_names_what_yaml_cannot_say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A rule that a YAML rule set cannot express is left out, and named with the reason."""
    policy = tmp_path / "p.toml"
    policy.write_text('[[deny]]\nid = "typed"\ntool = "Bash"\nprompt_regex = "x"\n')
    assert main.run(["rules", "export", "--config", str(policy)]) == 0
    assert "`typed` is left out: " in capsys.readouterr().err


REFUSED = [
    ("none.yaml", None, 65),
    ("dir.yaml", "directory", 65),
    ("bad.yaml", "- type: [", 78),
    ("unknown.yaml", "- type: frob\n  pattern: x\n  action: approve\n", 78),
    ("latin.yaml", b"\xff\xfe\xff", 65),
    ("huge.yaml", b"#" * (1024 * 1024 + 1), 65),
]


@pytest.mark.parametrize(("name", "content", "code"), REFUSED)
def test_bad_rule_sets_are_refused(
    name: str, content: str | bytes | None, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unreadable rule set is bad input, a faulty one a bad policy; nothing is printed as TOML."""
    path = tmp_path / name
    if content == "directory":
        path.mkdir()
    elif content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    assert main.run(["rules", "import", str(path)]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert name in err


def test_nothing_is_overwritten(ruleset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An output file that exists is left as it is."""
    target = tmp_path / "kept.toml"
    target.write_text("kept")
    assert main.run(["rules", "import", str(ruleset), "--output", str(target)]) == 64
    assert target.read_text() == "kept"
    assert "exists already" in capsys.readouterr().err


@pytest.mark.parametrize("name", [".callgate.toml", "claude-code-permissions-hook.toml"])
def test_a_converter_puts_no_rules_in_force(name: str, ruleset: Path, tmp_path: Path) -> None:
    """Rules are not written to a place where callgate would find them, also not through a linked directory."""
    link = tmp_path / "link"
    link.symlink_to(tmp_path, target_is_directory=True)
    for target in (tmp_path / name, link / name):
        assert main.run(["rules", "import", str(ruleset), "--output", str(target)]) == 64
        assert not target.exists()


def test_the_user_policy_is_no_output(ruleset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither is the user's policy."""
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / ".config/callgate"
    folder.mkdir(parents=True)
    assert main.run(["rules", "import", str(ruleset), "-o", str(folder / "policy.toml")]) == 64
    assert not (folder / "policy.toml").exists()
