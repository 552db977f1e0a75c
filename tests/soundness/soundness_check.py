"""Whether what bash did was predicted: every program, every file of a redirect, every exported variable.

A script is a *miss* when the analysis says that it understood everything (coverage is full) and bash did something that
no unit accounts for. A script that bash and the analysis both reject, or whose coverage is partial, is no miss: partial
never allows.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Iterable, Iterator, NamedTuple

from bash_sandbox import ENVIRON, HOME, PROJECT, Record, Run

from callgate.core.model import DYNAMIC, SPLIT, Analysis, Operation, Unit
from callgate.core.paths import join, normalise
from callgate.shell.analyse import analyse_command
from callgate.shell.environment import is_safe
from callgate.shell.names import program_name

RAN_FOR_REAL = frozenset({"env", "nohup", "timeout", "nice", "ionice", "setsid", "xargs", "time", "bash", "sh", "dash"})
"""What these run was recorded, too, so nothing is asked of the wrapper itself."""

_OPERANDS_ARE_PATHS = frozenset({"rm", "cat", "touch"})
_PIPES = re.compile(r"/dev/fd/\d+")
_OF_THE_SHELL = frozenset({"PWD", "OLDPWD", "SHLVL", "_", "LINES", "COLUMNS", "BASH_EXECUTION_STRING"})


class Miss(NamedTuple):
    """Something that bash did and nobody predicted."""

    kind: str
    """`program`, `directory` (right words, wrong place), `write`, `read`, `environment` or `error`."""
    what: str


class Outcome(NamedTuple):
    """One script, analysed and run."""

    misses: tuple[Miss, ...]
    full: bool
    """Coverage was full: this script really tested something."""
    compared: int
    """Programs, files and variables that were looked for."""


def analyse(script: str) -> Analysis | str:
    """Analyse *script* as the sandbox runs it; the text of the exception when the analysis fails."""
    try:
        return analyse_command(script, cwd=PROJECT, home=HOME)
    except Exception as error:  # noqa: BLE001 - any exception is a finding, and is reported
        return f"{type(error).__name__}: {error}"


def judge(analysis: Analysis | str, run: Run) -> Outcome:
    """Compare what was predicted with what happened."""
    if isinstance(analysis, str):
        return Outcome((Miss("error", analysis),), full=True, compared=0)
    full = analysis.coverage == "full"
    if not full or any(unit.argv[:1] in {("source",), (".",)} for unit in analysis.units):
        # What a sourced file holds is `execute` of that file, which a rule decides on; it may do anything.
        return Outcome((), full=False, compared=0)
    misses = [*_programs(analysis, run), *_files(analysis, run), *_environment(analysis, run)]
    compared = len(run.records) + len(run.read) + len(run.written)
    return Outcome(tuple(dict.fromkeys(misses)), full, compared)


def _programs(analysis: Analysis, run: Run) -> Iterator[Miss]:
    units = [unit for unit in analysis.units if unit.kind == "command" and unit.argv]
    around = {wrapper.split()[0] for unit in units for wrapper in unit.wrappers if wrapper}
    for record in run.records:
        name = program_name(record.path)
        if name in RAN_FOR_REAL:
            continue
        argv = _unnumbered((name, *record.argv[1:]))
        matching = [unit for unit in units if matches(_unnumbered(unit.argv), argv)]
        if not matching and name not in around:
            yield Miss("program", " ".join(map(repr, argv)))
        elif matching and not any(_in_place(unit, record) for unit in matching):
            yield Miss("directory", f"{' '.join(map(repr, argv))} in {record.cwd}")


def _unnumbered(argv: tuple[str, ...]) -> tuple[str, ...]:
    """Put one name for the pipes of process substitutions: bash counts them down from 63, nobody reads the number."""
    return tuple(_PIPES.sub("/dev/fd/N", word) if "/dev/fd/" in word else word for word in argv)


def _in_place(unit: Unit, record: Record) -> bool:
    """Whether the paths among the words are operations of *unit*: the analysis knew the working directory."""
    if unit.argv[0] not in _OPERANDS_ARE_PATHS:
        return True
    words = record.argv[1:]
    last = words.index("--") if "--" in words else len(words)
    paths = [word for word in words[:last] if word and not word.startswith("-")]
    paths += [word for word in words[last + 1 :] if word and word != "-"]
    wanted = [normalise(join(record.cwd, path)) for path in paths]
    return all(path.startswith(("/dev/", "/proc/")) or names(unit.operations, path) for path in wanted)


def _files(analysis: Analysis, run: Run) -> Iterator[Miss]:
    operations = [operation for unit in analysis.units for operation in unit.operations]
    for path in run.written:
        if not names((one for one in operations if one.kind == "write"), path):
            yield Miss("write", path)
    for path in run.read:
        if not names((one for one in operations if one.kind in {"read", "execute"}), path):
            yield Miss("read", path)


def names(operations: Iterable[Operation], path: str) -> bool:
    """Whether one of *operations* has *path* as its target."""
    return any(
        one.dynamic or one.target == path or (one.glob and _regex((one.target,)).fullmatch(f"{path}\0") is not None)
        for one in operations
    )


def _environment(analysis: Analysis, run: Run) -> Iterator[Miss]:
    said = {unit.argv[0].partition("=")[0] for unit in analysis.units if unit.kind == "assignment" and unit.argv}
    for record in run.records:
        for name, value in record.environ.items():
            if name not in _OF_THE_SHELL and ENVIRON.get(name) != value and not is_safe(name) and name not in said:
                yield Miss("environment", f"{name} for {record.argv[0]!r}")


# Words with placeholders


def matches(predicted: tuple[str, ...], argv: tuple[str, ...]) -> bool:
    """Whether the words *argv* are among what *predicted* stands for."""
    return _regex(predicted).fullmatch("".join(f"{word}\0" for word in argv)) is not None


@lru_cache(maxsize=20_000)
def _regex(predicted: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("".join(map(_word, predicted)), re.DOTALL)


def _word(word: str) -> str:
    """Return a pattern over NUL-terminated words."""
    if SPLIT in word:
        if not word.strip(DYNAMIC + SPLIT):
            return "(?:[^\0]*\0)*"
        # Words may end and begin anywhere inside the expansion.
        if any(char in "*?[" for char in word):
            return "(?:[^\0]*\0)*"
        inner = "".join(_character(char) for char in word)
        return f"{inner}\0"
    literal = "".join("[^\0]*" if char == DYNAMIC else re.escape(char) for char in word)
    if not any(char in "*?[" for char in word):
        return f"{literal}\0"
    # A unit does not say whether a word is a pattern: it may stand for itself, or for any number of names.
    itself = "".join("[^\0]*" if char == DYNAMIC else re.escape(char) for char in _unbracketed(word))
    return f"(?:{literal}\0|{itself}\0|(?:{_pattern(word)}\0)*)"


def _character(char: str) -> str:
    if char == SPLIT:
        return ".*"
    return "[^\0]*" if char == DYNAMIC else re.escape(char)


def _unbracketed(word: str) -> str:
    return re.sub(r"\[([*?\[])\]", r"\1", word)


def _pattern(word: str) -> str:
    """Translate a shell pattern; brackets that do not close stand for themselves."""
    out = ""
    position = 0
    while position < len(word):
        char = word[position]
        close = word.find("]", position + 2)
        if char == "[" and close > 0:
            out += "[^\0]"
            position = close
        elif char in ("*", DYNAMIC):
            out += "[^\0]*"
        else:
            out += "[^\0]" if char == "?" else re.escape(char)
        position += 1
    return out
