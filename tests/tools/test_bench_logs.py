"""The benchmark of logs builds what the journal writes, and believes no answer that the shell does not find too."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Mapping

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

from benchmarks import log_files, logs, scratch
from benchmarks.figures import BenchError
from callgate.reviewer.history import History
from callgate.reviewer.logs.sources import Chain

END = 1_795_255_200.0


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> log_files.Built:
    """A few hundred decisions in files of 100 KB."""
    monkeypatch.setattr(log_files, "MAX_BYTES", 100_000)
    (tmp_path / "logs").mkdir()
    (tmp_path / "home").mkdir()
    return log_files.build(tmp_path / "home", tmp_path / "none", tmp_path / "logs", 600, END)


def test_the_logs_are_what_the_journal_writes(built: log_files.Built) -> None:
    """Whole lines of both kinds, stamps in order over a month, decisions with numbers of their own, rotated by size."""
    chains = [Chain(str(built.review)), Chain(str(built.operational), complete=False)]
    history = History(chains=chains)
    entries = list(history.oldest())
    assert len(entries) == built.decisions == 600
    assert history.skipped == 0
    assert all(entry.complete for entry in entries)
    assert len({entry.decision_id for entry in entries}) == 600
    assert {entry.decision for entry in entries} >= {"allow", "deny"}
    assert len({entry.session_id for entry in entries}) == 3
    assert END - 30 * 86_400 <= entries[0].time < entries[-1].time <= END
    files = [*built.review.parent.glob("review.jsonl*"), *built.review.parent.glob("decisions.jsonl*")]
    assert len(files) == built.files > 5
    assert sum(built.sizes) == sum(path.stat().st_size for path in files)
    assert max(path.stat().st_size for path in files) <= 100_000
    assert len(list(History(chains=[Chain(str(built.operational))]).newest())) == 600


def test_a_line_without_its_marks_is_an_error() -> None:
    """Every line would have the same stamp."""
    assert log_files.cut('{"a":"X","b":"Y"}', ("X", "Y")) == ('{"a":', ',"b":', "}\n")
    with pytest.raises(BenchError, match="no `Z`"):
        log_files.cut('{"a":"X"}', ("X", "Z"))


def test_each_question_has_an_answer(built: log_files.Built, monkeypatch: pytest.MonkeyPatch) -> None:
    """None is an error, and the shell finds the same."""
    monkeypatch.setattr(logs, "ROUNDS", 1)
    ask = logs.Asker(built.review.parent.parent / "home", built)
    newest = ask({"type": "log", "last_n": 1})["results"][0]
    for question in logs.questions(newest["decision_id"]):
        one = logs.measure(ask, question._replace(rounds=1), END)
        assert one.p50 == one.p95 >= 0
        assert min(one.processor) >= 0
        if question.tools == ("grep",) or shutil.which("jq"):
            assert logs.others(question, one.day, built, one.found)


def test_no_question_about_a_day_is_put_twice(built: log_files.Built) -> None:
    """Whoever remembers answers has none for it; and a process that must know nothing is a new one each time."""
    asked: list[str] = []
    opened: list[object] = []

    class Asker(logs.Asker):
        """Writes down what it is asked."""

        def __init__(self, home: Path, of: log_files.Built) -> None:
            super().__init__(home, of)
            opened.append(self)

        def __call__(self, query: Mapping[str, Any]) -> dict[str, Any]:
            asked.append(json.dumps(query))
            return {}

    ask = Asker(built.review.parent.parent / "home", built)
    daily = [question for question in logs.questions("x") if question.daily]
    assert len(daily) > 6
    for question in daily:
        asked.clear()
        opened.clear()
        logs.measure(ask, question, END)
        assert len(set(asked)) == len(asked) == question.rounds + 1
        assert len(set(map(id, opened))) == (question.rounds if question.fresh else 0)
    assert {question.query["type"] for question in daily if question.fresh} == {"patterns", "gaps"}


def test_another_number_of_the_shell_is_an_error(built: log_files.Built) -> None:
    """A fast wrong answer is no result."""
    question = logs.Question("q", {"type": "stats"}, 1, "echo 7", lambda _: 8)
    with pytest.raises(BenchError, match="we count 8, the shell 7"):
        logs.others(question, "2026-11-10", built, {})
    assert logs.others(question._replace(tools=("no-such-tool",)), "2026-11-10", built, {}) == "no no-such-tool"
    assert logs.others(question._replace(shell=""), "2026-11-10", built, {}) == "-"


def test_without_room_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A benchmark does not fill the disk."""
    world = scratch.make_world(tmp_path / "world")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1))
    (table,) = logs.tables(world, tmp_path / "none", 1_000_000)
    assert table.rows == ()
    assert "free disk" in table.notes[0]


def test_an_error_is_no_answer(built: log_files.Built) -> None:
    """It is not timed."""
    ask = logs.Asker(built.review.parent.parent / "home", built)
    with pytest.raises(BenchError, match="unknown field"):
        ask(json.loads('{"type": "log", "lst_n": 1}'))
