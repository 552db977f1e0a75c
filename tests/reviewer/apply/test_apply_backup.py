"""Backups: names, modes, and that pruning touches nothing but old backups of the same file."""

from __future__ import annotations

from pathlib import Path

import pytest

from callgate.reviewer.apply.backup import KEEP, free_name, list_backups, prune, write_backup
from callgate.reviewer.apply.system import OS

NOW = 1793528625.0  # 2026-11-01T10:23:45Z
ID = "0123456789abcdef"


def test_the_name_of_the_contract_and_of_its_second(tmp_path: Path) -> None:
    """`FILE.20261101T102345Z.bak`; a second one of the same second gets a number and sorts behind it."""
    path = str(tmp_path / "p.toml")
    names = []
    for _ in range(3):
        names.append(free_name(path, NOW))
        write_backup(names[-1], path, b"x", 0o644, ID, OS)
    assert [name.removeprefix(path) for name in names] == [
        ".20261101T102345Z.bak", ".20261101T102345Z-1.bak", ".20261101T102345Z-2.bak",
    ]  # fmt: skip
    found = list_backups(path)
    assert [one.path for one in found] == names[::-1]
    assert {one.when for one in found} == {"2026-11-01T10:23:45Z"}


@pytest.mark.parametrize(("mode", "expected"), [(0o644, 0o600), (0o600, 0o600), (0o400, 0o400), (0o4755, 0o600)])
def test_a_backup_is_the_owners_alone(tmp_path: Path, mode: int, expected: int) -> None:
    """At most reading and writing by the owner, less where the file had less."""
    name = free_name(str(tmp_path / "p.toml"), NOW)
    write_backup(name, str(tmp_path / "p.toml"), b"x", mode, ID, OS)
    assert Path(name).stat().st_mode & 0o7777 == expected


def test_a_name_that_is_taken_is_not_written_over(tmp_path: Path) -> None:
    """Not even when it is a link to nowhere."""
    name = free_name(str(tmp_path / "p.toml"), NOW)
    Path(name).symlink_to("nowhere")
    assert free_name(str(tmp_path / "p.toml"), NOW) != name
    with pytest.raises(FileExistsError):
        write_backup(name, str(tmp_path / "p.toml"), b"x", 0o600, ID, OS)


def test_pruning_keeps_ten_and_the_new_one(tmp_path: Path) -> None:
    """The oldest go; the one just made stays even when the clock was set back."""
    path = str(tmp_path / "p.toml")
    for number in range(15):
        write_backup(free_name(path, NOW + number), path, b"x", 0o600, ID, OS)
    back = free_name(path, NOW - 1000)
    write_backup(back, path, b"x", 0o600, ID, OS)
    assert prune(path, back, OS) == ""
    left = [one.path for one in list_backups(path)]
    assert len(left) == KEEP
    assert left[-1] == back
    assert left[0].endswith("102359Z.bak")


STRANGERS = [
    "p.toml", "p.toml.bak", "p.toml.20261101T102345Z.bak.txt", "p.toml.20261101T102345.bak", "p.toml.orig",
    "p.toml.20261101T102345Z-0.bak", "p.toml.20261101T102345Z-x.bak", "p.toml.20269901T102345Z.bak",
    "xp.toml.20261101T102345Z.bak", "p.tomlx.20261101T102345Z.bak", "p.toml.\u0662\u0660261101T102345Z.bak",
]  # fmt: skip


def test_nothing_but_our_own_backups_is_pruned(tmp_path: Path) -> None:
    """Files that look nearly so, links and directories with such a name stay."""
    path = str(tmp_path / "p.toml")
    for name in STRANGERS:
        (tmp_path / name).write_text("mine")
    (tmp_path / "p.toml.20200101T000000Z.bak").symlink_to("p.toml")
    (tmp_path / "p.toml.20200102T000000Z.bak").mkdir()
    for number in range(12):
        write_backup(free_name(path, NOW + number), path, b"x", 0o600, ID, OS)
    prune(path, "", OS)
    left = {one.name for one in tmp_path.iterdir()}
    assert set(STRANGERS) <= left
    assert {"p.toml.20200101T000000Z.bak", "p.toml.20200102T000000Z.bak"} <= left
    assert len(list_backups(path)) == KEEP


def test_what_cannot_be_deleted_is_told(tmp_path: Path) -> None:
    """Pruning never fails a change; it says what stays."""
    path = str(tmp_path / "p.toml")
    for number in range(11):
        write_backup(free_name(path, NOW + number), path, b"x", 0o600, ID, OS)

    def refuse(_name: str) -> None:
        raise OSError(30, "Read-only file system")

    assert "cannot be deleted: Read-only file system" in prune(path, "", OS._replace(unlink=refuse))
