"""The notes that `install` and `uninstall` leave of the settings that they write."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from callgate.agents.settings_written import SECONDS, note, written


@pytest.fixture
def place(tmp_path: Path) -> str:
    """The note file, in a state directory that is not there yet."""
    return str(tmp_path / "state" / "notes.json")


def test_a_file_as_it_was_written_is_known(place: str, tmp_path: Path) -> None:
    """The note counts for exactly that content, for the file behind a link, and is private."""
    path = tmp_path / "settings.json"
    (tmp_path / "link.json").symlink_to(path)
    note(place, str(tmp_path / "link.json"), b"{}", "install", now=100.0)
    assert written(place, now=100.0) == {}
    path.write_bytes(b"{}")
    assert written(place, now=100.0) == {str(path): "install"}
    assert stat.S_IMODE(os.stat(place).st_mode) == 0o600
    path.write_bytes(b"{} ")
    assert written(place, now=100.0) == {}


def test_a_file_that_was_removed_is_known(place: str, tmp_path: Path) -> None:
    """`uninstall` may take the file away: then it must be gone, not empty."""
    path = tmp_path / "settings.json"
    note(place, str(path), None, "uninstall", now=100.0)
    assert written(place, now=100.0) == {str(path): "uninstall"}
    path.write_bytes(b"")
    assert written(place, now=100.0) == {}


@pytest.mark.parametrize("later", [-1.0, SECONDS + 1])
def test_a_note_is_short_lived(place: str, tmp_path: Path, later: float) -> None:
    """An old note, or one of the future, does not count: old content may have been put back."""
    path = tmp_path / "settings.json"
    path.write_bytes(b"{}")
    note(place, str(path), b"{}", "uninstall", now=100.0)
    assert written(place, now=100.0 + later) == {}


def test_the_latest_note_of_a_file_counts(place: str, tmp_path: Path) -> None:
    """After `install` the content that `uninstall` wrote is nobody's word any more."""
    path = tmp_path / "settings.json"
    path.write_bytes(b"out")
    note(place, str(path), b"out", "uninstall", now=100.0)
    note(place, str(path), b"in", "install", now=101.0)
    assert written(place, now=102.0) == {}


def test_notes_are_bounded(place: str, tmp_path: Path) -> None:
    """Many settings files leave a small note file, with the latest in it."""
    for number in range(40):
        note(place, str(tmp_path / f"{number}.json"), None, "uninstall", now=100.0 + number)
    assert len(written(place, now=150.0)) == 16
    assert str(tmp_path / "39.json") in written(place, now=150.0)


BROKEN = {
    "no JSON": b"{",
    "another shape": b"[1]",
    "no table": b'{"/x": 5}',
    "odd values": b'{"/nowhere": {"sum": "gone", "operation": ["uninstall"], "at": 100}}',
    "another operation": b'{"/nowhere": {"sum": "gone", "operation": "apply", "at": 100}}',
    "no time": b'{"/nowhere": {"sum": "gone", "operation": "uninstall", "at": "100"}}',
    "deep": b"[" * 100_000,
    "huge": b" " * (1 << 20),
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_a_broken_note_file_says_nothing(place: str, data: bytes, tmp_path: Path) -> None:
    """What cannot be read vouches for nothing, and the next note replaces it."""
    Path(place).parent.mkdir()
    Path(place).write_bytes(data)
    assert written(place, now=100.0) == {}
    note(place, str(tmp_path / "x"), None, "uninstall", now=100.0)
    assert written(place, now=100.0) == {str(tmp_path / "x"): "uninstall"}


def test_where_no_note_can_be_left_nothing_happens(tmp_path: Path) -> None:
    """The command goes on; a running session keeps the change out then."""
    (tmp_path / "state").write_text("in the way")
    note(str(tmp_path / "state" / "notes.json"), str(tmp_path / "x"), None, "uninstall", now=100.0)
