"""The index is fast and never believed: whatever happens to the logs or to it, the answers are those of the logs."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Callable

import pytest
from made_logs import START, line, record, write

from callgate.reviewer.logs import index as index_module
from callgate.reviewer.logs import manifest, segments
from callgate.reviewer.logs.relation import FOLDER, relation
from callgate.reviewer.logs.sources import Chain, snapshot
from callgate.reviewer.logs.stream import Report
from callgate.reviewer.logs.window import Window


class World:
    """Logs in a directory, and the state directory of the index."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "logs" / "review.jsonl"
        self.old = self.log.with_name("review.jsonl.20261101T000000Z")
        self.state = folder / "state"
        write(self.old, [record(START + at, f"old {at}") for at in range(40)])
        write(self.log, [record(START + 100 + at, f"new {at}") for at in range(40)])

    def commands(self, since: float | None = None) -> list[str]:
        """Every command, newest first, by the index."""
        self.report = Report()
        found = snapshot([Chain(str(self.log))])
        with relation(found, Window(since), str(self.state), self.report) as decisions:
            return [one for (one,) in decisions.all("SELECT command FROM decisions ORDER BY time_us DESC")]

    def parquets(self) -> set[str]:
        """The files of columns."""
        return {path.name for path in (self.state / FOLDER).glob("*.parquet")}


ALL = [*(f"new {at}" for at in range(39, -1, -1)), *(f"old {at}" for at in range(39, -1, -1))]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Two files whose stretches have a few lines."""
    monkeypatch.setattr(segments, "LARGE", 8_000)
    monkeypatch.setattr(segments, "SMALL", 3_000)
    return World(tmp_path)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts the stretches whose columns are made, by the name of their file."""
    counted: Counter[str] = Counter()
    real = index_module.Index.make_one

    def make(self: index_module.Index, connection: object, part: index_module.Part) -> segments.Segment | None:
        counted[Path(part.file.path).name] += 1
        return real(self, connection, part)  # type: ignore[arg-type]

    monkeypatch.setattr(index_module.Index, "make_one", make)
    return counted


def test_columns_are_made_once(world: World, made: Counter[str]) -> None:
    """The second question makes none; a log that grows makes those of what is new."""
    assert world.commands() == ALL
    first = Counter(made)
    assert set(first) == {"review.jsonl", world.old.name}
    assert world.commands() == ALL
    assert made == first
    with world.log.open("ab") as out:
        out.write(b"".join(line(record(START + 200 + at, f"more {at}")) + b"\n" for at in range(3)))
    assert world.commands() == ["more 2", "more 1", "more 0", *ALL]
    assert made[world.old.name] == first[world.old.name]


def test_a_window_makes_the_columns_that_it_needs(world: World, made: Counter[str]) -> None:
    """A question about the last minute does not read the years before it."""
    assert world.commands(since=START + 100) == ALL[:40]
    assert set(made) == {"review.jsonl"}


def test_rotation_keeps_what_is_known(world: World, made: Counter[str]) -> None:
    """A renamed file is hashed, not read anew, where it is still cut in the same way."""
    world.commands()
    before = made[world.old.name]
    world.old.rename(world.old.with_name("review.jsonl.20261102T000000Z"))
    assert world.commands() == ALL
    assert made.total() == before + made["review.jsonl"]


def _same_size(world: World) -> None:
    stamp = os.stat(world.old).st_mtime_ns
    world.old.write_bytes(world.old.read_bytes().replace(b'old 7"', b'odd 7"'))
    os.utime(world.old, ns=(stamp, stamp))


def _cut(world: World) -> None:
    world.old.write_bytes(world.old.read_bytes()[: -len(line(record(START + 39, "old 39"))) - 1])


def _replace(world: World) -> None:
    data = world.old.read_bytes()
    world.old.unlink()
    world.old.write_bytes(data.replace(b'old 3"', b'OLD 3"'))


def _grown(world: World) -> None:
    with world.old.open("ab") as out:
        out.write(line(record(START + 60, "late")) + b"\n")


def _live_head(world: World) -> None:
    world.log.write_bytes(world.log.read_bytes().replace(b'new 0"', b'NEW 0"'))


def _truncated(world: World) -> None:
    world.log.write_bytes(b"")


CHANGES: list[tuple[str, Callable[[World], None], Callable[[list[str]], list[str]]]] = [
    ("edited, with its old times", _same_size, lambda all_: ["odd 7" if one == "old 7" else one for one in all_]),
    ("cut off", _cut, lambda all_: [one for one in all_ if one != "old 39"]),
    ("replaced", _replace, lambda all_: ["OLD 3" if one == "old 3" else one for one in all_]),
    ("written to after its rotation", _grown, lambda all_: [*all_[:40], "late", *all_[40:]]),
    ("edited while it grows", _live_head, lambda all_: ["NEW 0" if one == "new 0" else one for one in all_]),
    ("emptied", _truncated, lambda all_: all_[40:]),
    ("deleted", lambda world: world.old.unlink(), lambda all_: all_[:40]),
]


@pytest.mark.parametrize(("change", "wanted"), [one[1:] for one in CHANGES], ids=[one[0] for one in CHANGES])
def test_a_log_that_changed_is_read_anew(
    world: World, change: Callable[[World], None], wanted: Callable[[list[str]], list[str]]
) -> None:
    """Logs are only appended to; when somebody does otherwise the answers follow."""
    world.commands()
    change(world)
    assert world.commands() == wanted(ALL)
    assert world.commands() == wanted(ALL)


def test_columns_of_a_deleted_log_are_deleted(world: World) -> None:
    """What retention took away is not kept here."""
    world.commands()
    before = world.parquets()
    world.old.unlink()
    world.commands()
    assert world.parquets() < before
    for path in (world.state / FOLDER).glob("*.parquet"):
        assert b"old 7" not in path.read_bytes()


def _damage(world: World) -> None:
    for name in world.parquets():
        (world.state / FOLDER / name).write_bytes(b"PAR1 no more")


def _drop(world: World) -> None:
    for name in world.parquets():
        (world.state / FOLDER / name).unlink()


def _manifest(text: bytes) -> Callable[[World], None]:
    def harm(world: World) -> None:
        (world.state / FOLDER / "manifest.json").write_bytes(text)

    return harm


@pytest.mark.parametrize(
    "harm",
    [
        _damage,
        _drop,
        _manifest(b""),
        _manifest(b"[]"),
        _manifest(b'{"version": 1, "parts": [{}, 7, {"start": -1}]}'),
        _manifest(b'{"version": 0, "parts": []}'),
        _manifest(b"[" * 100_000),
        _manifest(
            b'{"version": 1, "parts": [{"path":"/x","device":1,"inode":1,"start":0,"end":9,"digest":"../../x"}]}'
        ),
    ],
)
def test_a_damaged_index_is_made_again(world: World, harm: Callable[[World], None]) -> None:
    """Neither a wrong answer nor an error."""
    world.commands()
    harm(world)
    assert world.commands() == ALL
    assert world.commands() == ALL


def test_without_a_place_for_it_answers_are_the_same(world: World) -> None:
    """The state directory cannot be made, or is open to others: columns are made for one question."""
    world.state.write_text("a file")
    assert world.commands() == ALL
    world.state.unlink()
    (world.state / FOLDER).mkdir(parents=True)
    (world.state / FOLDER).chmod(0o777)
    assert world.commands() == ALL
    assert not world.parquets()


def test_the_index_is_private(world: World) -> None:
    """As private as the logs, whatever the umask is."""
    before = os.umask(0)
    try:
        world.commands()
    finally:
        os.umask(before)
    folder = world.state / FOLDER
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o077 for path in folder.iterdir() if path.name != "lock"} == {0}


def test_nothing_of_a_question_stays(world: World) -> None:
    """Tails and copies are gone when the answer is there; strays of a crash are swept."""
    world.commands()
    folder = world.state / FOLDER
    stray = folder / "0123456789abcdef.new"
    stray.write_bytes(b"x")
    os.utime(stray, (1, 1))
    named = {one.file for one in manifest.read(str(folder)).values()}
    assert world.parquets() == named
    world.old.unlink()
    world.commands()
    assert not stray.exists()
    assert {path.name for path in folder.iterdir()} == {"manifest.json", "lock", *world.parquets()}


def test_a_full_disk_costs_the_index_and_not_the_answer(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Columns that cannot be kept are made for the question."""
    monkeypatch.setattr(index_module.Index, "make_one", lambda *_: None)
    assert world.commands() == ALL


def test_skipped_lines_are_remembered(world: World) -> None:
    """An answer out of the index says what the log has that is no decision, each time."""
    with world.old.open("ab") as out:
        out.write(b"torn\n\xff\n[]\n")
    for _ in range(2):
        assert world.commands() == ALL
        assert dict(world.report.lines) == {"not JSON": 1, "not UTF-8": 1, "not an object": 1}


@pytest.mark.parametrize("name", ["it's", "a[b]*?c", "ü b"])
def test_any_name_of_the_state_directory(tmp_path: Path, name: str) -> None:
    """What is special to SQL or to a glob is a character of a path."""
    folder = tmp_path / name
    folder.mkdir()
    assert World(folder).commands() == ALL


def test_a_question_about_one_decision_reads_what_has_it(world: World, made: Counter[str]) -> None:
    """Stretches without a denial are left out, and their columns are made all the same."""
    write(world.log, [record(START + at, f"new {at}", decision="deny" if at == 7 else "allow") for at in range(40)])
    found = snapshot([Chain(str(world.log))])
    report = Report()
    with relation(found, Window(), str(world.state), report, "deny") as decisions:
        assert decisions.all("SELECT command FROM decisions") == [("new 7",)]
    before = made.copy()
    index = index_module.Index(str(world.state / FOLDER))
    every = index.parts(found.files, Window(), report)
    denied = [part for part in index.parts(found.files, Window(), report, "deny") if part.lasting]
    assert len(denied) == 1 < len(every)
    assert made == before


def test_lines_that_stand_twice_in_two_files_count_once(world: World) -> None:
    """A file knows of those within it; of two with a time in common all lines are compared."""
    again = [record(START + 100 + at, f"new {at}") for at in range(20, 40)]
    write(world.log.with_name(f"{world.log.name}.20261120T000000Z"), again)
    assert Counter(world.commands()) == Counter(ALL)
