"""What each import of the hook costs, from `-X importtime` of the very process that an agent starts."""

from __future__ import annotations

import statistics
from typing import Callable, Iterable, NamedTuple, Sequence

from benchmarks.figures import BenchError, Table, millis
from benchmarks.scratch import World, bash, hook_words, prepare_hook, run

TOP = 15
NAMED = ("callgate", "tree_sitter", "tree_sitter_bash", "re2", "tomllib", "json")
"""Packages that are always listed."""
WORTH_A_ROW = 0.4e-3


class Import(NamedTuple):
    """One module as the interpreter timed it, in seconds."""

    name: str
    own: float
    total: float
    """With what it imported for the first time."""
    depth: int


def parse(text: str) -> list[Import]:
    """Return the imports in *text*, which `-X importtime` wrote to stderr: a module stands below what it imported.

    Raises:
        BenchError: there is none.
    """
    found = []
    for line in text.splitlines():
        if not line.startswith("import time:"):
            continue
        own, total, name = line.removeprefix("import time:").split("|", 2)
        if own.strip().isdigit():
            depth = (len(name) - len(name.lstrip()) - 1) // 2
            found.append(Import(name.strip(), int(own) / 1e6, int(total) / 1e6, depth))
    if not found:
        raise BenchError("the interpreter timed no import")
    return found


def by_package(imports: Sequence[Import], package: Callable[[str], Iterable[str]]) -> dict[str, tuple[float, float]]:
    """Return, per package, the time of its own modules and that time with everything they brought in.

    Args:
        imports: as `parse` returns them.
        package: the packages that a module counts for.
    """
    found: dict[str, tuple[float, float]] = {}
    above: list[tuple[int, frozenset[str]]] = []
    for one in reversed(imports):  # so that a module comes before what it imported
        while above and above[-1][0] >= one.depth:
            above.pop()
        names = frozenset(package(one.name))
        outer = above[-1][1] if above else frozenset()
        for name in names:
            own, total = found.get(name, (0.0, 0.0))
            # Inside another module of its package its time is part of that module's total already.
            found[name] = (own + one.own, total if name in outer else total + one.total)
        above.append((one.depth, names | outer))
    return found


def packages_of(module: str) -> tuple[str, ...]:
    """Return the packages that *module* counts for: its top level, and for callgate also the part of it."""
    parts = module.split(".")
    return ("callgate", ".".join(parts[:2])) if parts[0] == "callgate" and len(parts) > 1 else (parts[0],)


def tables(world: World, rounds: int) -> list[Table]:
    """Measure *rounds* hook processes and return the tables: the dearest modules, and packages."""
    home = prepare_hook(world)
    python, *rest = hook_words()
    words = [python, "-X", "importtime", *rest]
    data = bash(world, "git status")
    run(world, home, words, data)
    seen = [parse(run(world, home, words, data).stderr.decode()) for _ in range(rounds)]
    note = (
        f"Medians of {rounds} hook processes; timing imports itself makes each dearer, so compare them with each other."
    )
    return [_modules(seen, note), _packages(seen, note)]


def _modules(seen: Sequence[Sequence[Import]], note: str) -> Table:
    own: dict[str, list[float]] = {}
    total: dict[str, list[float]] = {}
    for imports in seen:
        for one in imports:
            own.setdefault(one.name, []).append(one.own)
            total.setdefault(one.name, []).append(one.total)
    cost = {name: statistics.median(times) for name, times in own.items()}
    dearest = sorted(cost, key=lambda name: -cost[name])[:TOP]
    rows = [(f"`{name}`", millis(cost[name]), millis(statistics.median(total[name]))) for name in dearest]
    count = round(statistics.median(len(imports) for imports in seen))
    whole = statistics.median(sum(one.own for one in imports) for imports in seen)
    rows.append((f"all {count} modules", millis(whole), "-"))
    return Table(f"Imports of the hook: the {TOP} dearest modules", ("module", "own", "with what it imports"),
                 tuple(rows), (note,))  # fmt: skip


def _packages(seen: Sequence[Sequence[Import]], note: str) -> Table:
    each = [by_package(imports, packages_of) for imports in seen]
    names = {name for found in each for name in found} | set(NAMED)
    zero = (0.0, 0.0)
    cost = {
        name: tuple(statistics.median(found.get(name, zero)[column] for found in each) for column in (0, 1))
        for name in names
    }
    shown = [name for name in names if name in NAMED or cost[name][0] >= WORTH_A_ROW]
    shown.sort(key=lambda name: -cost[name][0])
    rows = [(f"`{name}`", millis(cost[name][0]), millis(cost[name][1])) for name in shown]
    more = (
        "The rows of `callgate.…` are parts of `callgate`; a shared module (`typing`, `enum`) counts for whoever "
        "imported it first. The grammar of `tree_sitter_bash` is loaded by `callgate.shell` without its package."
    )
    return Table("Imports of the hook: packages", ("package", "own modules", "with what they import"), tuple(rows),
                 (note, more))  # fmt: skip
