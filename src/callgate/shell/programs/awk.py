"""awk: its programs run commands and write files, so the text of each is scanned; what is not certain is unknown."""

from __future__ import annotations

import re
from typing import Callable

from callgate.shell.command import Command
from callgate.shell.programs.regexes import closing
from callgate.shell.programs.spec import Args, Program, note_option, options, parse
from callgate.shell.words import Word

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NUMBER = re.compile(r"(?:0[xX][0-9a-fA-F]+|[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?\.?)")
_STRING = re.compile(r'"((?:[^"\\\n]|\\[^\n])*)"')
_OPERATOR = re.compile(r"&&|\|\||\+\+|--|\*\*=?|[-+*%^!=<>]=|[-+*%^!=<>~?:,;(){}\[\]$]")
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
# What can run, read or load something else, by itself or by changing the list of input files.
_POWERFUL = frozenset(("system", "getline", "ARGV", "ARGC", "SYMTAB", "FUNCTAB", "PROCINFO", "extension"))
# After these a slash may begin a regular expression or divide, according to the implementation.
_UNCERTAIN_BEFORE_SLASH = frozenset(("++", "--", "length", "regex"))
_KEYWORDS = frozenset(("print", "printf", "return", "in", "else", "do", "case", "delete", "exit", "BEGIN", "END"))
_DIVIDED = frozenset((")", "]", "name", "number", "string"))


class UncertainError(Exception):
    """The program does, or may do, more than compute and print."""


class _Program:
    """An awk program being read token by token."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.writes: list[str] = []
        self.before = ""
        """The token before: an operator, `name`, `number`, `string`, `regex`, or a keyword itself."""
        self.parens: list[str] = []
        """For each open parenthesis or bracket, the token in front of it."""
        self.closed = ""
        """The token in front of the parenthesis that was closed last."""
        self.printing = False

    def run(self) -> None:
        while self.position < len(self.text):
            char = self.text[self.position]
            if char in " \t":
                self.position += 1
            elif char == "\n":
                # It does not end `print a,`; that it never ends a print here only finds more redirections.
                self.position += 1
                self.before = "newline"
            elif char == "#":
                end = self.text.find("\n", self.position)
                self.position = len(self.text) if end < 0 else end
            elif char == "\\" and self.text[self.position + 1 : self.position + 2] == "\n":
                self.position += 2
            else:
                self.token(char)
        if self.parens:
            raise UncertainError("an open parenthesis")

    def token(self, char: str) -> None:
        if char == "/":
            self.slash()
        elif char == ">" and self.printing and not self.parens:
            self.redirection()
        elif char == '"':
            self.string()
            self.before = "string"
        elif char.isalpha() or char == "_":
            self.name()
        elif found := _NUMBER.match(self.text, self.position):
            self.position = found.end()
            self.before = "number"
        else:
            self.operator()

    def string(self) -> str:
        found = _STRING.match(self.text, self.position)
        if found is None:
            raise UncertainError("a string without an end")
        self.position = found.end()
        return found.group(1)

    def slash(self) -> None:
        before = self.before
        condition = before == ")" and self.closed in {"if", "while", "for"}
        if before in _UNCERTAIN_BEFORE_SLASH or condition:
            raise UncertainError("a slash that may divide or begin a regular expression")
        if before in _DIVIDED:
            self.position += 1
            self.before = "/"
            return
        if self.text[self.position + 1 : self.position + 2] == "=":
            raise UncertainError("a `/=` that may divide or begin a regular expression")
        end = closing(self.text, self.position + 1, "/")
        if end < 0:
            raise UncertainError("a regular expression whose end is not certain")
        self.position = end + 1
        self.before = "regex"

    def name(self) -> None:
        found = _NAME.match(self.text, self.position)
        if found is None:
            raise UncertainError("a name that is not plain")
        name = found.group()
        self.position = found.end()
        if name in _POWERFUL:
            raise UncertainError(f"`{name}`")
        if name in {"print", "printf"}:
            if self.parens:
                raise UncertainError(f"`{name}` in parentheses")
            self.printing = True
        known = name in _KEYWORDS or name in _UNCERTAIN_BEFORE_SLASH or name in {"if", "while", "for"}
        self.before = name if known else "name"

    def operator(self) -> None:
        found = _OPERATOR.match(self.text, self.position)
        if found is None:
            # `|` and `|&` run commands, `@` loads and calls by name, `::` is a name space.
            raise UncertainError(f"`{self.text[self.position]}`")
        sign = found.group()
        self.position = found.end()
        if sign in {"(", "["}:
            self.parens.append(self.before)
        elif sign in {")", "]"}:
            if not self.parens:
                raise UncertainError("a parenthesis too many")
            self.closed = self.parens.pop()
        elif sign in {";", "{", "}"}:
            if self.parens and sign != ";":
                raise UncertainError("a brace in parentheses")
            self.printing = self.printing and bool(self.parens)
        elif sign == ":" and self.before == ":":
            raise UncertainError("a name space")
        elif sign == ">=" and self.printing and not self.parens:
            raise UncertainError("a `>=` in a print")
        self.before = sign

    def redirection(self) -> None:
        """`print … > "file"`: the target is certain only when it is one string and nothing else."""
        self.position += 2 if self.text.startswith(">>", self.position) else 1
        while self.text[self.position : self.position + 1] in {" ", "\t"}:
            self.position += 1
        target = self.string()
        after = self.text[self.position :].lstrip(" \t")
        if "\\" in target or not target or (after and after[0] not in ";}\n"):
            raise UncertainError("a file name that is computed")
        if target.startswith("/inet") or target == "-":
            raise UncertainError("a connection")
        self.writes.append(target)
        self.before = "string"


def written(text: str) -> list[str]:
    """Return the files that the awk program *text* writes.

    Raises:
        UncertainError: the program does, or may do, more than compute, print and write those files.
    """
    program = _Program(text)
    program.run()
    return program.writes


_AWK = Program(
    options(
        "-F,--field-separator: -v,--assign: -f,--file:code -i,--include: -e,--source:code -E,--exec:code "
        "-b,--characters-as-bytes -c,--traditional -C,--copyright -g,--gen-pot -h,--help -k,--csv -M,--bignum "
        "-n,--non-decimal-data -N,--use-lc-numeric -O,--optimize -P,--posix -r,--re-interval -s,--no-optimize "
        "-S,--sandbox -t,--lint-old -V,--version"
    ),
    posix=True,
)


def _inputs(command: Command, args: Args, files: list[Word]) -> None:
    in_place = False
    for word in args.values("-i"):
        in_place = in_place or word.value == "inplace"
        if word.value != "inplace":
            command.opaque("an awk library", via="-i", span=word.span)
    for word in files:
        if word.value.startswith("/inet"):
            command.opaque("a connection of awk", span=word.span)
        elif word.value != "-" and (word.dynamic or not _ASSIGNMENT.match(word.value)):
            command.path("read", word)
            if in_place:
                command.path("write", word, via="-i")


def _awk(command: Command) -> None:
    args = parse(_AWK, command, command.args)
    for given in args.given:
        note_option(command, given)
    for word in args.values("-v"):
        if "::" in word.value:
            command.opaque("a variable of an awk library", via="-v", span=word.span)
    for word in args.values("-f"):
        command.path("read", word)
    if args.has("-f", "-e", "-E"):
        _inputs(command, args, args.operands)
        return
    for word in args.operands[:1]:
        _text(command, word)
    _inputs(command, args, args.operands[1:])


def _text(command: Command, word: Word) -> None:
    """Note what the program that *word* holds does."""
    if word.dynamic or word.glob:
        command.opaque("an awk program that only the shell knows", via="program", span=word.span)
        return
    try:
        files = written(word.value)
    except UncertainError as error:
        command.opaque(f"an awk program with {error}", via="program", span=word.span)
        return
    for path in files:
        command.path("write", Word(path, word.span), via=">")


PROGRAMS: dict[str, Callable[[Command], None]] = dict.fromkeys(("awk", "gawk", "mawk", "nawk"), _awk)
