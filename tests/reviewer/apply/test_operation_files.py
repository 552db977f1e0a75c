"""Files before and after an operation, byte for byte. `cases/*.case` holds them; `<CR>` and such stand for bytes."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest

from callgate.policy.loader import load_text
from callgate.reviewer.apply.request import parse

CASES = sorted((Path(__file__).parent / "cases").glob("*.case"))
NAME = "p.toml"


class Case(NamedTuple):
    """One file of `cases/`."""

    operation: str
    before: str
    changes: list[str]
    after: str


def read(path: Path) -> Case:
    """Return the case in *path*."""
    parts = path.read_text(encoding="utf-8").split("=== ")
    sections = dict(part.split("\n", 1) for part in parts if part)
    assert list(sections) == ["operation", "before", "changes", "after"]
    before, after = (spelled(sections[name]) for name in ("before", "after"))
    return Case(sections["operation"], before, sections["changes"].splitlines(), after)


def spelled(text: str) -> str:
    """Return *text* with the bytes that its marks stand for."""
    text = text.replace("<CR>", "\r").replace("<BOM>", "\ufeff")
    return text.removesuffix("<NO-NEWLINE>\n")


def test_there_are_cases() -> None:
    """The table is not empty, so that the tests below prove something."""
    assert len(CASES) >= 80


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_file_after_an_operation(path: Path) -> None:
    """The file, the subject of the commit and what is told are exactly as written down."""
    case = read(path)
    request = parse(case.operation)
    edit = request.operation.edit(case.before, request.fields, NAME)
    assert edit.text == case.after
    assert [edit.subject, *(f"- {change.told(dry_run=False)}" for change in edit.changes)] == case.changes


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_loader_takes_the_file(path: Path) -> None:
    """Both files are policies that load: an operation on a good file leaves a good file."""
    case = read(path)
    for text in (case.before, case.after):
        data = text.removeprefix("\ufeff").replace("\r\n", "\n")
        if "includes" not in tomllib.loads(data):
            load_text(data)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_lines_are_those_of_the_new_file(path: Path) -> None:
    """A sentence that ends in a line names one of the new file that tells of the rule, the field or the include."""
    case = read(path)
    lines = case.after.split("\n")
    for sentence in case.changes[1:]:
        if " at line " not in sentence or sentence.startswith("- Removed"):
            continue
        number = int(sentence.partition(" at line ")[2].split(":")[0])
        block = "\n".join(lines[number - 1 : number + 2])
        words = [word for word in sentence.replace("`", "'").split("'")[1::2] if word.isidentifier()]
        assert not words or any(word in block for word in words), sentence


def test_api_key_is_never_told() -> None:
    """The value of a setting stands in the file alone."""
    case = read(Path(__file__).parent / "cases" / "llm-change.case")
    assert "secret" in case.after
    assert not any("secret" in line for line in case.changes)
    assert json.loads(case.operation)["changes"]["api_key"] == "secret"
