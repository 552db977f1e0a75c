"""What `trap` set runs later: perhaps in another directory, with other values, with functions not there before."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from callgate.shell.state import State
    from callgate.shell.walk import Walker
    from callgate.shell.words import Word


class Trap(NamedTuple):
    """One `trap`, as it was set."""

    walker: Walker
    text: Word
    state: State
    changes: int
    """How often the shell had changed by then."""


class Traps:
    """The traps of one call.

    Attributes:
        changes: counts what changes the shell: a `cd`, an assignment.
        names: programs that traps run, and functions that they may: not to be defined behind them.
    """

    def __init__(self) -> None:
        """Start with none."""
        self.changes = 0
        self.names: set[str] = set()
        self._set: list[Trap] = []

    def set(self, walker: Walker, text: Word, programs: list[str]) -> None:
        """Note a trap whose *text* runs *programs* as things are now."""
        self._set.append(Trap(walker, text, walker.state.copy(), self.changes))
        self.names.update(programs, walker.state.functions)

    def forget(self) -> None:
        """Let go of the walkers whose traps these are."""
        self._set.clear()

    def spring(self, outermost: Walker) -> None:
        """At the end of the script: walk each trap anew, knowing nothing, if the shell changed since it was set."""
        for trap in self._set:
            state, now = trap.state, outermost.state
            same = (state.cwds, state.variables) == (now.cwds, now.variables) and trap.changes == self.changes
            if same and trap.walker is outermost:
                continue
            state.cwds, state.failed = (), None
            state.variables = dict.fromkeys((*state.variables, "HOME"))
            outermost.runner.script(trap.walker, trap.text.value, trap.text.span, "trap", state)
