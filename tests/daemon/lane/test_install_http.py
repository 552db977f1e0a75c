"""`install --transport http` and back: the settings, the port and the token, the daemon, and the line for the shell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Iterator

import pytest
from lane_world import Home, daemon_lane

from callgate.cli.http_installing import profile_line
from callgate.daemon.http_files import lane_file, read_lane, token_file
from callgate.daemon.http_proof import fault_of


@pytest.fixture
def home() -> Iterator[Home]:
    """A home without a lane."""
    with daemon_lane() as world:
        one = Home(world)
        try:
            yield one
        finally:
            one.run("daemon", "stop")


INSTALL = ("install", "claude-code", "--transport", "http")


def test_there(home: Home) -> None:
    """The lane is served when `install` returns, and what is still to be done is said; twice changes nothing."""
    said = home.said(*INSTALL)
    lane = read_lane(home.world.places)
    assert lane is not None
    assert fault_of(lane) == ""
    assert f"HTTP lane (127.0.0.1:{lane.port})" in said
    assert f'export CALLGATE_HTTP_TOKEN="$(cat {token_file(home.world.places)})"' in said
    assert "~/.zshenv" in said
    assert "runs unguarded" in said
    assert lane.users == (str(home.user.resolve()),)
    text = home.user.read_text()
    assert json.loads(text)["hooks"]["PreToolUse"][0]["hooks"][0]["type"] == "http"
    assert lane.token not in text
    again = home.said(*INSTALL, CALLGATE_HTTP_TOKEN=lane.token)
    assert "already installed" in again
    assert "to do:" not in again
    assert (home.user.read_text(), read_lane(home.world.places)) == (text, lane)
    said = home.said("doctor", CALLGATE_HTTP_TOKEN=lane.token)
    assert "HTTP hooks fail open" in said
    assert home.run("doctor").returncode == 1


def test_and_back(home: Home) -> None:
    """`uninstall` leaves the settings as they were before, and neither port nor token."""
    home.user.parent.mkdir()
    home.user.write_text('{\n  "model": "x"\n}\n')
    home.said(*INSTALL)
    assert "lane:   off" in home.said("uninstall", "claude-code")
    assert home.user.read_text() == '{\n  "model": "x"\n}\n'
    assert home.files() == []


def test_to_another_transport(home: Home) -> None:
    """A registration that goes back to a command switches the lane off."""
    home.said(*INSTALL)
    home.said("install", "claude-code", "--transport", "in-process")
    assert home.files() == []
    assert "127.0.0.1" not in home.user.read_text()


def test_two_settings_files(home: Home) -> None:
    """The lane stays while any settings file uses it, with the same port."""
    home.said(*INSTALL)
    port = json.loads(Path(lane_file(home.world.places)).read_text())["port"]
    home.said(*INSTALL, "--scope", "local")
    assert str(port) in home.local.read_text()
    assert "lane:" not in home.said("uninstall", "claude-code")
    lane = read_lane(home.world.places)
    assert lane is not None
    assert lane.port == port
    assert fault_of(lane) == ""
    assert "lane:   off" in home.said("uninstall", "claude-code", "--scope", "local")


def test_not_for_a_project(home: Home) -> None:
    """Settings that Git shares get no port of this machine; nothing is written."""
    done = home.run(*INSTALL, "--scope", "project")
    assert done.returncode != 0
    assert "port and token are this machine's" in done.stderr
    assert "help:" in done.stderr
    assert home.files() == []
    assert not (home.world.project / ".claude").exists()


def test_a_dry_run(home: Home) -> None:
    """A dry run shows the registration, and makes nothing."""
    assert "callgate/hook" in home.said(*INSTALL, "--dry-run")
    assert home.files() == []
    assert not home.user.exists()
    assert list(home.world.run_directory.iterdir()) == []


def test_a_daemon_that_runs_already(home: Home) -> None:
    """A daemon that runs since before the lane was there makes room for one that serves it."""
    home.said("daemon", "start")
    home.said(*INSTALL)
    lane = read_lane(home.world.places)
    assert lane is not None
    assert fault_of(lane) == ""


SHELLS = [
    ("/bin/zsh", "~/.zshenv", "export CALLGATE_HTTP_TOKEN=\"$(cat '/a b/t')\""),
    ("/usr/bin/bash", "~/.bashrc", "export CALLGATE_HTTP_TOKEN=\"$(cat '/a b/t')\""),
    ("/usr/bin/fish", "~/.config/fish/config.fish", "set -gx CALLGATE_HTTP_TOKEN (cat '/a b/t')"),
    ("", "~/.profile", "export CALLGATE_HTTP_TOKEN=\"$(cat '/a b/t')\""),
]


@pytest.mark.parametrize(("shell", "file", "line"), SHELLS)
def test_the_line_for_the_shell(shell: str, file: str, line: str) -> None:
    """Each shell has its file and its words; the token itself is not among them."""
    assert profile_line({"SHELL": shell}, "/a b/t") == (file, line)
