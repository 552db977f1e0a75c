"""Soak a daemon: very many calls from several clients while policies change, and print how it was at every tenth.

usage: python tools/soak.py [--calls N] [--seconds N] [--clients N] [--edit SECONDS] [--json]

Recorded commands where they are at hand (`shared/data/agent-commands.jsonl` above the checkout), six policies, an edit
of one of them every few moments (every seventeenth is broken), clients that vanish or send rubbish. The daemon is
started as a hook starts it. Fails when an answered call is not in the log exactly once, or when memory grows (which is
judged from 100,000 calls on).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import mmap
import os
import shutil
import signal
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.figures import Table, render
from benchmarks.recorded import read_commands
from callgate.daemon.asking import NoDaemonError
from soaking.clients import ANSWERED, HUNG_UP, UNANSWERED, VANISHED, started, work
from soaking.world import WORDS, SoakWorld

GROWTH = 8 << 20
"""Bytes that memory may grow by after the second tenth: what a few more commands take in the bounded memories."""

MANY = 100_000
"""Calls from which on that is judged; with fewer these memories are still filling."""

_LOOK = 0.5


class Soak:
    """One run."""

    def __init__(self, world: SoakWorld, calls: int, clients: int, edit_seconds: float) -> None:
        self.world = world
        self.each = max(1, calls // clients)
        self.calls = self.each * clients
        self.edit_seconds = edit_seconds
        self.became = [mmap.mmap(-1, self.each) for _ in range(clients)]
        self.seen = [bytearray(self.each) for _ in range(clients)]
        self.rows: list[dict[str, Any]] = []
        self.lines = 0
        self.failed = 0
        """Clients that ended before their time."""

    def run(self, seconds: float = 0.0) -> None:
        """Make all calls, or as many as *seconds* allow (0: no limit), then have the daemon leave."""
        self.world.start()
        self.began = time.monotonic()
        until = self.began + seconds if seconds else float("inf")
        children = [
            started(partial(work, self.world, at, self.each, memoryview(self.became[at]), until))
            for at in range(len(self.became))
        ]
        edited = self.began
        while children:
            children = [child for child in children if not self._ended(child)]
            self.lines += self.world.collect(self.seen)
            if time.monotonic() - edited >= self.edit_seconds:
                edited = time.monotonic()
                self.world.edit()
            self._look(last=not children)
            time.sleep(min(_LOOK, self.edit_seconds))
        self.world.stop()
        self.lines += self.world.collect(self.seen, everything=True)

    def _ended(self, child: int) -> bool:
        ended, status = os.waitpid(child, os.WNOHANG)
        self.failed += bool(status)
        return bool(ended)

    def _look(self, *, last: bool) -> None:
        report = self.world.report()
        done = report["calls"] + sum(report["unanswered"].values())
        if last or done * 10 >= self.calls * (len(self.rows) + 1):
            self.rows.append({**report, "seconds": time.monotonic() - self.began, "edits": self.world.edits})

    def counts(self) -> dict[int, int]:
        """Return how many calls became what."""
        return {what: sum(bytes(one).count(what) for one in self.became) for what in range(4)}

    def problems(self) -> list[str]:
        """Return what is wrong, one sentence each."""
        found = []
        for worker, (became, seen) in enumerate(zip(self.became, self.seen, strict=True)):
            for number, (what, lines) in enumerate(zip(bytes(became), seen, strict=True)):
                if lines != 1 and (what == ANSWERED or lines > 1):
                    found.append(f"call w{worker}-{number} was answered and has {lines} lines in the log")
                if what == HUNG_UP and lines:
                    found.append(f"call w{worker}-{number} got no answer and has a line in the log")
        if self.failed:
            found.append(f"{self.failed} clients failed")
        if self.rows[-1]["journal"]["lost"]:
            found.append(f"{self.rows[-1]['journal']['lost']} lines were given up")
        memory = [row["memory_bytes"] for row in self.rows[1:]]
        if self.calls >= MANY and memory and max(memory) - memory[0] > GROWTH:
            found.append(f"memory grew by {(max(memory) - memory[0]) / 1e6:.1f} MB after the second tenth")
        return found

    def table(self) -> Table:
        """Return the run as a table."""
        rows = [
            (
                f"{row['calls']:,}",
                f"{row['seconds']:.0f} s",
                f"{row['memory_bytes'] / 1e6:.1f} MB",
                f"{row['latency_us']['p50']:,} µs",
                f"{row['latency_us']['p99']:,} µs",
                f"{row['journal']['backlog']:,}",
                f"{row['edits']:,}",
                f"{sum(row['unanswered'].values()):,}",
            )
            for row in self.rows
        ]
        counts = self.counts()
        seconds = self.rows[-1]["seconds"]
        head = ("calls", "after", "memory", "p50", "p99", "backlog", "edits", "no answer")
        made = self.calls - counts[UNANSWERED]
        return Table(
            f"Soak: {made:,} calls by {len(self.became)} clients",
            head,
            tuple(rows),
            (
                f"{made / seconds:,.0f} calls a second.",
                f"{counts[ANSWERED]:,} were answered, {self.lines:,} lines are in the log.",
                f"{counts[VANISHED]:,} clients vanished or sent rubbish.",
                f"{counts[HUNG_UP]:,} calls got no answer: their hooks would have decided.",
            ),
        )


def _commands() -> list[str]:
    for base in Path(__file__).resolve().parents:
        file = base / "shared/data/agent-commands.jsonl"
        if file.is_file():
            return [command for command, _ in read_commands(file)]
    return list(WORDS)


def main(argv: list[str]) -> int:
    """Soak, print a table, and what was found; return 0 when nothing was, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="soak.py", description="Soak a daemon with calls.")
    parser.add_argument("--calls", type=int, default=1_000_000, help="how many (1,000,000)")
    parser.add_argument("--seconds", type=float, default=0.0, help="stop after so many, whatever is left (0: never)")
    parser.add_argument("--clients", type=int, default=4, help="processes that call at the same time (4)")
    parser.add_argument(
        "--edit", type=float, default=0.5, metavar="SECONDS", help="between two edits of a policy (0.5)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(argv)
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(1))
    root = Path(tempfile.mkdtemp(prefix="cgsoak"))
    world = SoakWorld(root, _commands())
    try:
        soak = Soak(world, options.calls, max(1, options.clients), options.edit)
        soak.run(options.seconds)
    finally:
        with contextlib.suppress(NoDaemonError, OSError):  # it has left already, unless something failed
            world.stop()
        shutil.rmtree(root, ignore_errors=True)
    problems = soak.problems()
    if options.json:
        print(
            json.dumps(
                {
                    "calls": soak.calls - soak.counts()[UNANSWERED],
                    "lines": soak.lines,
                    "tenths": soak.rows,
                    "problems": problems,
                }
            )
        )
    else:
        print(render(soak.table()))
    for problem in problems[:20]:
        print(f"error: {problem}", file=sys.stderr)
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
