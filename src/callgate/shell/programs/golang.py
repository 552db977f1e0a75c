"""go: builds and tests run the project's own code; the options that start other programs or write elsewhere are named.

Source of the options: `go help build`, `go help testflag`, `go help list`, Go 1.24.
"""

from __future__ import annotations

import re

from callgate.shell.command import Command
from callgate.shell.programs.spec import Args, Program, apply, options
from callgate.shell.programs.tooling import Entry, asks, contacts, loosen, note_files, or_here, rewrites, runs_project
from callgate.shell.programs.tooling import unknown_subcommand as unknown
from callgate.shell.words import Word

_BUILD = """
-C:works_in_another_directory -a -n -p: -race -msan -asan -cover -covermode: -coverpkg: -v -work -x -asmflags:code
-buildmode: -buildvcs? -compiler: -gccgoflags:code -gcflags: -installsuffix: -json -ldflags: -linkshared -mod: -modcacherw
-modfile:code -overlay:code -pgo: -pkgdir:write -tags: -trimpath -toolexec:code
"""
_TEST = """
-args -c -o:write -exec:code -bench: -benchmem -benchtime: -blockprofile:write -blockprofilerate: -count:
-coverprofile:write -cpu: -cpuprofile:write -failfast -fullpath -fuzz: -fuzztime: -fuzzminimizetime: -list:
-memprofile:write -memprofilerate: -mutexprofile:write -mutexprofilefraction: -outputdir:write -artifacts -parallel: -run: -short
-shuffle: -skip: -timeout: -trace:write -vet: -paniconexit0 -testlogfile:write -gocoverdir:write -fuzzcachedir:write
-fuzzworker
"""
# What reaches the compiler and the linker: reports, no optimisation, values of variables; they have options that write and run.
_COMPILER = re.compile(r"(?:all=|\./\.\.\.=)?(?:\s*-[NlmSB]|\s*-m=[0-9])*\s*")
_LINKER = re.compile(r"(?:all=)?(?:\s*-[sw]|\s*-X[ =][\w./-]+=[^\s'\"]*)*\s*")


def _flags(command: Command, args: Args) -> None:
    runs_project(command, args)
    contacts(command)
    for name, harmless in (("-gcflags", _COMPILER), ("-ldflags", _LINKER)):
        for word in args.values(name):
            if word.dynamic or not harmless.fullmatch(word.value):
                command.opaque(f"`{name}` may write files or start programs", via=name, span=word.span)


def _tests(command: Command, args: Args) -> None:
    _flags(command, args)
    note_files(command, "execute", [_package(word) for word in args.operands], recursive=True)
    if args.has("-fix"):
        command.here("write", recursive=True)


def _builds(command: Command, args: Args) -> None:
    _tests(command, args)
    command.here("write")


def _package(word: Word) -> Word:
    """Return the directory of a package pattern: `./x/...` is `./x`."""
    return word._replace(value=word.value.removesuffix("...").removesuffix("/") or ".")


def _runs(command: Command, args: Args) -> None:
    """`go run PACKAGE …`, `go run a.go b.go …`; a package with a version is downloaded."""
    _flags(command, args)
    head = args.operands[0] if args.operands else Word(".", command.span)
    if "@" in head.value or head.dynamic:
        command.opaque("runs a package that is downloaded", via="@", span=head.span)
    else:
        note_files(command, "execute", [_package(head)], recursive=True)


def _formats(command: Command, args: Args) -> None:
    rewrites(command, [_package(word) for word in or_here(command, args.operands)], only=("*.go",))


def _asks(command: Command, args: Args) -> None:
    """Ask about packages; the tool chain that `go.mod` names and missing modules are downloaded."""
    runs_project(command, args)
    contacts(command)


def _env(command: Command, args: Args) -> None:
    command.here()
    if args.has("-w", "-u"):
        command.opaque("`go env -w` changes the configuration", via="-w")


def _reads(command: Command, args: Args) -> None:
    note_files(command, "read", args.operands, recursive=True)


def _program(table: str, operands: object, *, posix: bool = False) -> Program:
    return Program(options(table), operands, single_dash=True, posix=posix)  # type: ignore[arg-type]


_TESTS = _program(_BUILD + _TEST, _tests)
_MODULES = _program("-json -x -v -m -vendor -go: -compat: -reuse: -C:works_in_another_directory", _asks)
_SUBCOMMANDS = {
    "version": _program("-m -v -json", _reads),
    "env": _program("-json -changed -w -u", _env),
    "help": Program(),
    "build": _program(_BUILD + "-o:write", _builds),
    "test": _TESTS,
    "run": _program(_BUILD + "-exec:code", _runs, posix=True),
    "vet": _program(_BUILD + "-vettool:code -fix -diff -c: -printf -copylocks -shadow -composites -unusedresult", _tests),
    "fmt": _program("-n -x -mod:", _formats),
    "list": _program(_BUILD + "-f: -compiled -deps -e -export -find -m -u -versions -retracted -test -reuse:read", _asks),
    "doc": _program("-all -c -cmd -short -src -u -C:works_in_another_directory -http!starts_a_server", _asks),
}  # fmt: skip


def _go(command: Command) -> None:
    """Take options with one dash or two; what the `go` command does not know goes to the tests, which are the project's."""
    words = command.args
    if asks(command, frozenset({"help", "version", "-h", "-help", "--help"})):
        return
    head = words[0] if words else None
    if head is not None and head.value == "mod" and len(words) > 1 and words[1].value in {"graph", "why", "verify"}:
        apply(_MODULES, command, _single_dashed(words[2:]))
        return
    program = None if head is None or head.dynamic or head.glob else _SUBCOMMANDS.get(head.value)
    if program is None:
        unknown(command, words)
        return
    rest = words[1:] if head is not None and head.value == "run" else _single_dashed(words[1:])
    if program is _TESTS:
        rest = _without_own(rest)
    apply(program, command, rest)
    if program is not _SUBCOMMANDS["run"]:
        loosen(command)


def _single_dashed(words: list[Word]) -> list[Word]:
    return [word._replace(value=word.value[1:]) if word.value[:2] == "--" and word.value != "--" else word
            for word in words]  # fmt: skip


def _without_own(words: list[Word]) -> list[Word]:
    """Return the words of `go test` without those that the project's tests read; `-test.x` is `-x`."""
    kept: list[Word] = []
    passed_on = False
    for word in words:
        passed_on = passed_on or word.value in {"-args", "--"}
        name = word.value.partition("=")[0].replace("--test.", "-test.")
        if name.startswith("-test."):
            kept.append(word._replace(value="-" + word.value.partition(".")[2]))
        elif not passed_on and (not name.startswith("-") or word.dynamic or name in _TESTS.table):
            kept.append(word)
    return kept


PROGRAMS: dict[str, Entry] = {"go": _go}
