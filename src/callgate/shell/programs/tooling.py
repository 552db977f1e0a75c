"""What the tools of a project have in common: they run its code, take many harmless options, answer `--version`."""

from __future__ import annotations

import re
from typing import Callable, Container, Iterable

from callgate.core.model import DYNAMIC, OperationKind
from callgate.core.paths import is_within
from callgate.shell.command import Command
from callgate.shell.programs.lazy import LazyTable
from callgate.shell.programs.spec import FLAG, Args, Option, Program, Table, apply, options
from callgate.shell.words import Word

Handler = Callable[[Command], None]
Entry = Program | Handler
"""What a family's `PROGRAMS` maps each name to."""

ANSWERS = frozenset({"--version", "--help"})
"""Options that, alone, make nearly every program print something and stop."""

_CAMEL = re.compile("(?<=[a-z0-9])([A-Z])")


def asks(command: Command, answers: frozenset[str] = ANSWERS) -> bool:
    """Whether the command holds nothing but one question that its program answers by printing."""
    return len(command.args) == 1 and command.args[0].value in answers


def asks_about(command: Command, verbs: Container[str], answers: frozenset[str] = frozenset({"--help", "-h"})) -> bool:
    """Whether the command asks how one of *verbs* is used and does nothing else: `docker run --help`.

    Not for verbs that a project or a plug-in defines: those are programs, which do with `--help` what they like.
    """
    words = command.args
    return len(words) == 2 and words[1].value in answers and words[0].value in verbs


def tool(program: Program, answers: frozenset[str] = ANSWERS) -> Handler:
    """Return the handler of a developers' tool: questions are harmless, words that only the shell knows are `loosen`ed.

    For tools that run the project's code, or read it, whatever their arguments; not for those whose options decide.
    """

    def handler(command: Command) -> None:
        if not asks(command, answers):
            apply(program, command)
            loosen(command)

    return handler


def questions(program: Program | Handler, *answers: str) -> Handler:
    """Return a handler that knows the *answers* (as single arguments) to be harmless, and else does as *program*."""
    known = ANSWERS | frozenset(answers)

    def handler(command: Command) -> None:
        if asks(command, known):
            return
        if isinstance(program, Program):
            apply(program, command)
        else:
            program(command)

    return handler


def loosen(command: Command) -> None:
    """Let the `*` of a command rule cover words that only the shell knows.

    Who wrote `pytest *` accepts any test file, and with it any code; a word that turns out to be an option adds
    nothing. No path rule covers such a word all the same, because what it brings stays unknown.
    """
    command.operations[:] = [
        operation._replace(via="") if operation.kind == "unknown" and operation.via in {"$…", "*"} else operation
        for operation in command.operations
    ]


def refuses(what: str) -> Handler:
    """Return the handler of a program of which nothing but `--version` and `--help` is understood."""

    def handler(command: Command) -> None:
        if not asks(command):
            command.unknown = f"`{command.name}` {what}"

    return handler


def acts(what: str, *answers: str) -> Handler:
    """Return the handler of a program that always changes the system, unless it is asked one of *answers*."""
    known = ANSWERS | frozenset(answers)

    def handler(command: Command) -> None:
        if not asks(command, known):
            command.add("system", what)

    return handler


def harmless(_command: Command) -> None:
    """Do nothing: whatever the arguments, such a program only computes and prints."""


def unknown_subcommand(command: Command, words: list[Word]) -> None:
    """Note that the first of *words* is no subcommand that is known."""
    text = words[0].value.replace(DYNAMIC, "…") if words else ""
    command.unknown = f"`{command.name} {text}` is not known" if text else f"`{command.name}` without a subcommand"


# What operands mean.


def runs_project(command: Command, _args: Args) -> None:
    """Run the project's own code: configuration, plug-ins, tests. Operands choose among it."""
    command.here("execute", recursive=True)


def runs_files(command: Command, args: Args) -> None:
    """Like `runs_project`; operands are files or directories that are run too, wherever they lie."""
    command.here("execute", recursive=True)
    note_files(command, "execute", args.operands)


def note_files(
    command: Command,
    kind: OperationKind,
    words: Iterable[Word],
    *,
    recursive: bool = False,
    only: tuple[str, ...] = (),
    via: str = "",
) -> None:
    """Note *kind* on each of *words* but `-`; one that only the shell knows is unknown instead of any path at all."""
    for word in words:
        if word.dynamic and not (word.below and kind == "read"):
            command.opaque(f"a file that only the shell knows ({kind})", via=via, span=word.span)
        elif word.value != "-":
            command.path(kind, word, recursive=recursive, only=only, via=via)


def rewrites(command: Command, words: Iterable[Word], *, only: tuple[str, ...] = ()) -> None:
    """Note that a formatter changes *words*, and what lies below them.

    Who wrote `black *` meant the files at hand: the `*` of a command rule does not cover a file outside of the
    working directory, nor one that only the shell knows. A rule with a path may.
    """
    for word in words:
        if word.broken:
            command.path("read", word)  # for what it says of the names
        for root in word.below or (word,):
            if root.dynamic:
                command.opaque("changes a file that only the shell knows", via="FILE", span=word.span)
            elif root.value != "-":
                via = "" if _at_hand(command, root) else root.value
                command.path("write", root, recursive=True, only=word.only or only, via=via)


def _at_hand(command: Command, word: Word) -> bool:
    """Whether *word* names the working directory or something below it; `.*` may match `..`."""
    if word.glob and any(part.startswith(".") and part.strip(".") for part in word.value.split("/")):
        return False
    found = command.targets("write", word)
    return all(not one.dynamic and any(is_within(one.target, cwd) for cwd in command.cwds) for one in found)


def or_here(command: Command, words: list[Word]) -> list[Word]:
    """Return *words*, or the working directory when there are none."""
    return words or [Word(".", command.span)]


def contacts(command: Command, *, via: str = "") -> None:
    """Note that hosts are contacted that the configuration names."""
    command.add("network", "", Word(DYNAMIC, command.span), via=via)


def installs(command: Command, _args: Args) -> None:
    """Installing runs the packages' own code."""
    command.add("system", "installs packages")
    command.add("execute", "package scripts")
    contacts(command)


def camel(text: str) -> Table:
    """Build a table for programs that take `--camelCase` also as `--camel-case`, and flags also as `--no-…`."""
    return LazyTable(lambda: _camel(text))


def _camel(text: str) -> dict[str, Option]:
    table = dict(options(text))
    for name, option in list(table.items()):
        kebab = _CAMEL.sub(r"-\1", name).lower() if name.startswith("--") else name
        table.setdefault(kebab, option)
        if name.startswith("--") and option.mark == FLAG:
            table.setdefault(f"--no-{name[2:]}", option)
            table.setdefault(f"--no-{kebab[2:]}", option)
    return table
