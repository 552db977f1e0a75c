"""What one call may cost the analysis. Past a limit coverage is partial: nothing is allowed, denies see what was read.

Costs are counted, not timed, so that an answer does not depend on the machine. A syntax node is about 3 µs.
"""

from __future__ import annotations

MAX_DEPTH = 50
"""Nesting levels; each costs up to nine frames of the interpreter, which allows 1,000 by default."""

MAX_UNITS = 800
"""Units of one call; the largest of 10,134 recorded commands of agents has 34."""

MAX_WORDS = 300
"""Words of one command, each of which may be a path to look at on the host (30 µs). The largest of 10,134
recorded commands of agents has 28."""

MAX_WORK = 3_500
"""Syntax nodes that are walked for one call, those of loops, functions and nested scripts each time anew."""

MAX_LOOP_VALUES = 16
"""Constants of `for x in …` that are followed one by one."""

MAX_LOOP_DEPTH = 4
"""Loops inside of loops; each is walked twice."""

MAX_PROBLEMS = 100
"""Units past `MAX_UNITS` that stand for something not understood."""

MAX_PARTS = 100
"""Directories in one assignment that are looked at."""

MAX_SCRIPT = 32 * 1024
"""Characters of a nested script."""

FEW = 16
"""Operations of one command that cost nothing to speak of."""

OPERATION_COST = 8
"""What looking at the host for one operation costs, as nodes."""

SCRIPT_COST = 20
"""What a nested script costs besides its nodes, as nodes."""
