"""`install --service` and `uninstall --service`, with managers of a test's own, and none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from own_daemon import PATIENCE, OwnDaemon, eventually, own_daemon

from callgate.cli import main, services
from callgate.daemon import service_file
from callgate.daemon.runtime import Runtime

__all__ = ["own_daemon"]

MANAGER = """#!/bin/sh
echo "$@" >> "{log}"
case "$*" in
  {failing}) echo "Failed to connect to bus: No medium found" >&2; exit 1;;
  "--user restart callgate.service"|"bootstrap "*) {start} ;;
esac
"""


class Stage:
    """A user with a service manager that only writes down what it is told."""

    def __init__(self, root: Path, own: OwnDaemon, patch: pytest.MonkeyPatch) -> None:
        self.own = own
        self.log = root / "told"
        self.bin = root / "bin"
        self.bin.mkdir()
        patch.setenv("HOME", own.home)
        patch.setenv("XDG_RUNTIME_DIR", own.root)
        patch.delenv("XDG_STATE_HOME")
        patch.setenv("PATH", f"{self.bin}:/usr/bin:/bin")
        patch.chdir(root)
        patch.setattr(services, "START_SECONDS", 0.2)
        patch.setattr(sys, "platform", "linux")
        self.unit = Path(own.home) / ".config/systemd/user/callgate.service"

    def manager(self, name: str = "systemctl", *, failing: str = "never", start: str = ":") -> None:
        """Put a manager on PATH."""
        path = self.bin / name
        path.write_text(MANAGER.format(log=self.log, failing=failing, start=start))
        path.chmod(0o755)

    def told(self) -> list[str]:
        """What the manager was told since the last time."""
        text = self.log.read_text() if self.log.exists() else ""
        self.log.write_text("")
        return text.splitlines()

    def audited(self) -> list[str]:
        """The operations in the audit log."""
        import json

        path = Path(self.own.home) / ".config/decision-reviewer-audit.log"
        return [json.loads(line)["operation"] for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture
def stage(tmp_path: Path, own_daemon: OwnDaemon, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A fresh one, without a manager."""
    return Stage(tmp_path, own_daemon, monkeypatch)


ON = ["--user daemon-reload", "--user enable callgate.service", "--user restart callgate.service"]


def test_installed_once(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    """Written and started; again, nothing is written and nothing that runs is started anew."""
    stage.manager()
    assert main.run(["install", "--service"]) == 0
    assert stage.told() == ON
    assert f"installed as a service: {stage.unit}" in capsys.readouterr().out
    assert stage.own.files.socket in stage.unit.read_text()
    before = stage.unit.stat()
    assert main.run(["install", "--service"]) == 0
    assert stage.told() == [*ON[:2], "--user start callgate.service"]
    assert "already installed as a service" in capsys.readouterr().out
    assert stage.unit.stat() == before
    assert stage.audited() == ["install"]
    assert not (Path(stage.own.home) / ".claude").exists()


def test_brought_up_to_date(stage: Stage) -> None:
    """A unit of another version is replaced, and the daemon started anew."""
    stage.manager()
    assert main.run(["install", "--service"]) == 0
    stage.told()
    stage.unit.write_text(stage.unit.read_text().replace("MemoryMax=512M\n", ""))
    assert main.run(["install", "--service"]) == 0
    assert stage.told() == ON
    assert "MemoryMax=512M\n" in stage.unit.read_text()


def test_with_an_agent_beside_it(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    """Both are done; with neither, the command is wrong."""
    stage.manager()
    assert main.run(["install", "claude-code", "--service"]) == 0
    assert stage.unit.exists()
    assert (Path(stage.own.home) / ".claude/settings.json").exists()
    assert main.run(["install"]) == 64
    assert "no agent is named" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["missing", "failing"])
def test_without_a_manager_it_says_what_to_run(kind: str, stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    """As in a container: the file is there, the exit code 0, the reason and the commands are shown."""
    if kind == "failing":
        stage.manager(failing="*daemon-reload")
    else:
        os.environ["PATH"] = str(stage.bin)
    assert main.run(["install", "--service"]) == 0
    text = capsys.readouterr().out
    assert stage.unit.exists()
    assert "Failed to connect to bus" in text if kind == "failing" else "`systemctl` is not there" in text
    for words in ON:
        assert f"    systemctl {words}\n" in text


def test_a_dry_run_changes_nothing(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    """It shows the file and the commands; the same for taking it out."""
    stage.manager()
    assert main.run(["install", "--service", "--dry-run"]) == 0
    text = capsys.readouterr().out
    assert "+ExecStart=" in text
    assert f"    systemctl {ON[2]}\n" in text
    assert not stage.unit.exists()
    assert stage.told() == []
    assert main.run(["install", "--service"]) == 0
    stage.told()
    assert main.run(["uninstall", "--service", "--dry-run"]) == 0
    assert f"{stage.unit} would be removed" in capsys.readouterr().out
    assert stage.unit.exists()
    assert stage.told() == []


def test_a_file_of_somebody_else_stays(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    """Refused in both directions, and passed over where nobody asked for it."""
    stage.manager()
    stage.unit.parent.mkdir(parents=True)
    stage.unit.write_text("[Service]\nExecStart=/bin/true\n")
    for command in ("install", "uninstall"):
        assert main.run([command, "--service"]) == 65
        assert "not written by callgate" in capsys.readouterr().err
    assert main.run(["uninstall", "claude-code"]) == 0
    assert stage.unit.read_text() == "[Service]\nExecStart=/bin/true\n"
    assert stage.told() == []


def test_taken_out_again(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    """Disabled, stopped, deleted, forgotten; a second time there is nothing to do."""
    stage.manager()
    assert main.run(["install", "--service"]) == 0
    stage.told()
    assert main.run(["uninstall", "--service"]) == 0
    assert stage.told() == ["--user disable --now callgate.service", "--user daemon-reload"]
    assert not stage.unit.exists()
    assert stage.audited() == ["install", "uninstall", "uninstall"]
    capsys.readouterr()
    assert main.run(["uninstall", "--service"]) == 0
    assert capsys.readouterr().out == "no service is installed\n"
    assert stage.told() == []


def test_taken_out_without_a_manager(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    """The file goes, the link by which systemd would start it, too, and the running daemon is pointed at."""
    stage.manager()
    assert main.run(["install", "--service"]) == 0
    wants = stage.unit.parent / "default.target.wants"
    wants.mkdir()
    (wants / "callgate.service").symlink_to(stage.unit)
    stage.manager(failing="*")
    assert main.run(["uninstall", "--service"]) == 0
    text = capsys.readouterr().out
    assert not stage.unit.exists()
    assert list(wants.iterdir()) == []
    assert "Failed to connect to bus" in text
    assert "callgate daemon stop" in text


def test_it_goes_with_the_last_registration(stage: Stage) -> None:
    """Nobody would call the daemon any more."""
    stage.manager()
    assert main.run(["install", "claude-code", "--service"]) == 0
    assert main.run(["install", "claude-code", "--scope", "local"]) == 0
    assert main.run(["uninstall", "claude-code", "--scope", "local"]) == 0
    assert stage.unit.exists()
    assert main.run(["uninstall", "claude-code"]) == 0
    assert not stage.unit.exists()


def test_the_service_is_the_one_that_runs(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A daemon on demand runs already: the service's takes its place, by the very command line of the unit."""
    monkeypatch.setattr(services, "START_SECONDS", PATIENCE)
    line = "$(sed -n 's/^ExecStart=//p' \"$HOME/.config/systemd/user/callgate.service\")"
    stage.manager(start=f"timeout 100 {line} </dev/null >/dev/null 2>&1 &")
    old = stage.own.run()
    stage.own.call("git status")
    assert main.run(["install", "--service"]) == 0
    pid = stage.own.pid
    assert f"  runs:   process {pid}, {stage.own.files.socket}\n" in capsys.readouterr().out
    assert old.wait(timeout=PATIENCE) == 0
    assert pid != old.pid
    assert stage.own.report["idle_seconds"] == 0
    assert len(stage.own.logged()) == 1
    assert main.run(["daemon", "stop"]) == 0
    assert "it is installed as a service: `systemctl --user restart callgate`" in capsys.readouterr().out
    eventually(lambda: stage.own.pid == 0)


def test_on_macos(stage: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """An agent of launchd: booted out when it changes, bootstrapped into the user's session."""
    monkeypatch.setattr(sys, "platform", "darwin")
    stage.manager("launchctl", failing="bootout*")  # as it says when nothing of that name runs
    path = Path(stage.own.home) / "Library/LaunchAgents/callgate.plist"
    domain = f"gui/{os.getuid()}"
    assert main.run(["install", "--service"]) == 0
    assert path.exists()
    assert stage.told() == [f"bootout {domain}/callgate", f"bootstrap {domain} {path}"]
    assert main.run(["install", "--service"]) == 0
    assert stage.told() == [f"bootstrap {domain} {path}"]
    assert main.run(["uninstall", "--service"]) == 0
    assert stage.told() == [f"bootout {domain}/callgate"]
    assert not path.exists()
    assert "note" not in capsys.readouterr().out.replace("note: it was started and does not answer", "")


def test_elsewhere(stage: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A system without a known manager: wrong usage to install, nothing to take out."""
    monkeypatch.setattr(sys, "platform", "freebsd14")
    assert main.run(["install", "--service"]) == 64
    assert "help: the first hook starts the daemon" in capsys.readouterr().err
    assert main.run(["uninstall", "--service"]) == 0
    assert stage.own.free()


def test_a_place_that_no_daemon_can_have(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    """Told before anything is written."""
    stage.manager()
    os.chmod(stage.own.files.directory, 0o755)
    assert main.run(["install", "--service"]) == 65
    assert "only its owner can enter" in capsys.readouterr().err
    assert not stage.unit.exists()


def test_a_manager_of_a_checkout_is_not_run(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative entries of PATH lead into the directory that we stand in."""
    stage.manager()
    monkeypatch.setenv("PATH", "bin:.")
    assert os.path.samefile("bin", stage.bin)
    assert main.run(["install", "--service"]) == 0
    assert stage.told() == []
    assert service_file.state_of(service_file.wanted(Runtime(f"{stage.own.root}/callgate"), stage.own.home,
                                                     sys.executable)) == "same"  # fmt: skip
    assert subprocess.run([stage.bin / "systemctl", "x"], check=False, timeout=30).returncode == 0
    assert stage.told() == ["x"]
