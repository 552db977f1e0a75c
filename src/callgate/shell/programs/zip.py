"""zip and unzip."""

from __future__ import annotations

from typing import Callable

from callgate.shell.command import Command
from callgate.shell.programs.spec import starts_with_wildcard
from callgate.shell.words import Word

# Letters that may stand in one bundle: none of them begins a two-letter option made of others.
_ZIP_FLAGS = frozenset("rRqvjXyDogu0123456789")
_ZIP_LONG_FLAGS = frozenset((
    "--recurse-paths", "--recurse-patterns", "--quiet", "--verbose", "--junk-paths", "--no-extra", "--symlinks",
    "--no-dir-entries", "--latest-time", "--grow", "--update", "--freshen", "--filesync", "--difference-archive",
    "-f", "-FS", "-DF", "-d", "--delete", "-e", "--encrypt", "-h", "--help", "-L", "--license",
))  # fmt: skip
_ZIP_VALUED = frozenset(("-P", "--password", "-n", "--suffixes", "-t", "-tt", "--from-date", "--before-date", "-Z"))
_ZIP_LISTS = frozenset(("-x", "--exclude", "-i", "--include"))
_UNZIP_FLAGS = frozenset("fulvtzpcqonjabCDLMVXUWsZ12hTm")
_UNZIP_PRINTS = frozenset("lvtzpcZ")


def _beware(command: Command, word: Word) -> None:
    if (word.could_be_option and word.value != "-") or starts_with_wildcard(word):
        command.opaque(f"a word that may turn into an option of `{command.name}`", via="$…", span=word.span)


def _unknown(command: Command, word: Word) -> None:
    command.opaque(f"option `{word.value}` of `{command.name}` is not known", via=word.value, span=word.span)


class _Zip:
    """The words of one zip command, sorted."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self.words = command.args
        self.position = 0
        self.operands: list[Word] = []
        self.flags: set[str] = set()

    def read(self) -> None:
        while self.position < len(self.words):
            word = self.words[self.position]
            self.position += 1
            if word.value == "--":
                self.operands.extend(self.words[self.position :])
                return
            if len(word.value) > 1 and word.value[0] == "-":
                self.option(word)
            else:
                _beware(self.command, word)
                self.operands.append(word)

    def option(self, word: Word) -> None:
        value = word.value
        if word.dynamic or word.glob:
            _unknown(self.command, word)
        elif value in _ZIP_LISTS:
            self.patterns()
        elif value in _ZIP_VALUED:
            for taken in self.words[self.position : self.position + 1]:
                _beware(self.command, taken)
            self.position += 1
        elif value in {"-m", "--move"}:
            self.flags.add("-m")
        elif value in _ZIP_LONG_FLAGS:
            self.flags.add(value)
        elif value[1] != "-" and _ZIP_FLAGS.issuperset(value[1:]):
            self.flags.update(f"-{letter}" for letter in value[1:])
        else:
            _unknown(self.command, word)

    def patterns(self) -> None:
        """Skip the patterns after `-x` or `-i`: they end at the next option or at `@`."""
        while self.position < len(self.words) and self.words[self.position].value[:1] != "-":
            word = self.words[self.position]
            self.position += 1
            if word.value == "@":
                return
            _beware(self.command, word)


def _zip(command: Command) -> None:
    words = _Zip(command)
    words.read()
    if not words.operands:
        return
    archive, *files = words.operands
    if archive.value != "-":
        command.path("write", archive)
        if "." not in archive.value.rpartition("/")[2] and not archive.dynamic:
            command.path("write", archive._replace(value=archive.value + ".zip"))
    if words.flags & {"-d", "--delete"}:
        return
    recursive = bool(words.flags & {"-r", "-R", "--recurse-paths", "--recurse-patterns"})
    if words.flags & {"-R", "--recurse-patterns"}:
        # The operands are patterns of names, looked for below the working directory.
        files = [Word(".", command.span)]
    for word in files:
        if word.value != "-":
            command.path("read", word, recursive=recursive)
            if "-m" in words.flags:
                command.path("delete", word, recursive=recursive, via="-m")


def _unzip(command: Command) -> None:
    words = command.args
    operands: list[Word] = []
    target: Word | None = None
    flags: set[str] = set()
    position = 0
    while position < len(words):
        word = words[position]
        position += 1
        value = word.value
        if value in {"-d", "-P", "-O", "-I"}:
            for taken in words[position : position + 1]:
                _beware(command, taken)
                target = taken if value == "-d" else target
            position += 1
        elif value == "-x":
            while position < len(words) and words[position].value[:1] != "-":
                _beware(command, words[position])
                position += 1
        elif len(value) > 1 and value[0] == "-" and not word.dynamic and not word.glob:
            if _UNZIP_FLAGS.issuperset(value[1:]):
                flags.update(value[1:])
            else:
                _unknown(command, word)
        else:
            _beware(command, word)
            operands.append(word)
    _unzipped(command, operands[:1], target, flags)


def _unzipped(command: Command, archives: list[Word], target: Word | None, flags: set[str]) -> None:
    for archive in archives:
        # unzip itself expands patterns, and tries the name with `.zip` appended.
        pattern = archive.glob or any(char in archive.value for char in "*?[")
        command.path("read", archive._replace(glob=pattern))
        if "." not in archive.value.rpartition("/")[2] and not archive.dynamic:
            command.path("read", archive._replace(value=archive.value + ".zip", glob=pattern))
        if "T" in flags:
            command.path("write", archive._replace(glob=pattern), via="-T")
    if archives and not flags & _UNZIP_PRINTS:
        command.path("write", target or Word(".", command.span), recursive=True)


PROGRAMS: dict[str, Callable[[Command], None]] = {"zip": _zip, "unzip": _unzip}
