"""`callgate list`: golden pages, hostile texts, following a real writer.

`UPDATE_GOLDEN=1 pytest tests/cli/test_list.py` rewrites the pages in tests/cli/golden; read the difference.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from made_logs import START, line, record, write

from callgate.cli import main, reviewer
from callgate.reviewer.logs import sources

GOLDEN = Path(__file__).parent / "golden"

HOSTILE = "\x1b[2J\x1b]0;owned\x07\u202eevil [red]x[/red] {tool} %s\nfake  deny\r\ttab \ud800 漢字 e\u0301"


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The state directory of this test's home; the older hook's logs are elsewhere."""
    monkeypatch.setattr(sources, "OLDER_REVIEW", str(tmp_path / "older-review"))
    monkeypatch.setattr(sources, "OLDER_OPERATIONAL", str(tmp_path / "older-operational"))
    return Path(os.environ["XDG_STATE_HOME"]) / "callgate"


def fill(state: Path) -> Path:
    """One decision of each kind, and one whose texts are hostile."""
    none: dict[str, Any] = {"decision": "passthrough", "decision_source": "passthrough", "rule_metadata": None}
    return write(state / "review.jsonl", [
        record(START, "ls -la src"),
        record(START + 61, "cat .env", decision="deny", rule_metadata={"rule_id": "no-secrets-in-any-of-these-files"}),
        record(START + 62, tool_name="Write", tool_input={"file_path": "/p/src/a.py", "content": "x"}, decision="ask",
               rule_metadata={"rule_id": "writes"}),
        record(START + 63, "git push --force origin main", tool_use_id="call-3", **none),
        record(START + 3_664, "rm -rf /", decision="deny", decision_source="guardrail", rule_metadata=None,
               guardrail="destroy"),
        record(START + 3_665, HOSTILE, tool_name=HOSTILE, rule_metadata={"rule_id": HOSTILE}, session_id=HOSTILE),
    ])  # fmt: skip


def golden(name: str, text: str) -> None:
    """Compare with a page."""
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_the_page(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Aligned plain lines, newest last; a hostile call takes one line and nothing of it is obeyed."""
    fill(state)
    assert main.run(["list"]) == 0
    text = capsys.readouterr().out
    golden("list", text)
    assert len(text.splitlines()) == 7
    assert all(char == "\n" or char.isprintable() for char in text)
    assert reviewer.run(["list"]) == 0
    assert capsys.readouterr().out == text


def test_what_a_person_did(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A column of its own, where the journal heard of calls."""
    from callgate.journal.outcomes import input_digest

    fill(state)
    heard = {
        "timestamp": "2026-11-21T10:01:09.000000Z", "session_id": "s1", "tool_name": "Bash", "event": "ran",
        "tool_use_id": "call-3", "input_digest": input_digest({"command": "git push --force origin main"}),
        "attended": True,
    }  # fmt: skip
    requested = {**heard, "event": "requested", "tool_use_id": "", "timestamp": "2026-11-21T10:01:04.000000Z"}
    write(state / "outcomes.jsonl", [requested, heard])
    assert main.run(["list", "-n", "4"]) == 0
    golden("list-people", capsys.readouterr().out)
    assert main.run(["list", "--json", "-n", "3"]) == 0
    rows = [json.loads(one) for one in capsys.readouterr().out.splitlines()]
    assert [row["person"] for row in rows] == ["approved", "unknown", "unknown"]


@pytest.mark.parametrize(
    ("options", "count"),
    [
        ([], 6),
        (["-n", "2"], 2),
        (["-n", "0"], 0),
        (["--decision", "deny"], 2),
        (["--tool", "Write"], 1),
        (["--source", "guardrail"], 1),
        (["--rule", "writes"], 1),
        (["--session", "s1"], 5),
        (["--contains", "git push"], 1),
        (["--needs-review"], 0),
        (["--since", "2026-11-21T11:00:00Z"], 2),
        (["--until", "2026-11-21T10:01:02Z", "--decision", "deny"], 1),
    ],
)
def test_filters(state: Path, capsys: pytest.CaptureFixture[str], options: list[str], count: int) -> None:
    """Each option of its own, as JSON lines in ASCII."""
    fill(state)
    assert main.run(["list", "--json", *options]) == 0
    text = capsys.readouterr().out
    assert text.isascii()
    assert len([json.loads(one)["decision"] for one in text.splitlines()]) == count


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--since", "soon"], 64, "`since` must be a time"),
        (["--source", "rules"], 64, "did you mean `rule`?"),
        (["--decision", "maybe"], 64, "maybe"),
        (["--log", "/nowhere/x"], 65, "there is no log `/nowhere/x`"),
        ([], 65, "there is no log yet"),
        (["-n", "-1"], 64, "`-n`"),
    ],
)
def test_faults(state: Path, capsys: pytest.CaptureFixture[str], options: list[str], code: int, said: str) -> None:
    """A wrong option, and a log that is not there."""
    assert not state.exists()
    assert main.run(["list", *options]) == code
    found = capsys.readouterr()
    assert found.out == ""
    assert said in found.err


def test_what_was_skipped_is_said(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On stderr, so that stdout is rows and nothing else."""
    log = fill(state)
    with log.open("ab") as out:
        out.write(b"\xff\n[]\n{\n")
    os.mkfifo(state / "decisions.jsonl")
    assert main.run(["list", "--json"]) == 0
    found = capsys.readouterr()
    assert len(found.out.splitlines()) == 6
    assert "skipped 3 lines: 1 not JSON, 1 not UTF-8, 1 not an object" in found.err
    assert "decisions.jsonl: not a regular file" in found.err


def _following(state: Path, *options: str) -> subprocess.Popen[str]:
    script = "import sys; from callgate.cli.main import run; sys.exit(run(sys.argv[1:]))"
    environ = {"HOME": os.environ["HOME"], "XDG_STATE_HOME": str(state.parent), "PATH": os.environ["PATH"]}
    return subprocess.Popen(
        [sys.executable, "-c", script, "list", "-f", "--json", *options],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ,
    )  # fmt: skip


def _commands(process: subprocess.Popen[str], count: int) -> list[str]:
    assert process.stdout is not None
    return [json.loads(process.stdout.readline())["input"]["command"] for _ in range(count)]


def test_follow_goes_on_through_rotation_until_it_is_interrupted(state: Path) -> None:
    """Old decisions first, then those to come, filtered; Ctrl-C ends it as it ends everything."""
    log = write(state / "review.jsonl", [record(START, "first")])
    process = _following(state, "--tool", "Bash")
    try:
        assert _commands(process, 1) == ["first"]
        with log.open("ab") as out:
            out.write(line(record(START + 1, "second")) + b"\n" + line(record(START + 2, tool_name="Read")) + b"\n")
        assert _commands(process, 1) == ["second"]
        log.rename(log.with_name("review.jsonl.20261121T100005Z"))
        write(log, [record(START + 3, "third")])
        assert _commands(process, 1) == ["third"]
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        assert process.communicate()[1] == ""
    finally:
        process.kill()
        process.communicate(timeout=60)


def test_follow_waits_for_the_first_decision(state: Path) -> None:
    """There need be no log yet; who reads no longer ends it."""
    process = _following(state)
    try:
        time.sleep(0.5)
        write(state / "review.jsonl", [record(START, "first")])
        assert _commands(process, 1) == ["first"]
        assert process.stdout is not None
        process.stdout.close()
        with (state / "review.jsonl").open("ab") as out:
            out.write(line(record(START + 1, "second")) + b"\n")
        assert process.wait(60) == 141
    finally:
        process.kill()
        process.wait(60)
        if process.stderr is not None:
            process.stderr.close()


def test_on_a_terminal_a_line_fits(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut to its width, with colours that hostile text cannot end."""
    import pty

    fill(state)
    leader, follower = pty.openpty()
    script = "import sys; from callgate.cli.main import run; sys.exit(run(sys.argv[1:]))"
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "xterm-256color")
    process = subprocess.Popen([sys.executable, "-c", script, "list"], stdout=follower, stderr=follower)
    os.close(follower)
    pieces = []
    try:
        while piece := os.read(leader, 65_536):
            pieces.append(piece)
    except OSError:  # the other end is closed
        pass
    os.close(leader)
    assert process.wait(60) == 0
    lines = b"".join(pieces).decode().replace("\r\n", "\n").splitlines()
    plain = [re.sub(r"\x1b\[[0-9;]*m", "", one) for one in lines]
    assert any(one != bare for one, bare in zip(lines, plain, strict=True))
    assert len(plain) == 7
    assert all(len(one) <= 100 and one.isprintable() for one in plain)
