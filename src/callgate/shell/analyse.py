"""The way in: a tool call becomes units."""

from __future__ import annotations

from callgate.core.model import Analysis, Span
from callgate.shell.simple import Runner, check_characters
from callgate.shell.source import walk_source
from callgate.shell.state import State
from callgate.shell.walk import Walker

MAX_COMMAND = 256 * 1024
"""Characters; a longer command is not analysed and coverage is partial."""


def analyse_command(command: str, *, cwd: str, home: str) -> Analysis:
    """Return everything that running *command* under bash would do, as a superset.

    Args:
        command: the script as the agent sent it.
        cwd: absolute working directory; empty when unknown (then relative targets are dynamic).
        home: absolute home directory.
    """
    runner = Runner(home, command)
    state = State((cwd,) if cwd.startswith("/") else ())
    walker = Walker(runner, command, state)
    whole = Span(0, len(command))
    if len(command) > MAX_COMMAND:
        runner.problem(command[:200], whole, f"the command is longer than {MAX_COMMAND} characters", ())
        return Analysis(tuple(runner.units), raw=command)
    if not command.isascii() or not command.isprintable():
        check_characters(walker, whole)
    walk_source(walker, whole)
    runner.traps.spring(walker)
    flows = (*runner.flows, *runner.lineage.flows(runner.units))
    return Analysis(tuple(runner.units), raw=command, flows=flows, feeds=tuple(runner.lineage.feeds))
