"""The warm gates: bounded, the one used last stays longest, described as they are now."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from callgate.daemon import gates as gates_module
from callgate.daemon.gates import MAX_FAULT, MAX_GATES, Gates
from callgate.daemon.protocol import MAX_BODY
from callgate.daemon.warm import WarmGate


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """The environment of a user with a policy of one rule."""
    policy = tmp_path / "home/.config/callgate/policy.toml"
    policy.parent.mkdir(parents=True)
    policy.write_text('[[allow]]\nid = "a"\ncommand = "make"\n')
    return {"HOME": str(tmp_path / "home")}


def policy_of(environ: dict[str, str]) -> Path:
    """The user's policy file."""
    return Path(environ["HOME"]) / ".config/callgate/policy.toml"


def test_no_more_than_the_bound_and_the_oldest_goes(environ: dict[str, str]) -> None:
    """A gate that is used again is not the oldest any more."""
    gates = Gates()
    first, second = gates.open(environ, "/d0", ""), gates.open(environ, "/d1", "")
    for number in range(2, MAX_GATES):
        gates.open(environ, f"/d{number}", "")
    assert gates.open(environ, "/d0", "") is first
    gates.open(environ, "/new", "")
    assert [one["cwd"] for one in gates.describe()][:2] == ["/new", "/d0"]
    assert len(gates.describe()) == MAX_GATES
    assert gates.open(environ, "/d0", "") is first
    assert gates.open(environ, "/d1", "") is not second


def test_another_environment_directory_or_file_is_another_gate(environ: dict[str, str], tmp_path: Path) -> None:
    """None of the three may be judged by the gate of another."""
    gates = Gates()
    one = gates.open(environ, "/d", "")
    assert gates.open(environ, "/d", "") is one
    others = [
        gates.open({**environ, "CLAUDE_CONFIG_DIR": "/c"}, "/d", ""),
        gates.open({"HOME": str(tmp_path)}, "/d", ""),
        gates.open(environ, "/e", ""),
        gates.open(environ, "/d", str(policy_of(environ))),
    ]
    assert len({id(each) for each in (one, *others)}) == 5


def test_forgotten_gates_are_opened_anew(environ: dict[str, str]) -> None:
    """After a decision that was broken off nothing rests on what it left behind."""
    gates = Gates()
    one = gates.open(environ, "/d", "")
    gates.forget()
    assert gates.describe() == []
    assert gates.open(environ, "/d", "") is not one


def test_described_as_the_files_are_now(environ: dict[str, str]) -> None:
    """A policy that was broken since the last call is told of as broken, in a text of bounded length."""
    gates = Gates()
    gates.open(environ, "/d", "")
    (before,) = gates.describe()
    assert before["fault"] == ""
    assert before["loads"] == 1
    policy_of(environ).write_text("".join(f'[[allow]]\nid = "r{n}"\ncommand_regex = "("\n' for n in range(500)))
    (after,) = gates.describe()
    assert str(policy_of(environ)) in str(after["fault"])
    assert len(str(after["fault"])) == MAX_FAULT


def test_looking_again_is_bounded_in_time(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls wait while somebody asks: without time, gates are told of as they were."""
    gates = Gates()
    gates.open(environ, "/d", "")
    policy_of(environ).write_text("[[allow\n")
    monkeypatch.setattr(gates_module, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(WarmGate, "refresh", lambda _: pytest.fail("it was looked at"))
    assert [one["fault"] for one in gates.describe()] == [""]


def test_a_gate_that_fails_is_told_of_and_let_go(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The question is answered; the next call opens the gate anew."""
    gates = Gates()
    one = gates.open(environ, "/d", "")

    def failing(_: WarmGate) -> None:
        raise OSError("the disk is gone")

    with monkeypatch.context() as patch:
        patch.setattr(WarmGate, "refresh", failing)
        assert [each["fault"] for each in gates.describe()] == ["OSError: the disk is gone"]
    assert gates.open(environ, "/d", "") is not one


def test_what_a_checkout_sets_does_not_choose_the_gate(environ: dict[str, str], tmp_path: Path) -> None:
    """A variable that a project's settings set is left out, as it is for a hook process."""
    project = tmp_path / "project"
    (project / ".claude").mkdir(parents=True)
    (project / ".claude/settings.json").write_text('{"env": {"CLAUDE_PERMISSIONS_CONFIG": "/evil.toml"}}')
    gates = Gates()
    plain = gates.open(environ, str(project), "")
    assert gates.open({**environ, "CLAUDE_PERMISSIONS_CONFIG": "/evil.toml"}, str(project), "") is plain
    assert os.environ.get("CLAUDE_PERMISSIONS_CONFIG") is None


def test_what_is_described_fits_into_a_frame(environ: dict[str, str]) -> None:
    """However long and odd the directories are that clients send, the daemon can still be asked how it is."""
    import json

    gates = Gates()
    policy_of(environ).write_text("".join(f'[[allow]]\nid = "\u0001r{n}"\ncommand_regex = "("\n' for n in range(99)))
    for number in range(MAX_GATES):
        gates.open(environ, f"/{number}" + "\udcff" * 60_000, "")
    assert len(json.dumps(gates.describe()).encode()) < MAX_BODY * 3 // 4
