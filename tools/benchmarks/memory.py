"""Memory of one gate over very many decisions: what it keeps must not grow with what it has seen."""

from __future__ import annotations

import gc
import tracemalloc
from pathlib import Path
from random import Random
from typing import Iterator, NamedTuple, Sequence

from benchmarks.figures import BenchError, Table
from benchmarks.recorded import read_commands
from benchmarks.scratch import World

MARKS = (10_000, 100_000, 250_000, 500_000, 1_000_000)
"""Decisions after which memory is read."""

FLAT = 1.05
"""How much more than after the second mark the process may hold at the end; more, and what grew is named."""

ENOUGH = 100_000
"""Decisions below which growth says nothing: program files are still being loaded."""

# Each piece of text below is new with every command, so that nothing that is kept by text can be kept for ever.
_NEW = (
    "cat src/file_{n}.py", "grep -rn word_{n} src", "X{n}={n}; echo $X{n}", "f{n}() {{ ls dir_{n}; }}; f{n}", "tool_{n} --opt{n}",
    "git log --grep=issue-{n}", "cd dir_{n} && pytest tests/test_{n}.py", "curl https://host-{n}.example/{n}",
    "echo 'text {n}' > out_{n}.txt", "for i in a{n} b{n}; do rm $i; done", "python -c 'print({n})'", "ls *.{n}",
    "cat <<E{n}\nbody {n}\nE{n}", "bash -c 'make target-{n}'", "find . -name '*{n}*' -exec wc {{}} +", "sed -n {n}p file_{n}",
    "echo é{n} $(date +{n})", "export PATH=/opt/{n}:$PATH; run", "if [ -f {n} ]; then cat {n}; fi", "' {n} ( unbalanced",
)  # fmt: skip


class Reading(NamedTuple):
    """Memory after so many decisions."""

    decisions: int
    resident: int
    """Bytes of the process in memory."""


def resident() -> int:
    """Return the bytes that this process holds in memory.

    Raises:
        BenchError: the system has no `/proc`.
    """
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError) as error:
        raise BenchError(f"the memory of this process cannot be read: {error}") from error
    return pages * 4096


def endless(commands: Sequence[tuple[str, str]], project: str) -> Iterator[tuple[str, str]]:
    """Yield (command, cwd) without end: recorded ones as they are, and as many new ones; a new cwd now and then."""
    chance = Random(0)
    number = 0
    while True:
        if commands and number % 2:
            yield commands[number // 2 % len(commands)]
        else:
            cwd = f"{project}/dir_{number}" if number % 500 == 0 else project
            yield chance.choice(_NEW).format(n=number), cwd
        number += 1


def measure(world: World, commands: Sequence[tuple[str, str]], marks: Sequence[int]) -> tuple[list[Reading], list[str]]:
    """Decide as many calls as the last of *marks* in one gate; return memory at each, and what grew if it is not flat.

    Raises:
        BenchError: callgate failed on one.
    """
    from callgate.core.model import ToolCall  # noqa: PLC0415 - the figures' tests need no callgate
    from callgate.gate import open_gate  # noqa: PLC0415 - as above

    home = world.home("memory")
    gate = open_gate({"HOME": str(home)}, str(world.project), managed="")
    source = endless(commands, str(world.project))

    def decide(count: int) -> None:
        for _ in range(count):
            command, cwd = next(source)
            examined = gate.examine(ToolCall("Bash", {"command": command}, cwd))
            if examined.error:
                raise BenchError(f"command `{command[:200]}`: {examined.error}")

    readings: list[Reading] = []
    done = 0
    for mark in marks:
        decide(mark - done)
        done = mark
        gc.collect()
        readings.append(Reading(done, resident()))
    if is_flat(readings) or done < ENOUGH:
        return readings, []
    tracemalloc.start()
    decide(2_000)
    before = tracemalloc.take_snapshot()
    decide(10_000)
    grown = tracemalloc.take_snapshot().compare_to(before, "lineno")[:5]
    tracemalloc.stop()
    return readings, [f"grew by {one.size_diff:,} bytes in 10,000 decisions: {one.traceback}" for one in grown]


def is_flat(readings: Sequence[Reading]) -> bool:
    """Whether the last reading is hardly more than the second: the first decisions still load and compile."""
    return readings[-1].resident <= readings[min(1, len(readings) - 1)].resident * FLAT


def tabulate(readings: Sequence[Reading], grown: Sequence[str], recordings: int) -> Table:
    """Return the table of *readings*."""
    base = readings[min(1, len(readings) - 1)].resident
    rows = tuple(
        (f"{one.decisions:,}", f"{one.resident / 2**20:.1f} MB", f"{one.resident / base:.2f}") for one in readings
    )
    note = (
        f"One gate, profile `cautious`, {recordings:,} recorded commands over and over and as many that never came "
        "before, every five-hundredth call in a directory of its own; resident memory of the whole process, Python "
        "and this benchmark's own lists included. The ratio is to the second row."
    )
    return Table("Memory over a million decisions", ("decisions", "resident", "ratio"), rows, (note, *grown))


def table(world: World, path: Path, marks: Sequence[int] = MARKS) -> Table:
    """Measure with the commands in *path*, or only with generated ones when there is no such file."""
    commands = read_commands(path) if path.is_file() else []
    readings, grown = measure(world, commands, marks)
    return tabulate(readings, grown, len(commands))
