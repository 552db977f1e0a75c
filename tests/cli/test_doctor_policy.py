"""Doctor's checks on the policy in force, and the summary that the command prints."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from callgate.doctor import policy
from callgate.doctor.model import Finding, World
from callgate.doctor.run import exit_code
from callgate.host import places
from callgate.policy.loader import Candidate, LoadedPolicy, load

if TYPE_CHECKING:
    from callgate.gate import Gate

RULES = '[[allow]]\nid = "a"\ncommand = "ls"\n[[deny]]\nid = "d"\ncommand = "rm *"\n'


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A world with an empty home."""
    return World({}, str(tmp_path), places({}, home=str(tmp_path)), (), "/usr/bin/python3", str(tmp_path))


def found(world: World, loaded: LoadedPolicy | None, fault: str = "") -> list[Finding]:
    """What the check finds for a gate that holds *loaded*; of a gate it looks at no more than these two."""
    gate = cast("Gate", SimpleNamespace(loaded=loaded, fault=fault))
    return list(policy.check(world, gate))


def loaded_from(tmp_path: Path, text: str, *, project: bool = False) -> LoadedPolicy:
    """A policy of one file."""
    path = tmp_path / ".callgate.toml"
    path.write_text(text)
    return load((Candidate(str(path), "project" if project else "user"),), str(tmp_path), str(tmp_path), {})


def test_a_good_policy(world: World, tmp_path: Path) -> None:
    """A policy that loads is ok, with its number of rules, its revision and its files."""
    loaded = loaded_from(tmp_path, RULES)
    findings = found(world, loaded)
    assert {one.level for one in findings} == {"ok"}
    assert f"2 rules in force, revision {loaded.revision}" in findings[0].what
    assert exit_code(findings) == 0


def test_a_broken_policy(world: World, tmp_path: Path) -> None:
    """A broken policy is a failure that carries every problem, whatever holds meanwhile."""
    fault = "policy.toml:1:1: error: one\npolicy.toml:2:1: error: two"
    for loaded in (None, loaded_from(tmp_path, RULES)):
        findings = found(world, loaded, fault)
        assert (findings[0].check, findings[0].level) == ("policy", "fail")
        assert fault in findings[0].what
        assert not any(one.check == "policy" and one.level == "ok" for one in findings)
        assert exit_code(findings) == 1


def test_an_untrusted_project_file(world: World, tmp_path: Path) -> None:
    """A project file without trust is a warning that names the command, once."""
    findings = found(world, loaded_from(tmp_path, RULES, project=True))
    warned = [one for one in findings if one.level == "warn"]
    assert [one.check for one in warned] == ["trust"]
    assert warned[0].what.endswith(".callgate.toml: not trusted: 1 allow rule does not count")
    assert f"callgate trust {tmp_path / '.callgate.toml'}" in warned[0].mend
    assert exit_code(findings) == 0


def test_warnings_of_the_policy(world: World, tmp_path: Path) -> None:
    """What `validate` warns about, doctor warns about, and counts when there is too much of it."""
    few = found(world, loaded_from(tmp_path, '[[deny]]\ntool = "Bash"\ncommand_regex = "x(?=y)"\n'))
    assert [one.check for one in few if one.level == "warn"] == ["policy", "policy"]
    rules = "".join(f'[[deny]]\nid = "r{n}"\ntool = "Bash"\ncommand_regex = "x(?=y)"\n' for n in range(30))
    many = [one for one in found(world, loaded_from(tmp_path, rules)) if one.level == "warn"]
    assert len(many) == policy.MAX_WARNINGS + 1
    assert many[-1].what == "20 more warnings"
