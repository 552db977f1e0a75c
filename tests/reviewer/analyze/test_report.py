"""The report of `analyze`: what each part says about a small log, and the page that shows it."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from learning_lab import Lab

from callgate.core.model import ToolCall
from callgate.reviewer.analyze.page import page
from callgate.reviewer.analyze.report import analyse

if TYPE_CHECKING:
    from pathlib import Path

POLICY = """
[[allow]]
id = "reads"
operations = ["read"]
path = "<project>/**"

[[allow]]
id = "reads-sources"
operations = ["read"]
path = "<project>/**"

[[allow]]
id = "deploys"
command = "acme deploy *"

[[allow]]
id = "never"
command = "nobody calls this"

[[deny]]
id = "no-push"
command = "git push *"

[[deny]]
id = "no-push-main"
command = "git push * main"
"""


def small(tmp_path: Path, policy: str = POLICY) -> Lab:
    """A log with something for every part."""
    lab = Lab(tmp_path, policy)
    lab.log("cat README.md", 5)
    lab.log("acme deploy production", 2)
    lab.log("git push origin main", 3)
    lab.log("python x.py", 4, session="same")
    for name in "abcdef":
        lab.log(f"pytest tests/test_{name}.py", 2)
    return lab


def report_of(lab: Lab) -> dict[str, Any]:
    """The report, after a trip through JSON: everything in it is a JSON value."""
    report: dict[str, Any] = json.loads(json.dumps(analyse(lab.judge, lab.gathered())))
    return report


def test_each_part_says_what_the_log_holds(tmp_path: Path) -> None:
    """Gaps, repeats, risky allows, idle and shaded rules, savings: all counted from the same calls."""
    report = report_of(small(tmp_path))
    assert report["window"]["decisions"] == 26
    assert report["gaps"]["total"] == 16
    assert {one["pattern"]: one["count"] for one in report["gaps"]["clusters"]} == {
        "pytest tests/test_*.py": 12, "python x.py": 4,
    }  # fmt: skip
    first = report["repeats"][0]
    assert (first["call"], first["prompts"], first["sessions"]) == ("python x.py", 4, 1)
    assert report["repeats"][1]["suggested"] == "run-pytest"
    assert [(one["call"], one["rule"]) for one in report["risky"]] == [("acme deploy production", "deploys")]
    assert [one["id"] for one in report["unused"]] == ["never"]
    assert {one["id"]: one["shadowed_by"] for one in report["shadowing"]} == {
        "reads-sources": [{"id": "reads", "count": 5}], "no-push-main": [{"id": "no-push", "count": 3}],
    }  # fmt: skip
    saved = report["savings"]
    assert (saved["allowed"], saved["denied"], saved["prompts"]) == (7, 3, 16)
    assert saved["suggested"] == [{"id": "run-pytest", "prompts": 12, "per_week": 84.0, "left": 4}]


def test_seconds_per_prompt_is_an_assumption_that_can_be_changed(tmp_path: Path) -> None:
    """Hours are prompts times what a prompt is said to cost."""
    lab = small(tmp_path)
    report = analyse(lab.judge, lab.gathered(), seconds_per_prompt=3_600)
    assert report["savings"]["hours_saved"] == 7
    assert report["savings"]["hours_prompted"] == 16
    assert report["savings"]["hours_suggested"] == 12


def test_an_empty_log_has_a_report(tmp_path: Path) -> None:
    """No decisions: no numbers are made up, and the page still stands."""
    lab = Lab(tmp_path)
    lab.file.touch()
    report = report_of(lab)
    assert report["gaps"] == {"total": 0, "share": 0.0, "clusters": [], "left_out": []}
    assert "no decisions" in page(report)


class _Page(HTMLParser):
    """Collects what a browser would act on."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.policy = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag and its attributes."""
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        given = dict(attrs)
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"] or ""


HOSTILE = [
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</style><script>x</script>", "</pre></svg><b>",
    "\x1b[31mred\x1b[0m", "\u202egnp.exe", "&lt;b&gt;", "javascript:alert(1)", "<!--", "]]>", "{{7*7}}", "a\x00b",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_from_the_log_becomes_markup(tmp_path: Path, text: str) -> None:
    """Commands, tools, files and sessions may hold anything: the page shows it, and has only its own elements."""
    lab = Lab(tmp_path)
    lab.log(f"acme {text}", 5)
    lab.log(f"cat {text}", 5)
    lab.log(ToolCall("Write", {"file_path": f"/srv/app/src/{text}.py", "content": ""}, "/srv/app"), 5)
    lab.log(ToolCall(f"mcp__{text}__get_x", {"a": text}, "/srv/app"), 5)
    shown = page(report_of(lab))
    found = _Page()
    found.feed(shown)
    assert found.tags <= {
        "html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "p", "table", "tr", "th", "td", "code",
        "pre", "ul", "li", "span", "svg", "text", "rect",
    }  # fmt: skip
    assert not [name for name, _ in found.attributes if name.startswith("on") or name in {"src", "href", "style"}]
    assert all(char.isprintable() or char == "\n" for char in shown)


def test_the_page_loads_and_runs_nothing(tmp_path: Path) -> None:
    """Its policy forbids everything but the one style sheet that it holds, named by its hash; no address is in it."""
    shown = page(report_of(small(tmp_path)))
    found = _Page()
    found.feed(shown)
    sheet = re.search(r"<style>(.*)</style>", shown, re.DOTALL)
    assert sheet is not None
    digest = b64encode(sha256(sheet[1].encode()).digest()).decode()
    assert found.policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "url(" not in shown
    assert "@import" not in shown
    assert "<script" not in shown
    assert shown.count("<svg") == 3
    assert "pytest tests/test_*.py" in shown


def test_a_huge_text_is_clipped(tmp_path: Path) -> None:
    """A command of a megabyte takes a line of the page, no more."""
    lab = Lab(tmp_path)
    lab.log("acme " + "x" * 60_000, 5)
    assert len(page(report_of(lab))) < 20_000
