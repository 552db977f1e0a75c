"""The walk over every fault of a change finds nothing wrong, and would find it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any, Callable, Iterator

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

from callgate.reviewer.apply import finish, recovery, transaction, write
from faulting.drivers import Calls, Mode
from faulting.walk import WORLDS, walk

TOOL = Path(__file__).parents[2] / "tools/faults.py"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A directory in memory where there is one: calls are hit and counted, and nothing has to outlive a power cut."""
    memory = "/dev/shm"
    place = memory if os.access(memory, os.W_OK | os.X_OK) else None
    with tempfile.TemporaryDirectory(prefix="callgate-faults-", dir=place) as name:
        yield Path(name).resolve()


def test_no_fault_of_a_change_leaves_anything_wrong(folder: Path) -> None:
    """Killed or failing once at each call, ours and those of libgit2: file, commit, backup and audit log agree."""
    done = subprocess.run(
        [sys.executable, str(TOOL), "--quick", "--json", "--in", str(folder)],
        capture_output=True, timeout=900, check=False,
    )  # fmt: skip
    walks = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.stderr, [problem for one in walks for problem in one["problems"]]) == (b"", [])
    assert done.returncode == 0
    assert {(one["world"], one["mode"]) for one in walks} == {
        (world, mode) for world in ("backup", "git") for mode in ("kill", "twice", "once")
    }
    assert min(one["steps"] for one in walks) >= 25
    ends = sum((Counter(one["ends"]) for one in walks), Counter[str]())
    assert set(ends) == {"killed", "made", "io_error", "git_failed"}


@pytest.mark.parametrize("mode", ["full", "short", "dead", "readonly"])
@pytest.mark.parametrize("world", [world for world in WORLDS if world != "git-dirty"])
def test_a_disk_that_stays_full_dead_or_readonly(folder: Path, world: str, mode: Mode) -> None:
    """From any call of ours on: what cannot be taken back at once is taken back, or finished, by the next run."""
    found = walk(Calls(), folder, world, mode)
    assert list(found.problems) == []
    assert found.steps >= 25


def _in_place(path: str, data: bytes, **more: Any) -> None:  # noqa: ANN401 - the arguments of `write_atomic`
    Path(path).write_bytes(data[:9])
    more["calls"].step("between")
    Path(path).write_bytes(data)


def _silent(real: Callable[..., object]) -> Callable[..., tuple[str, ...]]:
    def stub(*args: object, **more: object) -> tuple[str, ...]:
        real(*args, **more)
        return ()

    return stub


Stub = Callable[..., object]
BROKEN: dict[str, tuple[ModuleType, str, Stub, str, Mode]] = {
    "no audit entry in a repair": (recovery, "record", lambda *_args, **_more: {}, "backup", "kill"),
    "no taking back": (transaction, "put_back", lambda *_args: None, "backup", "once"),
    "no cleaning": (finish, "clean", lambda *_args: None, "backup", "kill"),
    "a write in place": (write, "write_atomic", _in_place, "backup", "kill"),
    "no index in a repair": (recovery, "settle_index", lambda *_args: False, "git", "kill"),
    "no commit in a repair": (recovery, "publish", lambda *_args: "", "git", "kill"),
    "silence": (recovery, "_complete", _silent(recovery._complete), "backup", "kill"),  # noqa: SLF001 - broken on purpose
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_walk_finds_what_is_broken(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Take one safety away, and the walk says so."""
    module, attribute, stub, world, mode = BROKEN[name]
    monkeypatch.setattr(module, attribute, stub)
    assert walk(Calls(), folder, world, mode, first=True).problems
