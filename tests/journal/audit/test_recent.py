"""The newest entries, whichever file of the chain they lie in."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from callgate.journal import audit

NOW = 1_795_255_200.0
DAY = 86_400.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A log with one entry a day, of which three are in one archive (1-3) and two in another (4-5); 6-8 stay."""
    path = tmp_path / "audit.log"
    for number in range(6):
        audit.append(str(path), audit.AuditEntry("trust", f"/p/{number}.toml"), now=NOW + number * DAY)
    for days in (3, 5):
        assert audit.archive(str(path), before=NOW + days * DAY, now=NOW + 9 * DAY) is not None
    return path


def archives(path: Path) -> list[Path]:
    """The archives beside the log, the one with the oldest entries first."""

    def first(file: Path) -> int:
        return int(json.loads(file.read_text().partition("\n")[0])["sequence"])

    return sorted(path.parent.glob("audit.log.*.archive"), key=first)


def sequences(path: Path, most: int = 100) -> list[int]:
    """The numbers of the newest entries."""
    return [entry["sequence"] for entry in audit.recent(str(path), most).entries]


def test_entries_go_on_in_the_archives(path: Path) -> None:
    """Newest first, through every archive that a checkpoint names, and not further than was asked for."""
    assert sequences(path) == [8, 7, 6, 5, 4, 3, 2, 1]
    for most in range(9):
        assert sequences(path, most) == [8, 7, 6, 5, 4, 3, 2, 1][:most]
    assert audit.recent(str(path), 100).missing == ()


def test_a_checkpoint_that_was_archived_itself_is_followed(path: Path) -> None:
    """The archive of the archives' checkpoints leads on to what they closed."""
    audit.append(str(path), audit.AuditEntry("trust", "/p/6.toml"), now=NOW + 20 * DAY)
    assert audit.archive(str(path), before=NOW + 10 * DAY, now=NOW + 21 * DAY) is not None
    assert len(path.read_bytes().splitlines()) == 2
    assert sequences(path) == [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]


def test_an_archive_that_nothing_was_wanted_of_is_not_opened(path: Path) -> None:
    """What the log itself can answer needs no archive."""
    for file in archives(path):
        file.unlink()
    assert audit.recent(str(path), 3).missing == ()


def test_an_archive_that_is_not_here_is_told_of(path: Path) -> None:
    """Archives may be put away; what lies behind one is still read."""
    old, young = archives(path)
    young.unlink()
    assert sequences(path) == [8, 7, 6, 3, 2, 1]
    assert audit.recent(str(path), 100).missing == (young.name,)
    old.unlink()
    os.mkfifo(old)  # opening it must not wait for a writer
    assert sequences(path) == [8, 7, 6]
    assert audit.recent(str(path), 100).missing == (young.name, old.name)


def test_only_archives_that_a_checkpoint_names_count(path: Path) -> None:
    """A file that somebody put beside the log is no part of it, nor is one elsewhere that a checkpoint names."""
    forged = json.dumps({"operation": "add_rule", "sequence": 99})
    path.with_name("audit.log.20991121T100000Z.archive").write_text(forged + "\n")
    assert sequences(path) == [8, 7, 6, 5, 4, 3, 2, 1]
    elsewhere = path.parent / "elsewhere"
    elsewhere.write_text(forged + "\n")
    what = {"file": "elsewhere", "sha256": "0" * 64, "first_sequence": 1, "last_sequence": 2, "last_hash": "0" * 64}
    for name in ("elsewhere", f"../{path.parent.name}/elsewhere", str(elsewhere), ".."):
        line = json.dumps({"operation": "checkpoint", "sequence": 9, "checkpoint": {**what, "file": name}})
        path.write_bytes(path.read_bytes() + line.encode() + b"\n")
    assert 99 not in sequences(path)


def test_lines_of_any_shape_are_passed_over(path: Path) -> None:
    """Torn lines, checkpoints without a number, and one archive named twice do no harm."""
    young = archives(path)[-1].name
    what = {"file": young, "sha256": "0" * 64, "first_sequence": 4, "last_sequence": 5, "last_hash": "0" * 64}
    odd = [{"operation": "checkpoint"}, {"operation": "checkpoint", "sequence": "9", "checkpoint": what},
           {"operation": "checkpoint", "sequence": 9, "checkpoint": []},
           {"operation": "checkpoint", "sequence": 9, "checkpoint": what}]  # fmt: skip
    lines = [json.dumps(one) for one in odd]
    path.write_bytes(path.read_bytes() + "\n".join(["{torn", "5", *lines, ""]).encode())
    found = audit.recent(str(path), 100)
    assert [entry["sequence"] for entry in found.entries[4:]] == [8, 7, 6, 5, 4, 3, 2, 1]
    assert found.missing == ()


def test_a_log_that_is_not_there_or_cannot_be_read(tmp_path: Path) -> None:
    """The first has no entries, the second is an error."""
    assert audit.recent(str(tmp_path / "none"), 5) == audit.Recent((), ())
    with pytest.raises(OSError, match="not a regular file"):
        audit.recent(str(tmp_path), 5)
