"""`callgate profile`: a table, an object, calls from a file. No time is asserted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from callgate.cli import main, reviewer

POLICY = """
[[allow]]
id = "looks"
command = "git (status|log) *"

[[deny]]
id = "no-secrets"
path = ["**/.env", "~/.ssh/**"]

[[ask]]
id = "slow"
tool = "Bash"
command_regex = '^git (?!status)'
"""


@pytest.fixture
def options(tmp_path: Path) -> list[str]:
    """A policy and a world of its own."""
    path = tmp_path / "policy.toml"
    path.write_text(POLICY)
    (tmp_path / "shop").mkdir()
    return ["--config", str(path), "--home", str(tmp_path), "--project", str(tmp_path / "shop")]


def test_all_rules(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Without --rule-id every rule has a line, with its engine, and the whole decision is told."""
    assert main.run(["profile", *options]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "a decision takes" in lines[0]
    assert lines[1].split()[:3] == ["rule", "action", "engine"]
    assert {line.split()[0] for line in lines[2:]} == {"looks", "no-secrets", "slow"}
    assert any("regex" in line for line in lines if line.startswith("slow"))


def test_one_rule_as_json(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """`--rule-id` measures that rule alone; `--json` has nanoseconds, the worst input and the share."""
    assert reviewer.run(["profile", "--rule-id", "looks", "--json", *options]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["rule"] for one in found["rules"]] == ["looks"]
    only = found["rules"][0]
    assert only["engines"] == ["word pattern"]
    assert 0 < only["median_ns"] <= only["p99_ns"] <= only["worst_ns"]
    assert only["worst_input"]
    assert found["calls"] > 40
    assert found["decision_median_ns"] > 0


def test_calls_of_a_file(options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--jsonl` adds calls; a line that is no call is bad input, a file that is not there wrong usage."""
    calls = tmp_path / "calls.jsonl"
    assert main.run(["profile", "--rule-id", "looks", "--json", *options]) == 0
    before = json.loads(capsys.readouterr().out)["calls"]
    calls.write_text("".join(json.dumps({"command": f"frobnicate {i}"}) + "\n" for i in range(7)))
    assert main.run(["profile", "--rule-id", "looks", "--json", "--jsonl", str(calls), *options]) == 0
    assert json.loads(capsys.readouterr().out)["calls"] == before + 7
    calls.write_text("[]\n")
    assert main.run(["profile", "--jsonl", str(calls), *options]) == 65
    assert main.run(["profile", "--jsonl", str(tmp_path / "none"), *options]) == 64


def test_nothing_is_logged(options: list[str], tmp_path: Path) -> None:
    """Measuring writes neither a log nor anything else."""
    before = sorted(path for path in tmp_path.rglob("*"))
    assert main.run(["profile", *options]) == 0
    assert sorted(path for path in tmp_path.rglob("*")) == before


def test_an_unknown_rule_is_wrong_usage(options: list[str]) -> None:
    """A rule that is not there is 64."""
    assert main.run(["profile", "--rule-id", "none", *options]) == 64


def test_the_pack_option_has_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    """`--profile NAME` chooses a shipped pack here as elsewhere."""
    assert main.run(["profile", "--profile", "cautious", "--rule-id", "read-project", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rules"][0]["rule"] == "read-project"
