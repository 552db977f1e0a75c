"""Measure callgate and print one table per question; `make bench` runs it.

usage: python tools/bench.py [--quick] [--write FILE] [--only NAME[,NAME]] [--commands FILE] [--peers DIR | --no-peers]
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Callable, NamedTuple

from benchmarks import applying, changes, daemon, imports, logs, memory, processes, recorded, replay, rules, scratch
from benchmarks.figures import BenchError, Table, render

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = ROOT.parent / "shared" / "data" / "agent-commands.jsonl"
LIBRARIES = ("tree-sitter", "tree-sitter-bash", "google-re2", "duckdb")

PAGE = """# Benchmarks

*Written by `python tools/bench.py --write docs/benchmarks.md`; do not edit.*

Measured on {machine}, a shared and noisy one: **the ratios matter**, not the milliseconds, and processor time more
than the wall clock. Each table says when, and with which versions.

## How to reproduce

`make bench` prints these tables; run it before and after a change.
`python tools/bench.py --quick` takes a few seconds and is good for a first look, `--only rules` measures one table
(`processes`, `daemon`, `imports`, `recorded`, `rules`, `apply`, `memory`, `replay`, `logs`); `memory` decides a million
calls and takes minutes, `replay` and `logs` write logs of 3 GB to the temporary directory.
Peers come from their registries and are kept beside the virtual environment; `--no-peers` does without. Each is asked
about a dangerous and a harmless command first, and timed only if it stops the one and lets the other pass.
The recorded commands are not part of this repository: name a file of lines `{{"command": "…", "cwd": "…"}}` with
`--commands FILE`.
"""


class Plan(NamedTuple):
    """How much is measured."""

    rounds: int
    import_rounds: int
    passes: int
    limit: int | None
    sizes: tuple[int, ...]
    turns: int
    marks: tuple[int, ...]
    crowd: int
    """Calls to a daemon for each number of clients."""
    logs: tuple[int, ...]
    decisions: int


FULL = Plan(40, 9, 3, None, (10, 100, 1_000, 10_000), 10, memory.MARKS, 20_000, replay.SIZES, logs.SIZE)
QUICK = Plan(5, 3, 1, 1_000, (10, 100, 1_000), 3, (1_000, 2_000, 5_000), 1_000, (20_000,), 20_000)


def main(argv: list[str]) -> int:
    """Measure, print, and write the page when asked to; return 0, or 1 when something could not be measured."""
    options = _options(argv)
    plan = QUICK if options.quick else FULL
    cache = None if options.no_peers else options.peers
    done: list[Table] = []
    try:
        with tempfile.TemporaryDirectory(prefix="callgate-bench-") as directory:
            world = scratch.make_world(Path(directory).resolve())
            parts: dict[str, Callable[[], list[Table]]] = {
                "processes": lambda: [processes.table(world, plan.rounds, cache)],
                "daemon": lambda: [
                    daemon.load(world, options.commands, plan.crowd),
                    daemon.growth(world, plan.sizes, plan.turns),
                ],
                "imports": lambda: imports.tables(world, plan.import_rounds),
                "recorded": lambda: [recorded.table(world, options.commands, plan.passes, plan.limit)],
                "rules": lambda: [rules.table(world, plan.sizes, plan.turns)],
                "apply": lambda: [applying.table(world, plan.rounds), changes.table(world, plan.rounds)],
                "memory": lambda: [memory.table(world, options.commands, plan.marks)],
                "replay": lambda: [replay.table(world, options.commands, plan.logs)],
                "logs": lambda: logs.tables(world, options.commands, plan.decisions),
            }
            for name in options.only or parts:
                for table in parts[name]():
                    print(render(table), flush=True)
                    done.append(table)
    except BenchError as error:
        print(f"error: {error}\n  help: run `make test` first; a benchmark times only what works", file=sys.stderr)
        return 1
    if options.write:
        old = options.write.read_text(encoding="utf-8") if options.write.exists() else ""
        options.write.write_text(page(done, old), encoding="utf-8")
    return 0


def page(tables: list[Table], old: str = "") -> str:
    """Return the text of docs/benchmarks.md: *tables*, and of the page *old* those that were not measured again."""
    versions = ", ".join([f"callgate {version('callgate')}", f"Python {platform.python_version()}",
                          *(f"{name} {version(name)}" for name in LIBRARIES)])  # fmt: skip
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    told = f"Measured {time.strftime('%Y-%m-%d', time.gmtime())} with {versions}."
    sections = {part.split("\n", 1)[0]: part.strip() + "\n" for part in old.split("\n## ")[1:]}
    sections.pop("How to reproduce", None)
    for table in tables:
        sections[table.title] = render(table._replace(notes=(*table.notes, told))).removeprefix("## ").strip() + "\n"
    return "\n".join([PAGE.format(machine=machine), *(f"## {text}" for text in sections.values())])


def _options(argv: list[str]) -> argparse.Namespace:
    names = ("processes", "daemon", "imports", "recorded", "rules", "apply", "memory", "replay", "logs")

    def chosen(text: str) -> list[str]:
        parts = text.split(",")
        unknown = [part for part in parts if part not in names]
        if unknown:
            raise argparse.ArgumentTypeError(f"`{unknown[0]}` is none of {', '.join(names)}")
        return parts

    parser = argparse.ArgumentParser(prog="bench.py", description="Measure callgate.", allow_abbrev=False)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, smaller policies, fewer commands")
    parser.add_argument(
        "--write",
        type=Path,
        metavar="FILE",
        help="also write the page (docs/benchmarks.md); tables that are not measured stay",
    )
    parser.add_argument("--only", type=chosen, metavar="NAMES", help=f"of {', '.join(names)}")
    parser.add_argument("--commands", type=Path, default=COMMANDS, metavar="FILE", help="recorded commands, JSON Lines")
    parser.add_argument("--peers", type=Path, default=Path(sys.prefix) / "bench-peers", metavar="DIR",
                        help="where other gates are installed and kept")  # fmt: skip
    parser.add_argument("--no-peers", action="store_true", help="measure without other gates")
    options = parser.parse_args(argv)
    if options.write and options.quick:
        parser.error("--write takes a full run: leave --quick out")
    return options


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
