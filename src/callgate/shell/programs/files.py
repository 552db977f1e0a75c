"""Programs that create, change and remove files: mkdir, rm, mv, cp, ln, chmod, dd and their like."""

from __future__ import annotations

import re
from typing import Callable

from callgate.shell.command import Command
from callgate.shell.programs.copying import COPYING, note_mode
from callgate.shell.programs.spec import (
    Args,
    Program,
    Table,
    data,
    may_become_flag,
    note_option,
    options,
    parse,
    writes,
)
from callgate.shell.words import Word


def _table(text: str) -> Table:
    return options(text + " --help --version")


def _rm(command: Command, args: Args) -> None:
    recursive = args.has("-r") or any(may_become_flag(word) for word in args.operands)
    for word in args.operands:
        command.path("delete", word, recursive=recursive)


def _rmdir(command: Command, args: Args) -> None:
    for word in args.operands:
        command.path("delete", word)
        if args.has("-p") and not word.dynamic:
            parent = word.value.rstrip("/").rpartition("/")[0]
            while parent:
                command.path("delete", word._replace(value=parent))
                parent = parent.rpartition("/")[0]


def _deletes(command: Command, args: Args) -> None:
    for word in args.operands:
        command.path("delete", word)


def _shred(command: Command, args: Args) -> None:
    for word in args.operands:
        if word.value != "-":
            command.path("write", word)
            command.path("delete", word)


_MODE_LIKE_OPTION = re.compile(r"-[rwxXstugoa,=+-]+")
_CHMOD = Program(
    _table(
        "-c,--changes -f,--silent,--quiet -v,--verbose --no-preserve-root --preserve-root --reference:read "
        "-R,--recursive -h,--no-dereference --dereference -H -L -P"
    )
)
_CHOWN = Program(
    _table(
        "-c,--changes -f,--silent,--quiet -v,--verbose --no-preserve-root --preserve-root --from: --reference:read "
        "-R,--recursive -h,--no-dereference --dereference -H -L -P"
    )
)


def _changed(command: Command, program: Program, words: list[Word], *, first_is_data: bool) -> Args:
    """Note that the operands after the first one (a mode, an owner) are changed."""
    args = parse(program, command, words)
    for given in args.given:
        note_option(command, given)
    after = 1 if first_is_data and not args.has("--reference") else 0
    recursive = args.has("-R") or any(may_become_flag(word) for word in args.operands)
    shifted = any(word.splits or word.glob for word in args.operands[:after])
    for word in args.operands[0 if shifted else after :]:
        command.path("write", word, recursive=recursive)
    return args


def _chmod(command: Command) -> None:
    # `chmod -x f`: a mode may look like an option.
    modes, words = list[Word](), list[Word]()
    for position, word in enumerate(command.args):
        if word.value == "--":
            words.extend(command.args[position:])
            break
        (modes if _MODE_LIKE_OPTION.fullmatch(word.value) else words).append(word)
    args = _changed(command, _CHMOD, words, first_is_data=not modes)
    for word in modes or ([] if args.has("--reference") else args.operands[:1]):
        note_mode(command, word, via="mode")


def _chown(command: Command) -> None:
    _changed(command, _CHOWN, command.args, first_is_data=True)


_DD_DATA = frozenset((
    "bs", "cbs", "conv", "count", "ibs", "iflag", "obs", "oflag", "seek", "skip", "status", "files", "fillchar",
    "speed", "iseek", "oseek",
))  # fmt: skip


def _dd(command: Command) -> None:
    for word in command.args:
        key, equals, value = word.value.partition("=")
        if key in {"if", "of"} and equals:
            # bash expands a tilde after `=` in words that look like assignments.
            command.path("read" if key == "if" else "write", word._replace(value=value), tilde=True)
            if word.splits or word.glob or (value.startswith("~") and not value.startswith("~/")):
                command.opaque("words of `dd` that only the shell knows", via="$…", span=word.span)
        elif word.splits or word.glob or key not in _DD_DATA | {"--help", "--version", "--"}:
            command.opaque(f"`{word.value}` of `dd` is not known", via="$…", span=word.span)


_TEMPORARY = "/tmp"  # noqa: S108 - where mktemp itself creates its files


def _mktemp(command: Command, args: Args) -> None:
    if args.has("-u"):
        return
    directories = [*args.values("-p"), *args.values("--tmpdir")]
    template = args.operands[-1].value if args.operands else "tmp.XXXXXXXXXX"
    if any(word.dynamic for word in [*args.operands, *directories]):
        command.path("write", next(word for word in [*args.operands, *directories] if word.dynamic))
    elif directories:
        word = directories[-1]
        command.path("write", word._replace(value=f"{word.value}/{template}"))
    elif args.operands and not args.has("-t", "--tmpdir"):
        command.path("write", args.operands[-1])
    else:
        command.path("write", Word(f"{_TEMPORARY}/{template}", command.span))


PROGRAMS: dict[str, Program | Callable[[Command], None]] = {
    "mkdir": Program(_table("-m,--mode: -p,--parents -v,--verbose -Z --context?"), writes),
    "touch": Program(
        _table("-a -c,--no-create -d,--date: -f -h,--no-dereference -m -r,--reference:read -t: --time: -A:"), writes
    ),
    "rm": Program(
        _table(
            "-f,--force -i -I --interactive? --one-file-system --no-preserve-root --preserve-root? -r,-R,--recursive "
            "-d,--dir -v,--verbose -P -W -x"
        ),
        _rm,
    ),
    "rmdir": Program(_table("--ignore-fail-on-non-empty -p,--parents -v,--verbose"), _rmdir),
    **COPYING,
    "chmod": _chmod,
    "chown": _chown,
    "chgrp": _chown,
    "tee": Program(_table("-a,--append -i,--ignore-interrupts -p --output-error?"), writes),
    "truncate": Program(_table("-c,--no-create -o,--io-blocks -r,--reference:read -s,--size:"), writes),
    "dd": _dd,
    "shred": Program(
        _table(
            "-f,--force -n,--iterations: --random-source:read -s,--size: -u --remove? -v,--verbose -x,--exact -z,--zero"
        ),
        _shred,
    ),
    "mktemp": Program(_table("-d,--directory -u,--dry-run -q,--quiet -p: --tmpdir? --suffix: -t"), _mktemp),
    "unlink": Program(_table(""), _deletes),
    "sync": Program(_table("-d,--data -f,--file-system"), data),
    "mkfifo": Program(_table("-m,--mode: -Z --context?"), writes),
}
