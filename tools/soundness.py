"""Compare the analysis with bash itself, on many scripts: `make soundness`.

Half of the scripts are generated, half are recorded commands of agents where those are at hand; each runs in a box in
which every program is a recorder. A miss is a script that the analysis claims to understand and that did something
which nobody predicted. Misses are written, each made as small as it gets, to `build/soundness.txt`; the exit status is
1 when there are any, 2 when this machine cannot run the box. `docs/soundness.md` says what that proves.
"""

from __future__ import annotations

import argparse
import functools
import json
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple, Sequence

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "soundness"))

from bash_constructs import CONSTRUCTS  # noqa: E402 - found by the line above
from bash_sandbox import PROJECT, Sandbox, SandboxUnavailableError  # noqa: E402 - likewise
from soundness_run import DRAFTS, RECORDED_AT, Finding, generated, minimise, try_script  # noqa: E402 - likewise

RECORDED = ROOT.parent / "shared" / "data" / "agent-commands.jsonl"
REPORT = ROOT / "build" / "soundness.txt"
CHUNK = 250
SMALLEST_OF = 6
"""Misses that each chunk of scripts makes small; the others are counted and written as they are."""


class Tally(NamedTuple):
    """What came of some scripts."""

    scripts: int
    full: int
    compared: int
    findings: list[Finding]


def main(arguments: list[str] | None = None) -> int:
    """Run, print, write the report."""
    parser = argparse.ArgumentParser(prog="soundness.py", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=20_000, help="scripts in all")
    parser.add_argument("--first", type=int, default=0, help="number of the first generated script")
    parser.add_argument("--construct", choices=CONSTRUCTS, default="", help="generate scripts that use this one")
    parser.add_argument("--each", type=int, default=0, help="so many scripts for every construct, instead of --count")
    parser.add_argument("--jobs", type=int, default=2, help="boxes at the same time")
    parser.add_argument("--recorded", type=Path, default=RECORDED, help="recorded commands, JSON lines")
    options = parser.parse_args(arguments)
    recorded = [] if options.construct or options.each else _recorded(options.recorded, options.count // 2)
    count = (options.each or options.count) - len(recorded)
    work: list[tuple[str, Sequence[str | int]]] = []
    for construct in CONSTRUCTS if options.each else (options.construct,):
        numbers = range(options.first, options.first + count)
        work += [(construct, numbers[at : at + CHUNK]) for at in range(0, count, CHUNK)]
    work += [("", recorded[at : at + CHUNK]) for at in range(0, len(recorded), CHUNK)]
    started = time.monotonic()
    try:
        with ProcessPoolExecutor(options.jobs) as pool:
            tallies = list(pool.map(functools.partial(_work, drafts=1 if options.each else DRAFTS), work))
    except SandboxUnavailableError as error:
        print(f"error: the sandbox does not start: {error}", file=sys.stderr)
        print("  help: run it on Linux with bash, a C compiler and user namespaces", file=sys.stderr)
        return 2
    if options.each:
        _print_each([construct for construct, _ in work], tallies)
    findings = [finding for tally in tallies for finding in tally.findings]
    _report(findings)
    scripts, full, compared = (sum(tally[column] for tally in tallies) for column in range(3))  # type: ignore[misc]
    print(f"{scripts} scripts ({len(recorded)} recorded) in {time.monotonic() - started:.0f} s")
    print(f"{full} understood in full, in which {compared} programs and files were looked for")
    for kind, number in Counter(miss.kind for finding in findings for miss in finding.misses).most_common():
        print(f"  {kind}: {number}")
    print(f"{len(findings)} misses" + (f", see {REPORT.relative_to(ROOT)}" if findings else ""))
    return 1 if findings else 0


def _recorded(path: Path, count: int) -> list[str]:
    """Return up to *count* different recorded commands, as they would read in the box."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8") as lines:
        commands = (json.loads(line)["command"].replace(RECORDED_AT, PROJECT) for line in lines)
        return [command for command in dict.fromkeys(commands) if "\0" not in command][:count]


def _work(chunk: tuple[str, Sequence[str | int]], drafts: int) -> Tally:
    construct, items = chunk
    full = compared = 0
    findings: list[Finding] = []
    scripts = [generated(each, construct, drafts) if isinstance(each, int) else each for each in items]
    with Sandbox() as sandbox:
        for seed, script in enumerate(scripts):
            outcome = try_script(sandbox, script, seed)
            full += outcome.full
            compared += outcome.compared
            if outcome.misses:
                finding = Finding(script, seed, outcome.misses)
                findings.append(minimise(sandbox, finding) if len(findings) < SMALLEST_OF else finding)
    return Tally(len(scripts), full, compared, findings)


def _print_each(constructs: list[str], tallies: list[Tally]) -> None:
    """Print for each construct how many scripts ran, how many of them were understood in full, and the misses."""
    for name in dict.fromkeys(constructs):
        of_it = [tally for construct, tally in zip(constructs, tallies, strict=True) if construct == name]
        scripts, full = sum(tally.scripts for tally in of_it), sum(tally.full for tally in of_it)
        misses = sum(len(tally.findings) for tally in of_it)
        print(f"  {name:<16}{scripts:>7} scripts{full * 100 // scripts:>5} % in full{misses:>5} misses")


def _report(findings: list[Finding]) -> None:
    REPORT.parent.mkdir(exist_ok=True)
    parts = [
        f"== seed {finding.seed}\n{finding.script}\n-- "
        + "\n-- ".join(f"{miss.kind}: {miss.what}" for miss in finding.misses)
        for finding in sorted(findings, key=lambda finding: len(finding.script))
    ]
    REPORT.write_text("\n\n".join(parts) + "\n" if parts else "", encoding="utf-8", errors="backslashreplace")


if __name__ == "__main__":
    sys.exit(main())
