"""The way in: a tool call becomes units."""

from __future__ import annotations

from callgate.core.model import Analysis, Span
from callgate.shell.characters import check_characters
from callgate.shell.limits import MAX_WORK
from callgate.shell.simple import Runner
from callgate.shell.source import walk_source
from callgate.shell.state import State
from callgate.shell.walk import Walker

MAX_ROUNDS = 4
"""How often a command is walked anew with line breaks that the grammar had lost."""

MAX_ROUND = 600
"""Syntax nodes up to which that is done; what takes more stays not understood."""

MAX_COMMAND = 32 * 1024
"""Characters; of a longer command the front is analysed and coverage is partial."""


def analyse_command(command: str, *, cwd: str, home: str) -> Analysis:
    """Return everything that running *command* under bash would do, as a superset.

    Args:
        command: the script as the agent sent it.
        cwd: absolute working directory; empty when unknown (then relative targets are dynamic).
        home: absolute home directory.
    """
    walker = _walk(command, cwd, home)
    for _ in range(MAX_ROUNDS):
        # INVARIANT: a walk of less than the whole said so; another one of what is left would not.
        whole = len(walker.source) == len(command)
        if not walker.breaks or "<<" in command or not whole or walker.runner.left < MAX_WORK - MAX_ROUND:
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
    whole = Span(0, len(source))
    if len(source) > MAX_COMMAND:
        runner.problem(source[:200], whole, f"the command is longer than {MAX_COMMAND} characters", ())
        source = source[: source.rfind("\n", 0, MAX_COMMAND) + 1 or MAX_COMMAND]
    state = State((cwd,) if cwd.startswith("/") else ())
    walker = Walker(runner, source, state)
    if not source.isascii() or not source.isprintable():
        check_characters(walker, whole)
        if "\0" in source:
            # Bash drops what no argument can hold; to the parser it would be the end, again and again.
            walker = Walker(runner, source.replace("\0", ""), state)
    walk_source(walker, whole)
    runner.traps.spring(walker)
    _let_go(runner)
    return walker


def _let_go(runner: Runner) -> None:
    """Forget what leads back to *runner*: a process that reads millions of commands has no use for cycles."""
    runner.printed = None
    runner.traps.forget()
    for walker in runner.definers:  # a function holds the walker of its text, and that its state with the function
        walker.state.functions.clear()
    runner.definers.clear()
