"""The examples in the documentation: every table of calls and decisions is decided by the gate itself."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from callgate import switch
from callgate.core.model import ToolCall, Verdict
from callgate.gate import Gate, open_gate

ROOT = Path(__file__).parents[2]
PAGES = ["README.md", "docs/decisions.md", "docs/guardrails.md"]
WORDS = {"no opinion": "passthrough", "allow": "allow", "ask": "ask", "deny": "deny"}
WORLDS = {
    "decision": "",
    "decision while off": "off",
    "decision with the last good policy": "last good",
    "decision with no good policy": "none good",
    "decision with a broken project file": "project broken",
    "decision in the home directory": "home",
}
"""Head of the column -> what is different in the world of that table."""


ROW = re.compile(r"^\| *`.* \| (?:allow|ask|deny|no opinion) \| .+ \|$", re.MULTILINE)
"""What looks like an example, whatever stands above it."""


class Example(NamedTuple):
    """One row of a table."""

    page: str
    line: int
    policy: str
    """TOML of the nearest block above it; empty when the page has none: the built-in profile holds."""
    world: str
    tool: str
    input: dict[str, str]
    decision: str
    why: str


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|").removesuffix("|").replace("\\|", "\0")
    return [cell.strip().replace("\0", "|") for cell in inner.split("|")]


def _block(page: str, language: str) -> list[str]:
    return [part.split("```", 1)[0] for part in page.split(f"```{language}\n")[1:]]


def _examples(page: str) -> list[Example]:
    found: list[Example] = []
    policy, fence, block = "", "", ""
    head: list[str] = []
    for number, line in enumerate((ROOT / page).read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("```"):
            if fence == "```toml":
                policy = block
            fence, block = ("", "") if fence else (line, "")
        elif fence:
            block += line + "\n"
        elif not line.startswith("|"):
            head = []
        elif not head:
            head = [cell.lower() for cell in _cells(line)]
        elif not set(line) <= set("|- ") and head[0] in {"command", "call"} and head[-2] in WORLDS:
            cells = _cells(line)
            given = {"command": cells[0].strip("`")} if head[0] == "command" else json.loads(cells[1].strip("`"))
            tool = "Bash" if head[0] == "command" else cells[0].strip("`")
            found.append(Example(page, number, policy, WORLDS[head[-2]], tool, given, cells[-2], cells[-1]))
    return found


EXAMPLES = [example for page in PAGES for example in _examples(page)]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A home directory `home` with the project of docs/decisions.md beside it."""
    (tmp_path / "home").mkdir()
    page = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")
    for line in _block(page, "text")[0].splitlines():
        name, _, target = line.partition(" -> ")
        path = tmp_path / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if target:
            path.symlink_to(target)
        else:
            path.write_text("text\n")
    return tmp_path


def _gate(place: Path) -> Gate:
    return open_gate({}, str(place / "shop"), home=str(place / "home"), managed="")


def _decide(example: Example, place: Path) -> Verdict:
    """Decide *example* with its policy as the user's own, in the world that its table names."""
    policy = place / "home" / ".config" / "callgate" / "policy.toml"
    policy.parent.mkdir(parents=True)
    if example.policy:
        policy.write_text(example.policy)
        assert _gate(place).fault == ""
    if example.world == "off":
        switch.turn_off(_gate(place).places.switch_file, switch.FOREVER)
    if example.world == "last good":
        _gate(place).answer(ToolCall("Read", {"file_path": "README.md"}, str(place / "shop")))
    if example.world in {"last good", "none good"}:
        policy.write_text(example.policy + "[[allow\n")
    if example.world == "project broken":
        (place / "shop" / ".callgate.toml").write_text("[[allow\n")
    cwd = place / ("home" if example.world == "home" else "shop")
    return _gate(place).decide(ToolCall(example.tool, example.input, str(cwd)))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: f"{each.page}:{each.line}")
def test_an_example_is_decided_as_its_table_says(example: Example, place: Path) -> None:
    """A row of a table has the decision that it claims, and a rule or guardrail that its reason names is involved."""
    verdict = _decide(example, place)

    assert verdict.decision == WORDS[example.decision], verdict.reason
    for word in example.why.split("`")[1::2]:
        if f'id = "{word}"' in example.policy:
            assert f"`{word}`" in "\n".join((verdict.reason, *verdict.notes)), verdict.reason
    if "guardrail `" in example.why:
        assert verdict.guardrail == example.why.split("guardrail `")[1].split("`")[0]


@pytest.mark.parametrize("page", PAGES)
def test_no_example_is_passed_over(page: str) -> None:
    """Every row of a page that ends in a decision and a reason is an example that runs."""
    rows = ROW.findall((ROOT / page).read_text(encoding="utf-8"))

    assert len(rows) == sum(1 for example in EXAMPLES if example.page == page) > 0


def test_the_examples_cover_every_world_and_decision() -> None:
    """The tables show all four answers, and each of the special worlds."""
    assert {example.decision for example in EXAMPLES} == set(WORDS)
    assert {example.world for example in EXAMPLES} == set(WORLDS.values())


def test_the_home_directory_is_not_the_real_one(place: Path) -> None:
    """The gate of the examples keeps its files in the scratch home."""
    assert _gate(place).places.home == os.fspath(place / "home")
