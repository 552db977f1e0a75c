"""Where the daemon's files lie, and which directories are refused."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from callgate.daemon.runtime import MAX_SOCKET_PATH, Runtime, is_socket, prepare, private, runtime, runtime_at
from callgate.host import places


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A directory that only its owner can enter."""
    path = tmp_path / "r"
    path.mkdir(mode=0o700)
    return path


def test_in_the_runtime_directory_of_the_session(mine: Path) -> None:
    """`$XDG_RUNTIME_DIR` when it is ours alone, else below the state directory (or `/run/user/UID`)."""
    home = places({"HOME": "/h"})
    if len(os.fsencode(str(mine))) < MAX_SOCKET_PATH - 20:
        assert runtime({"XDG_RUNTIME_DIR": f"{mine}/"}, home).directory == f"{mine}/callgate"
    other = {f"/run/user/{os.getuid()}/callgate", "/h/.local/state/callgate/run"}
    for directory in ("", "relative", str(mine / "missing"), "/x" * MAX_SOCKET_PATH):
        assert runtime({"XDG_RUNTIME_DIR": directory}, home).directory in other


@pytest.mark.parametrize("mode", [0o701, 0o710, 0o704, 0o740, 0o777])
def test_a_runtime_directory_that_others_can_enter_is_not_used(mine: Path, mode: int) -> None:
    """One bit for anybody else, and another place is taken."""
    mine.chmod(mode)
    assert not private(str(mine))
    assert runtime({"XDG_RUNTIME_DIR": str(mine)}, places({"HOME": "/h"})).directory != f"{mine}/callgate"


def test_only_a_directory_of_ours_is_private(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not a link to one, not a file, not what is missing or no path at all, not another user's."""
    (mine / "link").symlink_to(mine)
    (mine / "file").write_text("")
    assert private(str(mine))
    assert not any(private(str(mine / name)) for name in ("link", "file", "missing", "\0"))
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert not private(str(mine))


def test_the_directory_is_made_for_its_owner_alone(mine: Path) -> None:
    """Mode 0700 whatever the umask, parents included, and again when it is there."""
    files = Runtime(str(mine / "new" / "callgate"))
    old = os.umask(0)
    try:
        assert prepare(files) == prepare(files) == ""
    finally:
        os.umask(old)
    for path in (mine / "new", mine / "new" / "callgate"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


@pytest.mark.parametrize("kind", ["link", "file", "open"])
def test_what_another_may_have_put_there_is_refused(mine: Path, kind: str) -> None:
    """A link, a file, a directory with other rights: nothing is mended, the daemon does not run there."""
    place = mine / "callgate"
    if kind == "link":
        (mine / "elsewhere").mkdir(mode=0o700)
        place.symlink_to(mine / "elsewhere")
    elif kind == "file":
        place.write_text("")
    else:
        place.mkdir()
        place.chmod(0o755)
    assert "only its owner can enter" in prepare(Runtime(str(place)))


def test_a_path_that_no_socket_can_have_is_refused(mine: Path) -> None:
    """103 bytes (not characters) are the most that works everywhere, and nothing is made where it is longer."""
    room = MAX_SOCKET_PATH - len(os.fsencode(f"{mine}//gate.sock"))
    if room > 0:
        assert prepare(Runtime(f"{mine}/{'a' * room}")) == ""
    for name in ("a" * (max(room, 0) + 1), "é" * (max(room, 0) // 2 + 1)):
        assert "longer than 103 bytes" in prepare(Runtime(f"{mine}/{name}"))
        assert not (mine / name).exists()


def test_a_directory_that_cannot_be_made_says_why(mine: Path) -> None:
    """A file in the way of the parents."""
    (mine / "f").write_text("")
    assert "cannot be made" in prepare(Runtime(str(mine / "f" / "g" / "callgate")))


def test_the_files_are_neighbours_of_the_socket() -> None:
    """A socket names its directory, and that all the rest."""
    files = runtime_at("/d/gate.sock")
    assert files == Runtime("/d")
    assert {os.path.dirname(path) for path in (files.socket, files.lock, files.counters, files.log)} == {"/d"}


def test_only_a_socket_is_one(mine: Path) -> None:
    """A file, a link to a socket, nothing: none of them."""
    import socket

    place = Path(os.path.relpath(mine / "s"))  # relative: a temporary directory may be too deep for a socket
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(place))
    (mine / "link").symlink_to(mine / "s")
    (mine / "file").write_text("")
    assert is_socket(str(mine / "s"))
    assert not any(is_socket(str(mine / name)) for name in ("link", "file", "missing", "\0"))
