"""One call under self-protection, with what several of its units need, each found once: calls may have many units."""

from __future__ import annotations

import re
from typing import Callable, NamedTuple

from callgate.core.model import Span, Unit
from callgate.engine.case import Case
from callgate.engine.protection.guarded import Guarded, guard
from callgate.engine.protection.mentions import named

_NAMES = r"(?i)(?<![\w-])(?:settings(?:\.local)?\.json|claude/settings|codex/hooks)"
_MOVERS = frozenset({"cd", "chdir", "pushd"})
_TALKERS = frozenset({"cd", "chdir", "pushd", "echo", "printf"})


class Naming(NamedTuple):
    """How a text is looked at; see `mentions.named`."""

    code: bool = False
    directories: bool = False


class Scene:
    """A case with lazily found facts about the call as a whole.

    Attributes:
        case: the case.
    """

    __slots__ = ("_file", "_found", "_guarded", "_moved", "_named", "_searches", "_speaks", "_variables", "case")

    def __init__(self, case: Case) -> None:
        """Look at nothing yet: most calls need nothing of it."""
        self.case = case
        self._guarded: Guarded | None = None
        self._named: dict[Naming, str] = {}
        self._found: dict[str, str] = {}
        self._file: str | None = None
        self._moved: str | None = None
        self._searches: dict[int | Span | None, list[Unit]] | None = None
        self._speaks: bool | None = None
        self._variables: frozenset[str] | None = None

    @property
    def guarded(self) -> Guarded:
        """The protected paths, arranged for look-ups."""
        if self._guarded is None:
            seen = self.case.observation
            self._guarded = guard(seen.protected, seen.home, seen.project, self.case.call.cwd)
        return self._guarded

    def named(self, how: Naming = Naming()) -> str:  # noqa: B008 - immutable
        """Return what the command string names of the gate, or the empty string."""
        if how not in self._named:
            raw = self.case.analysis.raw
            self._named[how] = named(raw, self.guarded, code=how.code, directories=how.directories)
        return self._named[how]

    def once(self, question: str, look: Callable[[str], str]) -> str:
        """Return what *look* finds in the command string; asked again, the answer to *question* is at hand."""
        if question not in self._found:
            self._found[question] = look(self.case.analysis.raw)
        return self._found[question]

    @property
    def names_file(self) -> str:
        """The base name of a settings file that the command string names, in whatever directory; empty when none."""
        if self._file is None:
            match = re.search(_NAMES, self.case.analysis.raw)
            self._file = match[0] if match else ""
        return self._file

    @property
    def moved(self) -> str:
        """The directory of the gate that a `cd` of the call names; empty when none does."""
        if self._moved is None:
            texts = (unit.text for unit in self.case.analysis.units if unit.argv[:1] and unit.argv[0] in _MOVERS)
            found = (named(text, self.guarded, directories=True) for text in texts)
            self._moved = next((one for one in found if one), "")
        return self._moved

    def searches(self, unit: Unit) -> list[Unit]:
        """Return the `find` commands of the call that *unit* may get its words from: in its pipe, or in its place."""
        if self._searches is None:
            self._searches = {}
            for other in self.case.analysis.units:
                if other.argv[:1] == ("find",):
                    for key in {other.pipe, other.span} - {0, None}:
                        self._searches.setdefault(key, []).append(other)
        found = self._searches.get(unit.pipe, []) if unit.pipe else []
        return found or self._searches.get(unit.span, [])

    @property
    def speaks_of_gate(self) -> bool:
        """Whether a command of the call, but one that only prints or changes the directory, names callgate."""
        if self._speaks is None:
            self._speaks = any(
                "callgate" in unit.text.casefold()
                for unit in self.case.analysis.units
                if not (unit.argv and unit.argv[0] in _TALKERS)
            )
        return self._speaks

    @property
    def variables(self) -> frozenset[str]:
        """The variables that the call sets."""
        if self._variables is None:
            self._variables = frozenset(
                unit.argv[0].partition("=")[0]
                for unit in self.case.analysis.units
                if unit.kind == "assignment" and unit.argv
            )
        return self._variables
