"""`callgate stats`: golden pages, charts, and a page of HTML that no text breaks out of.

`UPDATE_GOLDEN=1 pytest tests/cli/test_stats.py` rewrites the pages in tests/cli/golden; read the difference.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_logs import START, record, write

from callgate.cli import html_page, main
from callgate.cli.charts import bar, sparkline
from callgate.cli.text import width
from callgate.reviewer.logs import sources

GOLDEN = Path(__file__).parent / "golden"

HOSTILE = (
    "</style><script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "\x1b[2J\u202e", "&lt;b&gt;", "]]>",
    "--><svg/onload=x>",
    "[red]x[/red]", "'; url(https://evil.example/x)",
)  # fmt: skip


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The state directory of this test's home; the older hook's logs are elsewhere."""
    monkeypatch.setattr(sources, "OLDER_REVIEW", str(tmp_path / "older-review"))
    monkeypatch.setattr(sources, "OLDER_OPERATIONAL", str(tmp_path / "older-operational"))
    return Path(os.environ["XDG_STATE_HOME"]) / "callgate"


def fill(state: Path) -> Path:
    """Some days of decisions, more by day than by night; hostile texts wherever there is one."""
    records = []
    for hour in range(60):
        for number in range(hour % 24 % 7 + (hour == 59)):
            kind = (hour + number) % 10
            at = START - 3_600 * 60 + 3_600 * hour + number
            decision = "allow" if kind < 6 else "passthrough" if kind < 8 else "deny" if kind < 9 else "ask"
            rule = {"rule_id": f"rule-{kind}"} if decision != "passthrough" else None
            source = "rule" if rule else "passthrough"
            records.append(record(at, f"cmd {kind}", decision=decision, decision_source=source, rule_metadata=rule,
                                  latency_us=10 * (kind + 1)))  # fmt: skip
    for number, text in enumerate(HOSTILE):
        records.append(record(START - 100 + number, text, tool_name=text, decision="deny", decision_source=text,
                              rule_metadata={"rule_id": text}, session_id=text))  # fmt: skip
    return write(state / "review.jsonl", records)


def golden(name: str, text: str) -> None:
    """Compare with a page."""
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_the_page(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Totals, bars, the last day as a sparkline, what is denied and named most, latency."""
    log = fill(state)
    with log.open("ab") as out:
        out.write(b"torn")
    assert main.run(["stats"]) == 0
    text = capsys.readouterr().out
    golden("stats.txt", text)
    assert all(char == "\n" or char.isprintable() for char in text)


def test_nothing_happened(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty log, and a time without decisions, are no error."""
    fill(state)
    assert main.run(["stats", "--until", "2026-01-01", "--since", "2025-01-01"]) == 0
    assert capsys.readouterr().out == "0 decisions  no decisions since 2025-01-01 until 2026-01-01\n"
    write(state / "review.jsonl", [])
    assert main.run(["stats", "--html", "-"]) == 0


def test_json_is_the_answer_of_the_query(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same object that `query` has as its result."""
    fill(state)
    assert main.run(["stats", "--json", "--tool", "Bash"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert main.run(["query", '{"type": "stats", "tool": "Bash"}']) == 0
    assert found == json.loads(capsys.readouterr().out)["result"]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--json", "--html", "x"], 64),
        (["--since", "?"], 64),
        (["--log", "/nowhere"], 65),
        (["--html", "/nowhere/x"], 64),
    ],
)
def test_faults(state: Path, capsys: pytest.CaptureFixture[str], options: list[str], code: int) -> None:
    """Wrong options, no log, a page that cannot be written."""
    fill(state)
    assert main.run(["stats", *options]) == code
    found = capsys.readouterr()
    assert found.out == ""
    assert found.err.startswith("error: ")
    assert "help: " in found.err


class _Page(HTMLParser):
    """What a browser would make of a page, so far as it matters."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str]] = set()
        self.policy = ""
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.add(tag)
        found = dict(attrs)
        if found.get("http-equiv") == "Content-Security-Policy":
            self.policy = found["content"] or ""
        self.attributes.update((name, value or "") for name, value in attrs)

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.text += data


def test_the_html_page_is_closed_in_itself(state: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No script, no address, no style but its own; every text of the log is text."""
    fill(state)
    path = tmp_path / "page.html"
    assert main.run(["stats", "--html", str(path)]) == 0
    assert capsys.readouterr().out == f"wrote {path.stat().st_size:,} bytes to {path}\n"
    assert path.stat().st_mode & 0o777 == 0o600
    text = path.read_text(encoding="utf-8")
    page = _Page()
    page.feed(text)
    assert page.tags == {
        *("html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "ul", "li", "b"),
        *("table", "tr", "th", "td", "svg", "rect"),
    }
    names = {name for name, _ in page.attributes}
    assert not {name for name in names if name.startswith("on") or name in ("src", "href", "style", "xlink:href")}
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert page.policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "url(" not in style[1]
    assert "@import" not in style[1]
    for hostile in HOSTILE[:2]:
        assert hostile in page.text
        assert hostile not in text
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_the_html_page_replaces_and_follows_no_rule_of_a_link(state: Path, tmp_path: Path) -> None:
    """A page that was there is replaced as a whole; a link is written through to where it leads."""
    fill(state)
    target, link = tmp_path / "target.html", tmp_path / "link.html"
    target.write_text("old" * 100_000)
    link.symlink_to(target)
    assert main.run(["stats", "--html", str(link)]) == 0
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8").endswith("</html>\n")


@given(st.text(), st.text())
def test_no_text_becomes_markup(name: str, title: str) -> None:
    """Whatever it is, a page has the tags that it has with plain text, and one line of policy."""
    page, plain = _Page(), _Page()
    page.feed(
        html_page.page(title, html_page.bars(name, [(name, 3), (title, 0)], code=True), html_page.columns([(name, 1)]))
    )
    plain.feed(html_page.page("t", html_page.bars("n", [("n", 3), ("t", 0)], code=True), html_page.columns([("n", 1)])))
    assert page.tags == plain.tags
    assert page.policy == plain.policy


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(1, 60), st.booleans())
def test_bars_are_in_proportion(one: int, other: int, cells: int, unicode: bool) -> None:
    """The largest fills the cells, nothing is longer, more is never shorter, and what is not nothing shows."""
    low, high = sorted((one, other))
    small, large = bar(low, high, cells, unicode=unicode), bar(high, high, cells, unicode=unicode)
    assert width(small) <= width(large) <= cells
    assert bool(small) == (low > 0)
    assert not high or width(large) == cells


@given(st.lists(st.integers(0, 10**6), max_size=48), st.booleans())
def test_a_sparkline_has_a_character_for_each_value(values: list[int], unicode: bool) -> None:
    """Nothing is a blank, and something is not."""
    line = sparkline(values, unicode=unicode)
    assert len(line) == len(values)
    assert [char == " " for char in line] == [value == 0 for value in values]
    assert unicode or line.isascii()
