"""What is known of the shell's own state at one point of a script: directories, variables, functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Mapping

from callgate.shell.lineage import merged
from callgate.shell.words import Word

if TYPE_CHECKING:
    from tree_sitter import Node

    from callgate.shell.lineage import Origin
    from callgate.shell.literals import Text
    from callgate.shell.programs.names import Names
    from callgate.shell.walk import Walker

MAX_DIRECTORIES = 4
_NO_ORIGINS: Mapping[str, Origin] = {}
_new = object.__new__


def union(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """Join two sets of possible directories; an empty set means unknown and stays so, as does one too large."""
    if not one or not other:
        return ()
    joined = tuple(dict.fromkeys(one + other))
    return joined if len(joined) <= MAX_DIRECTORIES else ()


class State:
    """Mutable; `copy` it where the shell forks or branches, `merge` where branches meet.

    Attributes:
        cwds: the directories that the shell may be in; empty when unknown.
        failed: the directories it is in if the last `cd` failed; empty when there was none to settle.
        variables: name -> constant value, or `None` when assigned but not known. Absent: from the environment.
        functions: name -> where its body is.
        unsure: functions that are another one, or none at all, on some way to this point.
        stdin: taint of standard input.
        origins: name -> where the unknown value of a variable comes from; shared by copies, so never changed in place.
        heard: text that comes through the pipe in front of a simple command, when that is known.
        here: text that standard input holds, when it comes from a here-document or here-string.
        names: paths that the pipe which standard input reads from holds; `None` when that is not certain.
        search_path: `PATH` (or the command hash) was changed, so no bare program name can be trusted.
    """

    __slots__ = ("cwds", "failed", "functions", "heard", "here", "names", "origins", "search_path", "stdin", "unsure",
                 "variables")  # fmt: skip

    def __init__(self, cwds: tuple[str, ...]) -> None:
        """Start in *cwds* with nothing assigned."""
        self.cwds = cwds
        self.failed: tuple[str, ...] | None = None
        self.variables: dict[str, Word | None] = {}
        self.functions: dict[str, tuple[Walker, Node]] = {}
        self.unsure: frozenset[str] = frozenset()
        self.stdin = ""
        self.here: Word | None = None
        self.names: Names | None = None
        self.heard: Text | None = None
        self.origins: Mapping[str, Origin] = _NO_ORIGINS
        self.search_path = False

    def copy(self) -> State:
        """Return an independent copy."""
        other = _new(State)
        other.cwds = self.cwds
        other.failed = self.failed
        other.variables = self.variables.copy()
        other.functions = self.functions.copy()
        other.unsure = self.unsure
        other.stdin = self.stdin
        other.here = self.here
        other.names = self.names
        other.heard = self.heard
        other.origins = self.origins
        other.search_path = self.search_path
        return other

    def settle(self) -> None:
        """A statement ended: the last `cd` may have worked or failed."""
        if self.failed is not None:
            self.cwds = union(self.cwds, self.failed)
            self.failed = None

    def merge(self, other: State) -> None:
        """Keep only what holds whether the shell came by *self* or by *other*."""
        if self.failed is not None:
            self.settle()
        if other.failed is not None:
            other.settle()
        if self.cwds is not other.cwds and self.cwds != other.cwds:
            self.cwds = union(self.cwds, other.cwds)
        if self.variables != other.variables:
            self.variables = _agreed(self.variables, other.variables)
        if self.functions or other.functions:
            names = self.functions.keys() | other.functions.keys()
            differ = {name for name in names if self.functions.get(name) != other.functions.get(name)}
            self.unsure = self.unsure | other.unsure | differ
            self.functions = {**other.functions, **self.functions}
        if self.origins is not other.origins:
            self.origins = merged(self.origins, other.origins)
        self.search_path = self.search_path or other.search_path


def _agreed(one: Mapping[str, Word | None], other: Mapping[str, Word | None]) -> dict[str, Word | None]:
    agreed: dict[str, Word | None] = {}
    for name in one.keys() | other.keys():
        left, right = one.get(name), other.get(name)
        agreed[name] = left if left is not None and right is not None and left.value == right.value else None
    return agreed
