"""`install --transport`: which form is registered, how the native client comes about, and when it goes."""

from __future__ import annotations

import json
import os
import stat
import sys
from itertools import permutations
from pathlib import Path

import pytest

from callgate.agents import registration, settings_file
from callgate.cli.commands.install import install
from callgate.cli.commands.uninstall import uninstall
from callgate.cli.installing import Scope
from callgate.cli.transporting import Choice
from callgate.daemon import protocol
from callgate.hook import native

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(native.__file__)))
BUILD = protocol.build_of(PACKAGE)
EVENTS = {
    "PreToolUse": [],
    "PostToolUse": ["--outcome"],
    "PostToolUseFailure": ["--outcome"],
    "PermissionRequest": ["--outcome"],
    "SessionStart": ["--session"],
    "SessionEnd": ["--session"],
    "ConfigChange": ["--session"],
}

needs_compiler = pytest.mark.skipif(not native.find_compiler(os.environ), reason="no C compiler here")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home directory, with the working directory in a project below it."""
    place = tmp_path / "user"
    (place / "project").mkdir(parents=True)
    (place / "run").mkdir(mode=0o700)
    monkeypatch.setenv("HOME", str(place))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(place / "run"))
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.delenv("CLAUDE_CONFIG_DIR", raising=False)
    monkeypatch.chdir(place / "project")
    return place


@pytest.fixture
def no_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a C compiler."""
    monkeypatch.setattr(native, "PLACES", ())
    monkeypatch.setenv("PATH", "/nowhere")


def compiler(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a program that runs *script* the only C compiler; `$OUT` is the file that it is to write."""
    folder.mkdir()
    path = folder / "cc"
    path.write_text(f'#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done\nOUT=$2\n{script}\n')
    path.chmod(0o755)
    monkeypatch.setattr(native, "PLACES", (str(folder),))


def binary(home: Path) -> Path:
    """Where the native client belongs."""
    return home / ".local/state/callgate/bin/callgate-hook"


def words(home: Path, transport: str) -> list[str]:
    """The command line that *transport* registers, but for options."""
    command = [sys.executable, "-I", "-m", "callgate", "hook"]
    if transport == "in-process":
        return command
    own = [str(binary(home))] if transport == "native" else [sys.executable, "-I", "-S", f"{PACKAGE}/hook/client.py"]
    return [*own, *command, "--daemon", str(home / "run/callgate/gate.sock")]


def registered(path: Path) -> dict[str, list[list[str]]]:
    """Event -> the command line of each registration of ours."""
    found: dict[str, list[list[str]]] = {}
    for one in registration.ours(settings_file.read(str(path)).root):
        found.setdefault(one.event, []).append(list(one.words))
    return found


def wanted(home: Path, transport: str) -> dict[str, list[list[str]]]:
    """All that *transport* registers."""
    return {event: [[*words(home, transport), *options]] for event, options in EVENTS.items()}


def user_settings(home: Path) -> Path:
    """The user's settings file."""
    return home / ".claude" / "settings.json"


@needs_compiler
def test_auto_compiles_and_registers_the_native_client(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With a compiler the default is the native client, in a directory of mode 0700 with nothing left over."""
    assert install("claude-code") == 0
    assert registered(user_settings(home)) == wanted(home, "native")
    assert "transport: native client\n" in capsys.readouterr().out
    assert native.build_of_binary(str(binary(home))) == native.stamp(BUILD)
    assert [stat.S_IMODE(one.stat().st_mode) for one in (binary(home), binary(home).parent)] == [0o755, 0o700]
    assert stat.S_IMODE(binary(home).parent.parent.stat().st_mode) == 0o700
    assert sorted(os.listdir(binary(home).parent)) == ["callgate-hook", "callgate-hook.users"]


@pytest.mark.usefixtures("no_compiler")
@pytest.mark.parametrize("wish", [Choice.auto, Choice.native, Choice.python])
def test_without_a_compiler_it_is_the_python_client(
    wish: Choice, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No compiler: one line says so, and the Python client is registered."""
    assert install("claude-code", transport=wish) == 0
    assert registered(user_settings(home)) == wanted(home, "python")
    why = "" if wish is Choice.python else " (no C compiler was found)"
    assert f"transport: Python client{why}\n" in capsys.readouterr().out
    assert not binary(home).exists()


SAYS_ITS_BUILD = """\
cat >"$OUT" <<'PROGRAM'
#!/bin/sh
if [ "$1" = --build ]; then
  printf '%s' 'STAMP'
else
"""
END = """\
fi
PROGRAM
chmod +x "$OUT"
"""
BROKEN = {
    "it fails": ("echo 'client.c:1: no such thing' >&2; exit 1", "client.c:1: no such thing"),
    "it fails in silence": ("exit 3", "exit code 3"),
    "it writes nothing": ("exit 0", "exit code 0"),
    "it writes junk": ('echo junk >"$OUT"', "does not say what it was compiled for"),
    "the program does nothing": (f"{SAYS_ITS_BUILD}  exit 0\n{END}", "does not ask as it should"),
    "the program never asks": (f'{SAYS_ITS_BUILD}  exec "$@"\n{END}', "does not ask as it should"),
}


@pytest.mark.parametrize(("script", "why"), BROKEN.values(), ids=BROKEN)
def test_a_client_that_does_not_work_is_not_registered(
    script: str, why: str, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A compiler that fails, and a program that fails the self test: the Python client, and what was there stays."""
    compiler(home / "tools", script.replace("STAMP", native.stamp(BUILD)), monkeypatch)
    binary(home).parent.mkdir(parents=True, mode=0o700)
    binary(home).write_text("#!/bin/sh\necho older\n")
    binary(home).chmod(0o755)
    assert install("claude-code") == 0
    assert registered(user_settings(home)) == wanted(home, "python")
    said = [line for line in capsys.readouterr().out.splitlines() if "transport: Python client (" in line]
    assert len(said) == 1
    assert why in said[0]
    assert binary(home).read_text() == "#!/bin/sh\necho older\n"
    assert os.listdir(binary(home).parent) == ["callgate-hook"]


def test_a_projects_settings_name_nothing_of_this_machine(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Settings that a team shares get the in-process hook, unless the user names a transport."""
    path = home / "project/.claude/settings.json"
    assert install("claude-code", scope=Scope.project) == 0
    assert registered(path) == wanted(home, "in-process")
    assert "transport: in-process hook (these settings are shared" in capsys.readouterr().out
    assert not binary(home).exists()
    install("claude-code", scope=Scope.project, transport=Choice.python)
    assert registered(path) == wanted(home, "python")


@needs_compiler
def test_local_settings_are_of_this_machine(home: Path) -> None:
    """Settings of one checkout on this machine get the native client, as the user's do."""
    install("claude-code", scope=Scope.local)
    assert registered(home / "project/.claude/settings.local.json") == wanted(home, "native")


@needs_compiler
@pytest.mark.parametrize(("old", "new"), list(permutations(["native", "python", "in-process"], 2)))
def test_one_transport_takes_the_place_of_another(old: str, new: str, home: Path) -> None:
    """A registration of another form is ours, and is replaced where it stands, as is one of several forms."""
    path = user_settings(home)
    path.parent.mkdir()
    other = {"hooks": [{"type": "command", "command": "other"}]}
    before = {"hooks": {"PreToolUse": [other], "PostToolUse": [other]}}
    path.write_text(json.dumps(before, indent=2))
    text = path.read_text()
    install("claude-code", transport=Choice(old))
    both = path.read_text()
    install("claude-code", transport=Choice(new))
    assert registered(path) == wanted(home, new)
    assert json.loads(both).keys() == json.loads(path.read_text()).keys()
    assert json.loads(path.read_text())["hooks"]["PreToolUse"][0] == other
    uninstall("claude-code")
    assert path.read_text() == text
    assert not binary(home).exists()


@needs_compiler
def test_a_second_run_compiles_nothing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same again: the binary and the settings stay as they are, and the transport is named all the same."""
    install("claude-code")
    before = (binary(home).stat().st_ino, user_settings(home).read_text())
    capsys.readouterr()
    assert install("claude-code") == 0
    assert (binary(home).stat().st_ino, user_settings(home).read_text()) == before
    assert "already installed" in (out := capsys.readouterr().out)
    assert "transport: native client" in out


SPOILT = {
    "another build": lambda path: path.write_text("#!/bin/sh\necho 0.0.1 /elsewhere\n"),
    "others may write": lambda path: path.chmod(0o777),
    "a link": lambda path: (path.rename(path.with_name("moved")), path.symlink_to("moved")),
    "not executable": lambda path: path.chmod(0o600),
}


@needs_compiler
@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_a_binary_that_is_not_ours_any_more_is_replaced(spoil: object, home: Path) -> None:
    """What is of another build, or may have been written by others, is compiled anew and not run."""
    install("claude-code")
    assert callable(spoil)
    spoil(binary(home))
    install("claude-code")
    assert native.state_of(str(binary(home))) == ""
    assert native.build_of_binary(str(binary(home))) == native.stamp(BUILD)
    assert not binary(home).is_symlink()


def test_a_dry_run_makes_nothing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A dry run says what would be registered, and writes neither settings nor binary nor a directory."""
    assert install("claude-code", dry_run=True) == 0
    out = capsys.readouterr().out
    assert "transport: " in out
    assert str(home / "run/callgate/gate.sock") in out
    assert not (home / ".claude").exists()
    assert not (home / ".local").exists()
    assert not (home / "run/callgate").exists()


@pytest.mark.usefixtures("no_compiler")
def test_the_policy_file_is_kept_behind_the_socket(home: Path) -> None:
    """`--config FILE` of an older registration of any form goes on."""
    for transport in (Choice.in_process, Choice.python, Choice.in_process):
        path = user_settings(home)
        if not path.exists():
            path.parent.mkdir()
            old = {"type": "command", "command": "callgate hook --config '/p/my policy.toml' --test-mode"}
            path.write_text(json.dumps({"hooks": {"PreToolUse": [{"hooks": [old]}]}}))
        install("claude-code", transport=transport)
        expected = [*words(home, transport.value), "--config", "/p/my policy.toml"]
        assert registered(path)["PreToolUse"] == [expected]


def test_where_no_socket_can_be_the_hook_is_by_itself(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A path too long for a socket, or a directory that others can enter: in-process, and the reason."""
    (home / "run/callgate").mkdir(mode=0o755)
    install("claude-code")
    assert "transport: in-process hook (no daemon can run here: " in capsys.readouterr().out
    assert registered(user_settings(home)) == wanted(home, "in-process")
    monkeypatch.setenv("XDG_RUNTIME_DIR", "")
    monkeypatch.setenv("XDG_STATE_HOME", str(home / ("x" * 100)))
    if not os.path.isdir(f"/run/user/{os.getuid()}"):
        install("claude-code")
        assert "the path of the socket is longer than" in capsys.readouterr().out


@needs_compiler
def test_the_binary_stays_while_a_registration_uses_it(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A registration of another checkout keeps the binary, whatever the directory that `uninstall` is called in."""
    install("claude-code")
    other = home / "other"
    other.mkdir()
    os.chdir(other)
    install("claude-code", scope=Scope.local)
    os.chdir(home)
    uninstall("claude-code")
    assert binary(home).exists()
    assert f"{other}/.claude/settings.local.json uses it" in capsys.readouterr().out
    settings = other / ".claude/settings.local.json"
    text = settings.read_text()
    settings.write_text("{ broken")
    uninstall("claude-code")
    assert binary(home).exists()
    settings.write_text(text)
    os.chdir(other)
    uninstall("claude-code", scope=Scope.local, dry_run=True)
    assert binary(home).exists()
    uninstall("claude-code", scope=Scope.local)
    assert not binary(home).parent.exists()
    assert "callgate-hook removed" in capsys.readouterr().out


def test_compilers_are_looked_for_in_safe_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The usual places first, then PATH; never what others can write, a relative entry, or `$CC`."""
    monkeypatch.setattr(native, "PLACES", (str(tmp_path / "first"),))
    for name in ("first", "second", "open"):
        (tmp_path / name).mkdir(mode=0o755)
        (tmp_path / name / "cc").write_text("")
        (tmp_path / name / "cc").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    path = {"PATH": f"open:{tmp_path}/open:{tmp_path}/second", "CC": f"{tmp_path}/evil"}
    (tmp_path / "open").chmod(0o777)
    assert native.find_compiler(path) == f"{tmp_path}/first/cc"
    (tmp_path / "first/cc").chmod(0o644)
    assert native.find_compiler(path) == f"{tmp_path}/second/cc"
    (tmp_path / "second/cc").chmod(0o757)
    assert native.find_compiler(path) == ""
    assert native.find_compiler({}) == ""


def test_a_long_state_directory_is_no_obstacle(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The self test finds another place for its socket where the binary's own path is too long for one."""
    if not native.find_compiler(os.environ):
        pytest.skip("no C compiler here")
    monkeypatch.setenv("XDG_STATE_HOME", str(home / ("long name " * 9)))
    install("claude-code")
    path = Path(os.environ["XDG_STATE_HOME"]) / "callgate/bin/callgate-hook"
    assert native.build_of_binary(str(path)) == native.stamp(BUILD)
