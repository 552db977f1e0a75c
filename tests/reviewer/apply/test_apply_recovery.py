"""Changes that were cut off while somebody else went on: what the next run makes of them, and what it says."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any, Callable

import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "tools"))

from callgate.doctor.changes import check
from callgate.doctor.model import World as DoctorsWorld
from callgate.doctor.model import this_world
from callgate.reviewer.apply.base import ApplyError
from callgate.reviewer.apply.recovery import recover_others
from callgate.reviewer.apply.setting import Audit
from callgate.reviewer.apply.state import station
from callgate.reviewer.apply.system import OS
from callgate.reviewer.apply.transaction import begin
from faulting.world import NAME, NEW, OLD, World, fork, hasty, make_world, request

COMMITTED = "audit: record"
"""The step in front of which everything is done but the audit entry."""
WRITTEN = "git: move HEAD"
"""The step in front of which the file is written, and HEAD has not moved."""


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A policy file in a repository with one commit."""
    return make_world(tmp_path / "world", git=True)


def _die_at(world: World, step: str, *, commit: bool = True) -> None:
    """Make a change in a process that kills itself in front of *step*."""

    def die(name: str) -> None:
        if name == step:
            os.kill(os.getpid(), signal.SIGKILL)

    child = fork()
    if child == 0:
        try:
            with begin(str(world.target), world.setting(OS._replace(step=die))) as change:
                change.write(request(commit=commit))
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert list(world.state.glob("apply/*.json"))


def _recovered(world: World) -> str:
    with begin(str(world.target), world.setting(hasty(OS))) as change:
        return " ".join(change.recovered)


def _clean(world: World) -> bool:
    left = [*world.state.glob("apply/*.json"), *world.target.parent.glob(".*")]
    return not [*left, *(world.project / ".git").glob("callgate-*"), *(world.project / ".git").glob("index.lock")]


def test_a_written_file_is_committed_and_recorded(world: World) -> None:
    """The sentence names the change, who asked for it, and what was made up for."""
    _die_at(world, WRITTEN)
    assert world.target.read_bytes() == NEW
    told = _recovered(world)
    assert "the change `add_rule` by tester of " in told
    assert "committed it (" in told
    assert "brought the Git index in line" in told
    assert "recorded it in the audit log" in told
    assert world.git("status", "--porcelain") == ""
    assert world.git("show", f"HEAD:{NAME}").encode() == NEW
    assert world.entries()[0]["recovered"] is True
    assert _clean(world)
    assert _recovered(world) == ""


def test_a_head_that_has_moved_on_gets_a_commit_on_top(world: World) -> None:
    """Somebody committed something else meanwhile: both commits stay."""
    _die_at(world, WRITTEN)
    os.unlink(world.project / ".git/index.lock")  # as people do when git tells them to
    (world.project / "other.txt").write_text("theirs\n")
    world.git("commit", "-qm", "theirs", "other.txt")
    assert "committed it" in _recovered(world)
    assert world.git("log", "--format=%s").splitlines() == ["feat(config): Add allow rule 'b'", "theirs", "first"]
    assert world.git("status", "--porcelain") == ""
    assert world.entries()[0]["rollback_info"]["commit"] == world.git("rev-parse", "HEAD").strip()


def test_a_commit_by_somebody_else_is_taken_for_it(world: World) -> None:
    """`git commit -a` after the crash has the change in it: that commit is recorded, and none is made."""
    _die_at(world, WRITTEN)
    os.unlink(world.project / ".git/index.lock")
    world.git("commit", "-qam", "theirs")
    assert "committed by somebody else" in _recovered(world)
    assert world.git("rev-list", "--count", "HEAD").strip() == "2"
    info = world.entries()[0]["rollback_info"]
    assert info["commit"] == world.git("rev-parse", "HEAD").strip()
    assert info["parent"] == world.git("rev-parse", "HEAD~").strip()


@pytest.mark.parametrize("how", ["merge", "locked", "gone"])
def test_what_cannot_be_committed_any_more_is_backed_up(world: World, how: str) -> None:
    """A merge that was begun, a branch that somebody has locked, a repository that is gone: a backup instead."""
    _die_at(world, WRITTEN)
    gitdir = world.project / ".git"
    if how == "merge":
        (gitdir / "MERGE_HEAD").write_text(world.git("rev-parse", "HEAD"))
    elif how == "locked":
        (gitdir / "refs/heads/main.lock").write_text("f" * 40 + "\n")
    else:
        gitdir.rename(world.root / "moved")
    told = _recovered(world)
    assert "kept its old content as" in told
    info = world.entries()[0]["rollback_info"]
    assert info["type"] == "backup"
    assert Path(info["backup_file"]).read_bytes() == OLD
    assert world.target.read_bytes() == NEW
    assert _clean(world)
    assert how != "locked" or (gitdir / "refs/heads/main.lock").exists()


def test_the_lock_that_a_killed_move_of_head_left_is_removed(world: World) -> None:
    """An empty lock that is younger than the change and stays is ours; Git is not left blocked."""
    _die_at(world, WRITTEN)
    lock = world.project / ".git/refs/heads/main.lock"
    lock.write_text("")
    assert "removed the lock of its branch and committed it" in _recovered(world)
    assert not lock.exists()


def test_an_older_lock_of_a_branch_is_left_alone(world: World) -> None:
    """It was there before the change moved anything, so it is somebody else's."""
    _die_at(world, WRITTEN)
    lock = world.project / ".git/refs/heads/main.lock"
    lock.write_text("")
    os.utime(lock, (1, 1))
    assert "kept its old content as" in _recovered(world)
    assert lock.exists()


@pytest.mark.parametrize("git", [True, False], ids=["git", "backup"])
def test_a_file_that_was_edited_since_is_left_alone(tmp_path: Path, git: bool) -> None:
    """Neither old nor new: nothing is written over; the old content is kept, and the audit log says what happened."""
    world = make_world(tmp_path / "w", git=git)
    _die_at(world, WRITTEN if git else COMMITTED)
    edited = NEW + b"# by hand\n"
    world.target.write_bytes(edited)
    told = _recovered(world)
    assert "neither what it was nor what the change would have made" in told
    assert world.target.read_bytes() == edited
    (entry,) = world.entries()
    assert entry["success"] is False
    assert Path(entry["rollback_info"]["backup_file"]).read_bytes() == OLD
    assert entry["rollback_info"]["backup_file"] in told
    assert _clean(world)


@pytest.mark.parametrize("content", [NEW + b"# by hand\n", OLD], ids=["edited", "back to the old one"])
def test_a_change_that_was_committed_is_recorded_whatever_the_file_is_now(world: World, content: bytes) -> None:
    """The commit is there, so the audit log has to have it, too."""
    _die_at(world, COMMITTED)
    world.target.write_bytes(content)
    assert "the file has been changed since" in _recovered(world)
    assert world.target.read_bytes() == content
    assert [entry["success"] for entry in world.entries()] == [True]
    assert _clean(world)


def test_an_audit_log_that_cannot_be_written_leaves_the_rest_to_the_next_run(world: World) -> None:
    """The change stands and says so; nothing else can be changed before its entry is written."""
    world.audit_file.mkdir()
    setting = world.setting()
    broken = setting._replace(audit=setting.audit._replace(head=lambda: "0" * 64))
    with pytest.raises(ApplyError) as caught, begin(str(world.target), broken) as change:
        change.write(request())
    assert caught.value.error_type == "io_error"
    assert "the audit log cannot be written" in caught.value.message
    assert str(world.target) in caught.value.applied
    assert world.target.read_bytes() == NEW
    broken = broken._replace(audit=broken.audit._replace(holds=lambda _id: False))
    with pytest.raises(ApplyError) as caught, begin(str(world.target), broken):
        pass
    assert "the audit log cannot be written" in caught.value.message
    world.audit_file.rmdir()
    assert "recorded it in the audit log" in _recovered(world)
    assert len(world.entries()) == 1


def test_an_audit_log_that_cannot_be_read_stops_a_commit(world: World) -> None:
    """Its head goes into the commit; without it nothing is changed."""

    def fail() -> str:
        raise OSError("unreadable")

    setting = world.setting()
    audit = Audit(fail, setting.audit.record, setting.audit.holds)
    with pytest.raises(ApplyError) as caught, begin(str(world.target), setting._replace(audit=audit)) as change:
        change.write(request())
    assert (caught.value.error_type, caught.value.applied) == ("io_error", "")
    assert world.target.read_bytes() == OLD
    assert _clean(world)


def test_a_change_of_another_file_is_recovered_as_well(world: World) -> None:
    """It may hold the lock of the index that both files share."""
    _die_at(world, WRITTEN)
    other = world.target.with_name("second.toml")
    other.write_bytes(OLD)
    with begin(str(other), world.setting(hasty(OS))) as change:
        assert "committed it" in " ".join(change.recovered)
        change.write(request())
    assert world.git("log", "--format=%s").count("feat(config)") == 2
    assert _clean(world)


def test_a_change_that_is_just_being_made_is_left_alone(world: World) -> None:
    """Another process holds its lock, so it is not dead: neither the next writer nor doctor touches it."""
    _die_at(world, WRITTEN)
    place = station(str(world.state), str(world.target))
    intent = Path(place.intent).read_bytes()
    with begin(str(world.project / "other.txt"), world.setting()):
        pass  # recovers, since nobody holds the lock
    assert _clean(world)
    Path(place.intent).write_bytes(intent)
    with begin(str(world.target), world.setting()):
        Path(place.intent).write_bytes(intent)
        assert recover_others(world.setting()) == ()
        assert Path(place.intent).exists()
        assert [one.level for one in check(_doctors(world))] == []


def _doctors(world: World) -> DoctorsWorld:
    found = this_world({"HOME": str(world.home)}, str(world.project))
    return found._replace(places=found.places._replace(state_dir=str(world.state)))


def test_a_directory_that_is_gone_ends_the_change(world: World) -> None:
    """A project that was deleted does not leave a change unfinished for ever."""
    _die_at(world, WRITTEN)
    world.project.rename(world.root / "away")
    told = recover_others(world.setting())
    assert "its directory is gone" in " ".join(told)
    assert recover_others(world.setting()) == ()


BAD: dict[str, Callable[[Any], object]] = {
    "not json": lambda _fields: b"{",
    "not an object": lambda _fields: b"[]",
    "too deep": lambda _fields: b"[" * 100_000,
    "version": lambda fields: {**fields, "v": 2},
    "id": lambda fields: {**fields, "id": "../../../../etc/passwd"},
    "target": lambda fields: {**fields, "target": "/etc/passwd"},
    "backup": lambda fields: {**fields, "backup": "/etc/passwd"},
    "old": lambda fields: {**fields, "old": "§"},
    "missing": lambda fields: {key: value for key, value in fields.items() if key != "mode"},
    "commit": lambda fields: {**fields, "git": {**fields["git"], "commit": "--exec=x"}},
}


@pytest.mark.parametrize("kind", BAD)
def test_a_note_that_is_none_is_set_aside(world: World, kind: str) -> None:
    """What callgate has not written steers nothing; it is kept to be looked at, and said."""
    _die_at(world, WRITTEN)
    place = station(str(world.state), str(world.target))
    made = BAD[kind](json.loads(Path(place.intent).read_bytes()))
    data = made if isinstance(made, bytes) else json.dumps(made).encode()
    Path(place.intent).write_bytes(data)
    assert "is not the note of a change" in _recovered(world)
    assert Path(f"{place.intent}.bad").read_bytes() == data
    assert _recovered(world) == ""


def test_doctor_names_what_was_cut_off_and_mends_it_when_it_may(world: World) -> None:
    """Without an audit log at hand it says what is unfinished; with one it finishes it, and says that."""
    seen = _doctors(world)
    assert [one.level for one in check(seen)] == ["ok"]
    _die_at(world, WRITTEN)
    (found,) = check(seen)
    assert found.level == "fail"
    assert "the change `add_rule` by tester" in found.what
    assert "callgate apply" in found.mend
    (mended,) = check(seen, world.setting(hasty(OS)))
    assert mended.level == "warn"
    assert "committed it" in mended.what
    assert [one.level for one in check(seen)] == ["ok"]
