"""The queries `patterns` and `gaps`: contract.md section 4, and what they add to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from learning_lab import START, Lab

from callgate.core.model import ToolCall
from callgate.gate import open_gate
from callgate.policy.loader import load_text
from callgate.reviewer.query import gaps, patterns
from callgate.reviewer.query.base import Context, QueryError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """A log of test runs, scripts and a refusal."""
    lab = Lab(tmp_path)
    for name in "abcdef":
        lab.log(f"pytest tests/test_{name}.py", 2)
        lab.log(f"python {name}.py")
    lab.log("cat README.md", 7)
    lab.log("cat .env", 3)
    lab.log(ToolCall("Write", {"file_path": "src/a.sh", "content": ""}, "/srv/app"), 2)
    return lab


def ask(module: Any, lab: Lab, **query: object) -> dict[str, Any]:  # noqa: ANN401 - either module
    """The answer of a query type."""
    answered: dict[str, Any] = module.QUERY.answer(query, Context(lab.gate, START, (str(lab.file),)))
    return answered


def test_patterns_are_what_passed_through_in_a_line_each(lab: Lab) -> None:
    """Clusters of the parts that no rule covers, the most frequent first, with examples as they were sent."""
    answered = ask(patterns, lab, decision="passthrough")
    assert [(one["pattern"], one["count"]) for one in answered["clusters"]] == [
        ("pytest tests/test_*.py", 12), ("python *.py", 6), ("Write src/a.sh", 2),
    ]  # fmt: skip
    assert answered["clusters"][1]["examples"] == ["python a.py", "python b.py", "python c.py"]
    assert answered["total"] == 20


def test_patterns_of_another_decision(lab: Lab) -> None:
    """Denied and allowed calls have clusters too, of all their parts."""
    assert [one["pattern"] for one in ask(patterns, lab, decision="deny")["clusters"]] == ["cat .env"]
    assert [one["pattern"] for one in ask(patterns, lab, decision="allow")["clusters"]] == ["cat README.md"]
    assert ask(patterns, lab, decision="ask")["clusters"] == []


def test_patterns_take_a_window_a_tool_and_a_limit(lab: Lab) -> None:
    """What is left out of the window, or belongs to another tool, is not counted."""
    assert len(ask(patterns, lab, limit=1)["clusters"]) == 1
    assert [one["pattern"] for one in ask(patterns, lab, tool="Write")["clusters"]] == ["Write src/a.sh"]
    assert ask(patterns, lab, since=START + 86_400)["clusters"] == []
    assert ask(patterns, lab, until=START)["clusters"] == []


def test_gaps_are_counted_and_have_rules(lab: Lab) -> None:
    """`total_gaps` counts what no rule decided; each suggestion has its pattern, count, risk and rule."""
    answered = ask(gaps, lab, tool="Bash")
    assert answered["total_gaps"] == 18
    (one,) = answered["suggestions"]
    assert (one["pattern"], one["count"], one["risk"]) == ("pytest tests/test_*.py", 12, "medium")
    assert one["suggested_rule"]["command"] == ["pytest tests/test_*.py"]
    assert load_text(one["toml"]).rules[0].id == one["suggested_rule"]["id"] == "run-pytest"
    assert answered["left_out"] == [{"reason": "an interpreter, a shell, or a program that runs others", "count": 6}]


@pytest.mark.parametrize("module", [patterns, gaps])
def test_errors(module: Any, lab: Lab, tmp_path: Path) -> None:  # noqa: ANN401 - either module
    """No log is `log_not_found`; a broken policy is `config_parse_error`, never the answer of another one."""
    with pytest.raises(QueryError) as missing:
        module.QUERY.answer({}, Context(lab.gate, START, (str(tmp_path / "none"),)))
    assert missing.value.code == "log_not_found"
    broken = tmp_path / "broken.toml"
    broken.write_text("[[allow]]\nid = 1\n")
    gate = open_gate({"HOME": "/home/dev"}, "/srv/app", config=str(broken), home="/home/dev", managed="")
    with pytest.raises(QueryError) as fault:
        module.QUERY.answer({}, Context(gate, START, (str(lab.file),)))
    assert fault.value.code == "config_parse_error"
