"""A million logged calls through another policy: reading, counting the distinct ones, deciding each once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import NamedTuple

from benchmarks.figures import BenchError, Table
from benchmarks.recorded import read_commands
from benchmarks.scratch import World

SIZES = (100_000, 1_000_000)
PROJECTS = 12
"""Projects that the recorded commands are spread over: each command is a call of its own in each of them."""

TIMEOUT = 900
_HERE = "/bench/project"
_SEED = 20_261_122
_START = 1_760_000_000
_CHANGES = (
    ("one rule more", ("--with-rule", '{"rule_type": "allow", "rule": {"id": "run-pytest", "command": "pytest *"}}')),
    ("another profile", ("--profile", "standard")),
    ("what was logged", ()),
)


class Run(NamedTuple):
    """One replay."""

    change: str
    calls: int
    distinct: int
    changed: int
    size: int
    """Bytes of the log."""
    wall: float
    processor: float
    """Seconds of all processes together."""


def build_log(home: Path, commands: list[tuple[str, str]], count: int, log: Path) -> None:
    """Write *count* review lines to *log*, as the journal writes them: recorded commands by chance, in twelve projects.

    Raises:
        BenchError: callgate failed on a command.
    """
    from callgate.core.model import ToolCall  # noqa: PLC0415 - the figures' tests need no callgate
    from callgate.gate import open_gate  # noqa: PLC0415 - as above
    from callgate.journal.records import build, timestamp  # noqa: PLC0415 - as above

    gate = open_gate({"HOME": str(home)}, _HERE, managed="", project=_HERE)
    lines: list[tuple[str, str]] = []
    for command, cwd in commands:
        call = ToolCall("Bash", {"command": command}, cwd if cwd.startswith(_HERE) else _HERE, "session", "use")
        found = gate.examine(call)
        if found.error:
            raise BenchError(f"command `{command[:200]}`: {found.error}")
        record = build(call, found.verdict, found.analysis, found.observation, now=0.0).review
        text = json.dumps({**record, "timestamp": "T0", "decision_id": "D0"}, separators=(",", ":"))
        head, _, tail = text.partition('"T0"')
        lines.append((head, tail))
    draw = Random(_SEED)
    with log.open("w", encoding="ascii") as out:
        for number in range(count):
            head, tail = draw.choice(lines)
            project = f"/bench/p{draw.randrange(PROJECTS):02}"
            stamp = timestamp(_START + number * 2.5)
            rest = tail.replace(_HERE, project).replace('"D0"', f'"{number:016x}"')
            out.write(f'{head.replace(_HERE, project)}"{stamp}"{rest}\n')


def measure(home: Path, log: Path, change: str, options: tuple[str, ...]) -> Run:
    """Replay *log* in a process of its own, with its workers.

    Raises:
        BenchError: it failed, or left calls out.
    """
    words = [sys.executable, "-m", "callgate", "replay", "--json", "--log", str(log), *options]
    environ = {"HOME": str(home), "PATH": os.environ.get("PATH", "")}
    before, started = os.times(), time.perf_counter()
    done = subprocess.run(words, capture_output=True, env=environ, timeout=TIMEOUT, cwd=home, check=False)
    wall, after = time.perf_counter() - started, os.times()
    if done.returncode != 0:
        raise BenchError(f"replay: {done.stderr.decode('utf-8', 'replace')[:500]}")
    report = json.loads(done.stdout)
    if any(report["left_out"].values()) or report["without_observation"]:
        raise BenchError(f"replay: not all calls were replayed: {report['left_out']}")
    processor = after.children_user + after.children_system - before.children_user - before.children_system
    return Run(change, report["calls"], report["distinct"], report["changed"], log.stat().st_size, wall, processor)


def tabulate(runs: list[Run]) -> Table:
    """Return the table of *runs*."""
    rows = tuple(
        (
            f"{run.calls:,} calls, {run.change}", f"{run.distinct:,}", f"{run.changed:,}", f"{run.size / 2**30:.2f} GB",
            f"{run.wall:.1f} s", f"{run.processor:.1f} s", f"{run.calls / run.wall:,.0f}",
        )
        for run in runs
    )  # fmt: skip
    note = (
        f"`callgate replay`, the whole process with its workers, on a log of recorded commands drawn by chance in "
        f"{PROJECTS} projects under profile `cautious`. *one rule more* and *another profile* decide each distinct "
        "call twice (today's policy and the other one); *what was logged* decides it once. Wanted: a million in 60 s."
    )
    head = ("log", "distinct", "changed", "size", "time", "processor", "calls/s")
    return Table("Replay of logged calls", head, rows, (note,))


def table(world: World, path: Path, sizes: tuple[int, ...] = SIZES) -> Table:
    """Measure every change on a log of each of *sizes* made from the commands in *path*."""
    if not path.is_file():
        note = f"Skipped: there is no `{path.name}` (name one with `--commands FILE`)."
        return Table("Replay of logged calls", ("log", "time"), (), (note,))
    home = world.home("replay")
    runs = []
    for size in sizes:
        log = world.root / f"replay-{size}.jsonl"
        build_log(home, read_commands(path), size, log)
        runs += [measure(home, log, change, options) for change, options in _CHANGES]
        log.unlink()
    return tabulate(runs)
