"""Make one call of a policy change fail, or be the last one, for every call in turn, and print how many were tried.

usage: python tools/faults.py [--quick] [--json] [--in DIR]

Each run makes one change in a process of its own, judges the files, lets the next run repair them, and judges again.
`libc` hits the calls of the C library (those of libgit2, too; needs a C compiler and Linux), `calls` those of ours.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Iterator

from benchmarks.figures import Table, render
from faulting.drivers import build_shim
from faulting.walk import WORLDS

TIMEOUT = 900
"""Seconds for all walks of one world by one driver."""


def main(argv: list[str]) -> int:
    """Walk, print a table, and what was found; return 0 when nothing was, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="faults.py", description="Walk the faults of a policy change.")
    parser.add_argument("--quick", action="store_true", help="without Git and with it, killing and failing once only")
    parser.add_argument("--json", action="store_true", help="print one JSON object for each walk")
    parser.add_argument("--in", dest="place", metavar="DIR", help="where the worlds are made, else as TMPDIR says")
    options = parser.parse_args(argv)
    worlds, modes = (("backup", "git"), ("kill", "twice", "once")) if options.quick else (WORLDS, ())
    walks = []
    # The shim lies apart: nothing can be loaded from a directory in memory that is mounted `noexec`.
    with (
        tempfile.TemporaryDirectory(prefix="callgate-shim-") as built,
        tempfile.TemporaryDirectory(prefix="callgate-faults-", dir=options.place) as directory,
    ):
        for walk in walked(Path(directory).resolve(), build_shim(Path(built).resolve()), worlds, modes):
            walks.append(walk)
            if options.json:
                print(json.dumps(walk), flush=True)
    problems = [problem for walk in walks for problem in walk["problems"]]
    if not options.json:
        print(render(table(walks)))
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    return int(bool(problems) or not walks)


def walked(
    folder: Path, shim: Path | None, worlds: tuple[str, ...], modes: tuple[str, ...] = ()
) -> Iterator[dict[str, Any]]:
    """Yield every walk (`faulting.walk.Walk` as a dict) of *worlds*, by every driver that works here.

    Args:
        folder: an empty directory.
        shim: as `build_shim` returns it.
        worlds: of `faulting.walk.WORLDS`.
        modes: of `faulting.drivers.Mode`; empty for all that the driver has.

    Raises:
        subprocess.CalledProcessError: a walk has failed as a program.
    """
    for driver in ("libc", "calls") if shim else ("calls",):
        environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
        if driver == "libc":
            environ["LD_PRELOAD"] = str(shim)
        for world in worlds:
            words = [sys.executable, "-m", "faulting.walk", driver, str(folder), world]
            words += [",".join(modes)] if modes else []
            done = subprocess.run(words, env=environ, stdout=subprocess.PIPE, timeout=TIMEOUT, check=True)
            yield from map(json.loads, done.stdout.splitlines())


def table(walks: list[dict[str, Any]]) -> Table:
    """Return the counts: one row for each driver and world, and one for all."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for walk in walks:
        groups.setdefault((walk["driver"], walk["world"]), []).append(walk)
    rows = [_row(f"{driver}, {world}", of_world) for (driver, world), of_world in groups.items()]
    head = ("calls of, world", "calls", "faults", "states checked", "killed", "made", "refused", "wrong")
    return Table("Faults of a policy change", head, (*rows, _row("all", walks)))


def _row(name: str, walks: list[dict[str, Any]]) -> tuple[str, ...]:
    ends = {kind: sum(walk["ends"].get(kind, 0) for walk in walks) for kind in ("killed", "made")}
    faults = sum(walk["steps"] for walk in walks)
    counts = (
        max((walk["steps"] for walk in walks), default=0), faults, sum(walk["states"] for walk in walks),
        ends["killed"], ends["made"], faults - sum(ends.values()), sum(len(walk["problems"]) for walk in walks),
    )  # fmt: skip
    return (name, *(f"{count:,}" for count in counts))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
