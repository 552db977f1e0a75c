"""The audit log: what an entry holds, and what is left to see of crashes, truncation, replacement and archiving."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from callgate.actor import Actor
from callgate.host import places
from callgate.journal import audit
from callgate.journal.audit import store
from callgate.journal.audit.head import Head, write_head
from callgate.journal.audit.place import head_file_of

ALL = audit.Wanted()
NOW = 1_795_255_200.0
DAY = 86_400.0
SECRET = "sk-ant-api03-" + "q" * 40


def fill(path: Path, count: int, *, start: float = NOW, step: float = 60.0) -> list[str]:
    """Append *count* entries and return their hashes."""
    return [
        audit.append(str(path), audit.AuditEntry("trust", f"/p/{n}.toml", [f"Trusted {n}"]), now=start + n * step)
        for n in range(count)
    ]


def problems(path: Path, *anchors: audit.Anchor) -> list[str]:
    """What `verify` finds: `line:problem`."""
    return [f"{fault.line}:{fault.problem}" for fault in audit.verify(str(path), anchors)]


def notes(path: Path, *anchors: audit.Anchor) -> list[str]:
    """What `check` notes: `line:problem`."""
    return [f"{note.line}:{note.problem}" for note in audit.check(str(path), anchors).notes]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a log of the test's own lies."""
    return tmp_path / "audit.log"


def entries(path: Path) -> list[dict[str, Any]]:
    """The lines of the log that are JSON."""
    found = []
    for line in path.read_bytes().splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found


# What an entry holds


def test_an_entry_has_the_fields_of_the_contract(path: Path) -> None:
    """Every field of contract.md section 3 is there, filled or empty, and others when there is something to say."""
    audit.append(str(path), audit.AuditEntry("trust"), now=NOW)
    demanded = {"timestamp", "operation", "applied_by", "target_file", "changes", "validation", "rollback_info",
                "dry_run", "success", "prev", "hash"}  # fmt: skip
    assert set(entries(path)[0]) == demanded | {"sequence", "log"}
    actor = Actor("me", "agent", "codex", ("the environment has CODEX_CI",), "u", 7, 9, "h")
    entry = audit.AuditEntry(
        "add_rule", "/p/x.toml", ["Added"], actor=actor, reason="why", rule_ids=["r"], impact={"calls": 3},
        rollback_info={"type": "git", "commit": "a" * 40}, commit="b" * 40, phase="done", begun="c" * 64,
    )  # fmt: skip
    head = audit.append(str(path), entry, now=NOW + 1)
    last = entries(path)[1]
    assert last["hash"] == head == audit.head(str(path))
    assert last["timestamp"] == "2026-11-21T10:00:01.000000Z"
    assert (last["sequence"], last["prev"]) == (2, entries(path)[0]["hash"])
    assert (last["applied_by"], last["actor"]["kind"], last["actor"]["agent"]) == ("me", "agent", "codex")
    assert (last["commit"], last["rollback_info"]["commit"], last["begun"]) == ("b" * 40, "a" * 40, "c" * 64)
    assert (last["reason"], last["rule_ids"], last["impact"]) == ("why", ["r"], {"calls": 3})


def test_a_record_that_was_kept_for_later_becomes_an_entry(path: Path) -> None:
    """Fields are taken by their names, what has no field or another type is a detail; the change is found by its id."""
    record = {
        "operation": "add_rule", "target_file": "/p", "changes": ["Added"], "success": True,
        "change_id": "0a1b2c3d4e5f6071", "actor": {"claimed": "Ada", "kind": "person"}, "impact": None,
        "reason": 7, "timestamp": "t", "commit": "x y", "validation": {"blocking_passed": True}, "details": {"a": 1},
    }  # fmt: skip
    audit.append(str(path), audit.entry_of(record), now=NOW)
    found = entries(path)[0]
    assert (found["operation"], found["applied_by"], found["changes"]) == ("add_rule", "Ada", ["Added"])
    assert found["validation"] == {"blocking_passed": True}
    assert found["details"] == {"a": 1, "reason": 7, "timestamp": "t"}
    assert (found["change_id"], found["commit"]) == ("0a1b2c3d4e5f6071", "x y")
    assert "reason" not in found
    assert audit.holds(str(path), "0a1b2c3d4e5f6071")
    assert not audit.holds(str(path), "0a1b2c3d4e5f6072")
    path.write_bytes(path.read_bytes().replace(b"Added", b"Adned"))
    assert not audit.holds(str(path), "0a1b2c3d4e5f6071")


def test_the_head_of_an_empty_log_is_an_anchor_that_always_holds(path: Path) -> None:
    """A commit that was made before the first entry names no entry, and says nothing against the log."""
    assert audit.head(str(path)) == audit.GENESIS
    assert problems(path, audit.Anchor(audit.GENESIS, "commit 1 of /p")) == []


def test_secrets_are_masked_before_hashing(path: Path) -> None:
    """A token is nowhere in the file, the mask is recorded, and the entry verifies."""
    entry = audit.AuditEntry(
        "update_llm_config", f"/p/{SECRET}", [f"api_key is {SECRET}"], applied_by=SECRET, reason=f"x {SECRET}",
        diff=f"+key = {SECRET}", details={"api_key": "short", "sub": {"password": "hunter22"}},
    )  # fmt: skip
    audit.append(str(path), entry, now=NOW)
    data = path.read_bytes()
    assert SECRET.encode() not in data
    assert b"hunter22" not in data
    assert b'"short"' not in data
    assert any(line.startswith("changes[0]: ") for line in entries(path)[0]["masked"])
    assert problems(path) == []


def test_odd_values_are_kept_in_a_form_that_every_reader_understands(path: Path) -> None:
    """Lone surrogates, NaN, fractions, huge numbers, control characters and objects are written so that they verify."""
    details = {"\udc80": "\udcff\x00\x1b[2J\x7f", "n": float("nan"), "f": 0.1, "i": 2**80, "w": 3.0, "o": Path("/x")}
    details["deep"] = json.loads("[" * 300 + "]" * 300)
    audit.append(str(path), audit.AuditEntry("a\nb", "/p/\udc80", ["\u202e"], details=details), now=NOW)
    found = entries(path)[0]
    assert found["target_file"] == "/p/\\udc80"
    assert found["details"]["\\udc80"] == "\\udcff\x00\x1b[2J\x7f"
    assert (found["details"]["n"], found["details"]["f"], found["details"]["w"]) == ("nan", "0.1", 3)
    assert found["details"]["i"] == hex(2**80)
    assert path.read_bytes().count(b"\n") == 1
    assert problems(path) == []


def test_a_huge_entry_is_cut(path: Path) -> None:
    """An entry of many megabytes keeps who, what and where; the largest fields are cut, and it says so."""
    texts = ["\u00e9" * 60_000 + str(n) for n in range(30)]
    entry = audit.AuditEntry("batch", "/p", texts, reason="because", diff="y\n" * 40_000, impact={"all": texts})
    audit.append(str(path), entry, now=NOW)
    assert path.stat().st_size < 600_000
    found = entries(path)[0]
    assert found["reason"] == "because"
    assert found["changes"][0].startswith("«cut: ")
    assert any(line.startswith("changes: cut ") for line in found["masked"])
    assert problems(path) == []


def test_it_is_private(path: Path) -> None:
    """Log, head file and archive have mode 0600, also when the log was left open to others."""
    path.touch(0o644)
    fill(path, 2)
    archived = audit.archive(str(path), before=NOW + DAY, now=NOW)
    assert archived is not None
    for file in (path, Path(head_file_of(str(path))), Path(archived.file)):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_users_log_has_its_head_in_the_state_directory() -> None:
    """The head file of the user's own log lies in the state directory, that of any other log beside it."""
    where = places(os.environ)
    fill(Path(where.audit_log), 1)
    assert where.audit_log == f"{where.home}/.config/decision-reviewer-audit.log"
    assert json.loads(Path(where.audit_head).read_text())["count"] == 1
    assert Path(where.audit_head).parent == Path(where.state_dir)
    assert head_file_of("/x/y.log") == "/x/y.log.head"


# Faults of the machine


@pytest.mark.parametrize("broken", ["write", "fsync", "short"])
def test_what_cannot_be_written_leaves_the_log_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """A full disk or a failing fsync raises, and the log ends where it ended before."""
    fill(path, 2)
    before = path.read_bytes()
    real = os.write

    def failing(handle: int, data: bytes = b"") -> int:
        if broken == "short" and len(data) > 10:
            return real(handle, bytes(data[:10]))
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync" if broken == "fsync" else "write", failing)
    with pytest.raises(OSError, match="No space left"):
        audit.append(str(path), audit.AuditEntry("trust"), now=NOW)
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert problems(path) == []


@pytest.mark.parametrize("kind", ["directory", "fifo", "foreign link", "unwritable"])
def test_what_is_no_log_is_refused(tmp_path: Path, path: Path, kind: str) -> None:
    """A directory, a FIFO, a link that leads nowhere and a folder that is none raise and never hang."""
    if kind == "directory":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "foreign link":
        path.symlink_to(tmp_path / "nothing" / "there")
    else:
        (tmp_path / "plain").write_text("")
        path = tmp_path / "plain" / "audit.log"
    with pytest.raises(OSError, match=r"."):
        audit.append(str(path), audit.AuditEntry("trust"), now=NOW)


def test_a_linked_log_is_followed(tmp_path: Path) -> None:
    """A log that is a link of the user's own (kept with dotfiles) is written, archived and verified where it lies."""
    real = tmp_path / "dotfiles" / "audit.log"
    real.parent.mkdir()
    real.touch()
    link = tmp_path / "audit.log"
    link.symlink_to(real)
    fill(link, 3)
    archived = audit.archive(str(link), before=NOW + 70, now=NOW + DAY)
    assert archived is not None
    assert Path(archived.file).parent == real.parent
    assert link.is_symlink()
    report = audit.check(str(link))
    assert (report.faults, report.entries) == ((), 4)


def test_a_held_lock_is_waited_for_and_then_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another process holds the log nothing is written without the lock: the chain would fork."""
    fill(path, 1)
    monkeypatch.setattr(store, "LOCK_WAIT", 0.05)
    with path.open("rb") as holder:
        fcntl.flock(holder, fcntl.LOCK_EX)
        with pytest.raises(TimeoutError, match="another process has held"):
            audit.append(str(path), audit.AuditEntry("trust"), now=NOW)
    audit.append(str(path), audit.AuditEntry("trust"), now=NOW)
    assert problems(path) == []


def test_a_torn_line_is_told_of(path: Path) -> None:
    """Bytes of a crashed writer are a fault until the next entry tells of them, then a note; altered later, a fault."""
    fill(path, 2)
    with path.open("ab") as stream:
        stream.write(b'{"applied_by":"x","chan')
    assert problems(path) == ["3:torn, by a crash or by hand; the next entry will tell of it"]
    fill(path, 1, start=NOW + 300)
    assert problems(path) == []
    assert notes(path) == ["3:torn: 23 bytes that are no entry; entry 3 tells of them"]
    assert entries(path)[2]["continuity"]["torn"]["bytes"] == 23
    path.write_bytes(path.read_bytes().replace(b'"chan\n', b'"chin\n'))
    assert problems(path) == ["3:not an entry"]


def test_a_crash_between_log_and_head_file_is_told_of(path: Path) -> None:
    """An entry that the head file has not heard of is a fault until the next entry, which says so."""
    fill(path, 2)
    head = Path(head_file_of(str(path)))
    before = head.read_text()
    fill(path, 1, start=NOW + 300)
    head.write_text(before)
    (found,) = problems(path)
    assert "knows of 2 of 3 entries" in found
    fill(path, 1, start=NOW + 400)
    assert problems(path) == []
    assert notes(path) == ["4:when it was written, the head file was behind"]


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"\xff", b'{"count":0,"hash":"x"}', b'{"count":true}', b"x" * 9999]
)
def test_a_malformed_head_file_is_a_fault_until_the_next_entry(path: Path, content: bytes) -> None:
    """Whatever the head file holds that it should not, verification says so, and appending goes on."""
    fill(path, 2)
    Path(head_file_of(str(path))).write_bytes(content)
    (found,) = problems(path)
    assert "so the end of the log may be missing" in found
    fill(path, 1, start=NOW + 300)
    assert problems(path) == []
    assert "unreadable" in notes(path)[0]


# Tampering, and where it is seen


def test_an_edited_entry_is_named(path: Path) -> None:
    """Verification gives line, number and time of the entry that was edited, and nothing else is blamed."""
    fill(path, 5)
    path.write_bytes(path.read_bytes().replace(b"/p/2.toml", b"/p/9.toml"))
    (fault,) = audit.verify(str(path))
    assert fault == audit.Fault(
        "edited: its content does not give its hash", str(path), 3, 3, "2026-11-21T10:02:00.000000Z"
    )


def test_removed_and_moved_entries_are_named(path: Path) -> None:
    """A removed entry is missing before the next one; one that was moved stands out of its order."""
    fill(path, 6)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:2] + lines[4:]))
    assert problems(path) == ["3:entries are missing before this one: 3-4"]
    path.write_bytes(b"".join([*lines[:2], lines[3], lines[2], *lines[4:]]))
    assert problems(path) == [
        "3:entries are missing before this one: 3",
        "4:entry 3 stands here out of its order: it was moved or inserted",
    ]
    path.write_bytes(b"".join([*lines[:2], lines[1], *lines[2:]]))
    assert problems(path) == ["3:entry 2 stands here a second time: it was moved or inserted"]


def test_a_truncated_log_is_seen_by_the_head_file_and_by_anchors(path: Path) -> None:
    """Entries cut off the end are missed by the head file; without it, by the commits that name them."""
    hashes = fill(path, 4)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:2]))
    assert problems(path) == ["0:entries 3-4 are missing from the end: the head file knows of 4"]
    write_head(head_file_of(str(path)), Head(2, hashes[1]))
    assert problems(path) == []
    anchor = audit.Anchor(hashes[3], "commit 1234567 of /p", NOW)
    assert problems(path, anchor) == [f"0:commit 1234567 of /p names entry {hashes[3][:12]}: the log has no such entry"]


def test_writing_on_after_a_truncation_does_not_hide_it(path: Path) -> None:
    """The next entry goes on from the head file, so the gap shows for good; putting the entries back mends it."""
    fill(path, 4)
    whole = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(whole[:2]))
    fill(path, 2, start=NOW + 900)
    assert problems(path) == ["3:entries are missing before this one: 3-4"]
    written = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(whole + written[2:]))
    assert problems(path) == []
    assert notes(path) == ["5:when it was written, the log ended with entry 2 of 4; they are back"]


def test_a_log_that_was_deleted_or_replaced_is_seen(path: Path, tmp_path: Path) -> None:
    """A missing log is a fault by the head file or an anchor; one with another history by the head file, for good."""
    hashes = fill(path, 3)
    kept = path.read_bytes()
    path.unlink()
    assert problems(path) == ["0:entries 1-3 are missing from the end: the head file knows of 3"]
    fill(path, 1, start=NOW + 900)
    assert problems(path) == ["1:entries are missing before this one: 1-3"]
    other = tmp_path / "other.log"
    fill(other, 3, start=NOW + 7)
    path.write_bytes(other.read_bytes())
    write_head(head_file_of(str(path)), Head(3, hashes[2]))
    assert "another one: the log was rewritten or replaced" in problems(path)[0]
    fill(path, 1, start=NOW + 1000)
    assert "when it was written, the head file knew of another entry 3" in problems(path)[0]
    path.write_bytes(kept)
    path.unlink()
    Path(head_file_of(str(path))).unlink()
    assert problems(path) == []
    assert problems(path, audit.Anchor(hashes[0], "commit 1 of /p")) == [
        f"0:commit 1 of /p names entry {hashes[0][:12]}: there is no log"
    ]


def test_heads_of_other_logs_are_passed_over(path: Path) -> None:
    """A commit that names another machine's log is a note; one of this log's id, or without an id, counts."""
    hashes = fill(path, 1)
    assert problems(path, audit.Anchor("a" * 64, "commit 1", NOW, "0" * 16)) == []
    assert notes(path, audit.Anchor("a" * 64, "commit 1", NOW, "0" * 16)) == [
        "0:1 heads in commits are of other people's or other machines' logs"
    ]
    assert len(problems(path, audit.Anchor("a" * 64, "commit 1", NOW, audit.log_id()))) == 1
    assert len(problems(path, audit.Anchor("a" * 64, "commit 1", NOW))) == 1
    report = audit.check(str(path), [audit.Anchor(hashes[0], "commit 2", NOW, audit.log_id())])
    assert (report.faults, report.anchors) == ((), 1)
    assert audit.trailers(hashes[0]) == f"Audit-Head: {hashes[0]}\nAudit-Log: {audit.log_id()}\n"


def test_hostile_lines_are_faults_and_nothing_worse(path: Path) -> None:
    """Deep nesting, huge numbers, NaN, duplicate keys, a line of 5 MB and odd types are each one fault."""
    fill(path, 1)
    good = path.read_bytes()
    shape = f'"hash":"{"a" * 64}","prev":"{"b" * 64}","sequence":2'
    hostile = [
        "[" * 100_000,
        "9" * 10_000,
        f'{{{shape},"x":NaN}}',
        f'{{"a":1,"a":2,{shape}}}',
        f'{{{shape},"x":{"[" * 990}{"]" * 990}}}',
        '{"hash":1,"prev":2,"sequence":"3"}',
        '{"x":"' + "y" * 5_000_000 + '"}',
    ]
    for text in hostile:
        path.write_bytes(good + text.encode() + b"\n")
        assert 1 <= len(problems(path)) <= 3, text[:40]
        assert audit.head(str(path)) in {"a" * 64, json.loads(good)["hash"]}


# Retention


def test_archiving_keeps_the_chain_provable(path: Path) -> None:
    """Old entries move, a checkpoint closes them; the chain verifies with the archive, and without it with a note."""
    hashes = fill(path, 10, start=NOW - 10 * DAY, step=DAY)
    archived = audit.archive(str(path), before=NOW - 3 * DAY, now=NOW)
    assert archived is not None
    assert (archived.entries, archived.first, archived.last) == (7, 1, 7)
    assert archived.file == f"{path}.20261121T100000Z.archive"
    checkpoint = entries(path)[-1]
    assert checkpoint["operation"] == "checkpoint"
    assert checkpoint["checkpoint"]["count"] == 7
    assert checkpoint["checkpoint"]["last_hash"] == hashes[6]
    assert [entry["sequence"] for entry in entries(path)] == [8, 9, 10, 11]
    assert problems(path) == []
    assert notes(path) == []
    fill(path, 2, start=NOW + 60)
    second = audit.archive(str(path), before=NOW + 90, now=NOW + DAY)
    assert second is not None
    assert (second.first, second.last) == (8, 12)
    report = audit.check(str(path))
    assert (report.faults, report.notes, report.entries, len(report.archives)) == ((), (), 14, 2)
    os.unlink(archived.file)
    assert problems(path) == []
    assert [note.split(":")[1] for note in notes(path)] == [
        "entries 1-7 are archived, and the archive is not here; the checkpoint (entry 11) proves them"
    ]
    os.unlink(second.file)
    assert problems(path) == []
    assert "entries 1-12 are archived" in notes(path)[0]


@pytest.mark.parametrize("change", ["edit", "cut", "empty", "swap"])
def test_an_archive_that_was_changed_is_found(path: Path, change: str) -> None:
    """An archive is held against the chain and against its checkpoint."""
    fill(path, 6, start=NOW - 6 * DAY, step=DAY)
    archived = audit.archive(str(path), before=NOW - DAY, now=NOW)
    assert archived is not None
    file = Path(archived.file)
    data = file.read_bytes()
    lines = data.splitlines(keepends=True)
    changed = {
        "edit": data.replace(b"/p/1", b"/p/8"),
        "cut": b"".join(lines[:-1]),
        "empty": b"",
        "swap": b"".join([lines[1], lines[0], *lines[2:]]),
    }[change]
    file.write_bytes(changed)
    assert "the archive is not the one that the checkpoint (entry 7) closed" in " ".join(problems(path))


def test_entries_removed_from_the_front_need_their_checkpoint(path: Path) -> None:
    """A log that begins late is a fault unless a sound checkpoint names the very entry before its first."""
    fill(path, 6, start=NOW - 6 * DAY, step=DAY)
    whole = path.read_bytes()
    path.write_bytes(b"".join(whole.splitlines(keepends=True)[2:]))
    assert problems(path) == ["1:entries are missing before this one: 1-2"]
    path.write_bytes(whole)
    archived = audit.archive(str(path), before=NOW - 3.5 * DAY, now=NOW)
    assert archived is not None
    os.unlink(archived.file)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[1:]))
    assert problems(path) == ["1:entries are missing before this one: 1-4"]


def test_an_anchor_of_an_archive_that_is_not_here_is_a_note(path: Path) -> None:
    """What was archived and put away cannot be looked up, which is said; an anchor from later than that is a fault."""
    hashes = fill(path, 6, start=NOW - 6 * DAY, step=DAY)
    archived = audit.archive(str(path), before=NOW - 2 * DAY, now=NOW)
    assert archived is not None
    old = audit.Anchor(hashes[1], "commit 1 of /p", NOW - 5 * DAY)
    assert problems(path, old) == []
    assert notes(path, old) == []
    os.unlink(archived.file)
    assert problems(path, old) == []
    assert "would be in an archive that is not here" in notes(path, old)[-1]
    assert len(problems(path, audit.Anchor("a" * 64, "commit 2 of /p", NOW))) == 1


def test_a_log_with_faults_is_not_archived_unknowingly(path: Path) -> None:
    """Archiving would bury faults, so it refuses; told to go on, it keeps them in the checkpoint, as notes."""
    fill(path, 4)
    path.write_bytes(path.read_bytes().replace(b"/p/1.toml", b"/p/7.toml"))
    before = path.read_bytes()
    with pytest.raises(audit.UnsoundError) as caught:
        audit.archive(str(path), before=NOW + DAY, now=NOW)
    assert [fault.sequence for fault in caught.value.faults] == [2]
    assert path.read_bytes() == before
    assert audit.archive(str(path), before=NOW + DAY, now=NOW, despite_faults=True) is not None
    assert entries(path)[-1]["checkpoint"]["faults"][0]["sequence"] == 2
    assert problems(path) == []
    assert len(notes(path)) == 2


def test_nothing_to_archive(path: Path) -> None:
    """When no entry is old enough, or there is no log, nothing is written."""
    assert audit.archive(str(path), before=NOW, now=NOW) is None
    fill(path, 2)
    before = path.read_bytes()
    assert audit.archive(str(path), before=NOW, now=NOW) is None
    assert path.read_bytes() == before


def test_an_interrupted_archive_is_harmless(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the log cannot be put in place, it stays as it was; the archive that is there already is a note."""
    fill(path, 3)
    before = path.read_bytes()

    def failing(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "replace", failing)
    with pytest.raises(OSError, match="Input/output"):
        audit.archive(str(path), before=NOW + DAY, now=NOW)
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert problems(path) == []
    assert "no checkpoint names this archive" in notes(path)[0]
    assert not list(path.parent.glob("*.new"))
    archived = audit.archive(str(path), before=NOW + DAY, now=NOW)
    assert archived is not None
    assert archived.file.endswith("-1.archive")
    assert problems(path) == []


# Looking through it


def test_search(path: Path) -> None:
    """Entries are found by text, operation, who, target and time, newest first, in archives too."""
    agent = Actor("helper", "agent", "codex", (), "u", 1, 2, "h")
    for number in range(6):
        entry = audit.AuditEntry(
            "trust" if number % 2 else "switch_off", f"/p/{number}.toml", [f"Did Thing {number}"],
            actor=agent if number == 3 else None, applied_by="Ada",
        )  # fmt: skip
        audit.append(str(path), entry, now=NOW + number * DAY)
    audit.archive(str(path), before=NOW + 4 * DAY, now=NOW + 6 * DAY)

    def found(wanted: audit.Wanted = ALL) -> list[int]:
        return [entry["sequence"] for entry in audit.search(str(path), wanted)]

    assert found() == [7, 6, 5, 4, 3, 2, 1]
    assert found(audit.Wanted(text="thing 4")) == [5]
    assert found(audit.Wanted(operation="TRUST")) == [6, 4, 2]
    assert found(audit.Wanted(who="codex")) == [4]
    assert found(audit.Wanted(who="ada")) == [6, 5, 4, 3, 2, 1]
    assert found(audit.Wanted(target="3.toml")) == [4]
    assert found(audit.Wanted(since=NOW + 4 * DAY, until=NOW + 5 * DAY)) == [6, 5]
    assert [entry["sequence"] for entry in audit.search(str(path), limit=2)] == [7, 6]


def test_find_by_number_or_hash(path: Path) -> None:
    """An entry is named by its number or the beginning of its hash; less than four digits of a hash name nothing."""
    hashes = fill(path, 3)
    assert [entry["hash"] for entry in audit.find(str(path), "2")] == [hashes[1]]
    assert [entry["sequence"] for entry in audit.find(str(path), hashes[2][:10].upper())] == [3]
    assert audit.find(str(path), hashes[2][:3] + "x") == []
    assert audit.find(str(path), "") == audit.find(str(path), "99") == []


def test_export_is_complete_and_safe(path: Path) -> None:
    """JSON holds the entries as they are; no CSV cell begins a formula, holds a control character or ends a row."""
    nasty = ["=cmd|' /C calc'!A0", "+1", "-1", "@x", "\t=1", "\uff1d1", 'a"b', "x\r\ny\x1b[2J", "|x", "  =1"]
    for text in nasty:
        audit.append(str(path), audit.AuditEntry(text, text, [text], reason=text, applied_by=text), now=NOW)
    found = audit.read(str(path))
    assert json.loads("".join(audit.export(found, "json"))) == found
    assert json.loads("".join(audit.export([], "json"))) == []
    text = "".join(audit.export(found, "csv"))
    assert text.count("\r\n") == len(nasty) + 1
    import csv
    import io

    rows = list(csv.reader(io.StringIO(text)))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert [row[rows[0].index("sequence")] for row in rows[1:]] == [str(n + 1) for n in range(len(nasty))]
    for row in rows[1:]:
        assert not any(cell.strip()[:1] in set("=+-@\t\r|\uff1d") for cell in row if cell)
        assert all(cell.isprintable() for cell in row)
