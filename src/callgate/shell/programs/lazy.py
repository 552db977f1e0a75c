"""Option tables that are built when a command first needs them.

A family file holds dozens of tables and a hook process looks into one or two: git's alone take 3 ms to build.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Callable, Iterator, Mapping

if TYPE_CHECKING:
    from callgate.shell.programs.spec import Option


class LazyTable(Mapping[str, "Option"]):
    """A read-only mapping whose content is made on first use."""

    __slots__ = ("_make", "_names", "_table")

    def __init__(self, make: Callable[[], dict[str, Option]]) -> None:
        """Remember how to build the table; what is wrong with it is raised on first use."""
        self._make = make
        self._table: dict[str, Option] | None = None
        self._names: list[str] = []

    def _built(self) -> dict[str, Option]:
        if self._table is None:
            self._table = self._make()
        return self._table

    def __getitem__(self, name: str) -> Option:
        return self._built()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._built())

    def __len__(self) -> int:
        return len(self._built())

    def beginning(self, prefix: str) -> set[Option]:
        """Return the options of which some name begins with *prefix*."""
        table = self._built()
        if not self._names:
            self._names = sorted(table)
        found: set[Option] = set()
        for position in range(bisect_left(self._names, prefix), len(self._names)):
            name = self._names[position]
            if not name.startswith(prefix):
                break
            found.add(table[name])
        return found

    def get(self, name: str, default: Option | None = None) -> Option | None:  # type: ignore[override]
        """Return the option called *name*."""
        return self._built().get(name, default)
