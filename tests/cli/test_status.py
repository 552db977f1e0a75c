"""`callgate status`: golden pages for every state of the daemon, JSON, metrics, hostile texts.

`UPDATE_GOLDEN=1 pytest tests/cli/test_status.py` rewrites the pages in tests/cli/golden; read the difference.
"""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
from made_reports import made
from rich.console import Console

from callgate.cli import daemons, main, status_text
from callgate.daemon.asking import NoDaemonError
from callgate.daemon.runtime import Runtime

GOLDEN = Path(__file__).parent / "golden"
HOSTILE = "\x1b[2J\x1b]0;x\x07[red]x[/red]\u202e\nok    daemon  all is well"

FAULT = "/home/me/shop/.callgate.toml:3:1: error: unknown field `alow`\n    alow = 1\n    ^\n  help: mend it"

REPORTS: dict[str, dict[str, Any]] = {
    "running": made(),
    "just-started": made(
        uptime_seconds=0.4, idle_seconds=0.0, calls=0, decisions={}, events=0, policies=[],
        journal={"written": 0}, connections={"total": 1}, latency_us={"p50": 0, "p95": 0, "p99": 0},
    ),
    "broken-policy": made(
        policies=[{"cwd": "/home/me/shop", "home": "/home/me", "config": "", "revision": "c83b0f052de8", "fault": FAULT,
                   "loads": 3}],
    ),
    "outdated-code": made(outdated=True, unanswered={"another build": 3, "not a frame of this version": 1}),
    "other-build": made(build="1.2.2 /opt/callgate/lib/python3.12/site-packages/callgate"),
    "lost-lines": made(
        journal={"written": 1_100, "backlog": 20, "lost": 100, "waiting_bytes": 81_234, "missing_before": 20},
        memory_bytes=93_500_000,
        errors=[
            {"at": "2026-11-21T09:00:00.000Z", "text": "a decision took longer than 0.2 s", "count": 1},
            {"at": "2026-11-21T10:00:00.000Z", "text": "log `/var/full/x.jsonl`: No space left on device", "count": 57},
        ],
    ),
    "lane": made(
        http={"on": True, "port": 23456, "fault": "", "requests": 1_234, "refused": {"no token": 2}, "handed_on": 1,
              "connections": {"open": 1, "total": 3}},
    ),
    "lane-not-served": made(
        http={"on": False, "fault": "another process has the port"},
    ),
    "hostile": made(
        version=HOSTILE, socket=HOSTILE, decisions={HOSTILE: 1_240}, unanswered={HOSTILE: 1}, build=HOSTILE,
        policies=[{"cwd": HOSTILE, "home": "/", "config": HOSTILE, "revision": HOSTILE, "fault": HOSTILE, "loads": 1}],
        errors=[{"at": HOSTILE, "text": HOSTILE, "count": 2}],
    ),
}  # fmt: skip


def golden(name: str, text: str) -> None:
    """Compare with a page."""
    path = GOLDEN / f"status-{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def answer(patch: pytest.MonkeyPatch, report: dict[str, Any]) -> None:
    """Have the daemon answer with *report*."""
    patch.setattr(daemons, "report_of", lambda _: report)


@pytest.mark.parametrize("name", REPORTS)
def test_the_page_is_the_golden_one(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A daemon that answers, in every state that a person must tell apart."""
    answer(monkeypatch, REPORTS[name])
    assert main.run(["status"]) == 0
    text = capsys.readouterr().out
    golden(name, text)
    assert all(char == "\n" or char.isprintable() for char in text)
    assert "\nok " not in text


def _silent(files: Runtime) -> dict[str, Any]:
    raise NoDaemonError(f"the daemon at {files.socket} does not answer: timed out")


@pytest.mark.parametrize(("name", "running", "pid"), [("none", False, 99), ("silent", True, 99), ("starting", True, 0)])
def test_no_answer_is_told_by_its_kind(
    name: str, running: bool, pid: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """None runs, one is stuck, one is only starting: exit code 1, and what to do. A stale process id is not shown."""
    monkeypatch.setattr(daemons, "report_of", _silent)
    monkeypatch.setattr(daemons, "running", lambda _: running)
    monkeypatch.setattr(daemons, "pid_of", lambda _: pid)
    assert main.run(["status", "--socket", "/run/x/gate.sock"]) == 1
    golden(name, capsys.readouterr().out)
    assert main.run(["status", "--socket", "/run/x/gate.sock", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    why = "the daemon at /run/x/gate.sock does not answer: timed out"
    assert found == {"running": running, "pid": (pid or None) if running else None, "error": why}


def test_json_is_the_report(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """One line of ASCII, whatever is in it."""
    answer(monkeypatch, REPORTS["hostile"])
    assert main.run(["status", "--json"]) == 0
    text = capsys.readouterr().out
    assert json.loads(text) == REPORTS["hostile"]
    assert text.isascii()
    assert text.count("\n") == 1


def test_on_a_terminal_no_text_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """With colours the only escapes are ours."""
    screen = io.StringIO()
    out = Console(file=screen, force_terminal=True, color_system="standard", markup=False, width=200, soft_wrap=True)
    monkeypatch.setattr(status_text, "console", lambda **_: out)
    status_text.show(REPORTS["hostile"])
    text = screen.getvalue()
    assert "\x1b[2J" not in text
    assert "\x1b]" not in text
    assert "\u202e" not in text
    assert "[red]x[/red]" in text


def test_two_forms_at_once_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """And so is a socket whose path is not whole."""
    assert main.run(["status", "--json", "--metrics"]) == 64
    assert main.run(["status", "--socket", "gate.sock"]) == 64
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.9, "59 s"), (60, "1 min"), (61, "1 min 1 s"), (3_600, "1 h"), (3_661, "1 h 1 min"),
     (86_400 * 3 + 3_600 * 4 + 59, "3 d 4 h"), (86_460, "1 d 1 min"), (-5, "0 s")],
)  # fmt: skip
def test_durations(seconds: float, text: str) -> None:
    """The two largest units that matter."""
    assert status_text.duration(seconds) == text
