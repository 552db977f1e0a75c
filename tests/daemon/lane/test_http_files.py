"""The lane's port and token on the disk."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest

from callgate.agents.claude_code_http import ADDRESS
from callgate.daemon.http_files import (
    PORTS,
    LaneError,
    free_port,
    lane_file,
    leave_lane,
    listening,
    make_lane,
    read_lane,
    token_file,
)
from callgate.host import Places, places


@pytest.fixture
def where(tmp_path: Path) -> Places:
    """A home without a lane."""
    return places({}, str(tmp_path))


def test_making_it_twice_changes_nothing(where: Places) -> None:
    """Port and token stay; each settings file is noted once."""
    assert read_lane(where) is None
    first = make_lane(where, "/run/gate.sock", "/a/settings.json")
    again = make_lane(where, "/run/gate.sock", "/a/settings.json")
    third = make_lane(where, "/run/gate.sock", "/b/settings.json")
    assert first == again == read_lane(where)._replace(users=first.users)  # type: ignore[union-attr] # it is there
    assert third == first._replace(users=("/a/settings.json", "/b/settings.json"))
    assert first.port in PORTS
    assert len(first.token) == 43
    assert {os.stat(path).st_mode & 0o777 for path in (lane_file(where), token_file(where))} == {0o600}
    assert first.token not in Path(lane_file(where)).read_text()


def test_each_user_has_a_token_of_their_own(tmp_path: Path) -> None:
    """Two lanes have nothing in common."""
    tokens = {make_lane(places({}, str(tmp_path / name)), "/s").token for name in "abc"}
    assert len(tokens) == 3


def test_the_last_one_switches_it_off(where: Places, tmp_path: Path) -> None:
    """A lane that other settings use stays; one that nobody uses goes; files that are gone are nobody."""
    one, two = tmp_path / "one.json", tmp_path / "two.json"
    one.touch()
    two.touch()
    make_lane(where, "/s", str(one))
    make_lane(where, "/s", str(two))
    make_lane(where, "/s", str(tmp_path / "gone.json"))
    assert not leave_lane(where, str(one))
    assert read_lane(where) is not None
    assert leave_lane(where, str(two))
    assert read_lane(where) is None
    assert not os.path.lexists(token_file(where))
    assert not leave_lane(where, str(two))


TOKENS: list[tuple[str, bytes, int]] = [
    ("group", b"A" * 43, 0o640),
    ("others", b"A" * 43, 0o604),
    ("short", b"A" * 42, 0o600),
    ("empty", b"", 0o600),
    ("long", b"A" * 44, 0o600),
    ("odd", b"A" * 42 + b"!", 0o600),
    ("not text", b"\xff" * 43, 0o600),
]


@pytest.mark.parametrize(("content", "mode"), [row[1:] for row in TOKENS], ids=[row[0] for row in TOKENS])
def test_a_token_that_cannot_be_used(where: Places, content: bytes, mode: int) -> None:
    """A token that is none, or that others could have read, is refused with what to do."""
    make_lane(where, "/s")
    path = Path(token_file(where))
    path.write_bytes(content)
    path.chmod(mode)
    with pytest.raises(LaneError, match="callgate install claude-code --transport http"):
        read_lane(where)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"port": 1, "socket": "/s"}', '{"port": true, "socket": "/s"}',
                                     '{"port": 20000}', '{"port": 20000, "socket": "s"}', "[" * 30_000])  # fmt: skip
def test_a_lane_file_that_cannot_be_read(where: Places, content: str) -> None:
    """What is no lane is refused, and made anew with the old token."""
    token = make_lane(where, "/s").token
    Path(lane_file(where)).write_text(content)
    with pytest.raises(LaneError, match="writes it anew"):
        read_lane(where)
    assert make_lane(where, "/s").token == token


def test_a_lane_without_its_token(where: Places) -> None:
    """The token is missing: that is said, and `uninstall` still gets rid of the rest."""
    make_lane(where, "/s", "/nowhere")
    Path(token_file(where)).unlink()
    with pytest.raises(LaneError, match="cannot be read"):
        read_lane(where)
    assert leave_lane(where, "/nowhere")
    assert not os.path.lexists(lane_file(where))


def test_the_port_is_free(where: Places) -> None:
    """A drawn port can be bound; one that somebody listens at cannot."""
    with listening(free_port()) as one:
        one.listen()
        assert one.getsockname()[0] == ADDRESS
        with pytest.raises(OSError, match="in use"):
            listening(one.getsockname()[1])
    assert json.loads(json.dumps(make_lane(where, "/s").port)) in PORTS


def test_a_socket_that_is_handed_over() -> None:
    """A descriptor of the very socket is used; any other is closed, and the port bound anew."""
    port = free_port()
    with listening(port) as one:
        one.listen()
        with listening(port, os.dup(one.fileno())) as taken:
            assert taken.getsockname() == one.getsockname()
    for wrong in (os.open(os.devnull, os.O_RDONLY), socket.socket().detach()):
        with listening(port, wrong) as bound:
            assert bound.getsockname()[1] == port
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(wrong)
