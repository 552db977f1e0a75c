"""gzip, bzip2, xz and their variants: they replace a file by its packed or unpacked form."""

from __future__ import annotations

from typing import Callable, Mapping

from callgate.shell.command import Command
from callgate.shell.programs.spec import Program, may_become_flag, note_option, options, parse
from callgate.shell.words import Word

_LEVELS = "-0 -1 -2 -3 -4 -5 -6 -7 -8 -9 --fast --best "
_GZIP = Program(
    options(
        _LEVELS + "-a,--ascii -c,--stdout,--to-stdout -d,--decompress,--uncompress -f,--force -h,--help -k,--keep "
        "-l,--list -L,--license -n,--no-name -N,--name -q,--quiet -r,--recursive --rsyncable "
        "-S,--suffix:names_the_file_that_is_written --synchronous -t,--test -v,--verbose -V,--version"
    )
)
_BZIP2 = Program(
    options(
        _LEVELS + "-c,--stdout -d,--decompress -f,--force -h,--help -k,--keep -L,--license -q,--quiet "
        "--repetitive-best --repetitive-fast -s,--small -t,--test -v,--verbose -V,--version -z,--compress"
    )
)
_XZ = Program(
    options(
        _LEVELS + "-z,--compress -d,--decompress,--uncompress -t,--test -l,--list -k,--keep -f,--force -c,--stdout "
        "--to-stdout --single-stream --no-sparse -S,--suffix:names_the_file_that_is_written "
        "--files!reads_a_list_of_files --files0!reads_a_list_of_files -F,--format: -C,--check: --ignore-check "
        "-e,--extreme -T,--threads: --block-size: --block-list: --flush-timeout: --memlimit-compress: "
        "--memlimit-decompress: --memlimit-mt-decompress: -M,--memlimit,--memory: --no-adjust -q,--quiet "
        "-v,--verbose -Q,--no-warn --robot --info-memory -h,--help -H,--long-help -V,--version"
    )
)
_SUFFIXES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "gzip": (
        (".gz", ""),
        (".tgz", ".tar"),
        (".taz", ".tar"),
        (".z", ""),
        (".Z", ""),
        ("-gz", ""),
        ("-z", ""),
        ("_z", ""),
    ),
    "bzip2": ((".bz2", ""), (".bz", ""), (".tbz2", ".tar"), (".tbz", ".tar")),
    "xz": ((".xz", ""), (".txz", ".tar"), (".lzma", ""), (".tlz", ".tar")),
}
_TOOLS = {"gzip": _GZIP, "bzip2": _BZIP2, "xz": _XZ}
# name -> (tool, unpacks, prints)
_NAMES: Mapping[str, tuple[str, bool, bool]] = {
    "gzip": ("gzip", False, False),
    "gunzip": ("gzip", True, False),
    "zcat": ("gzip", True, True),
    "bzip2": ("bzip2", False, False),
    "bunzip2": ("bzip2", True, False),
    "bzcat": ("bzip2", True, True),
    "xz": ("xz", False, False),
    "unxz": ("xz", True, False),
    "xzcat": ("xz", True, True),
}


def _compress(command: Command) -> None:
    tool, unpacks, prints = _NAMES[command.name]
    args = parse(_TOOLS[tool], command, command.args)
    for given in args.given:
        note_option(command, given)
    recursive = args.has("-r") or (tool == "gzip" and any(may_become_flag(word) for word in args.operands))
    prints = prints or args.has("-c", "--to-stdout", "-l", "-t")
    unpacks = (unpacks or args.has("-d")) and not args.has("-z")
    for word in args.operands:
        if word.value == "-":
            continue
        packed = [_packed(word, tool)] if unpacks else []
        for source in [word, *(name for name in packed if name is not None)]:
            command.path("read", source, recursive=recursive)
        if not prints:
            _replace(command, word, _result(word, tool, unpacks=unpacks), recursive=recursive)
            if not args.has("-k"):
                command.path("delete", word, recursive=recursive)
            if args.has("-N") and unpacks:
                # The archive itself says how the file is called.
                command.path("write", _directory(word), recursive=True, via="-N")


def _packed(word: Word, tool: str) -> Word | None:
    """Return the file that is tried when *word* has no suffix of *tool*."""
    if word.dynamic or any(word.value.endswith(suffix) for suffix, _ in _SUFFIXES[tool]):
        return None
    return word._replace(value=word.value + _SUFFIXES[tool][0][0])


def _result(word: Word, tool: str, *, unpacks: bool) -> Word | None:
    """Return the file that takes the place of *word*; `None` when its name is not certain."""
    if word.glob or word.dynamic:
        return None
    if not unpacks:
        return word._replace(value=word.value + _SUFFIXES[tool][0][0])
    for suffix, instead in _SUFFIXES[tool]:
        if word.value.endswith(suffix):
            return word._replace(value=word.value.removesuffix(suffix) + instead)
    return word


def _directory(word: Word) -> Word:
    head, slash, _ = word.value.rpartition("/")
    return word if word.dynamic else word._replace(value=(head or "/") if slash else ".")


def _replace(command: Command, word: Word, result: Word | None, *, recursive: bool) -> None:
    if result is not None:
        command.path("write", result)
    if result is None or recursive:
        command.path("write", word if recursive else _directory(word), recursive=True)


PROGRAMS: dict[str, Callable[[Command], None]] = dict.fromkeys(_NAMES, _compress)
