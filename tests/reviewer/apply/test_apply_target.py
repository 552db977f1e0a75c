"""Which files may be written: real ones of the user, found by paths that nobody else could have steered."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from callgate.policy.loader.files import MAX_BYTES
from callgate.reviewer.apply.base import ApplyError
from callgate.reviewer.apply.target import check_unchanged, read_target, resolve


def _refusal(path: Path | str) -> ApplyError:
    with pytest.raises(ApplyError) as caught:
        read_target(str(path))
    assert caught.value.details
    assert caught.value.details[0].suggestion
    return caught.value


def test_links_are_followed_to_the_real_file(tmp_path: Path) -> None:
    """A chain of links, through directories and `..`, ends at the file itself."""
    (tmp_path / "dotfiles").mkdir()
    real = tmp_path / "dotfiles/policy.toml"
    real.write_bytes(b"x")
    (tmp_path / "config").symlink_to("dotfiles")
    (tmp_path / "a.toml").symlink_to("config/../dotfiles/policy.toml")
    (tmp_path / "b.toml").symlink_to(tmp_path / "a.toml")
    found = read_target(str(tmp_path / "b.toml"))
    assert (found.path, found.data) == (str(real), b"x")
    assert found.given == str(tmp_path / "b.toml")


@pytest.mark.parametrize("name", ["missing.toml", "file/below.toml", "dangling.toml"])
def test_what_is_not_there_is_not_found(tmp_path: Path, name: str) -> None:
    """A missing file, one below a file, and a link to nowhere are `not_found`."""
    (tmp_path / "file").write_text("")
    (tmp_path / "dangling.toml").symlink_to("nowhere")
    assert _refusal(tmp_path / name).error_type == "not_found"


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    """Directories, pipes, devices and loops are refused, without waiting for a writer."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    for path in (tmp_path, tmp_path / "pipe", "/dev/null", tmp_path / "loop"):
        assert _refusal(path).error_type == "io_error"


def test_a_hard_link_is_refused_with_the_way_out(tmp_path: Path) -> None:
    """Another name would keep the old content, so the file has to be made one of its own first."""
    (tmp_path / "p.toml").write_text("")
    os.link(tmp_path / "p.toml", tmp_path / "other")
    refusal = _refusal(tmp_path / "p.toml")
    assert "2 hard links" in refusal.message
    assert "cp -p" in refusal.details[0].suggestion


def test_the_second_name_of_a_running_change_is_no_hard_link(tmp_path: Path) -> None:
    """While a change keeps the old file by a second name, readers are not turned away."""
    (tmp_path / "p.toml").write_text("x")
    os.link(tmp_path / "p.toml", tmp_path / ".callgate-0123456789abcdef.old")
    assert read_target(str(tmp_path / "p.toml")).data == b"x"
    os.link(tmp_path / "p.toml", tmp_path / ".callgate-0123.old")
    assert "3 hard links" in _refusal(tmp_path / "p.toml").message


def test_a_directory_that_everybody_writes_is_refused(tmp_path: Path) -> None:
    """Anywhere on the way; with the sticky bit nobody else can put a file there in our name."""
    (tmp_path / "open/below").mkdir(parents=True)
    (tmp_path / "open/below/p.toml").write_text("")
    (tmp_path / "open").chmod(0o777)
    refusal = _refusal(tmp_path / "open/below/p.toml")
    assert "everybody can write" in refusal.message
    assert f"chmod o-w '{tmp_path}/open'" in refusal.details[0].suggestion
    (tmp_path / "open").chmod(0o1777)
    assert read_target(str(tmp_path / "open/below/p.toml")).data == b""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_files_and_links_of_others_are_refused(tmp_path: Path) -> None:
    """A file of another user, and a link that one has put into a shared directory."""
    (tmp_path / "p.toml").write_text("")
    os.chown(tmp_path / "p.toml", 12345, 12345)
    assert "another user" in _refusal(tmp_path / "p.toml").message
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o1777)
    (tmp_path / "mine.toml").write_text("")
    (tmp_path / "shared/link").symlink_to(tmp_path / "mine.toml")
    assert read_target(str(tmp_path / "shared/link")).path == str(tmp_path / "mine.toml")
    os.lchown(tmp_path / "shared/link", 12345, 12345)
    assert "a link of another user" in _refusal(tmp_path / "shared/link").message


def test_a_file_larger_than_a_policy_may_be_is_refused(tmp_path: Path) -> None:
    """Nothing of a huge file is kept in memory."""
    (tmp_path / "p.toml").write_bytes(b"#" * (MAX_BYTES + 1))
    assert str(MAX_BYTES) in _refusal(tmp_path / "p.toml").message


def test_a_path_with_a_nul_is_refused() -> None:
    """What is no path at all is an error of ours, not a crash."""
    with pytest.raises(ApplyError):
        resolve("/tmp/a\0b")


@pytest.mark.parametrize("how", ["content", "same size", "replaced", "removed", "mode", "linked"])
def test_whatever_was_changed_since_is_stale(tmp_path: Path, how: str) -> None:
    """Other content, another file of the same content, no file, another mode, a link in its place."""
    path = tmp_path / "p.toml"
    path.write_bytes(b"abc")
    found = read_target(str(path))
    check_unchanged(found)
    stamp = path.stat().st_mtime_ns
    if how == "content":
        path.write_bytes(b"abcd")
    elif how == "same size":
        path.write_bytes(b"abd")
        os.utime(path, ns=(stamp, stamp))
    elif how == "mode":
        path.chmod(0o400)
    else:
        path.rename(tmp_path / "before")
        if how == "replaced":
            path.write_bytes(b"abc")
            os.utime(path, ns=(stamp, stamp))
        if how == "linked":
            path.symlink_to("before")
    with pytest.raises(ApplyError) as caught:
        check_unchanged(found)
    assert caught.value.error_type == "stale_file"


def test_a_file_that_changes_while_it_is_read_is_stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read in two states is not taken for either."""
    path = tmp_path / "p.toml"
    path.write_bytes(b"abc")
    real = os.read

    def slow(handle: int, size: int) -> bytes:
        data = real(handle, size)
        path.write_bytes(b"abcdef")
        return data

    monkeypatch.setattr(os, "read", slow)
    assert _refusal(path).error_type == "stale_file"
