"""Commits of one file in every kind of repository, judged by the git program itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pygit2
import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "tools"))

from callgate.reviewer.apply.base import ApplyError
from callgate.reviewer.apply.message import KEYS
from callgate.reviewer.apply.system import OS
from callgate.reviewer.apply.transaction import Done, begin
from faulting.world import NAME, NEW, OLD, World, hasty, make_world, request


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A policy file in a repository with one commit."""
    return make_world(tmp_path / "world", git=True)


def _write(world: World, data: bytes = NEW, *, commit: bool = True, path: Path | None = None) -> Done:
    with begin(str(path or world.target), world.setting(hasty(OS))) as change:
        return change.write(request(data, commit=commit))


def _refused(world: World) -> ApplyError:
    """Make a change that Git has to refuse, and check that nothing was changed."""
    before = world.git("rev-parse", "--verify", "-q", "HEAD")
    index = (world.project / ".git/index").read_bytes()
    with pytest.raises(ApplyError) as caught:
        _write(world)
    assert caught.value.error_type == "git_failed"
    assert not caught.value.applied
    assert "--no-commit" in caught.value.details[0].suggestion
    assert world.target.read_bytes() == OLD
    assert world.git("rev-parse", "HEAD") == before
    assert (world.project / ".git/index").read_bytes() == index
    assert not list(world.state.glob("apply/*.json"))
    assert not world.entries()
    return caught.value


def _status(world: World) -> list[str]:
    return world.git("status", "--porcelain", "--untracked-files=all").splitlines()


def test_only_the_target_is_committed(world: World) -> None:
    """Other files keep what is staged of them, what is edited, and that they are untracked."""
    (world.project / "other.txt").write_text("staged\n")
    (world.project / "added.txt").write_text("added\n")
    world.git("add", "other.txt", "added.txt")
    (world.project / "other.txt").write_text("staged and edited\n")
    (world.project / "new.txt").write_text("new\n")
    before = _status(world)
    done = _write(world)
    assert _status(world) == before
    assert world.git("show", "--name-only", "--format=", "HEAD").split() == [NAME]
    assert world.git("show", f"HEAD:{NAME}").encode() == NEW
    assert world.git("show", ":other.txt") == "staged\n"
    assert done.notes == ()
    assert done.rollback_info["commit"] == world.git("rev-parse", "HEAD").strip()
    assert done.rollback_info["parent"] == world.git("rev-parse", "HEAD~").strip()
    assert world.git("fsck", "--strict") == ""
    assert world.git("reflog", "-1", "--format=%gs") == "commit: feat(config): Add allow rule 'b'\n"
    assert [line.split(":")[0] for line in world.git("log", "-1", "--format=%b").splitlines()][: len(KEYS)] == [*KEYS]


def test_the_users_identity_and_the_fallback(world: World) -> None:
    """Git's own order: environment, then settings; callgate by name where Git knows nobody."""
    _write(world)
    assert world.git("log", "-1", "--format=%an <%ae> %cn") == "A Person <person@example.invalid> A Person\n"
    setting = world.setting()
    environ = {**world.environ(), "GIT_AUTHOR_NAME": "Other <x>\n", "GIT_AUTHOR_EMAIL": "other@example.invalid"}
    with begin(str(world.target), setting._replace(environ=environ)) as change:
        change.write(request(NEW + b"# 1\n"))
    assert world.git("log", "-1", "--format=%an <%ae> %cn") == "Other x <other@example.invalid> A Person\n"
    (world.home / ".gitconfig").write_text("")
    done = _write(world, NEW + b"# 2\n")
    assert world.git("log", "-1", "--format=%an <%ae>") == "callgate <callgate@localhost>\n"
    assert "Git knows no user.name" in done.notes[0]


def test_a_repository_without_commits(tmp_path: Path) -> None:
    """The first commit has the target alone; what was staged stays staged; what the file held is kept beside it."""
    world = make_world(tmp_path / "w", git=False)
    world.git("init", "-q", "-b", "trunk")
    world.git("add", "other.txt")
    done = _write(world)
    assert world.git("log", "--format=%s", "trunk").splitlines() == ["feat(config): Add allow rule 'b'"]
    assert world.git("ls-tree", "-r", "--name-only", "HEAD").split() == [NAME]
    backup = Path(done.rollback_info["backup_file"])
    assert backup.read_bytes() == OLD
    assert _status(world) == ["A  other.txt", f"?? {backup.relative_to(world.project)}"]
    assert "to_backup" in done.rollback_info["rollback_command"]
    assert any("was not in Git before" in note for note in done.notes)


def test_a_detached_head(world: World) -> None:
    """The commit goes onto HEAD, the branch stays, and a note says how to keep it."""
    branch = world.git("rev-parse", "main")
    world.git("checkout", "-q", "--detach")
    done = _write(world)
    assert world.git("rev-parse", "main") == branch
    assert world.git("rev-parse", "HEAD~") == branch
    assert "HEAD is detached" in done.notes[0]
    assert _status(world) == []


def test_a_worktree_and_packed_references(world: World) -> None:
    """In a linked worktree its own branch, index and HEAD move; the main worktree does not."""
    world.git("pack-refs", "--all")
    world.git("worktree", "add", "-q", str(world.root / "side"), "-b", "side")
    main = world.git("rev-parse", "main")
    _write(world, path=world.root / "side" / NAME)
    assert world.git("rev-parse", "main") == main
    assert world.git("rev-parse", "side~") == main
    assert _status(world) == []
    assert world.git("-C", str(world.root / "side"), "status", "--porcelain") == ""
    assert world.target.read_bytes() == OLD


def test_a_submodule(world: World) -> None:
    """The commit is made in the submodule; the repository around it only sees that it has moved."""
    world.git("clone", "-q", ".", str(world.root / "source"))
    world.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(world.root / "source"), "sub")
    world.git("commit", "-qm", "submodule")
    before = world.git("rev-parse", "HEAD")
    done = _write(world, path=world.project / "sub" / NAME)
    assert world.git("rev-parse", "HEAD") == before
    assert world.git("-C", "sub", "status", "--porcelain") == ""
    assert world.git("-C", "sub", "log", "-1", "--format=%s") == "feat(config): Add allow rule 'b'\n"
    assert any("submodule" in note for note in done.notes)


def test_a_linked_target_is_committed_where_it_really_is(world: World) -> None:
    """A link from elsewhere stays a link; the commit is made in the repository of the file."""
    link = world.root / "policy.toml"
    link.symlink_to(world.target)
    done = _write(world, path=link)
    assert link.is_symlink()
    assert done.target == str(world.target)
    assert _status(world) == []


def test_uncommitted_changes_of_the_target_go_along(world: World) -> None:
    """A note says so, and what the file held is kept as a backup, for no commit has it."""
    world.target.write_bytes(OLD + b"# staged\n")
    world.git("add", NAME)
    staged = world.git("rev-parse", f":{NAME}").strip()
    world.target.write_bytes(OLD + b"# edited\n")
    done = _write(world, NEW + b"# edited\n")
    assert _status(world) == [f"?? {Path(done.rollback_info['backup_file']).relative_to(world.project)}"]
    assert Path(done.rollback_info["backup_file"]).read_bytes() == OLD + b"# edited\n"
    assert any("had changes that were not committed" in note for note in done.notes)
    assert any(f"git show {staged[:12]}" in note for note in done.notes)
    assert world.git("show", staged[:12]).encode() == OLD + b"# staged\n"


@pytest.mark.parametrize("setting", ["core.autocrlf=true", "core.autocrlf=input", "attributes"])
def test_line_ends_are_stored_as_git_would(world: World, setting: str) -> None:
    """With CRLF in the file Git stores LF, and sees no difference afterwards."""
    if setting == "attributes":
        (world.project / ".gitattributes").write_text("*.toml text eol=crlf\n")
        world.git("add", ".gitattributes")
        world.git("commit", "-qm", "attributes")
    else:
        world.git("config", *setting.split("="))
    world.target.write_bytes(OLD.replace(b"\n", b"\r\n"))
    done = _write(world, NEW.replace(b"\n", b"\r\n"))
    assert world.target.read_bytes() == NEW.replace(b"\n", b"\r\n")
    assert world.git("cat-file", "blob", f"HEAD:{NAME}").encode() == NEW
    assert _status(world) == []
    assert "backup_file" not in done.rollback_info


BACKED_UP = {
    "ignored": "ignored by Git",
    "filter": "filter `lfs`",
    "encoding": "another encoding",
    "bare": "bare repository",
    "gitdir": "outside of the working directory",
    "sha256": "cannot be used",
    "split index": "of a kind that callgate cannot write",
    "gitlink": "a submodule where it has a directory",
    "format": "cannot be used",
}


@pytest.mark.parametrize("kind", BACKED_UP)
def test_what_cannot_be_committed_gets_a_backup_and_a_reason(tmp_path: Path, kind: str) -> None:
    """Whatever libgit2 or the repository cannot take is backed up instead, and the note says why."""
    world = make_world(tmp_path / "w", git=kind not in {"sha256", "ignored", "bare"})
    path = world.target
    if kind == "ignored":
        world.git("init", "-q")
        (world.project / ".gitignore").write_text("policies/\n")
    elif kind in {"filter", "encoding"}:
        text = "filter=lfs" if kind == "filter" else "working-tree-encoding=UTF-16"
        (world.project / ".gitattributes").write_text(f"*.toml {text}\n")
    elif kind == "bare":
        world.git("init", "-q", "--bare")
    elif kind == "gitdir":
        path = world.project / ".git/policy.toml"
        path.write_bytes(OLD)
    elif kind == "sha256":
        world.git("init", "-q", "--object-format=sha256")
    elif kind == "split index":
        world.git("update-index", "--split-index")
    elif kind == "gitlink":
        world.git("rm", "-rq", "--cached", "policies")
        world.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},policies")
    else:
        world.git("config", "core.repositoryformatversion", "1")
        world.git("config", "extensions.futurething", "true")
    done = _write(world, path=path)
    assert done.rollback_info["type"] == "backup"
    assert Path(done.rollback_info["backup_file"]).read_bytes() == OLD
    assert path.read_bytes() == NEW
    assert len(done.notes) == 1
    assert BACKED_UP[kind] in done.notes[0]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_repository_of_another_user_gets_a_backup(world: World) -> None:
    """Git would refuse it, too; the note has the command that trusts it, and that command helps."""
    for path in (world.project, world.project / ".git"):
        os.chown(path, 12345, 12345)
    done = _write(world)
    assert done.rollback_info["type"] == "backup"
    assert f"git config --global --add safe.directory {world.project}" in done.notes[0]
    world.git("config", "--global", "--add", "safe.directory", str(world.project))
    assert _write(world, NEW + b"# 2\n").rollback_info["type"] == "git"


def test_no_repository_and_no_commit(world: World, tmp_path: Path) -> None:
    """`--no-commit` makes a backup in a repository; without a repository there is no note about one."""
    done = _write(world, commit=False)
    assert (done.rollback_info["type"], done.notes) == ("backup", ())
    assert f" M {NAME}" in _status(world)
    plain = make_world(tmp_path / "plain", git=False)
    assert _write(plain).notes == ()


def test_a_tracked_file_that_is_ignored_is_committed(world: World) -> None:
    """Git tracks it, whatever .gitignore says."""
    (world.project / ".gitignore").write_text("policies/\n")
    assert _write(world).rollback_info["type"] == "git"


def test_a_locked_index_is_refused(world: World) -> None:
    """Somebody else's lock is named and stays; nothing was changed."""
    lock = world.project / ".git/index.lock"
    lock.write_text("")
    assert str(lock) in _refused(world).message
    assert lock.exists()


def test_a_locked_branch_is_refused(world: World) -> None:
    """The file was written by then, and is put back: the very same file."""
    (world.project / ".git/refs/heads/main.lock").write_text("")
    inode = world.target.stat().st_ino
    _refused(world)
    assert world.target.stat().st_ino == inode
    assert not (world.project / ".git/index.lock").exists()


@pytest.mark.parametrize(("kind", "words"), [("merge", "a merge"), ("rebase", "a rebase"), ("bisect", "a bisection")])
def test_an_operation_in_progress_is_refused(world: World, kind: str, words: str) -> None:
    """A commit in the middle of a merge, a rebase or a bisection would end up where nobody expects it."""
    world.git("checkout", "-qb", "side")
    (world.project / "other.txt").write_text("side\n")
    world.git("commit", "-qam", "side")
    world.git("checkout", "-q", "main")
    (world.project / "other.txt").write_text("main\n")
    world.git("commit", "-qam", "main")
    if kind == "bisect":
        world.git("bisect", "start")
    else:
        with pytest.raises(subprocess.CalledProcessError):
            world.git(kind, "side")
    assert words in _refused(world).message


def test_a_target_with_conflicts_is_refused(world: World) -> None:
    """The index has three versions of it: which one is not ours to say."""
    blob = world.git("rev-parse", f":{NAME}").strip()
    lines = "".join(f"100644 {blob} {stage}\t{NAME}\n" for stage in (1, 2, 3))
    world.git("update-index", "--force-remove", NAME)
    subprocess.run(["git", "update-index", "--index-info"], cwd=world.project, input=lines.encode(), check=True)
    assert "merge conflicts" in _refused(world).message


def test_head_that_moves_meanwhile_is_refused(world: World) -> None:
    """Somebody commits between our look at HEAD and our commit: theirs stands, and the file is put back."""
    moved = []

    def commit_first(name: str) -> None:
        if name == "git: move HEAD":
            tree = world.git("rev-parse", "HEAD^{tree}").strip()
            other = world.git("commit-tree", tree, "-p", "HEAD", "-m", "theirs").strip()
            world.git("update-ref", "refs/heads/main", other)
            moved.append(other)

    calls = OS._replace(step=commit_first)
    with pytest.raises(ApplyError) as caught, begin(str(world.target), world.setting(calls)) as change:
        change.write(request())
    assert caught.value.error_type == "git_failed"
    assert world.git("rev-parse", "HEAD").strip() == moved[0]
    assert world.target.read_bytes() == OLD
    assert _status(world) == []


def test_nothing_of_the_repository_is_run(world: World) -> None:
    """No hook, no signing program, no filter, no file system monitor: a repository cannot make us run anything."""
    ran = world.root / "ran"
    script = f"#!/bin/sh\ntouch {ran}\n"
    (world.project / ".git/hooks").mkdir()
    for hook in ("pre-commit", "commit-msg", "post-commit", "prepare-commit-msg", "reference-transaction",
                 "post-index-change", "fsmonitor-watchman"):  # fmt: skip
        path = world.project / ".git/hooks" / hook
        path.write_text(script)
        path.chmod(0o755)
    program = world.root / "program"
    program.write_text(script)
    program.chmod(0o755)
    for key, value in (("commit.gpgsign", "true"), ("gpg.program", str(program)), ("core.fsmonitor", str(program)),
                       ("core.editor", str(program)), ("core.pager", str(program))):  # fmt: skip
        world.git("config", key, value)
    assert _write(world).rollback_info["type"] == "git"
    assert not ran.exists()


def test_a_sparse_checkout_keeps_its_skipped_files(world: World) -> None:
    """Files that are not checked out stay in the commit, and stay skipped."""
    (world.project / "docs").mkdir()
    (world.project / "docs/a.txt").write_text("a\n")
    world.git("add", ".")
    world.git("commit", "-qm", "docs")
    world.git("sparse-checkout", "set", "--no-cone", "policies")
    assert not (world.project / "docs").exists()
    _write(world)
    assert _status(world) == []
    assert "S docs/a.txt" in world.git("ls-files", "-t")
    assert "docs/a.txt" in world.git("ls-tree", "-r", "--name-only", "HEAD")


def test_the_mode_that_git_knows_is_kept(world: World) -> None:
    """A program stays one in the commit."""
    world.git("update-index", "--chmod=+x", NAME)
    world.git("commit", "-qm", "program")
    world.target.chmod(0o755)
    _write(world)
    assert world.git("ls-tree", "HEAD", NAME).startswith("100755 ")
    assert _status(world) == []


def test_what_changed_right_after_the_index_was_written_is_still_seen(world: World) -> None:
    """A file of the same size and time as the index knows does not count as unchanged because the index is newer."""
    other = world.project / "other.txt"
    index = world.project / ".git/index"
    stamp = other.stat().st_mtime_ns
    other.write_text("OTHER\n")
    for path in (other, index):
        os.utime(path, ns=(stamp, stamp))
    _write(world)
    assert index.stat().st_mtime_ns == stamp
    assert " M other.txt" in _status(world)


def test_the_commit_is_the_one_that_was_prepared(world: World) -> None:
    """Moving HEAD writes the same commit again; its id is the one in the intent and in the answer."""
    done = _write(world)
    repo = pygit2.Repository(str(world.project))
    assert str(repo.head.target) == done.rollback_info["commit"]
    assert world.entries()[0]["rollback_info"] == done.rollback_info
