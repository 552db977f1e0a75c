"""What learning from the log is worth on recorded commands: `python tools/learning.py`.

1. Every recorded command is decided by the real gate under a profile and written to a review log by the real journal.
2. `analyze` and `suggest-rules` read that log.
3. The first rules are added to the profile, and every logged call is decided again: how many prompts are gone?
4. A sample of the newly allowed calls is written to a file, to be read by a person: which would you not sign?

Exit code 1 when a call that the profile denied or asked about became allowed, or a claim differs from the replay.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from callgate.core.model import ToolCall
from callgate.gate import Gate, open_gate
from callgate.journal.decision_log import DecisionLog
from callgate.reviewer.analyze.report import analyse
from callgate.reviewer.cluster.calls import Call, Gathered
from callgate.reviewer.evidence import read_calls
from callgate.reviewer.judge import Judge
from callgate.reviewer.suggest.rank import Suggestions, suggest
from callgate.reviewer.suggest.summary import report_toml

ROOT = Path(__file__).resolve().parent.parent
RECORDED = ROOT.parent / "shared" / "data" / "agent-commands.jsonl"
REPORT = ROOT / "build" / "learning.txt"
START = 1_790_000_000
"""When the recorded session begins, seconds since the epoch: any will do."""
STEP = 120
"""Seconds between two commands, made up: the recording has no times. Only rates per week depend on it."""


def main(arguments: list[str] | None = None) -> int:
    """Run, print the figures, write the sample."""
    options = _options(arguments)
    if not options.recorded.is_file():
        print(f"there is no `{options.recorded}`: name one with --recorded FILE")
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch) / "home"
        gate = open_gate({"HOME": str(home)}, "/testbed", profile=options.profile, home=str(home), managed="")
        log = Path(scratch) / "review.log"
        count = build_log(gate, options.recorded, log)
        print(f"{count:,} commands decided under `{options.profile}` and logged")
        started = time.monotonic()
        calls = read_calls(gate, [str(log)])
        if gate.loaded is None:
            raise SystemExit(gate.fault)
        judge = Judge(gate, gate.loaded)
        made = suggest(judge, calls, limit=options.limit)
        print(f"suggest-rules: {time.monotonic() - started:.1f} s")
        started = time.monotonic()
        report = analyse(judge, calls, limit=options.limit)
        print(f"analyze: {time.monotonic() - started:.1f} s; gaps: {report['gaps']['total']:,}")
        return _replay(judge, calls, made, options.sample)


def build_log(gate: Gate, recorded: Path, log: Path) -> int:
    """Decide every line of *recorded* and write the real journal's review lines to *log*; return how many."""
    journal = DecisionLog("", str(log), max_bytes=1 << 40)
    count = 0
    for line in recorded.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        call = ToolCall("Bash", {"command": row["command"]}, row["cwd"], session_id=row["trace"])
        found = gate.examine(call)
        faults = journal.record(call, found.verdict, found.analysis, found.observation, now=START + count * STEP)
        if faults:
            raise SystemExit(f"the log cannot be written: {faults}")
        count += 1
    return count


def _replay(judge: Judge, calls: Gathered, made: Suggestions, sample: int) -> int:
    """Decide everything again, rule after rule; return 1 when something is not as it was said."""
    fault = 0
    decided = {id(call): judge.decide(call).decision for call in calls.calls}
    before = Counter[str]()
    for call in calls.calls:
        before[decided[id(call)]] += call.count
    print(f"before: {dict(before)}")
    newly: dict[int, tuple[Call, str]] = {}
    for number, one in enumerate(made.suggestions, 1):
        fresh = [call for call in calls.calls if decided[id(call)] != "allow" and id(call) not in newly
                 and judge.decide(call, made.rules[:number]).decision == "allow"]  # fmt: skip
        newly.update({id(call): (call, made.rules[number - 1].id) for call in fresh})
        saved = sum(call.prompts for call in fresh)
        fault |= saved != one.prompts or any(decided[id(call)] != "passthrough" for call in fresh)
        print(f"  {number}. {one.fields['id']}: {saved:,} prompts (said {one.prompts:,}), risk {one.risk.level}")
    total = sum(call.prompts for call, _ in newly.values())
    print(f"saved: {total:,} of {made.prompts:,} prompts ({total / max(1, made.prompts):.1%}), {len(newly):,} calls")
    _write(newly, made, sample)
    return int(fault)


def _write(newly: dict[int, tuple[Call, str]], made: Suggestions, sample: int) -> None:
    """Write the rules and a sample of each one's calls, the same every time."""
    lines = [report_toml(made)]
    chooser = random.Random(1)
    for rule in made.rules:
        found = sorted((call.call.input["command"] for call, rule_id in newly.values() if rule_id == rule.id), key=str)
        lines.append(f"\n==== {rule.id}: {len(found):,} newly allowed calls, {min(sample, len(found))} of them:\n")
        lines += [f"--- {text}" for text in chooser.sample(found, min(sample, len(found)))]
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text("\n".join(lines), encoding="utf-8")
    print(f"to read: {REPORT}")


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="learning.py", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--recorded", type=Path, default=RECORDED, help="recorded commands, JSON lines")
    parser.add_argument("--profile", default="cautious", help="the policy in force")
    parser.add_argument("--limit", type=int, default=5, help="rules that are added")
    parser.add_argument("--sample", type=int, default=60, help="newly allowed calls of each rule that are written out")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
