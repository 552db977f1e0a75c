"""Recorded commands of a real agent, decided in one process: what the profiles allow, and how fast."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple, Sequence

from benchmarks.figures import BenchError, Table, micros, middle, percent
from benchmarks.scratch import World

PROFILES = ("cautious", "standard", "trusted")
COLUMNS = ("allow", "passthrough", "ask", "deny")


class Outcome(NamedTuple):
    """One pass of one profile over all commands."""

    decisions: Counter[str]
    partial: int
    times: list[float]
    """Seconds per call (`Gate.examine`), in order: the thread's processor time, system calls included. Where others
    share the machine, the wall clock shows at p99 how long the scheduler lets them run (4 ms), not what a call costs.
    """
    pure: list[float]
    """The same for what needs no host: analysis plus decision, without the look at the file system between them."""


def read_commands(path: Path) -> list[tuple[str, str]]:
    """Return (command, cwd) of every line.

    Raises:
        BenchError: a line is not such an object, or there is none.
    """
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            found.append((str(row["command"]), str(row["cwd"])))
        except (ValueError, KeyError, TypeError) as error:
            raise BenchError(f"{path}:{number}: not a recorded command: {error}") from error
    if not found:
        raise BenchError(f"{path}: no commands")
    return found


def decide_all(home: Path, profile: str, commands: Sequence[tuple[str, str]]) -> Outcome:
    """Decide *commands* once, in order, in a gate of their own that has *profile* as the user's policy.

    Raises:
        BenchError: callgate failed on one; a failure is no decision to be counted or timed.
    """
    from callgate.core.model import ToolCall  # noqa: PLC0415 - the figures' tests need no callgate
    from callgate.engine.decide import decide  # noqa: PLC0415 - as above
    from callgate.gate import open_gate  # noqa: PLC0415 - as above
    from callgate.policy.loader.assemble import pack_path  # noqa: PLC0415 - as above

    policy = home / ".config/callgate/policy.toml"
    policy.parent.mkdir(parents=True, exist_ok=True)
    policy.write_bytes(Path(pack_path(profile)).read_bytes())
    gate = open_gate({"HOME": str(home)}, commands[0][1], managed="")
    gate.settle()
    if gate.fault:
        raise BenchError(f"profile `{profile}`: {gate.fault}")
    decisions: Counter[str] = Counter()
    partial = 0
    times, pure = [], []
    for command, cwd in commands:
        call = ToolCall("Bash", {"command": command}, cwd)
        started = time.thread_time()
        examined = gate.examine(call)
        times.append(time.thread_time() - started)
        if examined.error:
            raise BenchError(f"profile `{profile}`, command `{command[:200]}`: {examined.error}")
        decisions[examined.verdict.decision] += 1
        partial += examined.verdict.coverage == "partial"
    gate = open_gate({"HOME": str(home)}, commands[0][1], managed="")  # one that remembers nothing of this
    gate.settle()
    for command, cwd in commands:
        call = ToolCall("Bash", {"command": command}, cwd)
        started = time.thread_time()
        gate.analysis(call)
        analysed = time.thread_time() - started
        case = gate.case(call)
        started = time.thread_time()
        decide(case)
        pure.append(analysed + time.thread_time() - started)
    return Outcome(decisions, partial, times, pure)


def tabulate(outcomes: dict[str, Sequence[Outcome]]) -> Table:
    """Return the table of *outcomes*: profile -> its passes."""
    rows = []
    for profile, passes in outcomes.items():
        first = passes[0]
        count = len(first.times)
        times = [each.times for each in passes]
        shares = [percent(first.decisions[column], count) for column in COLUMNS]
        rate = count / middle([[sum(each)] for each in times], 1)
        speed = [micros(middle([each.pure for each in passes], share)) for share in (0.5, 0.95, 0.99)]
        speed += [micros(middle(times, share)) for share in (0.5, 0.99)]
        rows.append((profile, *shares, percent(first.partial, count), f"{rate:,.0f}", *speed))
    head = ("profile", *COLUMNS, "partial", "decisions/s", "p50", "p95", "p99", "host: p50", "host: p99")
    return Table("Recorded commands, in one process", head, tuple(rows))


def table(world: World, path: Path, rounds: int, limit: int | None) -> Table:
    """Measure every profile *rounds* times over the commands in *path* (the first *limit* of them)."""
    if not path.is_file():
        note = f"Skipped: there is no `{path.name}` (name one with `--commands FILE`)."
        return Table("Recorded commands, in one process", ("profile", "allow"), (), (note,))
    commands = read_commands(path)[:limit]
    outcomes: dict[str, Sequence[Outcome]] = {
        profile: [decide_all(world.home(f"recorded-{profile}"), profile, commands) for _ in range(rounds)]
        for profile in PROFILES
    }
    note = (
        f"{len(commands):,} Bash commands, each decided once a pass, medians of {rounds} passes; every pass is a new "
        "gate, so compiling rules is part of it. p50 to p99 are analysis plus decision; *host* and the rate are "
        "the whole of `Gate.examine`, with project discovery, the look at the file system and the switch. "
        "Times are processor time, system calls included: on a shared machine the wall clock times the others too. "
        "The recorded project is not on this machine: looking up a path ends early there."
    )
    return tabulate(outcomes)._replace(notes=(note,))
