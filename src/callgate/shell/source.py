"""A whole source text into the runner: the short way for a plain command, the syntax tree for everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callgate.core.model import Span
from callgate.shell.plain import plain_words
from callgate.shell.walk import MAX_DEPTH, MAX_UNITS

if TYPE_CHECKING:
    from callgate.shell.walk import Walker


def walk_source(walker: Walker, span: Span) -> None:
    """Walk the source of *walker*, which stands at *span* in the outermost script."""
    runner = walker.runner
    words = None if walker.posix else plain_words(walker.source, walker.fixed_span)
    if words is None or runner.depth >= MAX_DEPTH or len(runner.units) >= MAX_UNITS:
        _walk_tree(walker, span)
        return
    # What `Walker.statement` does for a simple command.
    runner.depth += 1
    pipe = runner.enter_pipe(of_command=True)
    try:
        runner.simple(walker, words, [], walker.fixed_span or Span(words[0].span.start, words[-1].span.end))
    finally:
        runner.depth -= 1
        runner.leave_pipe(pipe)
    walker.state.settle()


def _walk_tree(walker: Walker, span: Span) -> None:
    # A hook process with a plain command never gets here, and saves the parser and what walks its trees.
    from callgate.shell import control, declarations, statements  # noqa: F401, PLC0415 - each registers its statements
    from callgate.shell.parse import parse  # noqa: PLC0415
    from callgate.shell.shells import check_portable  # noqa: PLC0415

    root = parse(walker.data)
    if root.has_error:
        walker.runner.problem(walker.source[:200], span, "the syntax is not understood", walker.wrappers)
    if walker.posix:
        check_portable(walker, root)
    walker.program(root)
