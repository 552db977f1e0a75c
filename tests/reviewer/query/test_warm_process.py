"""A process that has answered questions about calls answers the next one as a new process would."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from learning_lab import HOME, PROJECT, START, Lab

from callgate.gate import Gate, open_gate
from callgate.reviewer import evidence
from callgate.reviewer.query import gaps, patterns
from callgate.reviewer.query.base import Context

if TYPE_CHECKING:
    from pathlib import Path

_COMMANDS = [
    *(f"pytest tests/test_{name}.py" for name in "abcd"), *(f"touch src/{name}.py" for name in "abcd"), "cat .env",
    *(f"cat > scratch_{name}.py <<'E'\nx\nE" for name in "ab"), *(f"rm scratch_{name}.py" for name in "ab"), "git push",
    *(f"cat /opt/work/data/{name}.csv" for name in "abc"), "python x.py", "python scratch_a.py", "ls src", "if",
]  # fmt: skip


def fresh() -> Gate:
    """A gate that knows nothing."""
    return open_gate({"HOME": HOME}, PROJECT, profile="cautious", home=HOME, project=PROJECT, managed="")


def ask(gate: Gate, lab: Lab, module: Any, window: tuple[int, int]) -> dict[str, Any]:  # noqa: ANN401 - either module
    """The answer to a query type about some minutes of the log."""
    since, until = (START + 60 * minute for minute in window)
    query = {"since": since, "until": until, "limit": 20}
    answered: dict[str, Any] = module.QUERY.answer(query, Context(gate, START, (str(lab.file),)))
    return answered


WINDOWS = st.lists(st.tuples(st.integers(0, 30), st.integers(20, 90)), min_size=2, max_size=3)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    made=st.lists(st.tuples(st.sampled_from(_COMMANDS), st.integers(1, 4)), min_size=8, max_size=25), windows=WINDOWS
)
def test_windows_one_after_the_other(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, made: list[tuple[str, int]],
    windows: list[tuple[int, int]],
) -> None:  # fmt: skip
    """What other calls of a window made, ran or met changes what is suggested; what was known of them does not."""
    monkeypatch.setattr(evidence, "LINE_BY_LINE", 0)
    lab = Lab(tmp_path_factory.mktemp("lab"))
    for command, times in made:
        lab.log(command, times)
    for window in windows:
        for module in (patterns, gaps):
            assert ask(lab.gate, lab, module, window) == ask(fresh(), lab, module, window)


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A log of files that the agent made, and removes again."""
    monkeypatch.setattr(evidence, "LINE_BY_LINE", 0)
    lab = Lab(tmp_path)
    for name in "abcdef":
        lab.log(f"cat > scratch_{name}.py <<'E'\nx\nE", 2)
    for name in "abcdef":
        lab.log(f"rm scratch_{name}.py", 2)
    return lab


def _ids(answered: dict[str, Any]) -> list[str]:
    return [one["suggested_rule"]["id"] for one in answered["suggestions"]]


def test_a_file_is_the_agents_own_in_the_windows_that_show_it(lab: Lab) -> None:
    """The calls are the same; that they delete what was made is not, where the making is not in the window."""
    assert "delete-own-project" in _ids(ask(lab.gate, lab, gaps, (0, 90)))
    assert "delete-own-project" not in _ids(ask(lab.gate, lab, gaps, (13, 90)))
    assert "delete-own-project" in _ids(ask(lab.gate, lab, gaps, (0, 91)))


def test_a_log_that_was_rewritten_is_read_anew(lab: Lab) -> None:
    """Nothing is answered from what its lines once were."""
    assert ask(lab.gate, lab, patterns, (0, 90))["total"] == 24
    lab.file.write_bytes(lab.file.read_bytes().replace(b"rm scratch_", b"rm scrotch_"))
    answered = ask(lab.gate, lab, patterns, (0, 90))
    assert answered == ask(fresh(), lab, patterns, (0, 90))
    assert "rm scrotch_*.py" in [one["pattern"] for one in answered["clusters"]]


def test_a_policy_that_changed_judges_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an earlier gate found out is worth nothing for the next one, which has other rules."""
    monkeypatch.setattr(evidence, "LINE_BY_LINE", 0)
    lab = Lab(tmp_path, "[[allow]]\nid = 'r'\ncommand = 'ls *'\n")
    for name in "abcdef":
        lab.log(f"pytest tests/test_{name}.py && ls {name}", 2)
    before = [one["pattern"] for one in ask(lab.gate, lab, patterns, (0, 90))["clusters"]]
    assert before == ["pytest tests/test_*.py"]
    (tmp_path / "policy.toml").write_text("[[allow]]\nid = 'r'\ncommand = 'pytest *'\n")
    other = open_gate(
        {"HOME": HOME}, PROJECT, config=str(tmp_path / "policy.toml"), home=HOME, project=PROJECT, managed=""
    )
    assert [one["pattern"] for one in ask(other, lab, patterns, (0, 90))["clusters"]] == ["ls *"]


def test_rules_expire_while_a_process_is_warm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that a rule covered until now is judged again."""
    monkeypatch.setattr(evidence, "LINE_BY_LINE", 0)
    lab = Lab(tmp_path, "[[allow]]\nid = 'r'\ncommand = 'pytest *'\nexpires = 2100-01-01T00:00:00Z\n")
    for name in "abcdef":
        lab.log(f"pytest tests/test_{name}.py && ls {name}", 2)
    assert [one["pattern"] for one in ask(lab.gate, lab, patterns, (0, 90))["clusters"]] == ["ls *"]
    monkeypatch.setattr("time.time", lambda: 4_200_000_000.0)
    found = [one["pattern"] for one in ask(lab.gate, lab, patterns, (0, 91))["clusters"]]
    assert found == ["ls *", "pytest tests/test_*.py"]
