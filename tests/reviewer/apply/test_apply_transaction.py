"""A change without faults: what it keeps, what it refuses, and fifty of them at once."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "tools"))

from callgate.policy.loader.files import MAX_BYTES
from callgate.reviewer.apply.base import ApplyError
from callgate.reviewer.apply.system import OS
from callgate.reviewer.apply.target import read_target
from callgate.reviewer.apply.transaction import apply_change, begin
from faulting.world import NEW, OLD, World, make_world, request

TOOLS = Path(__file__).parents[3] / "tools"


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A policy file outside of any repository."""
    return make_world(tmp_path / "world", git=False)


def _rest(world: World) -> list[str]:
    return sorted(path.name for path in world.target.parent.iterdir() if not path.name.endswith(".bak"))


def test_a_backup_the_file_and_the_audit_entry(world: World) -> None:
    """What is answered is what the audit log has; nothing but the backup stays beside the file."""
    with begin(str(world.target), world.setting()) as change:
        assert (change.target.data, change.recovered) == (OLD, ())
        done = change.write(request())
    assert world.target.read_bytes() == NEW
    assert Path(done.rollback_info["backup_file"]).read_bytes() == OLD
    command = done.rollback_info["rollback_command"]
    assert command.startswith(f"callgate apply --target-file {world.target} --json '")
    assert json.loads(command.split("'")[1]) == {
        "operation": "rollback", "to_backup": done.rollback_info["backup_file"],
    }  # fmt: skip
    assert done.rollback_info["old_sha256"] == hashlib.sha256(OLD).hexdigest()
    (entry,) = world.entries()
    assert entry["rollback_info"] == done.rollback_info
    assert (entry["change_id"], entry["success"], entry["applied_by"]) == (done.change_id, True, "tester")
    assert entry["changes"] == ["Added rule 'b'"]
    assert _rest(world) == ["policy.toml"]
    assert not list(world.state.glob("apply/*.json"))


@pytest.mark.parametrize("mode", [0o644, 0o600, 0o640, 0o664, 0o755])
def test_mode_and_attributes_are_kept(world: World, mode: int) -> None:
    """Whatever the umask is; extended attributes too, where the file system has them."""
    world.target.chmod(mode)
    try:
        os.setxattr(world.target, "user.note", b"mine")
    except OSError:
        kept = None
    else:
        kept = b"mine"
    before = os.umask(0o077)
    try:
        with begin(str(world.target), world.setting()) as change:
            change.write(request())
    finally:
        os.umask(before)
    assert world.target.stat().st_mode & 0o7777 == mode
    if kept is not None:
        assert os.getxattr(world.target, "user.note") == kept


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give groups away")
def test_the_group_is_kept(world: World) -> None:
    """Also in a directory that hands its own group on to new files."""
    os.chown(world.target, 0, 12345)
    os.chown(world.target.parent, 0, 54321)
    world.target.parent.chmod(0o2755)
    with begin(str(world.target), world.setting()) as change:
        change.write(request())
    assert (world.target.stat().st_uid, world.target.stat().st_gid) == (0, 12345)


def test_an_acl_that_cannot_be_kept_stops_the_change(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it the group bits would mean more than before; any other attribute may be lost."""
    monkeypatch.setattr(os, "listxattr", lambda _path: ["security.x", "system.posix_acl_access"])
    monkeypatch.setattr(os, "getxattr", lambda _path, _name: b"value")
    tried = []

    def refuse(_handle: int, name: str, _value: bytes) -> None:
        tried.append(name)
        raise OSError(errno.EPERM, "Operation not permitted")

    with (
        pytest.raises(ApplyError) as caught,
        begin(str(world.target), world.setting(OS._replace(setxattr=refuse))) as change,
    ):
        change.write(request())
    assert caught.value.error_type == "io_error"
    assert tried == ["security.x", "system.posix_acl_access"]
    assert world.target.read_bytes() == OLD


def test_a_change_to_nothing_else_is_refused(world: World) -> None:
    """The content that is there already is no change, and too much of it is none that could be loaded."""
    for data, words in ((OLD, "nothing to do"), (b"#" * (MAX_BYTES + 1), "larger than")):
        with pytest.raises(ApplyError, match=words) as caught, begin(str(world.target), world.setting()) as change:
            change.write(request(data))
        assert caught.value.error_type == "invalid_operation"
    assert (world.target.read_bytes(), world.entries()) == (OLD, [])


def test_leaving_without_writing_changes_nothing(world: World) -> None:
    """A dry run, or a refusal by whoever validates, leaves no trace but the lock file."""
    with begin(str(world.target), world.setting()):
        pass
    assert (world.target.read_bytes(), world.entries(), _rest(world)) == (OLD, [], ["policy.toml"])


def test_a_file_that_changes_just_before_the_rename_is_stale(world: World) -> None:
    """An editor that saves while we prepare wins; what it saved stays."""
    theirs = OLD + b"# theirs\n"

    def save_first(handle: int) -> None:
        os.fsync(handle)
        if list(world.target.parent.glob(".callgate-*.tmp")):
            world.target.write_bytes(theirs)

    calls = OS._replace(fsync=save_first)
    with pytest.raises(ApplyError) as caught, begin(str(world.target), world.setting(calls)) as change:
        change.write(request())
    assert caught.value.error_type == "stale_file"
    assert world.target.read_bytes() == theirs
    assert world.entries() == []
    assert _rest(world) == ["policy.toml"]


def test_a_target_read_without_the_lock_is_checked_under_it(world: World) -> None:
    """What was read, edited and validated earlier is written only onto the same content."""
    target = read_target(str(world.target))
    done, recovered = apply_change(target, request(), world.setting())
    assert (recovered, world.target.read_bytes()) == ((), NEW)
    assert done.target == str(world.target)
    with pytest.raises(ApplyError) as caught:
        apply_change(target, request(NEW + b"# x\n"), world.setting())
    assert caught.value.error_type == "stale_file"


def test_a_file_system_that_cannot_sync_directories_is_written_with_a_note(world: World) -> None:
    """Some network mounts cannot: the change is made, and the answer says what that means."""
    folders = set()

    def no_folders(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            folders.add(handle)
            raise OSError(errno.EINVAL, "Invalid argument")
        os.fsync(handle)

    with begin(str(world.target), world.setting(OS._replace(fsync=no_folders))) as change:
        done = change.write(request())
    assert folders
    assert world.target.read_bytes() == NEW
    assert any("a power cut" in note for note in done.notes)


def test_a_file_system_without_hard_links_puts_the_old_file_back(world: World) -> None:
    """The second name of the old file is a help, not a need."""

    def refuse(_from: str, _to: str) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    failed: list[int] = []

    def fail_once(handle: int) -> None:
        os.fsync(handle)
        if world.target.read_bytes() == NEW and not failed:
            failed.append(handle)
            raise OSError(errno.EIO, "Input/output error")

    world.target.chmod(0o640)
    calls = OS._replace(link=refuse, fsync=fail_once)
    with pytest.raises(ApplyError) as caught, begin(str(world.target), world.setting(calls)) as change:
        change.write(request())
    assert failed
    assert (caught.value.error_type, caught.value.applied) == ("io_error", "")
    assert world.target.read_bytes() == OLD
    assert world.target.stat().st_mode & 0o777 == 0o640


def test_ctrl_c_takes_the_change_back(world: World) -> None:
    """An interrupt before the record is an error like any other, and goes on as an interrupt."""

    def interrupt(from_: str, to: str) -> None:
        os.replace(from_, to)
        if to == str(world.target):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), begin(
        str(world.target), world.setting(OS._replace(replace=interrupt))
    ) as change:  # fmt: skip
        change.write(request())
    # Putting the old file back is interrupted as well; the next run does the rest.
    with begin(str(world.target), world.setting()) as change:
        assert change.target.data in (OLD, NEW)
    assert _rest(world) == ["policy.toml"]


WRITER = """
import json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from callgate.reviewer.apply.base import ApplyError
from callgate.reviewer.apply.target import read_target
from callgate.reviewer.apply.transaction import apply_change, begin
from faulting.world import World, request
world, number, early = World(Path(sys.argv[2])), int(sys.argv[3]), sys.argv[4] == "early"
setting = world.setting()
sys.stdin.read()  # all start at once
try:
    if early:  # as a command does that validates before it asks for the lock
        target = read_target(str(world.target))
        apply_change(target, request(target.data + b"# line %d\\n" % number), setting)
    else:
        with begin(str(world.target), setting) as change:
            change.write(request(change.target.data + b"# line %d\\n" % number))
    print("made")
except ApplyError as error:
    print(error.error_type)
"""


@pytest.mark.parametrize("git", [False, True], ids=["backup", "git"])
def test_fifty_at_once_lose_nothing(tmp_path: Path, git: bool) -> None:
    """Each adds a line of its own: every one that answers `made` is in the file, the log and Git, and no other is."""
    world = make_world(tmp_path / "world", git=git)
    words = [sys.executable, "-c", WRITER, str(TOOLS), str(world.root)]
    running = [
        subprocess.Popen([*words, str(number), "early" if number % 2 else "late"],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for number in range(50)
    ]  # fmt: skip
    for process in running:
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None
    answers = []
    for process in running:
        out, err = process.communicate(timeout=300)
        assert err == b""
        answers.append(out.decode().strip())
    counts = Counter(answers)
    assert set(counts) <= {"made", "locked", "stale_file"}
    made = [number for number, answer in enumerate(answers) if answer == "made"]
    assert made
    content = world.target.read_bytes()
    assert content.startswith(OLD)
    assert sorted(content[len(OLD) :].decode().splitlines()) == sorted(f"# line {number}" for number in made)
    assert len(world.entries()) == len(made)
    assert not list(world.state.glob("apply/*.json"))
    if git:
        assert world.git("rev-list", "--count", "HEAD").strip() == str(1 + len(made))
        assert world.git("status", "--porcelain") == ""
        commits: list[Any] = [entry["rollback_info"]["commit"] for entry in world.entries()]
        assert commits == world.git("rev-list", "--reverse", "HEAD").split()[1:]
