"""Feed the analysis and the gate with hostile commands: `make fuzz`.

Nothing may raise, no call may take over 50 ms of processor time, and no input may cost more than linear time. Faults
are made small and written to `build/fuzz.txt`; the exit status is 1 when there are any. `docs/fuzzing.md` says what is
tried. The same seed tries the same commands.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Callable

from callgate.shell.analyse import MAX_COMMAND
from fuzzing.checks import LIMIT, Fault, World, analysis, check, decision, measured, minimise, open_world
from fuzzing.inputs import recorded
from fuzzing.shapes import SHAPES
from fuzzing.workers import Plan, Report, run_all

ROOT = Path(__file__).resolve().parent.parent
RECORDED = ROOT.parent / "shared" / "data" / "agent-commands.jsonl"
REPORT = ROOT / "build" / "fuzz.txt"
SIZES = (4_096, 8_192, 16_384, 32_768, 65_536)
SMALLEST_OF = 8
"""Faults of each kind that are made small; the others are written as they are."""


def main(arguments: list[str] | None = None) -> int:
    """Run, print, write the report."""
    options = _options(arguments)
    corpus = recorded(options.recorded)
    names = sorted(SHAPES) if options.growth else []
    plans = [
        Plan(options.seed * 1_000 + job, corpus, MAX_COMMAND + 100, options.minutes * 60, options.count // options.jobs,
             tuple(names[job :: options.jobs]), SIZES)
        for job in range(options.jobs)
    ]  # fmt: skip
    started = time.monotonic()
    report = run_all(plans)
    _print(report, len(corpus), time.monotonic() - started)
    _write(report.faults)
    return 1 if report.faults else 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="fuzz.py", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--minutes", type=float, default=10, help="how long")
    parser.add_argument("--count", type=int, default=0, help="commands at most, all processes together; 0: no limit")
    parser.add_argument("--seed", type=int, default=0, help="another number tries other commands")
    parser.add_argument("--jobs", type=int, default=2, help="processes at the same time")
    parser.add_argument("--recorded", type=Path, default=RECORDED, help="recorded commands, JSON lines")
    parser.add_argument("--no-growth", dest="growth", action="store_false", help="leave the growth of shapes out")
    return parser.parse_args(arguments)


def _print(report: Report, recordings: int, seconds: float) -> None:
    print(f"{report.commands} commands in {seconds:.0f} s, {report.commands / max(seconds, 1):.0f} a second; "
          f"{recordings} recorded ones to start from")  # fmt: skip
    print(f"{report.grown} shapes at {SIZES[0]} to {SIZES[-1]} characters")
    print("the slowest:")
    for taken, command in report.slowest:
        shown = command[:90].encode("unicode_escape").decode()
        print(f"  {taken * 1e3:6.1f} ms  {len(command):6d} characters  {shown[:90]}")
    for kind, number in Counter(fault.kind for fault in report.faults).most_common():
        print(f"  {kind}: {number}")
    print(f"{len(report.faults)} faults" + (f", see {REPORT.relative_to(ROOT)}" if report.faults else ""))


def _write(faults: list[Fault]) -> None:
    REPORT.parent.mkdir(exist_ok=True)
    _save([(fault, fault.command) for fault in faults])  # making them small takes a while, and may be interrupted
    with tempfile.TemporaryDirectory(prefix="callgate-fuzz-") as directory:
        world = open_world(Path(directory).resolve())
        _save(_small(world, faults))


def _save(faults: list[tuple[Fault, str]]) -> None:
    parts = [f"== {fault.kind} in {fault.where}: {fault.what}\n{small}" for fault, small in faults]
    REPORT.write_text("\n\n".join(parts) + "\n" if parts else "", encoding="utf-8", errors="backslashreplace")


def _small(world: World, faults: list[Fault]) -> list[tuple[Fault, str]]:
    """Return each fault with the smallest command that still shows it; those that end the process stay as they are."""
    out: list[tuple[Fault, str]] = []
    seen: Counter[str] = Counter()
    for fault in faults:
        seen[fault.kind] += 1
        alive = fault.kind not in {"crash", "hang", "growth"}
        again = alive and seen[fault.kind] <= SMALLEST_OF and any(
            one.kind == fault.kind for one in check(world, fault.command, _profile(fault))[0]
        )  # fmt: skip
        out.append((fault, minimise(fault.command, _holds(world, fault)) if again else fault.command))
    return out


def _profile(fault: Fault) -> str:
    return "standard" if fault.where == "analysis" else fault.where


def _holds(world: World, fault: Fault) -> Callable[[str], bool]:
    def work(command: str) -> str:
        inside = fault.where == "analysis"
        return analysis(world, command) if inside else decision(world, command, fault.where)

    if fault.kind == "slow":
        return lambda command: measured(lambda: work(command), 2) > LIMIT
    return lambda command: work(command).startswith(fault.kind)


if __name__ == "__main__":
    sys.exit(main())
