"""Runs one command line through its program file and prints what was found, one string per fact."""

from __future__ import annotations

import re
import shlex

from callgate.core.model import DYNAMIC, SPLIT, Operation, Span
from callgate.shell.command import Command
from callgate.shell.programs import describe
from callgate.shell.words import Word

CWD = "/p"
HOME = "/home/u"
GLOB = "glob:"
_SPAN = Span(0, 1)
# awk's own variables are not the shell's.
_VARIABLE = re.compile(r"\$(?!(?:NF|NR|FNR|ENV)\b)[A-Z][A-Z_]*")


def word(token: str) -> Word:
    """Return *token* as a word: `$NAME` is dynamic, `$@` splits, a leading `glob:` marks a shell pattern."""
    glob = token.startswith(GLOB)
    value = _VARIABLE.sub(DYNAMIC, token.removeprefix(GLOB)).replace("$@", SPLIT)
    return Word(value, _SPAN, glob=glob)


def command(argv_line: str, *, cwds: tuple[str, ...] = (CWD,)) -> Command:
    """Return the command of *argv_line* (split as a POSIX shell does) after its program file looked at it."""
    found = Command([word(token) for token in shlex.split(argv_line)], _SPAN, cwds, HOME)
    describe(found)
    return found


def run(argv_line: str, *, cwds: tuple[str, ...] = (CWD,)) -> list[str]:
    """Return what the command of *argv_line* does, in the order in which it was found.

    Operations read `KIND TARGET[ recursive][ only=a,b][ skip=a,b][ via OPTION]` with `<dynamic>` for a target that
    only the shell knows; then `payload WRAPPER: WORDS`, `script WRAPPER: TEXT` and `unknown: REASON`. In payloads a
    dynamic word shows as `{}`, one that splits as `{+}`.
    """
    found = command(argv_line, cwds=cwds)
    facts = [_operation(operation) for operation in found.operations]
    facts += [
        f"payload {wrapper}: {' '.join(_show(part.value) for part in words)}" for words, wrapper in found.payloads
    ]
    facts += [f"script {wrapper}: {text}" for text, _, wrapper in found.scripts]
    return [*facts, f"unknown: {found.unknown}"] if found.unknown else facts


def opaque(argv_line: str) -> bool:
    """Whether the command of *argv_line* does something that no path rule and no `*` may cover."""
    found = command(argv_line)
    return bool(found.unknown) or any(operation.kind == "unknown" for operation in found.operations)


def _show(value: str) -> str:
    return value.replace(DYNAMIC, "{}").replace(SPLIT, "{+}")


def _operation(operation: Operation) -> str:
    target = "<dynamic>" if operation.dynamic else operation.target
    return "".join((
        f"{operation.kind} {target}",
        " recursive" if operation.recursive else "",
        f" only={','.join(operation.only)}" if operation.only else "",
        f" skip={','.join(operation.skip)}" if operation.skip else "",
        f" via {operation.via}" if operation.via else "",
    ))  # fmt: skip
