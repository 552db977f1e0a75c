"""What a change of a policy file costs to write: lock, intent, file, commit or backup, audit entry."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

from benchmarks.figures import BenchError, Table, millis, percentile

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.scratch import World

FILES = 2_000
"""Files of the large repository."""


def table(world: World, rounds: int) -> Table:
    """Measure *rounds* changes of one file, by a backup and by a commit, in a small repository and in a large one."""
    rows = [
        _row("backup, outside of Git", _times(world.root / "changes-plain", rounds, git=False, files=0), rounds),
        _row("commit, 2 files", _times(world.root / "changes-git", rounds, git=True, files=0), rounds),
        _row(f"commit, {FILES:,} files", _times(world.root / "changes-large", rounds, git=True, files=FILES), rounds),
    ]
    note = (
        "In one process, warm, each change brought to the disk (`fsync`), so this measures the disk as well. The first "
        "change of a process loads libgit2, which takes another 60 ms. Validation and replay are not in it."
    )
    return Table("Writing a change", ("what", "p50", "p95", "first", "changes"), tuple(rows), (note,))


def _row(name: str, times: list[float], rounds: int) -> tuple[str, ...]:
    warm = times[1:]
    return name, millis(percentile(warm, 0.5)), millis(percentile(warm, 0.95)), millis(times[0]), f"{rounds:,}"


def _times(root: Path, rounds: int, *, git: bool, files: int) -> list[float]:
    from callgate.reviewer.apply.transaction import begin  # noqa: PLC0415 - the figures' tests need no callgate
    from faulting.world import OLD, make_world, request  # noqa: PLC0415 - as above

    shutil.rmtree(root, ignore_errors=True)
    made = make_world(root, git=git)
    if files:
        for number in range(files):
            path = made.project / f"src/area{number % 40}/file{number}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{number}\n", encoding="utf-8")
        made.git("add", ".")
        made.git("commit", "-q", "-m", "many")
    times = []
    for number in range(rounds + 1):
        started = time.perf_counter()
        with begin(str(made.target), made.setting()) as change:
            done = change.write(request(OLD + b"# %d\n" % number))
        times.append(time.perf_counter() - started)
        if done.rollback_info["type"] != ("git" if git else "backup") or done.notes:
            raise BenchError(f"the change was not what is measured: {done}")
    return times
