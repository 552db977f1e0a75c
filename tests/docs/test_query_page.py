"""docs/query.md: every query on the page is asked, and its answer is the one that the page shows."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from callgate.cli import main
from callgate.reviewer.query import filters, form, parse, registry

PAGE = (Path(__file__).parents[2] / "docs" / "query.md").read_text(encoding="utf-8")
MORE = "…"


class Example(NamedTuple):
    """A query and the answer below it."""

    query: dict[str, Any]
    answer: dict[str, Any]


def _blocks(language: str) -> list[str]:
    return [part.split("\n```", 1)[0] for part in PAGE.split(f"\n```{language}\n")[1:]]


def _examples() -> list[Example]:
    found: list[Example] = []
    query: dict[str, Any] | None = None
    for block in map(json.loads, _blocks("json")):
        if "type" in block:
            assert query is None, f"{query} has no answer"
            query = block
        else:
            assert query is not None, f"{block} answers nothing"
            found.append(Example(query, block))
            query = None
    assert query is None
    return found


EXAMPLES = _examples()


@pytest.fixture
def you(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home directory of the page, with its policy, its project and its log."""
    home = Path(os.path.realpath(tmp_path)) / "you"
    for folder in ("shop/.git", ".config/callgate", ".local/state/callgate"):
        (home / folder).mkdir(parents=True)
    (home / ".config/callgate/policy.toml").write_text(_blocks("toml")[0] + "\n")
    log = "\n".join(_blocks("jsonl")) + "\n"
    (home / ".local/state/callgate/review.jsonl").write_text(log.replace("/home/you", str(home)))
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.chdir(home / "shop")
    return home


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: json.dumps(each.query)[:60])
def test_an_answer_is_the_one_on_the_page(example: Example, you: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command prints what the page says, but for what `…` leaves out and the time that it took."""
    code = main.run(["query", json.dumps(example.query)])

    answer = json.loads(capsys.readouterr().out.replace(str(you), "/home/you"))
    assert code == ("error" in answer)
    assert _differences(example.answer, answer, "answer") == []


def _differences(told: Any, real: Any, where: str) -> list[str]:  # noqa: ANN401 - JSON values
    if told == MORE or where == "answer.query_time_ms":
        return []
    if isinstance(told, dict) and isinstance(real, dict):
        keys = [key for key in told if key != MORE]
        extra = [] if MORE in told else [f"{where}.{key} is not told of" for key in real if key not in told]
        missing = [f"{where}.{key} is not there" for key in keys if key not in real]
        inner = [one for key in keys if key in real for one in _differences(told[key], real[key], f"{where}.{key}")]
        return extra + missing + inner
    if isinstance(told, list) and isinstance(real, list):
        head = told[:-1] if told[-1:] == [MORE] else told
        if len(real) != len(head) and (head is told or len(real) < len(head)):
            return [f"{where} has {len(real)} items"]
        return [one for at, item in enumerate(head) for one in _differences(item, real[at], f"{where}[{at}]")]
    return [] if told == real else [f"{where} is {real!r} and not {told!r}"]


def test_differences_are_seen() -> None:
    """The comparison above can fail: another value, a field or an item too many or too few."""
    for told, real in (({"a": 1}, {"a": 2}), ({"a": 1}, {"a": 1, "b": 1}), ({"a": 1, MORE: MORE}, {}), ([1], [1, 2])):
        assert _differences(told, real, "it")
    assert _differences([1, MORE], [1, 2], "it") == []


@pytest.mark.parametrize("name", registry.supported())
def test_every_type_is_documented(name: str) -> None:
    """Each query type has a heading, an example, and a row or a mention for each of its fields."""
    assert f"\n## `{name}`\n" in PAGE
    assert any(example.query["type"] == name for example in EXAMPLES)
    section = PAGE.split(f"\n## `{name}`\n")[1].split("\n## ")[0]
    fields = registry.query_type(name).fields
    assert [field for field in fields if f"`{field}`" not in section] == []


def test_every_code_is_documented() -> None:
    """Each error code of the contract has a row."""
    from typing import get_args

    from callgate.reviewer.query.base import ErrorCode

    assert [code for code in get_args(ErrorCode) if f"\n| `{code}` |" not in PAGE] == []


def test_every_word_of_the_richer_form_is_documented() -> None:
    """Operators, measures and the objects for fields are on the page."""
    words = [*filters.OPERATORS, *form.MEASURES, *parse.GROUPS, "group_by", "and", "or", "not"]
    assert [word for word in words if f"`{word}`" not in PAGE] == []
