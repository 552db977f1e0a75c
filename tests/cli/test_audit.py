"""`callgate audit`: verify, search, show, export and archive, and that every change of the gate is audited."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pygit2
import pytest

from callgate.actor import Actor
from callgate.cli import auditing
from callgate.cli.commands.init import Profile, init
from callgate.cli.commands.install import install
from callgate.cli.commands.off import off
from callgate.cli.commands.on import on
from callgate.cli.commands.trust import trust
from callgate.cli.commands.uninstall import uninstall
from callgate.cli.commands.untrust import untrust
from callgate.cli.errors import UsageError
from callgate.cli.main import run
from callgate.host import Places, places
from callgate.journal import audit
from callgate.policy.loader import read_trust

NOW = time.time()
DAY = 86_400.0
AGENT = Actor("bot", "agent", "codex", ("the environment has CODEX_CI",), "u", 1, 2, "h")
HOSTILE = "\x1b[2J[red]x[/]\u202egnp.exe\r\n=1+1"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    """A home directory with a project in it, as the working directory."""
    project = tmp_path / "project"
    (project / ".git").mkdir(parents=True)
    (project / ".callgate.toml").write_text('[[allow]]\nid = "ls"\ncommand = "ls"\n')
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.chdir(project)
    return places(os.environ)


def fill(here: Places, count: int, *, target: str = "/p/x.toml", start: float = NOW - 10 * DAY + 3600) -> list[str]:
    """Append *count* entries, a day apart, and return their hashes."""
    return [
        audit.append(here.audit_log, audit.AuditEntry("trust", target, [f"Trusted {n}"]), now=start + n * DAY)
        for n in range(count)
    ]


def told(here: Places) -> list[tuple[str, str, bool]]:
    """(operation, phase, success) of every entry; the log must be whole."""
    assert audit.verify(here.audit_log) == []
    return [(one["operation"], one.get("phase", ""), one["success"]) for one in audit.read(here.audit_log)]


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    """Exit code and JSON of a command of `callgate audit`."""
    capsys.readouterr()
    code = run(["audit", *words])
    return code, json.loads(capsys.readouterr().out)


def commit(folder: Path, message: str, *, email: str = "me@example.invalid", when: int = 0) -> pygit2.Repository:
    """A commit with *message* in the repository at *folder*, which is made when missing."""
    known = (folder / ".git" / "HEAD").exists()
    repository = pygit2.Repository(str(folder)) if known else pygit2.init_repository(str(folder))
    repository.config["user.name"] = "Me"
    repository.config["user.email"] = "me@example.invalid"
    by = pygit2.Signature("X", email, when or int(NOW))
    parents = [] if repository.head_is_unborn else [repository.head.target]
    repository.create_commit("HEAD", by, by, message, repository.index.write_tree(), parents)
    return repository


# Every change is audited


def test_each_command_leaves_its_entries(here: Places) -> None:
    """What loosens leaves `begun` and `done`, what tightens one entry; who asked and what was done stand in them."""
    on()
    assert told(here) == []
    off()
    on()
    trust()
    untrust()
    init(Profile.standard)
    install("claude-code")
    uninstall("claude-code")
    assert told(here) == [
        ("switch_off", "", True),
        ("switch_on", "begun", False), ("switch_on", "done", True),
        ("trust", "begun", False), ("trust", "done", True),
        ("untrust", "", True),
        ("init", "begun", False), ("init", "done", True),
        ("install", "", True),
        ("uninstall", "begun", False), ("uninstall", "done", True),
    ]  # fmt: skip
    entries = audit.read(here.audit_log)
    assert all(entry["actor"]["pid"] == os.getpid() and entry["applied_by"] for entry in entries)
    assert entries[4]["begun"] == entries[3]["hash"]
    assert entries[4]["target_file"].endswith("project/.callgate.toml")
    assert "sha256" in entries[4]["changes"][0]
    assert entries[0]["changes"] == ["Auto-approval is off until `callgate on`"]


def test_the_name_that_is_claimed_is_kept_beside_the_process(here: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who calls themselves by another name still shows the agent that the environment tells of."""
    monkeypatch.setenv("DECISION_REVIEWER_APPLIED_BY", "Ada")
    monkeypatch.setenv("CLAUDECODE", "1")
    off()
    (entry,) = audit.read(here.audit_log)
    assert entry["applied_by"] == "Ada"
    assert (entry["actor"]["kind"], entry["actor"]["agent"]) == ("agent", "claude-code")


def test_what_changes_nothing_leaves_no_entry(here: Places) -> None:
    """Doing a thing a second time, a dry run and a refused `init` are no changes."""
    off()
    trust()
    init()
    install("claude-code")
    before = told(here)
    off()
    off("10m")
    trust()
    trust(list_them=True)
    install("claude-code")
    uninstall("claude-code", dry_run=True)
    with pytest.raises(UsageError, match="exists already"):
        init()
    assert told(here) == before
    untrust()
    untrust()
    uninstall("claude-code")
    uninstall("claude-code")
    assert len(told(here)) == len(before) + 1 + 2


def test_a_change_that_fails_says_so(here: Places) -> None:
    """When the change itself fails, the second entry says that it did, and why."""
    Path(here.switch_file).mkdir(parents=True)
    with pytest.raises(UsageError, match="cannot remove"):
        on()
    assert told(here) == [("switch_on", "begun", False), ("switch_on", "failed", False)]
    last = audit.read(here.audit_log)[-1]
    assert "cannot remove" in last["reason"]
    assert last["begun"] == last["prev"]


@pytest.fixture
def no_log(here: Places) -> Places:
    """A world in which the audit log cannot be written."""
    Path(here.audit_log).mkdir(parents=True)
    return here


def test_nothing_is_loosened_without_a_trace(no_log: Places, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the log cannot be written, `trust`, `on`, `init` and `uninstall` fail and leave everything as it was."""
    off()
    install("claude-code")
    settings = Path(no_log.home, ".claude/settings.json")
    before = settings.read_bytes()
    for loosen in (trust, on, init, lambda: uninstall("claude-code")):
        with pytest.raises(UsageError, match="cannot write the audit log") as caught:
            loosen()
        assert caught.value.help.startswith("nothing was changed")
    assert settings.read_bytes() == before
    assert Path(no_log.switch_file).exists()
    assert not Path(no_log.user_policy).exists()
    assert read_trust(no_log.trust_file) == {}
    assert "warning: the audit log" in capsys.readouterr().err


def test_tightening_is_never_stopped(here: Places, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the log cannot be written, `off`, `untrust` and `install` do their work and warn."""
    trust()
    os.unlink(here.audit_log)
    Path(here.audit_log).mkdir()
    assert off() == untrust() == install("claude-code") == 0
    assert Path(here.switch_file).exists()
    assert read_trust(here.trust_file) == {}
    assert Path(here.home, ".claude/settings.json").exists()
    assert capsys.readouterr().err.count("warning: the audit log") == 3


def test_a_result_that_cannot_be_written_is_a_warning(here: Places, capsys: pytest.CaptureFixture[str]) -> None:
    """When only the second entry fails, the change is done, its beginning is on record, and the user is told."""
    with auditing.loosening("trust", "/x", ["y"]):
        kept = Path(here.audit_log).read_bytes()
        os.unlink(here.audit_log)
        Path(here.audit_log).mkdir()
    assert "warning: the audit log" in capsys.readouterr().err
    assert json.loads(kept)["phase"] == "begun"


# The commands


def test_verify(here: Places, capsys: pytest.CaptureFixture[str]) -> None:
    """A whole log is exit code 0; an edited entry is 1, with its line, number and time, and what is wrong."""
    assert run(["audit", "verify"]) == 0
    assert "the audit log is whole: 0 entries; 0 heads in commits" in capsys.readouterr().out
    fill(here, 3)
    assert run(["audit", "verify"]) == 0
    assert "the audit log is whole: 3 entries" in capsys.readouterr().out
    path = Path(here.audit_log)
    path.write_bytes(path.read_bytes().replace(b"Trusted 1", b"Trusted 9"))
    assert run(["audit", "verify"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("fault  line 2, entry 2, 20")
    assert lines[0].endswith("Z: edited: its content does not give its hash")
    assert lines[1].startswith(f"1 fault in {path}: 3 entries")
    code, value = answer(capsys, "verify", "--json")
    assert code == 1
    assert (value["ok"], value["entries"], value["log"]) == (False, 3, str(path))
    assert (value["faults"][0]["line"], value["faults"][0]["sequence"]) == (2, 2)


def test_verify_finds_what_commits_name(here: Places, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Heads in commits of the repository of a changed file are found on every branch and after a reset."""
    repo = tmp_path / "dotfiles"
    hashes = fill(here, 4, target=str(repo / "gone" / "policy.toml"))
    commit(repo, f"feat(config): x\n\n{audit.trailers(hashes[0])}")
    made = commit(repo, f"feat(config): y\n\nAudit-Head: {hashes[3]}\n")
    first = made.revparse_single("HEAD~1").id
    made.references.create("refs/heads/other", made.revparse_single("HEAD").id)
    made.reset(first, pygit2.enums.ResetMode.HARD)
    commit(repo, f"feat(config): z\n\nAudit-Head: {'a' * 64}\nAudit-Log: {'b' * 16}\n")
    commit(repo, f"feat(config): z\n\nAudit-Head: {'c' * 64}\n", email="colleague@example.invalid")
    code, value = answer(capsys, "verify", "--json")
    assert (code, value["anchors"]) == (0, 2)
    assert str(repo) + "/.git/" in value["repositories"]
    assert "2 heads in commits are of other people's" in value["notes"][0]["problem"]
    path = Path(here.audit_log)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:3]))
    Path(here.audit_head).write_text(json.dumps({"count": 3, "hash": hashes[2]}))
    code, value = answer(capsys, "verify", "--json")
    assert code == 1
    assert "the log has no such entry" in value["faults"][0]["problem"]
    assert run(["audit", "verify", "--no-git"]) == 0
    path.unlink()
    Path(here.audit_head).unlink()
    assert answer(capsys, "verify", "--json")[0] == 0
    code, value = answer(capsys, "verify", "--json", "--repo", str(repo))
    assert code == 1
    assert all("there is no log" in fault["problem"] for fault in value["faults"])


def test_odd_repositories_are_no_obstacle(here: Places, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A repository without commits, a broken one and a place that is none are passed over; no program of one runs."""
    empty = tmp_path / "empty"
    pygit2.init_repository(str(empty))
    broken = tmp_path / "broken"
    commit(broken, "x")
    (broken / ".git" / "HEAD").write_text("ref: refs/heads/gone\n")
    (broken / ".git" / "refs" / "heads" / "junk").write_text("not a hash\n")
    evil = tmp_path / "evil"
    commit(evil, f"x\n\nAudit-Head: {'d' * 64}\n")
    (evil / ".git" / "config").write_text(
        "[user]\nemail = me@example.invalid\nname = Me\n"
        f"[core]\nfsmonitor = touch {tmp_path}/ran\npager = touch {tmp_path}/ran\n"
        f"[log]\nshowSignature = true\n[gpg]\nprogram = touch {tmp_path}/ran\n"
    )
    fill(here, 1, start=NOW - DAY)
    words = [word for place in (empty, broken, evil, tmp_path / "none", Path("/")) for word in ("--repo", str(place))]
    code, value = answer(capsys, "verify", "--json", *words)
    assert code == 1, value
    (fault,) = value["faults"]
    assert f" in {evil}/ names entry {'d' * 12}: the log has no such entry" in fault["problem"]
    assert not (tmp_path / "ran").exists()


def test_search(here: Places, capsys: pytest.CaptureFixture[str]) -> None:
    """The list is newest first, shows what came of each change and who asked, and takes every filter."""
    fill(here, 2)
    entry = audit.AuditEntry("add_rule", "/p/y.toml", ["Added rule 'z'"], actor=AGENT, dry_run=True)
    audit.append(here.audit_log, entry, now=NOW - 60)
    assert run(["audit", "search"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["entry", "time", "(UTC)", "operation", "state", "by", "what"]
    assert [line.split()[0] for line in lines[1:]] == ["3", "2", "1"]
    assert "dry run  bot (agent codex)  Added rule 'z'" in lines[1]
    for words, found in (
        (["RULE"], [3]), (["--operation", "trust"], [2, 1]), (["--by", "codex"], [3]), (["--by", "agent"], [3]),
        (["--target", "x.toml"], [2, 1]), (["--since", "1h"], [3]), (["--until", "8d"], [2, 1]),
        (["--limit", "1"], [3]), (["nothing like it"], []),
    ):  # fmt: skip
        code, value = answer(capsys, "search", "--json", *words)
        assert (code, [one["sequence"] for one in value["results"]]) == (0, found), words
    with auditing.loosening("init", "/x", ["Wrote it"]):
        assert run(["audit", "search", "--operation", "init"]) == 0
        assert " begun " in capsys.readouterr().out
    assert run(["audit", "search", "--operation", "init"]) == 0
    (_, line) = capsys.readouterr().out.splitlines()
    assert line.startswith("5 ")
    assert " done " in line
    assert run(["audit", "search", "nothing like it"]) == 0
    assert capsys.readouterr().out == "no entry of the audit log is like that\n"


def test_show(here: Places, capsys: pytest.CaptureFixture[str]) -> None:
    """An entry is found by number or hash and shown with its difference; nothing, or more than one, is refused."""
    diff = "--- a\n+++ b\n@@ -1 +1 @@\n-old\n+new"
    entry = audit.AuditEntry(
        "add_rule", "/p/y.toml", ["Added rule 'z'"], actor=AGENT, reason="tests ask too often", rule_ids=["z"],
        diff=diff, impact={"newly_allowed": 31},
    )  # fmt: skip
    head = audit.append(here.audit_log, entry, now=NOW)
    assert run(["audit", "show", "1"]) == 0
    out = capsys.readouterr().out
    assert out.endswith(diff + "\n")
    for line in (
        "  operation     add_rule, done", "  by            bot (agent codex)", "  change        Added rule 'z'",
        "  reason        tests ask too often", "  impact        newly_allowed: 31", f"  hash          {head}",
    ):  # fmt: skip
        assert f"{line}\n" in out
    assert answer(capsys, "show", head[:8], "--json") == (0, audit.read(here.audit_log)[0])
    for name in ("2", "zzzz", "", "abc"):
        assert run(["audit", "show", name]) == 64
        assert "no entry of the audit log is" in capsys.readouterr().err
    Path(here.audit_log).write_bytes(Path(here.audit_log).read_bytes() * 2)
    assert run(["audit", "show", "1"]) == 64
    assert "may be 2 entries" in capsys.readouterr().err


def test_export(here: Places, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """JSON is what the log holds, oldest first; CSV has a head line and one line for each entry."""
    fill(here, 3)
    assert run(["audit", "export"]) == 0
    assert json.loads(capsysbinary.readouterr().out) == audit.read(here.audit_log)
    assert run(["audit", "export", "--format", "csv", "--since", "9d"]) == 0
    lines = capsysbinary.readouterr().out.decode().split("\r\n")
    assert lines[0].startswith("sequence,timestamp,operation,")
    assert len(lines) == 1 + 2 + 1


def test_archive(here: Places, capsys: pytest.CaptureFixture[str]) -> None:
    """Old entries move, the checkpoint names who asked, the log stays whole; with faults nothing is moved."""
    fill(here, 4)
    assert run(["audit", "archive", "--before", "1000d"]) == 0
    assert capsys.readouterr().out == "no entry is that old: nothing was moved\n"
    assert run(["audit", "archive", "--before", "8d"]) == 0
    assert capsys.readouterr().out.startswith("archived entries 1-2 in ")
    entries = audit.read(here.audit_log)
    assert [one["sequence"] for one in entries] == [1, 2, 3, 4, 5]
    assert entries[-1]["actor"]["pid"] == os.getpid()
    assert run(["audit", "verify"]) == 0
    assert "5 entries, 1 archive;" in capsys.readouterr().out
    path = Path(here.audit_log)
    path.write_bytes(path.read_bytes().replace(b"Trusted 3", b"Trusted 8"))
    before = path.read_bytes()
    assert run(["audit", "archive", "--before", "1s"]) == 1
    assert "archiving would bury them" in capsys.readouterr().err
    assert path.read_bytes() == before
    assert run(["audit", "archive", "--before", "0s", "--despite-faults"]) == 0
    assert run(["audit", "verify"]) == 0
    assert "known faults" in capsys.readouterr().out


def test_hostile_entries_draw_nothing(here: Places, capsys: pytest.CaptureFixture[str]) -> None:
    """Control characters, markup and overrides of an entry, of junk lines and of odd types are shown as escapes."""
    actor = AGENT._replace(claimed=HOSTILE, agent=HOSTILE, evidence=(HOSTILE,))
    entry = audit.AuditEntry(
        HOSTILE, HOSTILE, [HOSTILE], actor=actor, reason=HOSTILE, diff=HOSTILE, details={HOSTILE: 1}
    )
    audit.append(here.audit_log, entry, now=NOW)
    odd = {
        "hash": "a" * 64, "prev": "b" * 64, "sequence": 2, "timestamp": HOSTILE, "operation": [HOSTILE], "changes": 7,
        "actor": HOSTILE, "diff": 3, "applied_by": None, "log": 4, "continuity": {"head": {"state": HOSTILE}},
        "checkpoint": {"file": 3},
    }  # fmt: skip
    path = Path(here.audit_log)
    for record in (odd, {**odd, "operation": "checkpoint", "sequence": 3}, {**odd, "sequence": 4, "continuity": []}):
        with path.open("a") as stream:
            stream.write(json.dumps(record) + "\n")
    with path.open("ab") as stream:
        stream.write(HOSTILE.encode() + b"\n\xff\x00\n")
    for words in (["verify"], ["search"], ["show", "1"], ["show", "2"], ["show", "3"], ["verify", "--json"]):
        assert run(["audit", *words]) in {0, 1}
        captured = capsys.readouterr()
        shown = captured.out + captured.err
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert "\r" not in shown
    run(["audit", "show", "1"])
    assert "\\u001b[2J[red]x[/]\\u202egnp.exe" in capsys.readouterr().out


def test_what_is_wrong_is_said(here: Places, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A log that is not there, one that cannot be read, and a time that is none have messages and exit codes."""
    assert run(["audit", "verify", "--log", str(tmp_path / "none")]) == 64
    assert "there is no audit log" in capsys.readouterr().err
    assert run(["audit", "search", "--since", "soon"]) == 64
    assert "`--since` must be a time" in capsys.readouterr().err
    for words in (["verify"], ["search"], ["show", "1"], ["export"]):
        assert run(["audit", *words, "--log", str(tmp_path)]) == 65
        assert "cannot be read" in capsys.readouterr().err
    fill(here, 1)
    copy = tmp_path / "copy.log"
    copy.write_bytes(Path(here.audit_log).read_bytes())
    assert run(["audit", "verify", "--log", str(copy)]) == 1
    assert "there is no head file" in capsys.readouterr().out
