"""Which files are read: each once, and none that somebody else may have planted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from made_logs import START, record, write

from callgate.gate import Gate, open_gate
from callgate.reviewer.history import History, open_history
from callgate.reviewer.logs import sources
from callgate.reviewer.logs.sources import Chain, chains_of, open_file, snapshot


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gate:
    """A gate with logs of its own, and the older hook's in a shared directory of the test."""
    shared = tmp_path / "tmp"
    shared.mkdir()
    shared.chmod(0o1777)
    monkeypatch.setattr(sources, "OLDER_REVIEW", str(shared / "claude-decisions-review.log"))
    monkeypatch.setattr(sources, "OLDER_OPERATIONAL", str(shared / "claude-tool-use.log"))
    return open_gate({}, str(tmp_path), home=str(tmp_path / "home"), managed="")


def commands(gate: Gate) -> list[str]:
    """What the history tells, newest first."""
    return [entry.command for entry in open_history(gate).newest()]


def test_our_logs_and_the_older_hooks_are_one_history(gate: Gate) -> None:
    """All four, with their rotated files, each decision once."""
    write(Path(gate.places.review_log_file), [record(START + 4, "e")])
    write(Path(gate.places.review_log_file + ".20261101T000000Z"), [record(START + 3, "d")])
    write(Path(gate.places.log_file), [record(START + 4, "e", complete=False), record(START + 2, "c", complete=False)])
    write(Path(sources.OLDER_REVIEW), [record(START + 1, "b")])
    write(Path(sources.OLDER_OPERATIONAL), [record(START, "a", complete=False), record(START + 1, "b", complete=False)])
    assert commands(gate) == ["e", "d", "c", "b", "a"]


def test_a_log_of_another_user_in_a_shared_directory_is_not_trusted(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is skipped, and the history says so; one in a directory of ours may belong to anybody."""
    write(Path(sources.OLDER_REVIEW), [record(START, "planted")])
    write(Path(gate.places.review_log_file), [record(START, "ours")])
    Path(gate.places.review_log_file).parent.chmod(0o700)
    if os.geteuid() == 0:  # root's files are trusted by everybody
        os.chown(sources.OLDER_REVIEW, 4242, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 4242)
    history = open_history(gate)
    assert [entry.command for entry in history.newest()] == ["ours"]
    assert [(one.path, "another user" in one.reason) for one in history.report.files] == [(sources.OLDER_REVIEW, True)]
    assert sources.OLDER_REVIEW not in history.files


def test_what_is_no_file_is_skipped(tmp_path: Path) -> None:
    """A pipe does not hang the reader, a directory and a loop of links are named."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    found = snapshot([Chain(str(tmp_path / name)) for name in ("pipe", "folder", "loop", "missing", "nul\0")])
    assert not found.files
    assert [Path(one.path).name for one in found.skipped][:3] == ["pipe", "folder", "loop"]


def test_a_log_with_two_names_is_read_once(tmp_path: Path) -> None:
    """One file for both logs, or a link to it, and nothing counts twice."""
    log = write(tmp_path / "log", [record(START, complete=False)])
    (tmp_path / "link").symlink_to(log)
    (tmp_path / "hard").hardlink_to(log)
    history = History(chains=[Chain(str(tmp_path / name)) for name in ("log", "link", "hard", "log")])
    assert len(list(history.newest())) == 1


def test_a_log_that_is_rotated_after_we_looked_is_found_again(tmp_path: Path) -> None:
    """Under its new name; a file that took its place is not read for it."""
    log = write(tmp_path / "log", [record(START, "old")])
    file = snapshot([Chain(str(log))]).files[0]
    log.rename(tmp_path / "log.20261121T100000Z")
    write(log, [record(START, "new")])
    fd = open_file(file)
    try:
        assert b"old" in os.pread(fd, 1_000, 0)
    finally:
        os.close(fd)
    (tmp_path / "log.20261121T100000Z").unlink()
    with pytest.raises(FileNotFoundError, match="deleted while"):
        open_file(file)


def test_named_logs_stand_alone(gate: Gate, tmp_path: Path) -> None:
    """Who names a log asks about that one and what was rotated away from it."""
    write(Path(gate.places.review_log_file), [record(START, "ours")])
    log = write(tmp_path / "other", [record(START, "new")])
    write(tmp_path / "other.20261101T000000Z", [record(START - 1, "old")])
    assert [chain.path for chain in chains_of(gate, [str(log)])] == [str(log)]
    assert [entry.command for entry in open_history(gate, [str(log)]).newest()] == ["new", "old"]


def test_files_names_the_log_that_will_be_written(gate: Gate) -> None:
    """Before the first decision there is no log, but a place for it."""
    assert open_history(gate).files[0] == gate.places.review_log_file
