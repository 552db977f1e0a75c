"""Program files: one small declarative module per family, found by program name and loaded on first use."""

from __future__ import annotations

import sys
from typing import Callable, Mapping, Sequence

from callgate.shell.command import Command
from callgate.shell.programs.index import FAMILIES
from callgate.shell.programs.spec import Option, Program, apply

Handler = Callable[[Command], None]
"""A program whose words need code: notes operations, payloads and what is unknown on the command."""

Entry = Program | Handler
"""What a family's `PROGRAMS` maps each name to."""

_ENTRIES: dict[str, Entry] = {}
"""The entries that commands have needed so far."""

_FAMILY_OF: Mapping[str, str] = {name: family for family, names in FAMILIES.items() for name in names.split()}


def is_known(name: str) -> bool:
    """Whether a program file accounts for the program *name* (a base name)."""
    return name in _FAMILY_OF


def describe(command: Command) -> None:
    """Note on *command* what its program does; a program without a file of its own makes it unknown."""
    name = command.name
    entry = _ENTRIES.get(name)
    if entry is None:
        entry = _entry(name)
        if entry is None:
            command.unknown = f"no program file knows `{name}`"
            return
        _ENTRIES[name] = entry
    if isinstance(entry, Program):
        apply(entry, command)
    else:
        entry(command)


def table_of(argv: Sequence[str]) -> Mapping[str, Option]:
    """Return the option table of the program, or of the subcommand, that *argv* runs; empty when it has none as such.

    For those who want to try what options do (`reviewer/mutate`); deciding goes by `describe`.
    """
    entry = _entry(argv[0]) if argv else None
    rest = list(argv[1:])
    if argv and argv[0] == "git" and rest:
        from callgate.shell.programs.git import subcommand  # noqa: PLC0415 - the hook has no use for it here

        found = subcommand(rest.pop(0))
        entry = found if isinstance(found, Program) else None
    while isinstance(entry, Program) and entry.subcommands and rest:
        entry = entry.subcommands.get(rest.pop(0))
    return entry.table if isinstance(entry, Program) else {}


def _entry(name: str) -> Entry | None:
    """Load the family of the program *name* and return what it says of it; `None` when there is none."""
    family = _FAMILY_OF.get(name)
    if family is None:
        return None
    module_name = f"callgate.shell.programs.{family}"
    module = sys.modules.get(module_name)
    if module is None:
        # __import__ and not importlib: the hook has no other use for that package.
        __import__(module_name)
        module = sys.modules[module_name]
    entry: Entry = module.PROGRAMS[name]
    return entry
