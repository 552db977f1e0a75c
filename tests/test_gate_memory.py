"""What a gate remembers between calls: analyses of commands, a bounded number, and never another call's."""

from __future__ import annotations

from pathlib import Path

import pytest

from callgate import gate as gates
from callgate.core.model import ToolCall
from callgate.gate import Gate, open_gate


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    """A gate with the profile `standard` on a project of its own."""
    (tmp_path / "sub").mkdir()
    return open_gate({}, str(tmp_path), profile="standard", home="/nonexistent", project=str(tmp_path), managed="")


def _bash(command: str, cwd: Path, **more: object) -> ToolCall:
    return ToolCall("Bash", {"command": command, **more}, str(cwd))


def test_the_same_call_is_analysed_once(gate: Gate, tmp_path: Path) -> None:
    """The analysis is a value that depends on nothing else."""
    call = _bash("cat a.txt", tmp_path)
    assert gate.analysis(call) is gate.analysis(_bash("cat a.txt", tmp_path))


def test_another_directory_or_option_is_another_call(gate: Gate, tmp_path: Path) -> None:
    """The directory, the sandbox and the tool are part of the question."""
    first = gate.analysis(_bash("cat a.txt", tmp_path))
    assert gate.analysis(_bash("cat a.txt", tmp_path / "sub")) != first
    assert gate.analysis(_bash("cat a.txt", tmp_path, dangerouslyDisableSandbox=True)) != first
    assert gate.analysis(ToolCall("mcp__x__run", {"command": "cat a.txt"}, str(tmp_path))) != first


def test_the_host_is_looked_at_every_time(gate: Gate, tmp_path: Path) -> None:
    """What is remembered says nothing of files: a link that was put there meanwhile counts."""
    call = _bash("cat a.txt", tmp_path)
    (tmp_path / "a.txt").touch()
    assert gate.decide(call).decision == "allow"
    (tmp_path / "a.txt").unlink()
    (tmp_path / "a.txt").symlink_to("/etc/hosts")
    assert gate.decide(call).decision == "passthrough"


def test_it_is_bounded(gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest goes; long commands are not kept at all."""
    monkeypatch.setattr(gates, "MAX_ANALYSES", 3)
    first = gate.analysis(_bash("echo 0", tmp_path))
    for number in range(8):
        gate.analysis(_bash(f"echo {number}", tmp_path))
    again = gate.analysis(_bash("echo 0", tmp_path))
    assert again == first
    assert again is not first
    long = _bash("echo " + "x" * gates.MAX_REMEMBERED, tmp_path)
    assert gate.analysis(long) is not gate.analysis(long)
