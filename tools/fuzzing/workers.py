"""Processes that fuzz: what kills one of them, or keeps it busy for ever, is a fault like others."""

from __future__ import annotations

import gc
import heapq
import multiprocessing
import os
import tempfile
import time
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Callable, NamedTuple, Sequence

from fuzzing.checks import GROWTH, PROFILES, Fault, World, analysis, check, decision, grows, open_world
from fuzzing.inputs import Inputs
from fuzzing.shapes import SHAPES

SILENCE = 30.0
"""Seconds after which a process that does not go on is taken to hang."""

SLOWEST = 10
AGAIN = 20
"""Processes that may be started anew; more deaths say that nothing works, and not more about commands."""


class Plan(NamedTuple):
    """What one process does."""

    seed: int
    corpus: list[str]
    longest: int
    seconds: float
    """How long; commands are drawn until then."""
    most: int
    """How many commands at most; 0 for no limit."""
    shapes: tuple[str, ...]
    """Shapes whose growth is measured first."""
    sizes: tuple[int, ...]


class Report(NamedTuple):
    """What came of it."""

    commands: int
    grown: int
    """Shapes whose growth was measured."""
    slowest: list[tuple[float, str]]
    faults: list[Fault]


def run(plan: Plan, world: World, note: Path | None = None) -> Report:
    """Do what *plan* says, in this process; the command in hand stands in *note* all the while."""
    faults: list[Fault] = []
    slowest: list[tuple[float, str]] = []
    end = time.monotonic() + plan.seconds

    def mark(command: str) -> None:
        if note is not None:
            note.write_text(command, encoding="utf-8", errors="surrogatepass")

    grown = 0
    for name in plan.shapes:
        if time.monotonic() > end:
            break
        faults += _growth(name, plan.sizes, world, mark)
        grown += 1
    gc.collect()
    gc.freeze()  # or a collection over all recorded commands falls into the time of some call
    inputs = Inputs(plan.seed, plan.corpus, plan.longest)
    commands = 0
    while time.monotonic() < end and (not plan.most or commands < plan.most):
        command = inputs.draw()
        mark(command)
        found, taken = check(world, command, PROFILES[commands % len(PROFILES)])
        faults += found
        heapq.heappush(slowest, (taken, command))
        if len(slowest) > SLOWEST:
            heapq.heappop(slowest)
        commands += 1
    return Report(commands, grown, sorted(slowest, reverse=True), faults)


def _growth(name: str, sizes: Sequence[int], world: World, mark: Callable[[str], None]) -> list[Fault]:
    """Measure how one shape grows through *sizes*, and check all but the smallest like any command."""
    shape = SHAPES[name]
    faults = []
    mark(shape(sizes[-1]))
    for where, work in (
        ("analysis", lambda size: analysis(world, shape(size))),
        ("standard", lambda size: decision(world, shape(size), "standard")),
    ):
        found = grows(work, sizes)
        if found:
            faults.append(Fault("growth", where, f"shape `{name}`: {found} (limit {GROWTH})", shape(200)))
    for size in sizes[1:]:
        mark(shape(size))
        found_here, _ = check(world, shape(size), "standard")
        faults += [fault._replace(what=f"shape `{name}` of {size} characters: {fault.what}") for fault in found_here]
    return faults


def _child(plan: Plan, note: str, sender: Connection) -> None:
    with tempfile.TemporaryDirectory(prefix="callgate-fuzz-") as directory:
        sender.send(run(plan, open_world(Path(directory).resolve()), Path(note)))


def run_all(plans: Sequence[Plan]) -> Report:
    """Do all *plans* at the same time, each in a process; start again, with another seed, what did not survive."""
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory(prefix="callgate-fuzz-") as directory:
        started: dict[Connection, tuple[multiprocessing.process.BaseProcess, Plan, Path, float]] = {}

        def start(plan: Plan) -> None:
            note = Path(directory) / f"command-{len(os.listdir(directory))}"
            receiver, sender = context.Pipe(duplex=False)
            note.touch()
            process = context.Process(target=_child, args=(plan, str(note), sender), daemon=True)
            process.start()
            sender.close()
            started[receiver] = (process, plan, note, time.monotonic())

        for plan in plans:
            start(plan)
        reports: list[Report] = []

        def again(plan: Plan, begun: float) -> None:
            # Shapes are not measured twice, for one of them may be what kills.
            left = plan.seconds - (time.monotonic() - begun)
            if left > 1 and len(reports) < AGAIN:
                start(plan._replace(seed=plan.seed + 1_000_003, seconds=left, shapes=()))

        while started:
            for receiver in [one for one in wait(list(started), timeout=1) if isinstance(one, Connection)]:
                process, plan, note, begun = started.pop(receiver)
                try:
                    reports.append(receiver.recv())
                    process.join()
                except EOFError:  # it died
                    process.join()
                    reports.append(_lost("crash", f"exit status {process.exitcode}", note))
                    again(plan, begun)
            for receiver, (process, plan, note, begun) in list(started.items()):
                if time.time() - note.stat().st_mtime > SILENCE:
                    process.kill()
                    del started[receiver]
                    reports.append(_lost("hang", f"no answer for {SILENCE:.0f} s", note))
                    again(plan, begun)
    return _joined(reports)


def _lost(kind: str, what: str, note: Path) -> Report:
    command = note.read_text(encoding="utf-8", errors="surrogatepass")
    return Report(0, 0, [], [Fault(kind, "process", what, command)])


def _joined(reports: Sequence[Report]) -> Report:
    return Report(
        sum(report.commands for report in reports),
        sum(report.grown for report in reports),
        heapq.nlargest(SLOWEST, [one for report in reports for one in report.slowest]),
        [fault for report in reports for fault in report.faults],
    )
