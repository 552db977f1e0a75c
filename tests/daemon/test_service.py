"""The service files: read by systemd and by plistlib, with the words as they were meant; never over another's file."""

from __future__ import annotations

import os
import plistlib
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.core.errors import InputError
from callgate.daemon import service_file
from callgate.daemon.runtime import Runtime
from callgate.daemon.service import EXIT_ANEW, MARK, Service, ServiceError, is_ours, service
from callgate.host import places
from callgate.observe import protected_paths

SOCKET = "/run/user/1000/callgate/gate.sock"
LOG = "/run/user/1000/callgate/gate.log"
WORDS = ["-I", "-m", "callgate", "daemon", "run", "--replace", "--idle", "0", "--socket"]
ODD = '/h o\'me/%n $HOME ${X} "q" \\n é;|&<>#/gate.sock'


def unit(home: str = "/home/me", python: str = sys.executable, socket: str = SOCKET) -> Service:
    """The service on Linux."""
    return service("linux", home, python, socket, LOG)


def agent(home: str = "/Users/me", socket: str = SOCKET) -> Service:
    """The service on macOS."""
    return service("darwin", home, "/opt/python", socket, LOG)


def settings(one: Service) -> dict[str, str]:
    """The settings of a unit; each of ours stands there once."""
    lines = [line for line in one.data.decode().splitlines() if "=" in line and not line.startswith("#")]
    found = dict(line.split("=", 1) for line in lines)
    assert len(found) == len(lines)
    return found


def words_of(line: str) -> list[str]:
    """What systemd makes of a command line (systemd.service(5)): quotes, escapes, specifiers, variables."""
    words, word, quoted, at = [], "", False, 0
    while at < len(line):
        char = line[at]
        if char == "\\":
            at += 1
            word += line[at]
            assert line[at] in '\\"'
        elif char == '"':
            quoted = not quoted
        elif char == " " and not quoted:
            words.append(word)
            word = ""
        elif char in "%$":
            at += 1
            assert line[at] == char, "a specifier or a variable"
            word += char
        else:
            assert quoted or char not in "'\"\t;"
            word += char
        at += 1
    assert not quoted
    return [*words, word]


PATHS = st.text(st.characters(exclude_categories=["C", "Z"]) | st.sampled_from(" $%\\\"';{}"), max_size=30)


@given(PATHS)
def test_systemd_reads_every_path_as_it_was(name: str) -> None:
    """Blanks, quotes, specifiers, variables and backslashes are no syntax."""
    python = "/" + name.replace("$", "")
    one = unit(python=python, socket="/" + name)
    assert words_of(settings(one)["ExecStart"]) == [python, *WORDS, "/" + name]


@given(PATHS)
def test_launchd_reads_every_path_as_it_was(name: str) -> None:
    """Markup in a path is none."""
    assert plistlib.loads(agent(socket="/" + name).data)["ProgramArguments"] == ["/opt/python", *WORDS, "/" + name]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
@pytest.mark.parametrize("socket", [SOCKET, ODD])
def test_systemd_finds_no_fault(tmp_path: Path, socket: str) -> None:
    """`systemd-analyze verify` is silent about our unit, and not about one with a mistake in it."""
    path = tmp_path / "callgate.service"

    def verified(data: bytes) -> tuple[int, str]:
        path.write_bytes(data)
        environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)}
        words = ["systemd-analyze", "verify", "--user", str(path)]
        done = subprocess.run(words, env=environ, capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stderr

    data = unit(socket=socket).data
    code, said = verified(data)
    if "Failed to initialize manager" in said:
        pytest.skip("systemd does not work here")
    assert (code, said) == (0, "")
    assert "mode value" in verified(data.replace(b"UMask=0077", b"UMask=x"))[1]
    assert "UMsak" in verified(data.replace(b"UMask=0077", b"UMsak=0077"))[1]
    assert verified(data.replace(sys.executable.encode(), b"/nowhere/python"))[0] != 0


def test_a_crash_and_an_upgrade_start_it_again() -> None:
    """And being told to leave does not; an answer that is late must not be cut short by the manager."""
    found = settings(unit())
    assert found["Restart"] == "on-failure"
    assert found["RestartForceExitStatus"] == found["SuccessExitStatus"] == str(EXIT_ANEW)
    assert int(found["TimeoutStopSec"]) > 15
    launchd = plistlib.loads(agent().data)
    assert launchd["KeepAlive"] == {"SuccessfulExit": False}
    assert launchd["RunAtLoad"] is True
    assert launchd["ExitTimeOut"] > 15


def test_it_sees_the_files_that_hooks_see() -> None:
    """Nothing in the unit changes the view of the file system: decisions would differ from those of a hook."""
    views = ("Protect", "Private", "ReadOnly", "ReadWrite", "Inaccessible", "Bind", "Root", "Temporary", "DynamicUser",
             "Mount", "NoExec", "ExecPaths", "Image")  # fmt: skip
    assert not [name for name in settings(unit()) if name.startswith(views)]


def test_others_cannot_read_what_it_writes() -> None:
    """Files for the owner alone, and no core with commands in it."""
    assert settings(unit())["UMask"] == "0077"
    assert settings(unit())["LimitCORE"] == "0"
    launchd = plistlib.loads(agent().data)
    assert launchd["Umask"] == 0o077
    assert launchd["HardResourceLimits"] == launchd["SoftResourceLimits"] == {"Core": 0}


@pytest.mark.parametrize("one", [unit(), agent()])
def test_its_file_is_protected(one: Service) -> None:
    """Self-protection guards the very paths that are written."""
    home = one.path.split("/Library")[0].split("/.config")[0]
    assert one.path in protected_paths(places({"HOME": home}), "", "/", {}, ())
    assert is_ours(one.data)


def test_systems_without_a_known_manager() -> None:
    """They say so."""
    with pytest.raises(ServiceError, match="freebsd14"):
        service("freebsd14", "/home/me", "/usr/bin/python3", SOCKET, LOG)


@pytest.mark.parametrize("path", ["/a\nExecStartPre=/evil", "/a\0", "/a\x1b", "/\udcff"])
def test_paths_that_no_file_can_hold(path: str) -> None:
    """A line end in a path would be another setting."""
    for platform in ("linux", "darwin"):
        with pytest.raises(ServiceError, match="characters"):
            service(platform, "/home/me", "/usr/bin/python3", path, LOG)


def test_a_variable_in_the_path_of_the_program() -> None:
    """There is no way to write it for systemd."""
    with pytest.raises(ServiceError, match="no program"):
        unit(python="/opt/$x/python")


def test_written_in_one_step_and_taken_again(tmp_path: Path) -> None:
    """Made with its directories, brought up to date, deleted with the link by which systemd starts it."""
    one = unit(home=str(tmp_path))
    assert service_file.state_of(one) == "missing"
    service_file.put(one)
    assert service_file.state_of(one) == "same"
    assert stat.S_IMODE(os.stat(one.path).st_mode) == 0o644
    newer = unit(home=str(tmp_path), socket="/other/gate.sock")
    assert service_file.state_of(newer) == "older"
    service_file.put(newer)
    assert Path(one.path).read_bytes() == newer.data
    os.mkdir(os.path.dirname(one.link))
    os.symlink(one.path, one.link)
    service_file.take(newer)
    assert service_file.state_of(newer) == "missing"
    assert not os.path.lexists(one.link)
    service_file.take(newer)
    assert sorted(os.listdir(os.path.dirname(one.path))) == ["default.target.wants"]


@pytest.mark.parametrize("kind", ["file", "link", "dangling", "masked", "late mark"])
def test_what_is_not_ours_stays(tmp_path: Path, kind: str) -> None:
    """Somebody's own unit, one that is linked or masked: neither written over nor deleted."""
    one = unit(home=str(tmp_path))
    os.makedirs(os.path.dirname(one.path))
    if kind == "file":
        Path(one.path).write_text("[Service]\nExecStart=/bin/true\n")
    elif kind == "late mark":
        Path(one.path).write_text("#" * 5_000 + MARK)
    else:
        target = tmp_path / "elsewhere"
        if kind == "link":
            target.write_bytes(one.data)
        os.symlink("/dev/null" if kind == "masked" else target, one.path)
    before = os.lstat(one.path)
    for change in (service_file.put, service_file.take):
        with pytest.raises(InputError, match="not written by callgate"):
            change(one)
    assert os.lstat(one.path) == before


def test_what_cannot_be_read_or_written_is_named(tmp_path: Path) -> None:
    """A directory in its place, a file where a directory belongs."""
    one = unit(home=str(tmp_path))
    os.makedirs(one.path)
    with pytest.raises(InputError, match="cannot read"):
        service_file.state_of(one)
    blocked = unit(home=str(tmp_path / "h"))
    (tmp_path / "h").write_text("")
    assert service_file.state_of(blocked) == "missing"
    with pytest.raises(InputError, match="cannot write"):
        service_file.put(blocked)


def test_the_service_of_this_installation() -> None:
    """By this machine's kind, for the daemon that hooks look for."""
    if not sys.platform.startswith(("linux", "darwin")):
        pytest.skip("no service here")
    one = service_file.wanted(Runtime("/r"), "/home/me", sys.executable)
    assert b"/r/gate.sock" in one.data
