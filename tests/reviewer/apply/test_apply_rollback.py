"""The content to roll back to: from commits that have the file and from its own backups, and from nowhere else."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "tools"))

from callgate.policy.loader.files import MAX_BYTES
from callgate.reviewer.apply.base import ApplyError
from callgate.reviewer.apply.rollback import old_content
from callgate.reviewer.apply.transaction import Done, begin
from faulting.world import NAME, NEW, OLD, World, make_world, request


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A policy file in a repository with one commit."""
    return make_world(tmp_path / "world", git=True)


def _write(world: World, data: bytes = NEW, *, commit: bool = True) -> Done:
    with begin(str(world.target), world.setting()) as change:
        return change.write(request(data, commit=commit))


def _old(world: World, commit: str = "", backup: str = "") -> bytes:
    return old_content(str(world.target), world.environ(), to_commit=commit, to_backup=backup)


def _missing(world: World, commit: str = "", backup: str = "") -> ApplyError:
    with pytest.raises(ApplyError) as caught:
        _old(world, commit, backup)
    assert caught.value.error_type == "not_found"
    return caught.value


def test_every_change_can_be_undone_by_what_its_answer_names(world: World) -> None:
    """Parent commit or backup: either brings the content from before the change back."""
    done = _write(world)
    assert _old(world, done.rollback_info["parent"]) == OLD
    assert _old(world, done.rollback_info["parent"][:7].upper()) == OLD
    assert _old(world, done.rollback_info["commit"]) == NEW
    done = _write(world, NEW + b"# 2\n", commit=False)
    assert _old(world, backup=done.rollback_info["backup_file"]) == NEW
    assert _old(world, backup=os.path.basename(done.rollback_info["backup_file"])) == NEW
    world.target.write_bytes(OLD + b"# not committed\n")
    done = _write(world, NEW + b"# 3\n")
    assert _old(world, backup=done.rollback_info["backup_file"]) == OLD + b"# not committed\n"


def test_a_commit_of_another_branch_will_do(world: World) -> None:
    """Any commit of the repository that has the file, not only those before HEAD."""
    world.git("checkout", "-qb", "side")
    done = _write(world)
    world.git("checkout", "-q", "main")
    assert _old(world, done.rollback_info["commit"]) == NEW


def test_the_line_ends_are_those_of_a_checkout(world: World) -> None:
    """Git stores LF, the working directory has CRLF: so has what is rolled back to."""
    (world.project / ".gitattributes").write_text("*.toml text eol=crlf\n")
    assert _old(world, world.git("rev-parse", "HEAD").strip()) == OLD.replace(b"\n", b"\r\n")


def test_names_that_move_are_no_commits(world: World) -> None:
    """A branch called like a commit, `HEAD~1` and expressions are refused, with the commits that there are."""
    done = _write(world)
    world.git("branch", done.rollback_info["parent"][:8])
    world.git("branch", "feed1234")
    assert _old(world, done.rollback_info["parent"][:8]) == OLD
    for name in ("HEAD~1", "main", ":/first", "--all", "abc", "feed1234", "deadbeef", "x\x1b[2J\n" * 100):
        refusal = _missing(world, name)
        assert f"`{done.rollback_info['commit'][:12]}`" in refusal.details[0].suggestion
        assert "\x1b" not in refusal.message
        assert len(refusal.message) < 1000


def test_a_commit_without_the_file_is_not_found(world: World) -> None:
    """So is an object that is no commit."""
    world.git("rm", "-q", NAME)
    world.git("commit", "-qm", "gone")
    gone = world.git("rev-parse", "HEAD").strip()
    world.target.parent.mkdir(exist_ok=True)
    world.target.write_bytes(OLD)
    assert "has no file `policies/policy.toml`" in _missing(world, gone).message
    assert "no commit" in _missing(world, world.git("rev-parse", "HEAD^{tree}").strip()).message


def test_a_link_or_a_huge_file_of_a_commit_is_no_policy(world: World) -> None:
    """What would not be read as a policy now is not taken from the past either."""
    world.target.unlink()
    world.target.symlink_to("/etc/passwd")
    world.git("commit", "-qam", "link")
    link = world.git("rev-parse", "HEAD").strip()
    world.target.unlink()
    world.target.write_bytes(b"#" * (MAX_BYTES + 1))
    world.git("commit", "-qam", "huge")
    for commit in (link, world.git("rev-parse", "HEAD").strip()):
        with pytest.raises(ApplyError) as caught:
            _old(world, commit)
        assert caught.value.error_type == "io_error"


def test_only_its_own_backups_are_backups(world: World) -> None:
    """Other files, other directories, links, and backups of other files are not; the answer lists those there are."""
    done = _write(world, commit=False)
    own = Path(done.rollback_info["backup_file"])
    (world.root / own.name).write_bytes(b"planted")
    other = world.target.with_name(own.name.replace("policy.toml", "other.toml"))
    other.write_bytes(b"other")
    link = world.target.with_name("policy.toml.20200101T000000Z.bak")
    link.symlink_to("/etc/passwd")
    for path in (world.root / own.name, other, link, "/etc/passwd", world.target, "x\x1b]0;y\x07"):
        refusal = _missing(world, backup=str(path))
        assert f"`{own.name}`" in refusal.details[0].suggestion
        assert "\x1b" not in refusal.message
    own.unlink()
    assert "no backups" in _missing(world, backup=own.name).details[0].suggestion


def test_outside_of_git_there_are_only_backups(tmp_path: Path) -> None:
    """A commit is asked for where there is no repository: the backups are named."""
    world = make_world(tmp_path / "w", git=False)
    done = _write(world)
    refusal = _missing(world, "abcdef12")
    assert "no Git repository" in refusal.message
    assert os.path.basename(done.rollback_info["backup_file"]) in refusal.details[0].suggestion


@pytest.mark.parametrize(("commit", "backup"), [("", ""), ("abcd", "x")])
def test_exactly_one_of_both(world: World, commit: str, backup: str) -> None:
    """Neither or both is an operation that nobody can mean."""
    with pytest.raises(ApplyError) as caught:
        _old(world, commit, backup)
    assert caught.value.error_type == "invalid_operation"


def test_a_repository_without_commits_has_none(tmp_path: Path) -> None:
    """The error says so instead of failing on the missing HEAD."""
    world = make_world(tmp_path / "w", git=False)
    world.git("init", "-q")
    assert _missing(world, "abcdef12").details[0].suggestion == "no commit has this file yet"
