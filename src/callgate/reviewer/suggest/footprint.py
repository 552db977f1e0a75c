"""Which files the logged calls made, and which they only looked at or changed: what an agent may clean up again."""

from __future__ import annotations

from typing import Final, Iterable, Protocol

from callgate.engine.units import analyse
from callgate.reviewer.cluster.calls import Call
from callgate.reviewer.judge import Judge

File = tuple[str, str]
"""Project and path."""

_MAKERS: Final = frozenset({"touch", "tee"})
_MAX_PATHS: Final = 200_000


class HasFiles(Protocol):
    """A call, as far as it names files (`files_of`)."""

    made: tuple[File, ...]
    """What it wrote as a whole."""
    met: tuple[File, ...]
    """What else it named."""


class Footprint:
    """Files by project.

    Attributes:
        made: what a call wrote as a whole: a redirect, the Write tool, `touch`, `tee`.
        whole: all calls were looked at; there were not too many files.
    """

    def __init__(self, named: Iterable[HasFiles]) -> None:
        """Take what each call named."""
        self.made: set[File] = set()
        self.whole = True
        self._met: set[File] = set()
        self._heard: list[tuple[File, ...]] = []
        """What goes into `met` once somebody asks: only rules for deleting do."""
        self._trees: dict[File, bool] = {}
        count = 0
        for one in named:
            made, met = one.made, one.met
            if made:
                self.made.update(made)
            if met:
                self._heard.append(met)
            count += len(made) + len(met)
            if count > _MAX_PATHS:
                count = len(self.made) + len(self.met)  # most calls name the same files
                if count > _MAX_PATHS:
                    self.whole = False
                    break

    @property
    def met(self) -> set[File]:
        """All that a call named and did not make."""
        self._met.update(*self._heard)
        self._heard.clear()
        return self._met

    def own(self, project: str, path: str) -> bool:
        """Whether a logged call made the file; never when not all calls were looked at: one may have met it before."""
        return self.whole and (project, path) in self.made

    def runs_own(self, project: str, target: str, *, tree: bool) -> bool:
        """Whether running *target* (a whole directory with *tree*) would run a file that a logged call made."""
        if not tree:
            return (project, target) in self.made
        key = project, target
        if key not in self._trees:
            inside = target.rstrip("/") + "/"
            self._trees[key] = target != project and any(
                at == project and path.startswith(inside) for at, path in self.made
            )
        return self._trees[key]

    def foreign(self) -> list[tuple[str, str]]:
        """Return what calls named and none made: it was there before."""
        return sorted(self.met - self.made)


def files_of(judge: Judge, call: Call) -> tuple[tuple[File, ...], tuple[File, ...]]:
    """Return what *call* made, and what else it named."""
    seen = call.observation
    project = seen.project if seen else ""
    try:
        # A call with prompts is looked at again by whoever suggests rules; the others only here.
        analysis = judge.case_of(call).analysis if call.prompts else analyse(call.call, judge.home_of(call))
    except (RecursionError, ValueError, ArithmeticError, LookupError, AttributeError, TypeError):
        return (), ()  # the gate asks about such a call; it tells nothing here
    made: dict[File, None] = {}
    met: dict[File, None] = {}
    for unit in analysis.units:
        program = unit.argv[0] if unit.argv else ""
        makes = unit.kind == "redirect" or program in _MAKERS or call.call.tool == "Write"
        for operation in unit.operations:
            if operation.dynamic or operation.kind not in {"read", "write"}:
                continue
            kept = made if makes and operation.kind == "write" else met
            kept[project, operation.target] = None
    return tuple(made), tuple(met)
