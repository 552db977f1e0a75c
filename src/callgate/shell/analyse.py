"""The way in: a tool call becomes units."""

from __future__ import annotations

from callgate.core.model import Analysis, Span
from callgate.shell.characters import check_characters
from callgate.shell.simple import Runner
from callgate.shell.source import walk_source
from callgate.shell.state import State
from callgate.shell.walk import Walker

MAX_ROUNDS = 4
"""How often a command is walked anew with line breaks that the grammar had lost."""

MAX_COMMAND = 256 * 1024
"""Characters; a longer command is not analysed and coverage is partial."""


def analyse_command(command: str, *, cwd: str, home: str) -> Analysis:
    """Return everything that running *command* under bash would do, as a superset.

    Args:
        command: the script as the agent sent it.
        cwd: absolute working directory; empty when unknown (then relative targets are dynamic).
        home: absolute home directory.
    """
    walker = _walk(command, cwd, home)
    for _ in range(MAX_ROUNDS):
        if not walker.breaks or "<<" in command:
            break
        # In `a | b | c`, a line break, `d && e`, the grammar loses the break. A `;` says the same, and is as long.
        data = bytearray(walker.data)
        for offset in walker.breaks:
            data[offset : offset + 1] = b";"
        walker = _walk(data.decode("utf-8", "surrogatepass"), cwd, home)
    runner = walker.runner
    flows = (*runner.flows, *runner.lineage.flows(runner.units))
    return Analysis(tuple(runner.units), raw=command, flows=flows, feeds=tuple(runner.lineage.feeds))


def _walk(source: str, cwd: str, home: str) -> Walker:
    """Walk *source* and return its walker; the units are in the walker's runner."""
    runner = Runner(home, source)
    walker = Walker(runner, source, State((cwd,) if cwd.startswith("/") else ()))
    whole = Span(0, len(source))
    if len(source) > MAX_COMMAND:
        runner.problem(source[:200], whole, f"the command is longer than {MAX_COMMAND} characters", ())
        return walker
    if not source.isascii() or not source.isprintable():
        check_characters(walker, whole)
    walk_source(walker, whole)
    runner.traps.spring(walker)
    return walker
