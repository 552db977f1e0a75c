"""Install, doctor and uninstall together, with the real hook in a process of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Iterator

import pytest

from callgate.cli.main import run
from callgate.doctor.model import SESSION
from callgate.host import places


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty home directory, with the working directory in a project below it; its daemon goes with it."""
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(project)
    yield tmp_path
    run(["daemon", "stop"])


def diagnose(capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str, str]]:
    """(check, level, what) of everything that doctor finds; machine-wide checks aside."""
    capsys.readouterr()
    run(["doctor", "--json", "--timeout", "60s"])
    findings = json.loads(capsys.readouterr().out)["findings"]
    return [(one["check"], one["level"], one["what"]) for one in findings]


def levels(findings: list[tuple[str, str, str]], check: str) -> set[str]:
    """The levels of one check."""
    return {level for name, level, _ in findings if name == check}


@pytest.mark.parametrize("transport", ["auto", "python", "in-process"])
def test_a_fresh_installation_is_armed(transport: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """After init and install the real hook denies, asks and answers; its calls are in the log under their own name."""
    assert run(["init", "--profile", "standard"]) == 0
    assert run(["install", "claude-code", "--transport", transport]) == 0
    findings = diagnose(capsys)
    for check in ("registration", "transport", "armed", "policy", "switch", "logs"):
        assert levels(findings, check) == {"ok"}, findings
    assert levels(findings, "disarmed") == set()
    run(["daemon", "stop"])  # what it answered is in the log then
    log = Path(places({}, home=str(home)).log_file).read_text().splitlines()
    decisions = [json.loads(line) for line in log]
    # The malformed input is cut off before a session could be read from it.
    malformed = 1 if transport == "in-process" else 2  # with a client, what decides without the daemon is fired, too
    assert [one["decision_source"] for one in decisions if one["session_id"] != SESSION] == ["error"] * malformed
    assert (decisions[0]["decision"], decisions[0]["session_id"]) == ("deny", SESSION)


def test_what_goes_wrong_later_is_found(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A switch that is off, a broken policy and a removed registration each show up."""
    run(["init"])
    run(["install", "claude-code"])
    run(["off"])
    assert levels(diagnose(capsys), "switch") == {"warn"}
    run(["on"])
    Path(places({}, home=str(home)).user_policy).write_text("[[allow]\n")
    findings = diagnose(capsys)
    assert "fail" in levels(findings, "policy")
    assert levels(findings, "armed") == {"ok"}
    run(["uninstall", "claude-code"])
    assert levels(diagnose(capsys), "registration") == {"fail"}


def test_the_text_names_each_finding_and_its_mending(
    home: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Without `--json` each finding is a line, with the command that mends it below, and a summary ends it."""
    assert not (home / ".claude").exists()
    assert run(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "FAIL  registration" in out
    assert "mend: callgate install claude-code" in out
    assert out.splitlines()[-1].startswith("something is broken: ")


def test_wrong_usage(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A time that cannot be read is a usage error."""
    assert run(["doctor", "--timeout", "soon"]) == 64
    assert "`soon` is not a duration" in capsys.readouterr().err
    assert not (home / ".local").exists()


def test_only_a_person_may_fire_all(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a terminal `--fire-all` is refused: an agent may run doctor, but not what a checkout names."""
    marker = home / "ran"
    settings = home / "project" / ".claude" / "settings.json"
    settings.parent.mkdir()
    handler = {"type": "command", "command": "/bin/sh", "args": ["-c", f"touch '{marker}'", "callgate", "hook"]}
    settings.write_text(json.dumps({"hooks": {"PreToolUse": [{"hooks": [handler]}]}}))
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)
    assert run(["doctor", "--fire-all"]) == 64
    assert "needs a terminal" in capsys.readouterr().err
    run(["doctor"])
    assert not marker.exists()
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    run(["doctor", "--fire-all"])
    assert marker.exists()
