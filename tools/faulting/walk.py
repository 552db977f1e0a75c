"""One change again and again, each time with another call failing or being the last one; every end is judged.

Run as a program it prints one JSON object: `python -m faulting.walk DRIVER FOLDER [WORLD,… [MODE,…]]`, with the shim
preloaded for the driver `libc`. `tools/faults.py` starts it.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections import Counter
from pathlib import Path
from typing import Final, Mapping, NamedTuple, Sequence

from callgate.reviewer.apply.base import ApplyError
from callgate.reviewer.apply.transaction import begin
from faulting.check import DIRTY, Before, Outcome, judge, look, repair_and_judge
from faulting.drivers import Calls, Driver, Libc, Mode, Seen
from faulting.world import World, fork, hasty, make_world, request

WORLDS: Final = ("backup", "git", "git-dirty", "git-first")
"""Without Git; a clean target in a repository where something else is staged; a target with changes that are not
committed (commit and backup); a repository without commits, with something staged."""

DRIVERS: Final[Mapping[str, type[Driver]]] = {"libc": Libc, "calls": Calls}
_MAX_CALLS: Final = 2000
_REPAIR: Final = 31
"""About the calls of a repair; the second kill is spread over them."""


class Walk(NamedTuple):
    """One world walked in one mode."""

    driver: str
    world: str
    mode: str
    steps: int
    """Calls that were hit, one run each."""
    states: int
    """Ends that were judged: one after the change, one after the repair."""
    ends: Mapping[str, int]
    """How the runs ended: `killed`, `made`, or an error type."""
    problems: Sequence[str]


def template(root: Path, kind: str) -> World:
    """Make the world of one kind; every run gets a copy."""
    world = make_world(root, git=kind in {"git", "git-dirty"})
    if kind in {"git", "git-dirty"}:
        (world.project / "other.txt").write_text("staged\n")
        world.git("add", "other.txt")
        (world.project / "other.txt").write_text("staged and edited\n")
        (world.project / "new.txt").write_text("untracked\n")
    if kind == "git-first":
        world.init()
        world.git("add", "other.txt")
    if kind == "git-dirty":
        world.target.write_bytes(DIRTY)
    return world


def walk(driver: Driver, root: Path, kind: str, mode: Mode, *, first: bool = False) -> Walk:
    """Hit each call of the change in the world *kind* in turn; with *first* no further than to the first problem."""
    shutil.rmtree(root / f"{kind}-{mode}", ignore_errors=True)
    source = template(root / f"{kind}-{mode}", kind)
    problems: list[str] = []
    ends: Counter[str] = Counter()
    at = 0
    while at < _MAX_CALLS:
        at += 1
        world = World(root / "run")
        shutil.rmtree(world.root, ignore_errors=True)
        shutil.copytree(source.root, world.root, symlinks=True)
        before = look(world)
        outcome, seen = _run(driver, world, mode, at)
        if mode == "twice" and outcome.killed:
            _run(driver, world, "kill", 1 + at * 7 % _REPAIR, write=False)
        if not outcome.killed and seen.calls < at:
            at -= 1
            break  # the change has fewer calls than that: it was not hit
        ends["killed" if outcome.killed else outcome.error or "made"] += 1
        what = f"{driver.name} {kind} {mode} at {at} {seen.name}"
        problems += [f"{what}: {one}" for one in _judged(world, before, outcome)]
        if first and problems:
            break
    return Walk(driver.name, kind, mode, at, 2 * at, dict(ends), problems)


def _judged(world: World, before: Before, outcome: Outcome) -> list[str]:
    found = list(judge(world, before, outcome))
    found += [f"after the next run: {one}" for one in repair_and_judge(world, before)]
    told = outcome.error and f" [{outcome.error}: {outcome.message}]"
    return [one + told for one in found]


def _run(driver: Driver, world: World, mode: Mode, at: int, *, write: bool = True) -> tuple[Outcome, Seen]:
    """Make the change in a process of its own, with one fault."""
    reading, writing = os.pipe()
    child = fork()
    if child == 0:
        os.close(reading)
        try:
            told = _change(driver, world, mode, at, write=write)
            os.write(writing, json.dumps(told).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        data = stream.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return Outcome(killed=True), Seen(at, "")
    if not data:
        return Outcome(killed=False, error="crash", message="the process has not answered"), Seen(at, "")
    told = json.loads(data)
    return Outcome(killed=False, **told["outcome"]), Seen(*told["seen"])


def _change(driver: Driver, world: World, mode: Mode, at: int, *, write: bool) -> dict[str, object]:
    outcome: dict[str, str] = {}
    calls = hasty(driver.arm(mode, at, str(world.target.parent)))
    try:
        with begin(str(world.target), world.setting(calls)) as change:
            if write:
                change.write(request())
    except ApplyError as error:
        outcome = {"error": error.error_type, "applied": error.applied, "message": error.message}
    except BaseException as error:  # noqa: BLE001 - whatever else comes out is a finding
        outcome = {"error": "crash", "message": f"{type(error).__name__}: {error}"}
    return {"outcome": outcome, "seen": driver.disarm()}


def main(argv: list[str]) -> int:
    """Walk and print; return 0."""
    driver = DRIVERS[argv[0]]()
    folder = Path(argv[1])
    kinds = argv[2].split(",") if len(argv) > 2 else WORLDS
    modes = [mode for mode in driver.modes if len(argv) < 4 or mode in argv[3].split(",")]
    done = []
    for kind in kinds:
        for mode in modes:
            done.append(walk(driver, folder, kind, mode)._asdict())
            print(json.dumps(done[-1]), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
