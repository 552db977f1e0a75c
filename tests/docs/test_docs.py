"""The documentation names what there is (commands, rule fields, stages, guardrails, files), and its links lead on."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from callgate.cli import app
from callgate.engine.guardrails.catalogue import catalogue
from callgate.engine.stages import NAMES, STAGES
from callgate.environ import MOVES_THE_GATE
from callgate.host import places
from callgate.observe import protected_paths
from callgate.policy import schema
from callgate.policy.loader import load_text, pack_names
from callgate.shell.programs.index import FAMILIES

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
TABLE_ROW = re.compile(r"^\| (\d+) \| ([^|]+) \|", re.MULTILINE)
# Put together here, so that this file does not hold them itself.
FORBIDDEN = [
    *(re.escape("/" + each + "/") for each in ("work", "root", "testbed")),
    *(rf"\b{each}\." for each in ("artifactory", "nexus", "jfrog")),
    r"\bpypi\.[a-z]+(?:\.[a-z]+)*/",
    r"\bregistry\.[a-z]+\.[a-z]+",
    r"https?://(?:\d{1,3}\.){3}\d",
    r"\b" + "TO" + "DO\\b",
]


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _anchors(text: str) -> set[str]:
    """The anchors that a Markdown page has, as GitHub makes them of its headings."""
    heads = re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_resolve(page: Path) -> None:
    """A relative link leads to a file of the checkout, and its anchor to a heading there."""
    for target in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        if target.startswith(("https://", "http://")):
            continue
        path, _, anchor = target.partition("#")
        file = page.parent / path if path else page
        assert file.is_file(), target
        assert not anchor or anchor in _anchors(file.read_text(encoding="utf-8")), target


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_page_is_linked(page: Path) -> None:
    """A reader finds every page from the README or the index of the documentation."""
    index = {(ROOT / start / target).resolve() for start in (".", "docs")
             for target in LINK.findall(_read(f"{start}/README.md"))}  # fmt: skip

    assert page in {ROOT / "README.md", *index}


@pytest.mark.parametrize("page", PAGES, ids=_name)
@pytest.mark.parametrize("word", FORBIDDEN)
def test_no_forbidden_words(page: Path, word: str) -> None:
    """No page names a path of the machine it was written on, a package index, or unfinished work."""
    assert re.search(word, page.read_text(encoding="utf-8"), re.IGNORECASE) is None


@pytest.mark.parametrize(
    "command", [*app.COMMANDS, *(f"{group} {name}" for group, (_, names) in app.GROUPS.items() for name in names)]
)
def test_every_command_is_documented(command: str) -> None:
    """Each subcommand has a section in docs/cli.md."""
    assert f"## `callgate {command}`\n" in _read("docs/cli.md")


@pytest.mark.parametrize(
    "table",
    ["RULE_FIELDS", "SECTION_FIELDS", "SETTINGS_FIELDS", "LOGGING_FIELDS", "INCLUDES_FIELDS", "LLM_FIELDS"],
)
def test_every_field_is_documented(table: str) -> None:
    """Each key of a policy file has a row in docs/policy-reference.md."""
    page = _read("docs/policy-reference.md")
    fields: dict[str, schema.Field] = getattr(schema, table)

    assert fields
    assert [name for name in fields if f"\n| `{name}` |" not in page] == []


def test_every_stage_is_documented() -> None:
    """docs/decisions.md and the README list the stages with their numbers and names, those to come as such."""
    rows = {int(number): name.strip() for number, name in TABLE_ROW.findall(_read("docs/decisions.md"))}
    short = re.findall(r"^(\d+)\. (?:\*\*)?([A-Z][a-z -]+)", _read("README.md"), re.MULTILINE)

    assert rows == NAMES
    assert {int(number): name.split(" deny")[0].lower().strip() for number, name in short} == NAMES


def test_stages_to_come_are_said_to_be() -> None:
    """A stage that the engine does not have is called not implemented, and one that it has is not."""
    have = {0} | {stage.number for stage in STAGES}
    for page, form in (("docs/decisions.md", r"^\| {} \|.*"), ("README.md", r"^{}\. .*")):
        for number in NAMES:
            line = re.search(form.replace("{}", str(number)), _read(page), re.MULTILINE)
            assert line
            assert ("ot implemented yet" in line[0]) == (number not in have), line[0]


def test_every_guardrail_is_documented() -> None:
    """Each guardrail, self-protection included, has a row in docs/guardrails.md, and no other has."""
    rows = re.findall(r"^\| `([a-z-]+)` \| [^|]+ \| [^|]+ \|$", _read("docs/guardrails.md"), re.MULTILINE)

    assert sorted(rows) == sorted(entry.id for entry in catalogue())


def test_every_guardrail_has_an_example() -> None:
    """docs/guardrails.md shows at least one call for each guardrail (the examples are run by test_examples)."""
    page = _read("docs/guardrails.md")

    assert [entry.id for entry in catalogue() if f"guardrail `{entry.id}`" not in page] == []


def test_every_protected_file_is_documented() -> None:
    """Each path that self-protection guards is in docs/guardrails.md, as a user would write it."""
    page = _read("docs/guardrails.md").split("## Self-protection")[1]
    here = places({}, home="/nobody/home")
    for path in protected_paths(here, "/nobody/shop", "/nobody/shop", {}, []):
        if "/nobody/" not in path and not path.startswith(("/etc/", "/Library/")):
            continue  # the code, the programs, and real paths: said in words
        known = path.replace("/nobody/home", "~").replace("/nobody/shop/", "")
        names = {known, known + "/", known.rsplit("/", 1)[-1]}
        assert any(f"`{name}`" in page for name in names), path


def test_every_profile_is_documented() -> None:
    """The README names each shipped profile and template."""
    readme = _read("README.md")

    assert [name for name in pack_names() if f"`{name}`" not in readme and f"template {name}`" not in readme] == []


def test_the_number_of_programs_is_about_right() -> None:
    """The page says how many program names there are, and that is within a tenth of the truth."""
    told = re.search(r"about (\d+) program names", _read("docs/decisions.md"))
    count = len(" ".join(FAMILIES.values()).split())
    assert told
    assert abs(int(told[1]) - count) <= count / 10


def test_the_policies_of_the_pages_are_good() -> None:
    """Every TOML block of the pages loads, without a warning but those that the page means to cause."""
    meant = ('`shell = "raw"`', "the rule has expired")
    blocks = [block for name in ("README.md", "docs/decisions.md")
              for block in re.findall(r"^```toml\n(.*?)^```$", _read(name), re.MULTILINE | re.DOTALL)]  # fmt: skip

    assert len(blocks) >= 6
    for block in blocks:
        warnings = [problem.message for problem in load_text(block).warnings]
        assert [each for each in warnings if not each.startswith(meant)] == []


@pytest.mark.parametrize("tool", sorted(path.name for path in (ROOT / "tools").glob("*_reference.py")))
def test_a_generated_page_says_when_it_is_out_of_date(tool: str, tmp_path: Path) -> None:
    """A generator's check passes on the page as it stands, and fails on one that was changed by hand."""
    (tmp_path / "tools").mkdir()
    (tmp_path / "docs").mkdir()
    copy = tmp_path / "tools" / tool
    copy.write_text(_read(f"tools/{tool}"))

    def run(*arguments: str) -> int:
        return subprocess.run(
            [sys.executable, copy, *arguments], capture_output=True, timeout=60, check=False
        ).returncode

    assert run() == 0
    assert run("--check") == 0
    page = next((tmp_path / "docs").iterdir())
    assert page.read_text(encoding="utf-8") == _read(f"docs/{page.name}")
    page.write_text("changed by hand\n")
    assert run("--check") == 1


def test_variables_that_are_not_believed_are_documented() -> None:
    """docs/decisions.md names each variable that project settings may not set for the gate."""
    assert [name for name in MOVES_THE_GATE if f"`{name}`" not in _read("docs/decisions.md")] == []


def test_every_part_of_the_package_is_in_the_architecture() -> None:
    """docs/architecture.md names each package and module of the top level."""
    page = _read("docs/architecture.md")
    parts = [
        path for path in (ROOT / "src" / "callgate").iterdir() if path.name[0] not in "_." and path.suffix != ".typed"
    ]

    assert [path.name for path in parts if f"`{path.name}{'/' if path.is_dir() else ''}`" not in page] == []


def test_paths_of_the_architecture_exist() -> None:
    """A source file that docs/architecture.md names is there."""
    page = FENCE.sub("", _read("docs/architecture.md"))
    named = re.findall(r"`((?:[a-z_]+/)+(?:[a-z_]+\.py)?)`", page) + re.findall(r"`(tests/[a-z_/]+\.py)`", page)
    bases = (ROOT, ROOT / "src" / "callgate")

    assert len(named) > 20
    assert [each for each in named if not any((base / each).exists() for base in bases)] == []
