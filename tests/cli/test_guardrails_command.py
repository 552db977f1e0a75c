"""`callgate guardrails`: the list, one guardrail, JSON; `UPDATE_GOLDEN=1` rewrites the pages in tests/cli/golden."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest
from rich.console import Console

from callgate.cli import main
from callgate.cli.commands.guardrails import _table
from callgate.engine.guardrails.catalogue import catalogue

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize(("argv", "page"), [([], "guardrails"), (["lose-work"], "guardrails-one")], ids=["all", "one"])
def test_the_page_is_the_golden_one(argv: list[str], page: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Outside of a terminal the output is plain and aligned, without a colour code."""
    assert main.run(["guardrails", *argv]) == 0
    text = capsys.readouterr().out
    path = GOLDEN / f"{page}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")

    assert text == path.read_text(encoding="utf-8")
    assert "\x1b" not in text


def test_a_terminal_gets_a_table_with_every_guardrail() -> None:
    """On a terminal there is a ruled table that fits its width."""
    out = Console(file=io.StringIO(), force_terminal=True, width=80, color_system=None)
    _table(catalogue(), out)
    assert isinstance(out.file, io.StringIO)
    lines = out.file.getvalue().splitlines()

    assert any("━" in line for line in lines)
    assert all(any(entry.id in line for line in lines) for entry in catalogue())
    assert all(len(line) <= 80 for line in lines if "│" in line)


def test_json_holds_what_the_pages_show(capsys: pytest.CaptureFixture[str]) -> None:
    """`--json` prints one object; with an id it holds that guardrail alone."""
    assert main.run(["guardrails", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["guardrails"]
    assert main.run(["guardrails", "destroy", "--json"]) == 0
    one = json.loads(capsys.readouterr().out)["guardrails"]

    assert [row["id"] for row in found] == [entry.id for entry in catalogue()]
    assert one == [row for row in found if row["id"] == "destroy"]
    assert set(one[0]) == {"id", "stage", "decision", "lifted_by", "summary", "instead", "examples"}
    assert len(one[0]["examples"]["trips"]) == len(one[0]["examples"]["misses"]) == 3


def test_an_unknown_guardrail_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """A name that is none gives 64 and says where the names are."""
    assert main.run(["guardrails", "nonsense"]) == 64
    error = capsys.readouterr().err
    assert "`nonsense`" in error
    assert "callgate guardrails" in error
