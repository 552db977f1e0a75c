"""Ten rules or ten thousand: what a decision costs as a policy grows."""

from __future__ import annotations

import json
import random
import time
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.figures import BenchError, Table, micros, millis, percentile
from benchmarks.scratch import World

if TYPE_CHECKING:
    from callgate.core.model import ToolCall

PROGRAMS = 500
CALLS = 200
_SEED = 20_261_121
_ACTIONS = ("allow", "allow", "allow", "ask", "deny")
_SUBCOMMANDS = ("build", "test", "lint", "status", "fetch", "clean")


class Cost(NamedTuple):
    """What a policy of one size costs, in seconds; decisions in processor time (see `recorded.Outcome`)."""

    rules: int
    load: float
    """Reading and validating the file."""
    first: float
    """The first decision: it compiles what its tool needs."""
    first_pass: float
    """All calls for the first time."""
    warm: list[float]


def generate(count: int) -> str:
    """Return a TOML policy of *count* rules, the same for the same *count*; a smaller one is its beginning."""
    draw = random.Random(_SEED)
    return "\n".join(f'[[{draw.choice(_ACTIONS)}]]\nid = "rule-{i}"\n{_matcher(draw, i)}\n' for i in range(count))


def _matcher(draw: random.Random, number: int) -> str:
    program = f"prog{draw.randrange(PROGRAMS)}"
    sub = draw.choice(_SUBCOMMANDS)
    kind = draw.choices(("command", "command_regex", "path", "tool", "tool_regex", "file"), (40, 15, 20, 8, 7, 10))[0]
    if kind == "command":
        return f'command = ["{program} {sub} *", "{program} ({sub}|{sub}-{number}) --fast *"]'
    if kind == "command_regex":
        return f"tool = \"Bash\"\ncommand_regex = '^{program}\\s+{sub}-{number}(\\s+-[a-z]+)*\\s+\\S+\\.(py|js)$'"
    if kind == "path":
        glob = draw.choice((f"<project>/area-{number}/**", f"**/*.kind{number}", f"/srv/data-{number}/*/[a-f]*.csv"))
        return f'operations = ["read", "write"]\npath = ["{glob}", "!**/keep-{number}/**"]'
    if kind == "tool":
        return f'tool = "mcp__server{draw.randrange(40)}__{sub}_{number}"'
    if kind == "tool_regex":
        return f"tool_regex = '^mcp__server{draw.randrange(40)}__({sub}|list)_{number}$'"
    return f"tool = \"{draw.choice(('Read', 'Write', 'Edit'))}\"\nfile_path_regex = '/module-{number}/.*\\.(ts|tsx)$'"


def calls(project: str, turn: int) -> list[ToolCall]:
    """Return the 200 calls. File names differ by *turn*, so that no memory of earlier answers hides the matching."""
    from callgate.core.model import ToolCall  # noqa: PLC0415 - the figures' tests need no callgate

    draw = random.Random(_SEED + 1)
    found = []
    for number in range(CALLS):
        program, sub, area = draw.randrange(PROGRAMS), draw.choice(_SUBCOMMANDS), draw.randrange(1_000)
        file = f"{project}/area-{area}/file_{turn}_{number}.py"
        shell = draw.choice(
            (
                f"prog{program} {sub} --fast {turn}",
                f"cat {file} | grep -n main",
                f"cd {project} && prog{program} {sub} x",
            )
        )
        kind = draw.choices(("Bash", "Read", "Edit", "mcp"), (60, 20, 10, 10))[0]
        if kind == "Bash":
            found.append(ToolCall("Bash", {"command": shell}, project))
        elif kind == "mcp":
            found.append(ToolCall(f"mcp__server{program % 40}__{sub}_{area % 20}", {"query": f"{turn}"}, project))
        else:
            found.append(ToolCall(kind, {"file_path": file}, project))
    return found


def cost(world: World, count: int, turns: int) -> Cost:
    """Measure a policy of *count* rules.

    Raises:
        BenchError: the policy does not load, or callgate fails on a call.
    """
    from callgate.core.errors import PolicyError  # noqa: PLC0415 - the figures' tests need no callgate
    from callgate.gate import open_gate  # noqa: PLC0415 - as above
    from callgate.policy.loader import Candidate, load  # noqa: PLC0415 - as above

    home, project = world.home("rules"), str(world.project)
    file = home / f"policy-{count}.toml"
    file.write_text(generate(count), encoding="utf-8")
    started = time.perf_counter()
    try:
        loaded = load((Candidate(str(file), "file"),), str(home), project, {})
    except PolicyError as error:
        raise BenchError(f"the policy of {count} rules does not load: {error}") from error
    loading = time.perf_counter() - started
    gate = open_gate({}, project, config=str(file), home=str(home), project=project)
    if gate.fault or len(loaded.rules) != count:
        raise BenchError(f"the gate has {len(loaded.rules)} of {count} rules: {gate.fault}")
    turn_times = []
    for turn in range(turns + 1):
        times = []
        for call in calls(project, turn):
            started = time.thread_time()
            examined = gate.examine(call)
            times.append(time.thread_time() - started)
            if examined.error:
                raise BenchError(f"{count} rules, {json.dumps(dict(call.input))}: {examined.error}")
        turn_times.append(times)
    warm = [seconds for times in turn_times[1:] for seconds in times]
    return Cost(count, loading, turn_times[0][0], sum(turn_times[0]), warm)


def tabulate(costs: list[Cost]) -> Table:
    """Return the table of *costs*; the last column compares with the smallest policy."""
    base = percentile(costs[0].warm, 0.5)
    rows = [
        (
            f"{one.rules:,}", micros(percentile(one.warm, 0.5)), micros(percentile(one.warm, 0.99)),
            f"{percentile(one.warm, 0.5) / base:.2f}", millis(one.first), millis(one.first_pass), millis(one.load),
        )
        for one in costs
    ]  # fmt: skip
    head = ("rules", "p50", "p99", "p50 ratio", "first decision", f"first {CALLS}", "load the TOML")
    return Table("Rules", head, tuple(rows))


def table(world: World, sizes: tuple[int, ...], turns: int) -> Table:
    """Measure policies of *sizes* rules, *turns* warm passes over the same calls."""
    note = (
        f"Warm decisions over {CALLS} calls x {turns} (Bash, Read, Edit, MCP; new file names in every turn). "
        f"Rules: 40 % command patterns over {PROGRAMS} programs, 15 % command regexes, 20 % path globs, 15 % tools, "
        "10 % file path regexes. Decisions in processor time. "
        "Expressions compile when a tool or a program is first seen."
    )
    return tabulate([cost(world, size, turns) for size in sizes])._replace(notes=(note,))
