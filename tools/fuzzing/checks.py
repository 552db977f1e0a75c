"""What must hold for every command: no exception, no internal error, little processor time, growth that is linear."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import Callable, NamedTuple, Sequence

from callgate import observe
from callgate.core.model import ToolCall
from callgate.gate import Gate, open_gate
from callgate.shell.analyse import analyse_command

PROFILES = ("cautious", "standard", "trusted", "docs-writer", "tester", "safe-git")
LIMIT = 0.050
"""Seconds of processor time that one call may take."""

GROWTH = 2.6
"""How much more an input of twice the length may take: linear, with room for noise and logarithms."""

NOTICED = 0.005
"""Seconds below which growth is not looked at: constant costs hide it, and noise is as large."""

TURNS = 3
"""Measurements of which the fastest counts, before something is called slow."""


class Fault(NamedTuple):
    """Something that does not hold for a command."""

    kind: str
    """`exception …`, `internal error …`, `slow`, `growth`, `crash`, `hang`."""
    where: str
    """`analysis` or the name of a profile."""
    what: str
    command: str


class World(NamedTuple):
    """The gates of one scratch home."""

    home: str
    project: str
    gates: dict[str, Gate]


def open_world(root: Path) -> World:
    """Make a home directory and a project in *root*, and a gate for each shipped profile."""
    home, project = root / "home", root / "home" / "project"
    (project / ".git").mkdir(parents=True)
    for name in ("a", "f", ".env", "README.md"):
        (project / name).write_text("x\n", encoding="utf-8")
    # How long a recursive read of `/tmp` or `/etc` is looked at depends on what this machine has there.
    observe.MAX_ENTRIES = 200
    gates = {
        profile: open_gate({"HOME": str(home)}, str(project), profile=profile, home=str(home), project=str(project),
                           managed="")
        for profile in PROFILES
    }  # fmt: skip
    return World(str(home), str(project), gates)


def analysis(world: World, command: str) -> str:
    """Analyse *command*; return what is wrong, empty when nothing is."""
    try:
        analyse_command(command, cwd=world.project, home=world.home)
    except Exception as error:  # noqa: BLE001 - any is a fault
        return f"exception {type(error).__name__}: {error}"[:300]
    return ""


def decision(world: World, command: str, profile: str) -> str:
    """Decide *command* by *profile*; return what is wrong, empty when nothing is."""
    found = world.gates[profile].examine(ToolCall("Bash", {"command": command}, world.project))
    if found.error:
        return "internal error " + found.error.strip().splitlines()[-1][:300]
    if found.verdict.decision == "allow" and found.verdict.coverage != "full":
        return "an allow of a call that is not understood"
    return ""


def measured(work: Callable[[], object], turns: int = 1) -> float:
    """Return the processor time (seconds, of this thread) of the fastest of *turns*."""
    best = float("inf")
    for _ in range(turns):
        started = time.thread_time()
        work()
        best = min(best, time.thread_time() - started)
    return best


def check(world: World, command: str, profile: str) -> tuple[list[Fault], float]:
    """Check one command; return what does not hold, and the seconds of its slower half."""
    faults: list[Fault] = []
    slowest = 0.0
    halves: Sequence[tuple[str, Callable[[], str]]] = (
        ("analysis", lambda: analysis(world, command)), (profile, lambda: decision(world, command, profile)),
    )  # fmt: skip
    for where, work in halves:
        wrong = ""

        def once(work: Callable[[], str] = work) -> None:
            nonlocal wrong
            wrong = work()

        taken = measured(once)
        if wrong:
            faults.append(Fault(wrong.partition(":")[0], where, wrong, command))
        if taken > LIMIT:
            taken = min(taken, measured(once, TURNS))
        if taken > LIMIT:
            faults.append(Fault("slow", where, f"{taken * 1e3:.0f} ms", command))
        slowest = max(slowest, taken)
    return faults, slowest


def grows(work: Callable[[int], object], sizes: Sequence[int]) -> str:
    """Return how *work* grows more than it may with *sizes*, each twice the one before; empty when it does not.

    One step too large with a flat part behind it is where a limit sets in; two in a row, or the last one, are growth.
    """
    times: list[float] = []
    steep = ""
    for position, size in enumerate(sizes):
        times.append(measured(lambda size=size: work(size)))  # type: ignore[misc]
        before = times[position - 1] if position else 0.0
        if before <= NOTICED or times[-1] <= before * GROWTH:
            steep = ""
            continue
        # Both anew, for another process may have had the caches.
        before = max(before, measured(lambda size=size: work(size // 2), TURNS))  # type: ignore[misc]
        times[-1] = min(times[-1], measured(lambda size=size: work(size), TURNS))  # type: ignore[misc]
        if times[-1] <= before * GROWTH:
            steep = ""
            continue
        found = f"{size // 2} characters {before * 1e3:.1f} ms, {size} characters {times[-1] * 1e3:.1f} ms"
        if steep or size == sizes[-1]:
            return f"{steep}; {found}" if steep else found
        steep = found
    return ""


def minimise(command: str, holds: Callable[[str], bool], seconds: float = 4) -> str:
    """Cut ever smaller pieces out of *command* for as long as it *holds*; stop after some time."""
    end = time.monotonic() + seconds
    size = max(1, len(command) // 2)
    while size and time.monotonic() < end:
        position = 0
        while position < len(command) and time.monotonic() < end:
            shorter = command[:position] + command[position + size :]
            kept = False
            with contextlib.suppress(Exception):
                kept = bool(shorter) and holds(shorter)
            if kept:
                command = shorter
            else:
                position += size
        size //= 2
    return command
