"""The small language in which program files say what a program's options and operands do.

An option table is text: tokens of comma-separated names, then at most one mark and an effect::

    -n,--lines:          takes a value that is data
    -o,--output:write    takes a value: the path of a file that is written
    --color?             takes a value only when attached (`--color=auto`, `-U3`)
    -D,--delete!delete   a flag that changes what the program does: never covered by a `*` in a command rule
    -q,--quiet           a harmless flag

Effects of a value: (none) data, `read`, `write`, `delete`, `execute` (a path that is run), `identity` (a key or a
certificate that is read to say who is asking, and not sent), `dir` (the program works in that directory: read), `host`, `shell` (text that a shell runs), `command` (a program that is run),
`code` (text in a language of the program's own: unknown), `list` (a file that names further files: unknown).
Effects after `!`: the description of what becomes unknown, or one of `here-write`, `here-delete`, `network`.

What is not in the table is *not known*, and a command with an unknown option is never allowed by a wildcard.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Any, Callable, Mapping, NamedTuple

from callgate.core.model import Operation, OperationKind, Span
from callgate.shell.command import Command
from callgate.shell.programs.lazy import LazyTable
from callgate.shell.words import Word

FLAG, VALUE, OPTIONAL, DANGER = "", ":", "?", "!"
# What may stand behind a flag (`--check=true`) without turning it off: Go's and Haskell's parsers take `--check=false`.
_ON = frozenset({"", "true", "1", "yes", "on"})
PATH_EFFECTS: Mapping[str, OperationKind] = {
    "read": "read", "write": "write", "delete": "delete", "execute": "execute", "dir": "read", "identity": "read",
}  # fmt: skip


MAX_CLUSTER = 200
"""Characters of one word of short options that are looked at."""


class Option(NamedTuple):
    """One option as its table declares it."""

    name: str
    """The first of its names, the one that messages and `Args.get` use."""
    mark: str
    effect: str


class Given(NamedTuple):
    """One option as the command gives it."""

    option: Option
    value: Word | None
    word: Word
    """The word that holds the option, for its span."""


class Args:
    """A command's words sorted into options and operands."""

    __slots__ = ("given", "operands")

    def __init__(self) -> None:
        """Start empty."""
        self.given: list[Given] = []
        self.operands: list[Word] = []

    def has(self, *names: str) -> bool:
        """Whether one of the options (by first name) is given."""
        for given in self.given:  # noqa: SIM110 - asked several times a command; a generator takes thrice as long
            if given.option.name in names:
                return True
        return False

    def values(self, *names: str) -> list[Word]:
        """Return the values given to the options (by first name), in order."""
        return [given.value for given in self.given if given.option.name in names and given.value is not None]


Operands = Callable[[Command, Args], None]
"""What operands mean: notes operations on the command."""

Table = Mapping[str, Option]


def options(text: str) -> Table:
    """Return the option table that *text* describes (see the module's docstring); it is built on first use.

    Raises:
        ValueError: on first use, when a name stands twice.
    """
    return LazyTable(lambda: _options(text))


def _options(text: str) -> dict[str, Option]:
    table: dict[str, Option] = {}
    for token in text.split():
        for mark in (VALUE, OPTIONAL, DANGER):
            names, found, effect = token.partition(mark)
            if found:
                break
        else:
            names, mark, effect = token, FLAG, ""
        aliases = names.split(",")
        for alias in aliases:
            if alias in table:
                raise ValueError(f"option `{alias}` stands twice")
            table[alias] = Option(aliases[0], mark, effect.replace("_", " "))
    return table


NOTHING: Mapping[str, Any] = MappingProxyType({})


class Program(NamedTuple):
    """What is known about one program, or one subcommand of a program."""

    table: Table = NOTHING
    operands: Operands | None = None
    """Called after the options were noted; `None`: operands are data."""
    subcommands: Mapping[str, Program] = NOTHING
    """When not empty, the first operand names a subcommand; one that is not listed is unknown."""
    numeric: bool = False
    """`-20` is short for a count (head, git log)."""
    posix: bool = False
    """Options end at the first operand (no GNU permutation)."""
    single_dash: bool = False
    """Long options have one dash (`find -name`, `java -version`); short ones are not bundled."""
    bare: Operands | None = None
    """With subcommands: called when none is given; `None`: unknown."""


def apply(program: Program, command: Command, words: list[Word] | None = None) -> None:
    """Note on *command* everything that its options and operands do according to *program*."""
    args = parse(program, command, command.args if words is None else words)
    for given in args.given:
        note_option(command, given)
    if program.subcommands:
        _subcommand(program, command, args)
    elif program.operands is not None:
        program.operands(command, args)


def _subcommand(program: Program, command: Command, args: Args) -> None:
    if not args.operands:
        if program.bare is not None:
            program.bare(command, args)
        else:
            command.unknown = f"`{command.name}` without a subcommand"
        return
    head, *rest = args.operands
    child = None if head.dynamic or head.glob else program.subcommands.get(head.value)
    if child is None:
        command.unknown = f"subcommand `{head.value}` of `{command.name}` is not known"
        return
    apply(child, command, rest)


def parse(program: Program, command: Command, words: list[Word]) -> Args:
    """Sort *words* into options and operands by the table of *program*; what is not known is noted as unknown."""
    args = Args()
    posix = program.posix or bool(program.subcommands)
    position = 0
    while position < len(words):
        word = words[position]
        position += 1
        value = word.value
        if value == "--":
            args.operands.extend(words[position:])
            break
        if len(value) > 1 and value[0] == "-":
            position = _option(program, command, args, words, position - 1)
        else:
            _beware(program, command, word)
            if posix:
                args.operands.extend(words[position - 1 :])
                break
            args.operands.append(word)
    return args


def _beware(program: Program, command: Command, word: Word) -> None:
    """Note that the shell may turn the operand *word* into an option that does something."""
    if word.could_be_option and word.value != "-" and _has_danger(program.table):
        command.opaque(f"a word that may turn into an option of `{command.name}`", via="$…", span=word.span)
    elif starts_with_wildcard(word) and _has_trap(program.table):
        # A file may be called `--compress-program=x`; it cannot hold a slash, so options that read do no harm.
        command.opaque(f"a pattern that may match an option of `{command.name}`", via="*", span=word.span)


def _has_danger(table: Table) -> bool:
    return any(option.mark == DANGER or option.effect for option in table.values())


def _has_trap(table: Table) -> bool:
    return any(
        option.mark == DANGER or option.effect not in {"", "read", "dir", "list", "identity"}
        for option in table.values()
    )


def starts_with_wildcard(word: Word) -> bool:
    """Whether *word* is a shell pattern that could match a file name that begins with `-`."""
    return word.glob and word.value[:1] in {"*", "?", "["}


def may_become_flag(word: Word) -> bool:
    """Whether the shell may turn *word* into a flag: it is dynamic, or a bare `*` beside a file called `-rf`."""
    return (word.dynamic and word.could_be_option) or (
        starts_with_wildcard(word) and "." not in re.split(r"[*?\]]", word.value)[-1]
    )


def _option(program: Program, command: Command, args: Args, words: list[Word], position: int) -> int:
    """Take the option at *position*; return the position after it and its value."""
    word = words[position]
    value = word.value
    if word.dynamic and (value[1] in "\ue000\ue001" or value.startswith(("--\ue000", "--\ue001"))):
        command.opaque(f"an option of `{command.name}` that only the shell knows", via="-$…", span=word.span)
        return position + 1
    if value.startswith("--") or program.single_dash:
        name, equals, attached = value.partition("=")
        option = _lookup(program.table, name)
        if option is None and program.single_dash and value in program.table:
            option = program.table[value]
        return _take(command, args, words, position, name, option, attached if equals else None)
    if program.numeric and value[1:].isdigit():
        return position + 1
    for index in range(1, min(len(value), MAX_CLUSTER)):
        name = "-" + value[index]
        option = program.table.get(name)
        rest = value[index + 1 :]
        if option is None or option.mark in (VALUE, OPTIONAL):
            return _take(command, args, words, position, name, option, rest or None)
        args.given.append(Given(option, None, word))
    if len(value) > MAX_CLUSTER:
        command.opaque(f"more than {MAX_CLUSTER} options of `{command.name}` in one word", via="-", span=word.span)
    return position + 1


def _beginning(table: Table, prefix: str) -> set[Option]:
    return {option for name, option in table.items() if name.startswith(prefix)}


def _lookup(table: Table, name: str) -> Option | None:
    """Find a long option by its name or, as getopt_long does, by a prefix; a dangerous candidate wins."""
    exact = table.get(name)
    if exact is not None or len(name) < 3 or not name.startswith("--"):
        return exact
    candidates = table.beginning(name) if isinstance(table, LazyTable) else _beginning(table, name)
    dangerous = sorted(option for option in candidates if option.mark == DANGER or option.effect)
    if dangerous:
        return dangerous[0]
    return candidates.pop() if len(candidates) == 1 else None


def _take(
    command: Command,
    args: Args,
    words: list[Word],
    position: int,
    name: str,
    option: Option | None,
    attached: str | None,
) -> int:
    word = words[position]
    if option is None:
        command.opaque(f"option `{name}` of `{command.name}` is not known", via=name, span=word.span)
        return position + 1
    if attached is not None:
        value = Word(attached, word.span, glob=word.glob, taint=word.taint)
        if word.splits:
            command.opaque(f"words after `{name}` that only the shell knows", via="$…", span=word.span)
        if option.mark == FLAG and attached.lower() not in _ON:
            command.opaque(f"the flag `{name}` of `{command.name}` with a value", via=name, span=word.span)
        args.given.append(Given(option, value if option.mark in (VALUE, OPTIONAL) else None, word))
        return position + 1
    if option.mark == VALUE:
        if position + 1 < len(words):
            args.given.append(Given(option, words[position + 1], word))
            if words[position + 1].splits or words[position + 1].glob:
                command.opaque(f"words after `{name}` that only the shell knows", via="$…", span=word.span)
        return position + 2
    args.given.append(Given(option, None, word))
    return position + 1


def note_option(command: Command, given: Given) -> None:
    """Note the operation that an option brings with it, by the effect in its table."""
    option, value, word = given
    effect = option.effect
    if option.mark == DANGER:
        if effect == "network":
            command.operations.append(Operation("network", "", word.span, dynamic=True, via=option.name))
        elif effect.startswith("here-"):
            command.here("delete" if effect == "here-delete" else "write", recursive=True, via=option.name)
        else:
            command.opaque(f"option `{option.name}` of `{command.name}`: {effect or 'changes what it does'}",
                           via=option.name, span=word.span)  # fmt: skip
        return
    if not effect or value is None:
        return
    if effect in PATH_EFFECTS:
        if value.value != "-":
            # Reading is what the reader came for; a `*` in a command rule covers it. Writing and running is not.
            via = "" if effect in {"read", "dir", "identity"} else option.name
            command.path(PATH_EFFECTS[effect], value, via=via, identity=effect == "identity")
    elif effect == "host":
        command.add("network", value.value, value)
    elif effect == "shell" and not value.dynamic and not value.glob:
        command.script(value.value, value.span, f"{command.name} {option.name}")
    elif effect == "command" and not value.dynamic:
        command.run([Word(part, value.span) for part in value.value.split()], f"{command.name} {option.name}")
    else:
        command.opaque(f"option `{option.name}` of `{command.name}` ({effect})", via=option.name, span=word.span)


# What operands mean, for the common cases.


def reads(command: Command, args: Args) -> None:
    """Every operand is a file that is read; `-` is stdin."""
    for word in args.operands:
        if word.value != "-":
            command.path("read", word)


def reads_or_here(command: Command, args: Args) -> None:
    """Like `reads`; with no operand the working directory is read (ls, du, tree)."""
    if not args.operands:
        command.here()
    reads(command, args)


def reads_after_first(command: Command, args: Args) -> None:
    """The first operand is data (a pattern, a program text), the rest are files that are read."""
    for word in args.operands[1:]:
        if word.value != "-":
            command.path("read", word)


def writes(command: Command, args: Args) -> None:
    """Every operand is created or changed (touch, mkdir, tee)."""
    for word in args.operands:
        command.path("write", word)


def data(_command: Command, _args: Args) -> None:
    """Operands are text for the program itself (echo, printf, seq, expr)."""


def span_of(words: list[Word], default: Span) -> Span:
    """Return the span from the first to the last of *words*."""
    return Span(words[0].span.start, words[-1].span.end) if words else default
