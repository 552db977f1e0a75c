"""sed: its scripts read, write and run things, so each one is parsed; what is not certain is unknown."""

from __future__ import annotations

import re
from typing import Callable, Mapping, NamedTuple

from callgate.shell.command import Command
from callgate.shell.programs.regexes import closing
from callgate.shell.programs.spec import Args, Program, note_option, options, parse
from callgate.shell.words import Word

_DELIMITERS = frozenset("/|,#@:!%+;~_=-&\"'<>")

# Commands on numbered lines that only print, delete or stop: one sed script in three.
_LINES = re.compile(r"(?:[ \t]*+(?:(?:\d++|\$)(?:,(?:\d++|\$))?)?[pdq=][ \t]*+(?:[;\n]|\Z))*+", re.ASCII)

MAX_TEXT = 10_000
"""Characters of a script; each is looked at one by one (1 µs)."""

_DOUBTFUL_TEXT = re.compile(r"\\|[ \t]+(?:\\?\n|\\\\|\Z)")


class Effect(NamedTuple):
    """One thing that a sed script does besides editing text."""

    kind: str
    """`read`, `write`, or `run` for a script that runs commands."""
    path: str
    """The file as written; empty for `run`."""


class UncertainError(Exception):
    """The script cannot be read with certainty."""


class _Script:
    """A sed script being read, one command at a time."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.effects: list[Effect] = []
        self.depth = 0

    def peek(self) -> str:
        return self.text[self.position : self.position + 1]

    def take(self, count: int = 1) -> str:
        taken = self.text[self.position : self.position + count]
        self.position += count
        return taken

    def skip(self, chars: str) -> None:
        while self.peek() and self.peek() in chars:
            self.position += 1

    def line(self) -> str:
        """Take the rest of the line, its newline included, and return it without."""
        end = self.text.find("\n", self.position)
        end = len(self.text) if end < 0 else end
        taken = self.text[self.position : end]
        self.position = end + 1
        return taken

    def run(self) -> None:
        while True:
            self.skip(" \t\n;")
            if not self.peek():
                if self.depth:
                    raise UncertainError("an open `{`")
                return
            if self.peek() == "#":
                self.line()
                continue
            self.addresses()
            self.command()

    def addresses(self) -> None:
        if self.address():
            self.skip(" \t")
            if self.peek() == ",":
                self.take()
                self.skip(" \t")
                if not self.address():
                    raise UncertainError("a missing address")
        self.skip(" \t")
        while self.peek() == "!":
            self.take()
            self.skip(" \t")

    def address(self) -> bool:
        char = self.peek()
        if char == "$":
            self.take()
            return True
        if char and char in "0123456789+~":
            self.skip("0123456789+~")
            return True
        if char == "\\":
            self.take()
            if self.peek() not in _DELIMITERS:
                raise UncertainError("an unusual delimiter")
        elif char != "/":
            return False
        delimiter = self.take()
        self.regex(delimiter)
        self.skip("IM")
        return True

    def regex(self, delimiter: str) -> None:
        end = closing(self.text, self.position, delimiter)
        if end < 0:
            raise UncertainError("a regular expression whose end is not certain")
        self.position = end + 1

    def replacement(self, delimiter: str) -> None:
        while True:
            char = self.take()
            if char == delimiter:
                return
            if char in {"", "\n"}:
                raise UncertainError("a replacement without an end")
            if char == "\\" and not self.take():
                raise UncertainError("a backslash at the end")

    def command(self) -> None:
        name = self.take()
        read = _COMMANDS.get(name)
        if read is None:
            raise UncertainError(f"the command `{name}`")
        read(self)

    def number(self) -> None:
        self.skip(" \t")
        self.skip("0123456789")
        self.end()

    def opening(self) -> None:
        self.depth += 1

    def closing(self) -> None:
        self.depth -= 1
        if self.depth < 0:
            raise UncertainError("a `}` too many")
        self.end()

    def execute(self) -> None:
        self.effects.append(Effect("run", ""))
        self.line()

    def transliteration(self) -> None:
        delimiter = self.delimiter()
        self.replacement(delimiter)
        self.replacement(delimiter)
        self.end()

    def delimiter(self) -> str:
        delimiter = self.take()
        if delimiter not in _DELIMITERS:
            raise UncertainError("an unusual delimiter")
        return delimiter

    def end(self) -> None:
        """After a command: only a separator, a comment or a closing brace may follow."""
        self.skip(" \t")
        if self.peek() and self.peek() not in ";\n#}":
            raise UncertainError(f"`{self.peek()}` after a command")

    def substitution(self) -> None:
        delimiter = self.delimiter()
        self.regex(delimiter)
        self.replacement(delimiter)
        while self.peek() and self.peek() in "gpiImM0123456789ew":
            flag = self.take()
            if flag == "e":
                self.effects.append(Effect("run", ""))
            elif flag == "w":
                self.file("write")
                return
        self.end()

    def file(self, kind: str) -> None:
        self.skip(" \t")
        path = self.line()
        if not path:
            raise UncertainError("a missing file name")
        self.effects.append(Effect(kind, path))

    def label(self) -> None:
        """Take a label. BSD's goes on to the end of the line, so commands after a `;` are only sometimes commands."""
        self.skip(" \t")
        while self.peek() and self.peek() not in " \t\n;}":
            self.take()
        self.skip(" \t")
        if self.peek() in {";", "}"} and "\n" in self.text[self.position :]:
            raise UncertainError("a label in the midst of a line")
        self.end()

    def text_block(self) -> None:
        """Take the text of `a`, `i` or `c`: it ends at a newline without a backslash in front."""
        self.skip(" \t")
        # One reader takes the text to begin at the next line, another at the blanks or the second backslash.
        if self.peek() == "\\" and _DOUBTFUL_TEXT.match(self.text, self.position + 1):
            raise UncertainError("a text whose beginning is not certain")
        while True:
            char = self.take()
            if char in {"", "\n"}:
                return
            if char == "\\":
                self.take()


_COMMANDS: Mapping[str, Callable[[_Script], None]] = {
    **dict.fromkeys("=dDgGhHnNpPxzF", _Script.end),
    **dict.fromkeys("lLqQ", _Script.number),
    **dict.fromkeys("aic", _Script.text_block),
    **dict.fromkeys(":btT", _Script.label),
    **dict.fromkeys("rR", lambda script: script.file("read")),
    **dict.fromkeys("wW", lambda script: script.file("write")),
    "{": _Script.opening,
    "}": _Script.closing,
    "e": _Script.execute,
    "s": _Script.substitution,
    "y": _Script.transliteration,
}


def effects(text: str) -> list[Effect]:
    """Return what the sed script *text* does besides editing.

    Raises:
        UncertainError: the script cannot be read with certainty.
    """
    if _LINES.fullmatch(text):
        return []
    if len(text) > MAX_TEXT:
        raise UncertainError(f"more than {MAX_TEXT} characters")
    script = _Script(text)
    script.run()
    return script.effects


_SED = Program(
    # `-l` takes a value for GNU and none for BSD, so it stands in no table.
    options(
        "-n,--quiet,--silent --debug -e,--expression: -f,--file:code -E,-r,--regexp-extended --follow-symlinks "
        "-i,--in-place? --line-length: --posix -s,--separate --sandbox -u,--unbuffered -z,--null-data -b,--binary "
        "--help --version"
    )
)


def _script(command: Command, words: list[Word]) -> None:
    """Note what the script that *words* hold, one piece each, does."""
    if any(word.dynamic or word.glob for word in words):
        command.opaque("a sed script that only the shell knows", via="script", span=words[0].span)
        return
    try:
        found = effects("\n".join(word.value for word in words))
    except UncertainError as error:
        command.opaque(f"a sed script with {error}", via="script", span=words[0].span)
        return
    for kind, path in found:
        if kind == "run":
            command.opaque("a sed script that runs commands", via="e", span=words[0].span)
        elif path != "-":
            target = Word(path, words[0].span)
            command.path("write" if kind == "write" else "read", target, via="w" if kind == "write" else "")


def _in_place(command: Command, args: Args, files: list[Word]) -> None:
    suffixes = [value.value for value in args.values("-i") if value.value]
    for word in files:
        command.path("write", word, via="-i")
        for suffix in suffixes:
            if word.glob or word.dynamic or any(char in suffix for char in "/*"):
                command.opaque("a backup of each file", via="-i", span=word.span)
            else:
                command.path("write", word._replace(value=word.value + suffix), via="-i")


def _sorted(args: Args) -> tuple[list[Word], list[Word], list[Word]]:
    """Return the words that hold the script, the files, and what is a file only for one implementation."""
    operands = args.operands
    # BSD's `-i ''` is followed by the script; GNU sees an empty script and a file, or a file without a name.
    bsd = args.has("-i") and len(operands) > 1 and not operands[0].value
    if bsd:
        operands = operands[1:]
    if args.has("-e", "-f"):
        return args.values("-e"), operands, []
    return operands[:1], operands[1:], operands[:1] if bsd else []


def _sed(command: Command) -> None:
    args = parse(_SED, command, command.args)
    for given in args.given:
        note_option(command, given)
    scripts, files, doubtful = _sorted(args)
    if scripts:
        _script(command, scripts)
    for word in [*args.values("-f"), *(word for word in scripts if word.splits), *files]:
        if word.value != "-":
            command.path("read", word)
    if args.has("-i"):
        _in_place(command, args, [*doubtful, *files])


PROGRAMS: dict[str, Callable[[Command], None]] = {"sed": _sed}
