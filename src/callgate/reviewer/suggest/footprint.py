"""Which files the logged calls made, and which they only looked at or changed: what an agent may clean up again."""

from __future__ import annotations

from typing import Final, Iterable

from callgate.engine.units import analyse
from callgate.reviewer.cluster.calls import Call

_MAKERS: Final = frozenset({"touch", "tee"})
_MAX_PATHS: Final = 200_000


class Footprint:
    """Files by project.

    Attributes:
        made: (project, path) of what a call wrote as a whole: a redirect, the Write tool, `touch`, `tee`.
        met: (project, path) of everything else that a call named.
        whole: all calls were looked at; there were not too many files.
    """

    def __init__(self, calls: Iterable[Call], home: str) -> None:
        """Analyse *calls*; *home* stands in where a call's world was not recorded."""
        self.made: set[tuple[str, str]] = set()
        self.met: set[tuple[str, str]] = set()
        self.whole = True
        self._trees: dict[str, bool] = {}
        for call in calls:
            if len(self.made) + len(self.met) > _MAX_PATHS:
                self.whole = False
                break
            self._add(call, home)

    def _add(self, call: Call, home: str) -> None:
        seen = call.observation
        project = seen.project if seen else ""
        try:
            analysis = analyse(call.call, seen.home if seen else home)
        except (RecursionError, ValueError, ArithmeticError, LookupError, AttributeError, TypeError):
            return  # the gate asks about such a call; it tells nothing here
        for unit in analysis.units:
            program = unit.argv[0] if unit.argv else ""
            makes = unit.kind == "redirect" or program in _MAKERS or call.call.tool == "Write"
            for operation in unit.operations:
                if operation.dynamic or operation.kind not in {"read", "write"}:
                    continue
                kept = self.made if makes and operation.kind == "write" else self.met
                kept.add((project, operation.target))

    def own(self, project: str, path: str) -> bool:
        """Whether a logged call made the file; never when not all calls were looked at: one may have met it before."""
        return self.whole and (project, path) in self.made

    def runs_own(self, project: str, target: str, *, tree: bool) -> bool:
        """Whether running *target* (a whole directory with *tree*) would run a file that a logged call made."""
        if not tree:
            return (project, target) in self.made
        if target not in self._trees:
            inside = target.rstrip("/") + "/"
            self._trees[target] = target != project and any(
                at == project and path.startswith(inside) for at, path in self.made
            )
        return self._trees[target]

    def foreign(self) -> list[tuple[str, str]]:
        """Return what calls named and none made: it was there before."""
        return sorted(self.met - self.made)
