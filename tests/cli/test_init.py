"""`callgate init`: starter policies."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from callgate.cli.commands.init import Profile, Template, init, starter
from callgate.cli.errors import UsageError
from callgate.policy.loader import Candidate, builtin, load

PACKS = [*(one.value for one in Profile), *(one.value for one in Template)]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home directory, with the working directory in a project below it."""
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(project)
    return tmp_path


def user_policy(home: Path) -> Path:
    """Where the user's policy goes."""
    return home / ".config" / "callgate" / "policy.toml"


@pytest.mark.parametrize("name", PACKS)
def test_every_starter_is_the_pack_itself(home: Path, name: str) -> None:
    """What init writes loads without a warning, with the very rules of the pack."""
    path = home / "policy.toml"
    path.write_text(starter(name, project=False))
    loaded = load((Candidate(str(path), "user"),), str(home), "", {})
    shipped = builtin(name)
    assert loaded.warnings == ()
    assert [(rule.id, rule.action) for rule in loaded.rules] == [(rule.id, rule.action) for rule in shipped.rules]
    assert loaded.settings == shipped.settings


@pytest.mark.parametrize("name", PACKS)
def test_a_project_starter_goes_with_any_user_policy(home: Path, name: str) -> None:
    """A project file from a pack clashes with no id of a user policy from the same pack, nor with a built-in one."""
    mine = home / "policy.toml"
    mine.write_text(starter(name, project=False))
    project = home / "project"
    theirs = project / ".callgate.toml"
    theirs.write_text(starter(name, project=True))
    shipped = Path(starter.__code__.co_filename).parents[2] / "policy" / "packs" / "cautious.toml"
    for base in (Candidate(str(mine), "user"), Candidate(str(shipped), "builtin")):
        load((base, Candidate(str(theirs), "project")), str(home), str(project), {})


def test_the_default_is_cautious_and_private(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without options the user's policy is written from `cautious`, for the user alone, with the next commands."""
    assert init() == 0
    path = user_policy(home)
    assert path.read_text() == starter("cautious", project=False)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    out = capsys.readouterr().out
    assert f"wrote {path} (cautious)" in out
    assert "callgate install claude-code" in out


def test_project_writes_into_the_project(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With `--project` the file is the project's, and trusting it is the next step."""
    assert init(template=Template.docs_writer, project=True) == 0
    assert (home / "project" / ".callgate.toml").read_text() == starter("docs-writer", project=True)
    assert not user_policy(home).exists()
    assert "callgate trust .callgate.toml" in capsys.readouterr().out


def test_an_existing_file_is_never_overwritten(home: Path) -> None:
    """Without `--force` the file stays as it is, whatever it is."""
    path = user_policy(home)
    path.parent.mkdir(parents=True)
    path.write_text("# mine\n")
    with pytest.raises(UsageError, match="exists already") as caught:
        init(profile=Profile.standard)
    assert "--force" in caught.value.help
    assert path.read_text() == "# mine\n"
    path.unlink()
    path.symlink_to("/missing")
    with pytest.raises(UsageError, match="exists already"):
        init()


def test_force_keeps_a_backup(home: Path) -> None:
    """With `--force` the old file is kept beside the new one, under a name that is never taken twice."""
    path = user_policy(home)
    path.parent.mkdir(parents=True)
    for number in range(3):
        path.write_text(f"# {number}\n")
        init(force=True)
    kept = [one.read_text() for one in path.parent.glob("policy.toml.*.bak")]
    assert sorted(kept) == ["# 0\n", "# 1\n", "# 2\n"]
    assert path.read_text() == starter("cautious", project=False)


@pytest.mark.parametrize("obstacle", ["link", "directory", "fifo", "parent"])
def test_force_refuses_what_is_no_plain_file(home: Path, obstacle: str) -> None:
    """A link, a directory or a FIFO in its place is refused and left alone, also with `--force`."""
    path = user_policy(home)
    target = home / "target"
    target.write_text("# target\n")
    if obstacle == "parent":
        path.parent.parent.write_text("")
    else:
        path.parent.mkdir(parents=True)
    if obstacle == "link":
        path.symlink_to(target)
    elif obstacle == "directory":
        path.mkdir()
    elif obstacle == "fifo":
        os.mkfifo(path)
    with pytest.raises(UsageError, match=r"not a regular file|cannot write"):
        init(force=True)
    assert target.read_text() == "# target\n"


def test_profile_and_template_exclude_each_other(home: Path) -> None:
    """Two starting points at once are a usage error."""
    with pytest.raises(UsageError, match="exclude each other"):
        init(profile=Profile.trusted, template=Template.tester)
    assert not user_policy(home).exists()


def test_the_limits_are_offered_as_a_comment(home: Path) -> None:
    """A user policy starts with `[apply]` as comments; uncommented they are a valid table, and a project has none."""
    text = starter("cautious", project=False)
    assert "# [apply]\n" in text
    assert "[apply]" not in starter("cautious", project=True)

    block = text[text.index("# [apply]") : text.index("# What waits")].rstrip("#\n ")
    path = home / "policy.toml"
    path.write_text("\n".join(line.removeprefix("# ") for line in block.splitlines()) + "\n")
    limits = load((Candidate(str(path), "user"),), str(home), "", {}).apply
    assert limits.broadest == "subcommand"
    assert limits.max_per_day == 20
    assert limits.require_person == "loosening"
