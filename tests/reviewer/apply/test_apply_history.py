"""What history makes of commits, backups and audit entries, honest and forged ones."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "tools"))

from callgate.reviewer.apply.history import Row, collect
from callgate.reviewer.apply.message import Facts, build
from callgate.reviewer.apply.transaction import begin
from faulting.world import NAME, NEW, OLD, World, make_world, request


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A policy file in a repository with one commit."""
    return make_world(tmp_path / "world", git=True)


def _write(world: World, data: bytes, *, commit: bool = True, **more: Any) -> None:  # noqa: ANN401 - any field of a request
    told = request(data, commit=commit, **more)
    told = told._replace(entry={**told.entry, "target_file": str(world.target)})
    with begin(str(world.target), world.setting()) as change:
        change.write(told)


def _rows(world: World, limit: int = 100) -> tuple[Row, ...]:
    return collect(str(world.target), world.environ(), world.entries(), limit).rows


def test_commits_backups_and_records_in_one_list(world: World) -> None:
    """Who, what, why and effect of each; edits by hand are there, too; other files are not."""
    _write(world, NEW, reason="tests need it", impact="covers 31 calls")
    _write(world, NEW + b"# 2\n", commit=False)
    (world.project / "other.txt").write_text("x")
    world.git("commit", "-qm", "other", "other.txt")
    rows = {row.what: row for row in _rows(world)}
    assert len(rows) == 3
    made = rows["Add allow rule 'b'"]
    assert (made.who, made.operation, made.rule_ids, made.reason) == ("tester", "add_rule", ("b",), "tests need it")
    assert (made.impact, made.kind, made.audited, made.by_callgate) == ("covers 31 calls", "commit", True, True)
    kept = rows["Added rule 'b'"]
    assert (kept.kind, kept.who, kept.audited) == ("backup", "tester", True)
    assert Path(kept.backup_file).read_bytes() == NEW
    first = rows["first"]
    assert (first.who, first.by_callgate, first.audited) == ("A Person", False, False)
    Path(kept.backup_file).unlink()
    assert [row.kind for row in _rows(world) if row.what == "Added rule 'b'"] == ["record"]


def test_a_commit_and_its_backup_are_one_change(world: World) -> None:
    """What was kept because it was not committed belongs to the commit that replaced it."""
    world.target.write_bytes(OLD + b"# not committed\n")
    _write(world, NEW)
    rows = [row for row in _rows(world) if row.by_callgate]
    assert [row.kind for row in rows] == ["commit"]
    assert Path(rows[0].backup_file).read_bytes() == OLD + b"# not committed\n"


def test_a_forged_commit_is_not_audited(world: World) -> None:
    """Anybody can write such a message; only the audit log makes it one of callgate's changes."""
    world.target.write_bytes(NEW)
    forged = build(Facts("add_rule", "Add deny rule 'safe'", ("safe",), "root", "2026-01-01T00:00:00Z", "passed", ""))
    world.git("commit", "-qam", forged)
    (row,) = [row for row in _rows(world) if row.by_callgate]
    assert (row.who, row.audited) == ("root", False)


def test_a_backup_that_nobody_recorded_is_listed(world: World) -> None:
    """The audit log may be new; the backup is there all the same."""
    world.target.with_name("policy.toml.20261101T102345Z.bak").write_bytes(OLD)
    (row,) = [row for row in _rows(world) if row.kind == "backup"]
    assert (row.when, row.who, row.audited) == ("2026-11-01T10:23:45Z", "", False)


def test_merges_and_removals(world: World) -> None:
    """A merge that took the file over is no change of it; a removal is, and so is bringing it back."""
    world.git("checkout", "-qb", "side")
    world.target.write_bytes(NEW)
    world.git("commit", "-qam", "edit on the side")
    world.git("checkout", "-q", "main")
    (world.project / "other.txt").write_text("main\n")
    world.git("commit", "-qam", "other")
    world.git("merge", "-q", "--no-edit", "side")
    world.git("rm", "-q", NAME)
    world.git("commit", "-qm", "gone")
    assert {row.what for row in _rows(world)} == {"gone (removed)", "edit on the side", "first"}
    assert len(_rows(world, limit=2)) == 2


ODD: list[Any] = [
    {}, {"target_file": 5}, {"target_file": "\0/"}, {"rollback_info": []},
    {"target_file": "P", "rollback_info": {"type": "git", "commit": 5, "backup_file": {}}, "changes": 7,
     "rule_ids": "x", "timestamp": None, "applied_by": ["x"], "impact": {"deep": [1]}, "reason": 3},
    {"target_file": "P", "rollback_info": {"type": "git"}, "dry_run": True},
    {"target_file": "P", "rollback_info": {"type": "git"}, "success": False},
]  # fmt: skip


def test_odd_audit_entries_do_no_harm(world: World) -> None:
    """Types that nobody expects become texts; dry runs and failures are no changes."""
    path = str(world.target)
    entries = [{**one, "target_file": path} if one.get("target_file") == "P" else one for one in ODD]
    rows = [row for row in collect(path, world.environ(), entries, 100).rows if row.kind == "record"]
    assert len(rows) == 1
    assert (rows[0].who, rows[0].impact, rows[0].commit) == ('["x"]', '{"deep": [1]}', "")


def test_a_repository_that_cannot_be_read_is_a_note(world: World) -> None:
    """Backups and the audit log are listed nevertheless."""
    _write(world, NEW, commit=False)
    world.git("config", "core.repositoryformatversion", "9")
    found = collect(str(world.target), world.environ(), world.entries(), 100)
    assert [row.kind for row in found.rows] == ["backup"]
    assert "no commits are listed" in found.notes[0]


def test_a_commit_of_no_year_hides_no_other(world: World, tmp_path: Path) -> None:
    """Git keeps any 64-bit number as the time of a commit, and anybody may have written it."""
    world.target.write_bytes(NEW)
    world.git("commit", "-qam", "the end of time")
    written = tmp_path / "commit"
    written.write_text(re.sub(r"> \d+ ", f"> {2**62} ", world.git("cat-file", "commit", "HEAD")))
    world.git("update-ref", "refs/heads/main", world.git("hash-object", "-t", "commit", "-w", str(written)).strip())
    rows = _rows(world)
    assert [row.what for row in rows] == ["the end of time", "first"]
    assert rows[0].when == "9999-12-31T23:59:59Z"


@pytest.mark.parametrize(
    ("impact", "told"),
    [({"summary": "4 of 8", "calls": 8}, "4 of 8"), ("4 calls", "4 calls"), ({"summary": 5}, '{"summary": 5}')],
)
def test_the_effect_is_a_sentence(world: World, impact: object, told: str) -> None:
    """The audit log keeps the whole impact analysis; of a change without a commit people see its summary."""
    path = str(world.target)
    entry = {"target_file": path, "rollback_info": {"type": "backup"}, "impact": impact}
    assert [row.impact for row in collect(path, world.environ(), [entry], 100).rows if row.kind == "record"] == [told]
