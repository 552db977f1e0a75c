"""`callgate history`: the page, JSON, which files; `UPDATE_GOLDEN=1` rewrites the page in tests/cli/golden."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from callgate.cli import main
from callgate.host import places
from callgate.journal import audit
from callgate.reviewer.apply.message import Facts, build

GOLDEN = Path(__file__).parent / "golden/history.txt"
FACTS = Facts(
    "add_rule", "Add allow rule 'run-tests'", ("run-tests",), "agent \x1b[2J\u202e", "2026-11-02T10:00:00Z", "passed",
    "a" * 64, "0123456789abcdef", "the tests ask each time", "newly allows 31 of 1240 calls",
)  # fmt: skip


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A policy file in a repository of two commits with fixed dates, a backup, and an audit log with one of them."""
    path = tmp_path / "project/.callgate.toml"
    path.parent.mkdir()
    monkeypatch.chdir(path.parent)

    def git(*words: str, day: int = 1) -> str:
        date = f"2026-11-{day:02d}T10:00:00+0000"
        environ = {**os.environ, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        return subprocess.run(["git", *words], env=environ, check=True, capture_output=True, text=True).stdout

    git("init", "-q", "-b", "main")
    path.write_text("# one\n")
    git("add", ".")
    git("commit", "-qm", "policy [red]by hand[/red] \x1b[31m\n\nbody\n")
    path.write_text("# two\n")
    git("commit", "-qam", build(FACTS), day=2)
    path.write_text("# three\n")
    git("commit", "-qam", build(FACTS._replace(subject="Add allow rule 'made-up'")), day=3)
    path.with_name(".callgate.toml.20261104T100000Z.bak").write_text("# three\n")
    commit = git("rev-parse", "HEAD~").strip()
    log = Path(os.environ["HOME"]) / ".config/decision-reviewer-audit.log"
    log.parent.mkdir(parents=True)
    entry = {"target_file": str(path), "rollback_info": {"type": "git", "commit": commit}, "success": True}
    log.write_text("torn{\n" + json.dumps(entry) + "\n")
    return path


def test_the_page_is_the_golden_one(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Plain text outside of a terminal; nothing of a message reaches the terminal as more than text."""
    assert main.run(["history", str(policy)]) == 0
    text = capsys.readouterr().out.replace(str(policy.parent), "PROJECT")
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_json_holds_every_field(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Newest first, as `--help` describes it."""
    assert main.run(["history", str(policy), "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["files"]
    assert found["file"] == str(policy)
    assert [row["kind"] for row in found["changes"]] == ["backup", "commit", "commit", "commit"]
    assert [row["audited"] for row in found["changes"]] == [False, False, True, False]
    assert found["changes"][2]["rule_ids"] == ["run-tests"]
    assert main.run(["history", "-n", "1", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["files"][0]["changes"]) == 1


def test_without_a_name_the_files_in_force(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The user's policy and the project's, each under its own head."""
    user = Path(os.environ["HOME"]) / ".config/callgate/policy.toml"
    user.parent.mkdir(parents=True)
    user.write_text("# mine\n")
    assert main.run(["history"]) == 0
    text = capsys.readouterr().out
    assert text.index(str(user)) < text.index(str(policy))
    assert "no change is known" in text


def test_wrong_usage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that nobody knows, a directory, a limit out of range, and no policy at all give 64 and a help line."""
    monkeypatch.chdir(tmp_path)
    for argv in (["nowhere/x.toml"], ["."], ["-n", "0"], []):
        assert main.run(["history", *argv]) == 64
        assert "help: " in capsys.readouterr().err


def test_a_deleted_file_has_a_history(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """That is when it is needed most."""
    policy.unlink()
    assert main.run(["history", str(policy)]) == 0
    assert "Add allow rule 'run-tests'" in capsys.readouterr().out


def test_what_was_archived_is_still_audited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The audit log says who changed a file, also after old entries have moved; an archive that is away is told of."""
    path, log = tmp_path / "policy.toml", places(os.environ).audit_log
    monkeypatch.chdir(tmp_path)
    for number, name in enumerate(("old", "new")):
        entry = audit.AuditEntry("add_rule", str(path), [f"Added {name}"], rollback_info={"type": "backup"})
        audit.append(log, entry, now=number * 86_400.0)

    def rows() -> list[str]:
        assert main.run(["history", str(path), "--json"]) == 0
        return [row["what"] for row in json.loads(capsys.readouterr().out)["files"][0]["changes"]]

    assert rows() == ["Added new", "Added old"]
    archived = audit.archive(log, before=86_400.0, now=2 * 86_400.0)
    assert archived is not None
    assert rows() == ["Added new", "Added old"]
    os.unlink(archived.file)
    assert rows() == ["Added new"]
    assert main.run(["history", str(path)]) == 0
    note = f"of the audit log is not read, so its changes count as not audited: `{os.path.basename(archived.file)}`"
    assert note in capsys.readouterr().out
