"""`callgate doctor` on transports: each fault of a client, its binary and its socket is made and must be found."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Callable

import pytest

from callgate.agents.registration import registration
from callgate.agents.transports import Launch
from callgate.daemon import protocol
from callgate.doctor import armed, in_force, transports
from callgate.doctor.model import Finding, World
from callgate.doctor.registration import check as check_registration
from callgate.hook import native
from callgate.host import places

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(native.__file__)))
BUILD = protocol.build_of(PACKAGE)


class Scene:
    """A home, a project, and a stand-in for the native client that says its build."""

    def __init__(self, root: Path) -> None:
        self.home = root / "home"
        self.project = self.home / "project"
        self.project.mkdir(parents=True)
        self.run = root / "run"
        self.run.mkdir(mode=0o700)
        (self.run / "callgate").mkdir(mode=0o700)
        self.socket = str(self.run / "callgate" / "gate.sock")
        self.ran = root / "ran"
        self.world = World(
            environ={"HOME": str(self.home), "PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": str(self.run)},
            cwd=str(self.project),
            places=places({}, home=str(self.home)),
            managed_dirs=(),
            python=sys.executable,
            package=PACKAGE,
            timeout=30.0,
        )
        self.binary = Path(native.binary(self.world.places.state_dir))
        self.binary.parent.mkdir(parents=True, mode=0o700)
        self.says(native.stamp(BUILD))

    def says(self, build: str) -> None:
        """Make the stand-in say *build*; it becomes its command at once."""
        self.binary.write_text(
            f'#!/bin/sh\nif [ "$1" = --build ]; then touch {self.ran}; printf %s \'{build}\'; else exec "$@"; fi\n'
        )
        self.binary.chmod(0o755)

    def launch(self, transport: str) -> Launch:
        """What `install` registers."""
        if transport == "native":
            return Launch("native", sys.executable, str(self.binary), self.socket)
        if transport == "python":
            return Launch("python", sys.executable, f"{PACKAGE}/hook/client.py", self.socket)
        return Launch("in-process", sys.executable)

    def register(self, launch: Launch, scope: str = "user") -> None:
        """Put *launch* into the settings of *scope*."""
        folder = self.home if scope == "user" else self.project
        path = folder / ".claude" / ("settings.local.json" if scope == "local" else "settings.json")
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({"hooks": {"PreToolUse": [{"matcher": "*", "hooks": [registration(launch)]}]}}))

    def found(self, world: World | None = None) -> list[Finding]:
        """What the checks of transports find."""
        mine = world or self.world
        return list(transports.check(mine, in_force.look(mine)))


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """A fresh scene."""
    return Scene(tmp_path)


@pytest.mark.parametrize(
    ("transport", "what"),
    [("native", "native client"), ("python", "Python client"), ("in-process", "in-process hook")],
)
def test_the_transport_in_use_is_named(transport: str, what: str, scene: Scene) -> None:
    """A sound registration of each form is one `ok` that says which it is; its shape raises no question either."""
    scene.register(scene.launch(transport))
    findings = scene.found()
    assert [(one.check, one.level) for one in findings] == [("transport", "ok")]
    assert what in findings[0].what
    shape = check_registration(scene.world, in_force.look(scene.world))
    assert [(one.check, one.level) for one in shape] == [("registration", "ok")]


def others_may_write(scene: Scene) -> None:
    """The binary can be written by everybody."""
    scene.binary.chmod(0o757)


def others_may_replace(scene: Scene) -> None:
    """Its directory can be written by the group."""
    scene.binary.parent.chmod(0o770)


def a_link(scene: Scene) -> None:
    """It is a link."""
    scene.binary.rename(scene.binary.with_name("real"))
    scene.binary.symlink_to("real")


def a_directory(scene: Scene) -> None:
    """It is a directory."""
    scene.binary.unlink()
    scene.binary.mkdir()


def another_owner(scene: Scene) -> None:
    """It belongs to somebody else."""
    if os.geteuid() != 0:
        pytest.skip("only root gives files away")
    os.chown(scene.binary, 12345, -1)


def not_executable(scene: Scene) -> None:
    """It cannot be run."""
    scene.binary.chmod(0o600)


UNSAFE = (others_may_write, others_may_replace, a_link, a_directory, another_owner, not_executable)


@pytest.mark.parametrize("spoil", UNSAFE, ids=lambda one: one.__name__)
def test_a_binary_that_may_not_be_run_is_a_failure(spoil: Callable[[Scene], None], scene: Scene) -> None:
    """A native client that somebody else could have written is named, and not run to ask for its build."""
    spoil(scene)
    scene.register(scene.launch("native"))
    findings = scene.found()
    assert [(one.level, one.mend) for one in findings] == [("fail", "callgate install claude-code")]
    assert "not safe to run" in findings[0].what
    assert not scene.ran.exists()


@pytest.mark.parametrize("build", ["0.0.1 /elsewhere\nx\n", f"{BUILD}\nanother source\n", BUILD, ""])
def test_a_binary_of_another_build_is_found(build: str, scene: Scene) -> None:
    """A native client of another version, place or source is slow at best: a warning, and what to type."""
    scene.says(build)
    scene.register(scene.launch("native"))
    findings = scene.found()
    assert [(one.level, one.mend) for one in findings] == [("warn", "callgate install claude-code")]
    assert "compiled for another callgate" in findings[0].what


def test_a_missing_client_is_a_failure(scene: Scene) -> None:
    """Without its binary every call goes unjudged, without its script every call is refused."""
    scene.binary.unlink()
    scene.register(scene.launch("native"))
    findings = list(armed.check(scene.world, in_force.look(scene.world)))
    assert [one.level for one in findings] == ["fail"]
    assert "so every call goes unjudged" in findings[0].what
    scene.register(scene.launch("python")._replace(client="/nowhere/callgate/hook/client.py"))
    assert any(one.level == "fail" and "every call is refused" in one.what for one in scene.found())


def test_a_script_of_another_installation_is_found(scene: Scene, tmp_path: Path) -> None:
    """A Python client that is not this installation's, or not isolated, is a warning."""
    other = tmp_path / "hook" / "client.py"
    other.parent.mkdir()
    other.write_text("")
    scene.register(scene.launch("python")._replace(client=str(other)))
    assert [one.level for one in scene.found()] == ["warn"]
    assert "another installation" in scene.found()[0].what
    handler = registration(scene.launch("python"))
    arguments = handler["args"]
    assert isinstance(arguments, list)
    handler["args"] = arguments[2:]
    path = scene.home / ".claude/settings.json"
    path.write_text(json.dumps({"hooks": {"PreToolUse": [{"hooks": [handler]}]}}))
    assert [one.what for one in scene.found() if "`-I -S`" in one.what]


def test_a_socket_that_is_never_asked_is_found(scene: Scene, tmp_path: Path) -> None:
    """No socket, one in a directory of others, or another one than `callgate status` looks at: warnings."""
    (scene.run / "callgate").chmod(0o755)
    scene.register(scene.launch("native"))
    assert [(one.level, "never asked" in one.what) for one in scene.found()] == [("warn", True)]
    scene.register(scene.launch("native")._replace(socket="run/gate.sock"))
    assert [(one.level, "names no socket" in one.what) for one in scene.found()] == [("warn", True)]
    scene.register(scene.launch("native")._replace(socket=f"{tmp_path}/elsewhere/gate.sock"))
    assert [(one.level, "`callgate status`" in one.what) for one in scene.found()] == [("warn", True)]


@pytest.mark.parametrize("scope", ["project", "local"])
@pytest.mark.parametrize("transport", ["native", "python"])
def test_a_client_that_a_checkout_names_is_not_started(
    transport: str, scope: str, scene: Scene, tmp_path: Path
) -> None:
    """What settings of a project name is started only when it is this installation's own, client and command alike."""
    marker = tmp_path / "started"
    evil = tmp_path / "hook" / "client.py"
    evil.parent.mkdir()
    evil.write_text(f"open({str(marker)!r}, 'w')")
    binary = tmp_path / "callgate-hook"
    binary.write_text(f"#!/bin/sh\ntouch {marker}\n")
    binary.chmod(0o755)
    own = scene.launch(transport)
    foreign = own._replace(client=str(binary if transport == "native" else evil))
    for launch in (foreign, own._replace(python=str(binary))):
        scene.register(launch, scope)
        force = in_force.look(scene.world)
        assert [one.level for one in armed.check(scene.world, force)] == ["warn"]
        scene.found()
        assert not marker.exists()
    scene.register(own, scope)
    assert all(armed.may_fire(scene.world, one) for one in in_force.look(scene.world).gates)


def test_the_command_behind_a_client_is_fired_too(scene: Scene, tmp_path: Path) -> None:
    """A client whose own command would let everything through is found, although the daemon answers well."""
    answers = tmp_path / "callgate"
    deny = {"hookSpecificOutput": {"hookEventName": "PreToolUse", "permissionDecision": "deny"}}
    answers.write_text(f"#!/bin/sh\nprintf '%s' '{json.dumps(deny)}'\n")
    silent = tmp_path / "silent" / "callgate"
    silent.parent.mkdir()
    silent.write_text("#!/bin/sh\nexit 1\n")
    for program in (answers, silent):
        program.chmod(0o755)
    scene.binary.write_text(f'#!/bin/sh\nexec {answers} "$@"\n')
    for command, consents in ((answers, False), (silent, True)):
        handler = {
            "type": "command", "command": str(scene.binary),
            "args": [str(command), "hook", "--daemon", scene.socket], "timeout": 10,
        }  # fmt: skip
        path = scene.home / ".claude/settings.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({"hooks": {"PreToolUse": [{"hooks": [handler]}]}}))
        findings = list(armed.check(scene.world, in_force.look(scene.world)))
        assert any("without the daemon" in one.what and one.check == "disarmed" for one in findings) is consents
        assert any("without the daemon it is armed" in one.what for one in findings) is not consents


def test_an_interpreter_that_is_gone_is_found_behind_a_client(scene: Scene) -> None:
    """The client starts, but what decides without the daemon does not: each such call would be asked about."""
    scene.register(scene.launch("native")._replace(python="/nowhere/python"))
    findings = list(armed.check(scene.world, in_force.look(scene.world)))
    assert [one.level for one in findings] == ["fail"]
    assert "`/nowhere/python`, which decides without the daemon" in findings[0].what
