"""The skill file: written, renewed, never over somebody else's, and taken away with what it lies in."""

from __future__ import annotations

from pathlib import Path

import pytest

from callgate.agents import skill_file
from callgate.cli import main
from callgate.core.errors import InputError

ROOT = Path(__file__).parents[2]


def test_the_skill_is_the_page_for_agents() -> None:
    """SKILL.md is docs/agents.md behind a head with its name and when to use it."""
    head, body = skill_file.shipped().decode().split("---\n\n", 1)
    assert head.startswith("---\nname: callgate\ndescription: ")
    assert len(head) < 1024
    assert body == (ROOT / "docs/agents.md").read_text(encoding="utf-8")


def test_install_writes_it_and_uninstall_takes_it_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The user's skill lies below ~/.claude/skills; --dry-run writes nothing; a second time changes nothing."""
    monkeypatch.setenv("HOME", str(tmp_path))
    path = tmp_path / ".claude/skills/callgate/SKILL.md"
    assert main.run(["install", "claude-code", "--skill", "--dry-run"]) == 0
    assert not path.exists()
    assert main.run(["install", "claude-code", "--skill"]) == 0
    assert path.read_bytes() == skill_file.shipped()
    assert main.run(["install", "claude-code", "--skill"]) == 0
    assert "already there" in capsys.readouterr().out
    assert main.run(["uninstall", "claude-code"]) == 0
    assert not (tmp_path / ".claude/skills").exists()


def test_the_project_has_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With --scope project it lies in the project."""
    monkeypatch.chdir(tmp_path)
    assert main.run(["install", "claude-code", "--scope", "project", "--skill"]) == 0
    assert (tmp_path / ".claude/skills/callgate/SKILL.md").is_file()
    assert main.run(["uninstall", "claude-code", "--scope", "project"]) == 0
    assert not (tmp_path / ".claude/skills").exists()


def test_another_file_of_that_name_stays(tmp_path: Path) -> None:
    """A skill that somebody else wrote is neither replaced nor removed; an older one of ours is both."""
    path = tmp_path / "skills/callgate/SKILL.md"
    path.parent.mkdir(parents=True)
    path.write_text("---\nname: other\n---\n")
    with pytest.raises(InputError, match="somebody else"):
        skill_file.put(str(path))
    assert not skill_file.take(str(path))
    path.write_text("---\nname: callgate\n---\nold text\n")
    assert skill_file.state_of(str(path)) == "older"
    skill_file.put(str(path))
    assert path.read_bytes() == skill_file.shipped()
    (path.parent / "notes.md").write_text("mine")
    assert skill_file.take(str(path))
    assert path.parent.is_dir()
