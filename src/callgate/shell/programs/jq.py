"""jq and yq: filters over JSON and YAML. Filters compute, but some load files, and yq writes in place."""

from __future__ import annotations

import re
from typing import Callable

from callgate.shell.command import Command
from callgate.shell.programs.spec import starts_with_wildcard
from callgate.shell.words import Word

_FLAGS = frozenset("nRsrjaceCMSbhV")
_LONG_FLAGS = frozenset((
    "--null-input", "--raw-input", "--slurp", "--raw-output", "--raw-output0", "--join-output", "--ascii-output",
    "--compact-output", "--exit-status", "--color-output", "--monochrome-output", "--sort-keys", "--tab", "--seq",
    "--stream", "--stream-errors", "--unbuffered", "--binary", "--help", "--version", "--build-configuration",
    "--debug-dump-disasm", "--debug-trace", "--debug-trace=all",
))  # fmt: skip
_NAMED_VALUES = frozenset(("--arg", "--argjson"))
_NAMED_FILES = frozenset(("--slurpfile", "--rawfile", "--argfile"))
_LOADS = re.compile(r"\b(?:import|include|modulemeta)\b")
_YQ_LOADS = re.compile(r"\b(?:load|strload|load_\w+|eval|import|include|system|modulemeta)\b")
# Flags of both programs that are called yq; the letters on which they differ stand in neither set.
_YQ_FLAGS = frozenset("neCMcrjyYPNSvhV")
_YQ_LONG_FLAGS = frozenset((
    "--null-input", "--exit-status", "--colors", "--color-output", "--no-colors", "--no-doc", "--prettyPrint",
    "--unwrapScalar", "--tojson", "--yaml-output", "--yaml-roundtrip", "--raw-output", "--compact-output", "--verbose",
    "--help", "--version", "--nul-output", "--sort-keys", "--join-output",
))  # fmt: skip
_YQ_VALUED = frozenset(("-o", "-p", "-I", "--output-format", "--input-format", "--indent"))


class _Reading:
    """The words of one jq or yq command, sorted."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self.words = command.args
        self.position = 0
        self.operands: list[Word] = []
        self.from_file = False
        self.rest_is_data = False

    def next(self) -> Word | None:
        """Take the value of an option."""
        if self.position >= len(self.words):
            return None
        word = self.words[self.position]
        self.position += 1
        if word.splits or word.glob:
            self.command.opaque("words that only the shell knows", via="$…", span=word.span)
        return word

    def unknown(self, word: Word) -> None:
        self.command.opaque(f"option `{word.value}` of `{self.command.name}`", via=word.value, span=word.span)

    def operand(self, word: Word) -> None:
        """Keep an operand; the shell may turn it into an option, which counts anywhere."""
        if (word.could_be_option and word.value != "-") or starts_with_wildcard(word):
            self.command.opaque(
                f"a word that may turn into an option of `{self.command.name}`", via="$…", span=word.span
            )
        if not (self.rest_is_data and self.operands):
            self.operands.append(word)


def _jq_option(reading: _Reading, word: Word) -> None:
    value = word.value
    if value in _NAMED_VALUES:
        reading.next()
        reading.next()
    elif value in _NAMED_FILES:
        reading.next()
        file = reading.next()
        if file is not None:
            reading.command.path("read", file)
    elif value == "--indent":
        reading.next()
    elif value in {"--args", "--jsonargs"}:
        reading.rest_is_data = True
    elif value in {"-f", "--from-file"}:
        reading.from_file = True
    elif value not in _LONG_FLAGS and (value.startswith("--") or not _FLAGS.issuperset(value[1:])):
        reading.unknown(word)


def _jq(command: Command) -> None:
    reading = _Reading(command)
    while reading.position < len(reading.words):
        word = reading.words[reading.position]
        reading.position += 1
        if word.value == "--":
            reading.operands.extend(reading.words[reading.position :])
            break
        if len(word.value) > 1 and word.value[0] == "-":
            _jq_option(reading, word)
        else:
            reading.operand(word)
    if reading.from_file:
        # Its filter may import from anywhere, and versions differ on which word names the file.
        command.opaque("a jq program in a file", via="-f")
    else:
        _filter(command, reading.operands[:1], _LOADS)
    for word in reading.operands[0 if reading.from_file else 1 :]:
        if word.value != "-":
            command.path("read", word)


def _filter(command: Command, words: list[Word], loads: re.Pattern[str]) -> None:
    for word in words:
        if word.dynamic or word.glob:
            command.opaque("a filter that only the shell knows", via="filter", span=word.span)
        elif loads.search(word.value):
            command.opaque("a filter that may load files", via="filter", span=word.span)


def _yq_option(reading: _Reading, word: Word) -> bool:
    """Take one option; return whether it changes the files."""
    name, equals, _ = word.value.partition("=")
    if name in {"-i", "--inplace", "--in-place"}:
        return True
    if name in _YQ_VALUED:
        if not equals:
            reading.next()
    elif word.dynamic or not (name in _YQ_LONG_FLAGS or (name[1:2] != "-" and _YQ_FLAGS.issuperset(name[1:]))):
        reading.unknown(word)
    return False


def _yq(command: Command) -> None:
    reading = _Reading(command)
    in_place = False
    while reading.position < len(reading.words):
        word = reading.words[reading.position]
        reading.position += 1
        if word.value == "--":
            reading.operands.extend(reading.words[reading.position :])
            break
        if len(word.value) > 1 and word.value[0] == "-":
            in_place = _yq_option(reading, word) or in_place
        else:
            reading.operand(word)
    operands = reading.operands
    if operands and operands[0].value in {"e", "ea", "eval", "eval-all"}:
        operands = operands[1:]
    _filter(command, operands[:1], _YQ_LOADS)
    # The first operand is a filter unless a file of that name exists.
    for word in operands:
        if word.value != "-":
            command.path("read", word)
            if in_place:
                command.path("write", word, via="-i")


PROGRAMS: dict[str, Callable[[Command], None]] = {"jq": _jq, "yq": _yq}
