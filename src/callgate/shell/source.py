"""A whole source text into the runner: the short way for a plain command, the syntax tree for everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callgate.core.model import Span
from callgate.shell import literals
from callgate.shell.limits import MAX_DEPTH, MAX_UNITS
from callgate.shell.lineage import join
from callgate.shell.plain import plain_pipeline

if TYPE_CHECKING:
    from callgate.shell.programs.names import Names
    from callgate.shell.state import State
    from callgate.shell.walk import Walker
    from callgate.shell.words import Word

MAX_PLAIN = 8_000
"""Characters; the parser finds out sooner than this reader that there are too many words."""


def walk_source(walker: Walker, span: Span) -> None:
    """Walk the source of *walker*, which stands at *span* in the outermost script."""
    runner = walker.runner
    long = len(walker.source) > MAX_PLAIN
    stages = None if walker.posix or long else plain_pipeline(walker.source, walker.fixed_span)
    if stages is None or runner.depth + 1 >= MAX_DEPTH or len(runner.units) + len(stages) >= MAX_UNITS:
        _walk_tree(walker, span)
        return
    runner.depth += 1
    pipe = runner.enter_pipe(of_command=len(stages) == 1)
    try:
        if len(stages) == 1:
            _simple(walker, stages[0])
        else:
            _pipeline(walker, stages)
    finally:
        runner.depth -= 1
        runner.leave_pipe(pipe)
    walker.state.settle()


def _simple(walker: Walker, words: list[Word]) -> None:
    walker.runner.simple(walker, words, [], walker.fixed_span or Span(words[0].span.start, words[-1].span.end))


def _pipeline(walker: Walker, stages: list[list[Word]]) -> None:
    """What `statements.pipeline` does when every stage is a simple command."""
    runner, start = walker.runner, walker.state
    taint, here, heard = start.stdin, start.here, start.heard
    ends: list[State] = []
    names: Names | None = None
    for words in stages:
        first = len(runner.units)
        walker.state = start.copy()
        walker.state.stdin, walker.state.here, walker.state.heard = taint, here, heard
        walker.state.names = names if words[0].value == "xargs" else None
        runner.depth += 1
        try:
            _simple(walker, words)
        finally:
            runner.depth -= 1
        ends.append(walker.state)
        taint = join(runner.taint_since(first), taint)
        heard = literals.of_stage(runner, first) if runner.printed is not None else None
        here = names = None
        if words[0].value == "find" and "find" not in walker.state.functions:
            from callgate.shell.programs.names import printed  # noqa: PLC0415 - most pipelines have no use for it

            names = printed(runner.units[first:])
    walker.state = start
    start.heard = None
    for end in ends:
        start.merge(end)


def _walk_tree(walker: Walker, span: Span) -> None:
    # A hook process with a plain command never gets here, and saves the parser and what walks its trees.
    from callgate.shell import control, declarations, statements  # noqa: F401, PLC0415 - each registers its statements
    from callgate.shell.parse import MAX_NODES, parse_front  # noqa: PLC0415
    from callgate.shell.shells import check_portable  # noqa: PLC0415

    runner = walker.runner
    root, size = parse_front(walker.data, min(runner.left, MAX_NODES))
    runner.left -= root.descendant_count
    if size < len(walker.data):
        runner.problem(walker.source[:200], span, "too much syntax to read", walker.wrappers)
    elif root.has_error:
        runner.problem(walker.source[:200], span, "the syntax is not understood", walker.wrappers)
    if walker.posix:
        check_portable(walker, root)
    walker.program(root)
