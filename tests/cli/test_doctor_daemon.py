"""`callgate doctor` on the daemon: each state that a person must know of is found, and no daemon is no failure."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from made_reports import made
from own_daemon import OwnDaemon, own_daemon

from callgate.daemon import limits, service_file
from callgate.daemon.protocol import build_of
from callgate.doctor import daemon, in_force
from callgate.doctor.model import Finding, World
from callgate.host import places

__all__ = ["own_daemon"]

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(daemon.__file__)))


@pytest.fixture
def world(own_daemon: OwnDaemon, tmp_path: Path) -> World:
    """The world of a user without any settings."""
    return World(
        environ=own_daemon.environ,
        cwd=str(tmp_path),
        places=places({}, home=own_daemon.home),
        managed_dirs=(),
        python=sys.executable,
        package=PACKAGE,
    )


def look(world: World) -> list[Finding]:
    """What the check finds; whatever is not ok says how to mend it."""
    findings = list(daemon.check(world, in_force.look(world)))
    assert all(one.mend for one in findings if one.level != "ok")
    return findings


def odd(findings: list[Finding]) -> list[tuple[str, str, str]]:
    """(check, level, what) of all that is not ok."""
    return [(one.check, one.level, one.what) for one in findings if one.level != "ok"]


def test_none_is_no_failure(world: World) -> None:
    """It says that hooks decide by themselves, and that the first one starts a daemon."""
    (found,) = look(world)
    assert found.level == "ok"
    assert "hooks decide by themselves" in found.what
    assert "start one" in found.what


def test_one_that_answers(world: World, own_daemon: OwnDaemon) -> None:
    """With nothing else to say it is one line."""
    process = own_daemon.run()
    (found,) = look(world)
    assert (found.check, found.level) == ("daemon", "ok")
    assert f"process {process.pid}" in found.what


def test_one_that_does_not_answer(world: World, own_daemon: OwnDaemon) -> None:
    """It holds its place, so hooks wait for it in vain."""
    process = own_daemon.run()
    process.send_signal(signal.SIGSTOP)
    ((check, level, what),) = odd(look(world))
    assert (check, level) == ("daemon", "warn")
    assert f"(process {process.pid}) does not answer" in what


def test_a_directory_that_others_can_enter(world: World, own_daemon: OwnDaemon) -> None:
    """No client would speak with a daemon there."""
    os.chmod(own_daemon.files.directory, 0o750)
    (found,) = look(world)
    assert found.level == "warn"
    assert found.mend == f"chmod 700 '{own_daemon.files.directory}'"
    os.rmdir(own_daemon.files.directory)
    os.symlink(own_daemon.home, own_daemon.files.directory)
    (found,) = look(world)
    assert "remove" in found.mend


def test_a_path_that_no_socket_can_have(world: World) -> None:
    """The state directory is too deep, and there is no runtime directory."""
    environ = {name: value for name, value in world.environ.items() if name != "XDG_RUNTIME_DIR"}
    deep = world._replace(environ=environ, places=places({}, home="/" + "d" * 90))
    if os.path.isdir(f"/run/user/{os.getuid()}"):
        pytest.skip("there is a runtime directory")
    (found,) = look(deep)
    assert (found.check, found.level) == ("daemon", "warn")
    assert "103 are possible" in found.what


def test_the_socket_of_the_registration_is_looked_at(world: World, own_daemon: OwnDaemon) -> None:
    """Hooks call that one, not the one of our environment."""
    import json

    own_daemon.run()
    settings = Path(own_daemon.home) / ".claude/settings.json"
    settings.parent.mkdir()
    args = ["-I", "-m", "callgate", "hook", "--daemon", own_daemon.files.socket]
    handler = {"type": "command", "command": sys.executable, "args": args, "timeout": 10}
    settings.write_text(json.dumps({"hooks": {"PreToolUse": [{"matcher": "*", "hooks": [handler]}]}}))
    elsewhere = world._replace(environ={**world.environ, "XDG_RUNTIME_DIR": "/nowhere"})
    (found,) = look(elsewhere)
    assert found.what.startswith(f"the daemon answers at {own_daemon.files.socket}")


FAULT = "/p.toml:1:1: error: x\nFAIL  registration  nothing is registered"

STATES: dict[str, tuple[dict[str, Any], tuple[str, str, str]]] = {
    "other build": ({"build": "0.0.1 /opt/old"}, ("daemon", "warn", "other code than this: 0.0.1 /opt/old")),
    "outdated": ({"outdated": True}, ("daemon", "warn", "has changed on the disk")),
    "full disk": ({"journal": {"waiting_bytes": 12_345}}, ("journal", "fail", "12,345 bytes")),
    "behind": ({"journal": {"backlog": limits.BACKLOG + 1}}, ("journal", "warn", "1,001 decisions are answered")),
    "lost": ({"journal": {"lost": 3}}, ("journal", "warn", "3 decisions were answered and are not")),
    "killed before": ({"journal": {"missing_before": 4}}, ("journal", "warn", "4 decisions are not in the log")),
    "broken": (
        {"policies": [{**made()["policies"][0], "fault": FAULT}]},
        ("daemon", "warn", "in force in /home/me/shop is broken: /p.toml:1:1: error: x"),
    ),
    "memory": ({"memory_bytes": 80_000_001}, ("daemon", "warn", "the daemon takes 80 MB")),
    "slow": ({"latency_us": {"p99": 63_000}}, ("daemon", "warn", "more than 63 ms")),
    "error": (
        {"errors": [{"at": "T0", "text": "a", "count": 1}, {"at": "T1", "text": FAULT, "count": 2}]},
        ("daemon", "warn", "an error at T1: /p.toml:1:1: error: x (and 1 before)"),
    ),
}


@pytest.mark.parametrize("state", STATES)
def test_what_a_daemon_says_of_itself(world: World, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each alone is found, with its level; what it quotes stays one line."""
    parts, (check, level, what) = STATES[state]
    monkeypatch.setattr(daemon, "report_of", lambda _: made(**{"build": build_of(PACKAGE), **parts}))
    (found,) = odd(look(world))
    assert found[:2] == (check, level)
    assert what in found[2]
    assert "\n" not in found[2]


@pytest.mark.parametrize(
    "parts",
    [
        {"memory_bytes": 80_000_000, "latency_us": {"p99": 50_000}, "journal": {"backlog": 1_000}},
        {"calls": 99, "latency_us": {"p99": 200_000}},
        {"unanswered": {"another build": 100}},
    ],
)
def test_what_is_as_it_should_be(world: World, parts: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """On the limits, with too few calls to tell, with hooks that decided by themselves: nothing to mend."""
    monkeypatch.setattr(daemon, "report_of", lambda _: made(**{"build": build_of(PACKAGE), **parts}))
    assert odd(look(world)) == []


def test_the_service(world: World, own_daemon: OwnDaemon) -> None:
    """Of this installation, of another, of somebody else, and one that cannot be read."""
    one = service_file.wanted(own_daemon.files, own_daemon.home, sys.executable)
    service_file.put(one)
    assert [(found.check, found.level) for found in look(world)][1:] == [("service", "ok")]
    Path(one.path).chmod(0o666)
    assert [found[:2] for found in odd(look(world))] == [("permissions", "fail")]
    Path(one.path).chmod(0o644)
    Path(one.path).write_bytes(one.data.replace(sys.executable.encode(), b"/old/python"))
    ((_, level, what),) = odd(look(world))
    assert level == "warn"
    assert "another installation" in what
    Path(one.path).write_text("[Service]\n")
    assert "did not write" in odd(look(world))[0][2]
    os.unlink(one.path)
    os.mkdir(one.path)
    assert "cannot read" in odd(look(world))[0][2]
