"""What rules cost: measured on calls, the worst input searched for, within bounds. No time is asserted."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from callgate.core.model import Rule, RuleSource, ToolCall
from callgate.gate import Gate, open_gate
from callgate.reviewer.analyse.corpus import MAX_TEXT, ORDINARY, corpus
from callgate.reviewer.analyse.cost import MAX_INPUT, engines, measure

POLICY = """
[[deny]]
id = "slow"
tool = "Bash"
command_regex = '^(?=a)(a+)+$'

[[allow]]
id = "words"
command = ["git (status|log) *", "ls *"]

[[allow]]
id = "files"
operations = ["read"]
path = ["<project>/**", "**/*.py"]
"""


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    """A gate with three rules."""
    path = tmp_path / "p.toml"
    path.write_text(POLICY)
    (tmp_path / "shop").mkdir()
    return open_gate(
        os.environ, str(tmp_path / "shop"), config=str(path), home=str(tmp_path), project=str(tmp_path / "shop")
    )


ENGINES = [
    ({"command": ("ls *",)}, ("word pattern",)),
    ({"command_regex": "^ls"}, ("RE2",)),
    ({"command_regex": "^ls(?!x)", "command_exclude_regex": "y"}, ("regex", "RE2")),
    ({"path": ("/x/**", "**/*.py")}, ("look-up", "glob")),
    ({"tool": "Bash"}, ("look-up",)),
]


@pytest.mark.parametrize(("fields", "expected"), ENGINES)
def test_engines(fields: dict[str, object], expected: tuple[str, ...]) -> None:
    """Each kind of pattern is named by what runs it."""
    made = Rule("r", "allow", RuleSource("p", 1))._replace(**fields)  # type: ignore[arg-type]
    assert engines(made) == expected


def test_each_rule_is_measured(gate: Gate, tmp_path: Path) -> None:
    """Every rule has a median, a worst time, an input, and a share; the slowest stands first."""
    assert gate.loaded is not None
    calls = corpus(gate, str(tmp_path / "shop"))
    found = measure(gate, gate.loaded.rules, calls, search=True)
    assert {one.rule.id for one in found.rules} == {"slow", "words", "files"}
    for one in found.rules:
        assert 0 < one.median_ns <= one.p99_ns <= one.worst_ns
        assert one.calls == found.calls > 40
        assert 0 < len(one.worst_input) <= MAX_INPUT
        assert one.share > 0
    assert [one.median_ns for one in found.rules] == sorted((one.median_ns for one in found.rules), reverse=True)
    assert found.decision_median_ns > 0


def test_the_search_finds_what_an_exponential_pattern_hates(gate: Gate, tmp_path: Path) -> None:
    """The worst input of `(a+)+` is a long run of `a`, which no ordinary call is."""
    assert gate.loaded is not None
    slow = [rule for rule in gate.loaded.rules if rule.id == "slow"]
    found = measure(gate, slow, corpus(gate, str(tmp_path / "shop")), search=True)
    assert "a" * 40 in found.rules[0].worst_input


def test_the_corpus(gate: Gate, tmp_path: Path) -> None:
    """It holds what is given first, ordinary calls, calls made up from rules, and each once; nothing huge."""
    cwd = str(tmp_path / "shop")
    given = [ToolCall("Bash", {"command": text}, cwd) for text in ("frobnicate", "ls -la", "x" * (MAX_TEXT + 1))]
    texts = [call.input.get("command") for call in corpus(gate, cwd, given)]
    assert texts[:2] == ["frobnicate", "ls -la"]
    assert texts.count("ls -la") == 1
    assert set(ORDINARY) <= set(texts)
    assert "git log x" in texts
    assert max(len(text) for text in texts if isinstance(text, str)) <= MAX_TEXT


def test_the_log_is_part_of_the_corpus(gate: Gate, tmp_path: Path) -> None:
    """What was really asked is measured on; lines that hold no call are passed over."""
    log = Path(gate.places.review_log_file)
    log.parent.mkdir(parents=True, exist_ok=True)
    entry = {
        "timestamp": "2026-01-01T00:00:00Z",
        "session_id": "s",
        "tool_name": "Bash",
        "cwd": "/x",
        "tool_input": {"command": "frobnicate --logged"},
        "decision": "ask",
        "decision_source": "default",
    }
    log.write_text(json.dumps(entry) + "\n{torn\n" + json.dumps({**entry, "tool_input": {"command": 3}}) + "\n")
    texts = [call.input.get("command") for call in corpus(gate, str(tmp_path / "shop"))]
    assert texts[0] == "frobnicate --logged"
