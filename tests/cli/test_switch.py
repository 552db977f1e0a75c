"""The switch file, and the commands `off` and `on`."""

from __future__ import annotations

import math
import os
import stat
import time
from pathlib import Path

import pytest

from callgate import switch
from callgate.cli.commands.off import off
from callgate.cli.commands.on import on
from callgate.cli.errors import UsageError

NOW = 1_800_000_000.0
INF = math.inf


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the switch file of a fresh user goes."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "callgate" / "off"


CONTENTS: list[tuple[bytes, float | None, bool]] = [
    (b"inf\n", INF, False),
    (b"inf", INF, False),
    (b"1800000060\n", NOW + 60, False),
    (b"1800000060.5\n", NOW + 60.5, False),
    (b"1800000000\n", None, False),
    (b"1799999999\n", None, False),
    (b"0\n", None, False),
    (b"", INF, True),
    (b"nan\n", INF, True),
    (b"-inf\n", INF, True),
    (b"-1\n", INF, True),
    (b"1e9\n", INF, True),
    (b"1_0\n", INF, True),
    (b"5.\n", INF, True),
    (b"1799999999\n1799999999\n", INF, True),
    (b"\xff\xfe\n", INF, True),
    (b"\x00" * 10, INF, True),
    (b"0" * 100, INF, True),
]


@pytest.mark.parametrize(("content", "until", "faulty"), CONTENTS)
def test_what_a_switch_file_says(tmp_path: Path, content: bytes, until: float | None, faulty: bool) -> None:
    """A moment to come and `inf` are off, a past moment is on, and anything malformed is off for good."""
    file = tmp_path / "off"
    file.write_bytes(content)
    file.chmod(0o600)
    state = switch.read(str(file), NOW)
    assert (state.off_until, bool(state.fault)) == (until, faulty)


def test_no_file_is_on(tmp_path: Path) -> None:
    """Without a file, or without the directory for it, auto-approval is on."""
    (tmp_path / "plain").write_text("")
    assert switch.read(str(tmp_path / "off"), NOW) == switch.Switch(None)
    assert switch.read(str(tmp_path / "plain" / "off"), NOW) == switch.Switch(None)


def test_a_file_that_cannot_be_trusted_is_off(tmp_path: Path) -> None:
    """A link, a directory, a FIFO, a path with NUL and a file that others can write all count as off, with a reason."""
    past = tmp_path / "past"
    past.write_text("1\n")
    link = tmp_path / "link"
    link.symlink_to(past)
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    folder = tmp_path / "folder"
    folder.mkdir()
    past.chmod(0o666)
    for file in (link, loop, fifo, folder, past, "a\0b"):
        state = switch.read(str(file), NOW)
        assert state.off_until == INF
        assert state.fault


def test_another_users_file_is_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of another user counts as off, whatever it says."""
    file = tmp_path / "off"
    file.write_text("1\n")
    file.chmod(0o600)
    real = os.fstat

    def foreign(handle: int) -> os.stat_result:
        values = list(real(handle))
        values[stat.ST_UID] = 4242
        return os.stat_result(values)

    monkeypatch.setattr(os, "fstat", foreign)
    assert switch.read(str(file), NOW) == switch.Switch(INF, "the switch file belongs to another user")


DURATIONS = [("90s", 90), ("10m", 600), ("2h", 7200), ("1d", 86400), (" 1H ", 3600), ("366d", 366 * 86400)]


@pytest.mark.parametrize(("text", "seconds"), DURATIONS)
def test_durations(text: str, seconds: float) -> None:
    """Seconds, minutes, hours and days are understood."""
    assert switch.parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "m", "10", "-5m", "1.5h", "10 m", "10w", "0s", "367d", "9" * 5000 + "s", "²m", "٣m"]
)
def test_bad_durations(text: str) -> None:
    """Anything else, no time at all and more than a year are refused."""
    with pytest.raises(ValueError, match="`"):
        switch.parse_duration(text)


def test_off_writes_a_private_file_and_on_removes_it(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`off` leaves one line in a file for the user alone; `on` takes it away and tells what was."""
    assert off() == 0
    assert path.read_text() == "inf\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert capsys.readouterr().out == "auto-approval is off until `callgate on`\n"
    assert on() == 0
    assert not path.exists()
    assert "before: auto-approval is off until" in capsys.readouterr().out
    assert on() == 0
    assert capsys.readouterr().out == "auto-approval was on already\n"


def test_off_for_a_while(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`off --for 10m` says until when, and the file holds that moment."""
    before = time.time()
    off("10m")
    assert before + 600 <= float(path.read_text()) <= time.time() + 601
    assert "(10m from now)" in capsys.readouterr().out


@pytest.mark.parametrize("held", ["inf", "garbage", "two hours from now"])
def test_off_never_shortens(path: Path, held: str) -> None:
    """An agent may run `off`, so a shorter time must not end a longer one."""
    if held.startswith("two"):
        held = str(int(time.time()) + 7200)
    path.parent.mkdir(parents=True)
    path.write_text(held + "\n")
    path.chmod(0o600)
    off("1s")
    assert path.read_text() == ("inf\n" if held == "garbage" else held + "\n")


def test_faults_are_named(path: Path) -> None:
    """A time that cannot be read and a state directory that cannot be made are usage errors with help."""
    with pytest.raises(UsageError, match="`soon` is not a duration") as caught:
        off("soon")
    assert "10m" in caught.value.help
    path.parent.parent.write_text("a file")
    with pytest.raises(UsageError, match="cannot write"):
        off()
    path.parent.parent.unlink()
    path.mkdir(parents=True)
    with pytest.raises(UsageError, match="cannot remove"):
        on()
