"""tar: reads, writes and unpacks archives; many of its options start other programs."""

from __future__ import annotations

from typing import Callable

from callgate.shell.command import Command
from callgate.shell.programs import patterns
from callgate.shell.programs.spec import Args, Program, note_option, options, parse
from callgate.shell.words import Word

_RUNS = ":runs_another_program"
_TABLE = options(
    "-A,--catenate,--concatenate -c,--create --delete -d,--diff,--compare -r,--append --test-label -t,--list "
    "-u,--update -x,--extract,--get --check-device -g,--listed-incremental:write -G,--incremental!may_delete_files "
    "--hole-detection: --ignore-failed-read --level: --no-check-device --no-seek -n,--seek --occurrence? "
    "--sparse-version: -S,--sparse --keep-directory-symlink --keep-newer-files -k,--keep-old-files --skip-old-files "
    "--no-overwrite-dir --one-top-level? --overwrite --overwrite-dir --recursive-unlink --remove-files "
    "-U,--unlink-first -W,--verify --ignore-command-error --no-ignore-command-error -O,--to-stdout "
    f"--to-command{_RUNS} --atime-preserve? --clamp-mtime --delay-directory-restore --group: --group-map:read "
    "--mode: --mtime:read -m,--touch --no-delay-directory-restore --no-same-owner --no-same-permissions "
    "--numeric-owner --owner: --owner-map:read -p,--preserve-permissions,--same-permissions --same-owner "
    "-s,--preserve-order,--same-order --sort: --acls --no-acls --selinux --no-selinux --xattrs --no-xattrs "
    f"--xattrs-exclude: --xattrs-include: -f,--file: --force-local -F,--info-script,--new-volume-script{_RUNS} "
    f"-L,--tape-length: -M,--multi-volume!writes_other_volumes --rmt-command{_RUNS} --rsh-command{_RUNS} "
    "--volno-file:write -b,--blocking-factor: -B,--read-full-records -i,--ignore-zeros --record-size: -H,--format: "
    "--old-archive,--portability --pax-option: --posix -V,--label: -a,--auto-compress "
    f"-I,--use-compress-program{_RUNS} -j,--bzip2 -J,--xz --lzip --lzma --lzop --no-auto-compress "
    "-z,--gzip,--gunzip,--ungzip --zstd -Z,--compress,--uncompress --add-file: --backup!writes_backup_files "
    "-C,--directory: --exclude: --exclude-backups --exclude-caches --exclude-caches-all --exclude-caches-under "
    "--exclude-ignore: --exclude-ignore-recursive: --exclude-tag: --exclude-tag-all: --exclude-tag-under: "
    "--exclude-vcs --exclude-vcs-ignores -h,--dereference --hard-dereference -K,--starting-file: "
    "-N,--newer,--after-date:read --newer-mtime:read --no-null --no-recursion --no-verbatim-files-from --null "
    "--one-file-system -P,--absolute-names!writes_outside_of_its_directory --recursion --suffix:names_backup_files "
    "-T,--files-from:list --unquote --no-unquote --verbatim-files-from -X,--exclude-from:read --anchored "
    "--ignore-case --no-anchored --no-ignore-case --no-wildcards --no-wildcards-match-slash --wildcards "
    f"--wildcards-match-slash --checkpoint? --checkpoint-action{_RUNS} --full-time --index-file:write "
    "-l,--check-links --no-quote-chars: --quote-chars: --quoting-style: -R,--block-number --show-defaults "
    "--show-omitted-dirs --show-snapshot-field-ranges --show-transformed-names,--show-stored-names "
    "--strip-components: --totals? --transform,--xform: --utc -v,--verbose --warning: "
    "-w,--interactive,--confirmation -o --restrict --help --usage --version"
)
_TAR = Program(_TABLE)
_MODES = ("-A", "-c", "--delete", "-d", "-r", "-t", "-u", "-x", "--test-label")
_MATCHING = ("--anchored", "--no-wildcards", "--ignore-case", "--no-anchored", "--wildcards")


def _modern(words: list[Word]) -> list[Word]:
    """Rewrite a first word without a dash (`tar xzf a.tgz`) as options: its letters take their values in turn."""
    if not words or words[0].value[:1] in {"-", ""} or words[0].dynamic or words[0].glob:
        return words
    rest, found = words[1:], list[Word]()
    for letter in words[0].value:
        found.append(words[0]._replace(value=f"-{letter}"))
        option = _TABLE.get(f"-{letter}")
        if option is not None and option.mark == ":" and rest:
            found.append(rest.pop(0))
    return found + rest


def _bases(command: Command, words: list[Word], args: Args) -> list[Word]:
    """Return the directories that tar works in: each `-C`, one inside of the other, and the first if it is used."""
    bases: list[Word] = []
    for word in args.values("-C"):
        first = not bases or word.value.startswith("/")
        bases.append(word._replace(value=word.value if first else f"{bases[-1].value}/{word.value}"))
    position = {id(word): index for index, word in enumerate(words)}
    changes = [position[id(given.word)] for given in args.given if given.option.name == "-C"]
    if changes and all(position[id(operand)] > changes[0] for operand in args.operands):
        return bases
    return [Word(".", command.span), *bases]


def _at(base: Word, word: Word) -> Word:
    """Return *word* seen from *base*."""
    if base.value == "." or word.value.startswith("/"):
        return word
    return word._replace(value=f"{base.value}/{word.value}", glob=base.glob or word.glob)


def _archives(command: Command, args: Args, mode: str) -> None:
    for word in args.values("-f"):
        if word.value == "-":
            continue
        host, colon, _ = word.value.partition(":")
        if colon and "/" not in host and not args.has("--force-local"):
            command.add("network", host.rpartition("@")[2], word)
            command.opaque("a remote archive", via="-f", span=word.span)
            continue
        if mode != "-c":
            command.path("read", word)
        if mode in {"-c", "-r", "-u", "-A", "--delete"}:
            command.path("write", word)


def _unpack(command: Command, args: Args, bases: list[Word]) -> None:
    if args.values("--one-top-level"):
        command.opaque("a directory for everything unpacked", via="--one-top-level")
    if args.has("-O", "--to-command"):
        return
    for base in bases:
        command.path("write", base, recursive=True)
        if args.has("--recursive-unlink"):
            command.path("delete", base, recursive=True, via="--recursive-unlink")


def _pack(command: Command, args: Args, bases: list[Word]) -> None:
    skip = () if args.has(*_MATCHING) else patterns.skip(args.values("--exclude"))
    for word in [*args.operands, *args.values("--add-file")]:
        for base in bases:
            # bsdtar takes `@archive` for the members of another archive.
            target = _at(base, word._replace(value=word.value.removeprefix("@")))
            command.path("read", target, recursive=True, skip=skip)
            if args.has("--remove-files"):
                command.path("delete", target, recursive=True, via="--remove-files")


def _tar(command: Command) -> None:
    words = _modern(command.args)
    args = parse(_TAR, command, words)
    for given in args.given:
        note_option(command, given)
    if args.has("--help", "--usage", "--version", "--show-defaults"):
        return
    modes = {given.option.name for given in args.given if given.option.name in _MODES}
    if len(modes) != 1:
        command.unknown = "`tar` without exactly one mode"
        return
    mode = modes.pop()
    bases = _bases(command, words, args)
    for word in args.values("-C"):
        command.path("read", word)
    _archives(command, args, mode)
    if mode == "-x":
        _unpack(command, args, bases)
    elif mode in {"-c", "-r", "-u", "-d"}:
        _pack(command, args, bases)
    elif mode == "-A":
        for word in args.operands:
            command.path("read", word)


PROGRAMS: dict[str, Callable[[Command], None]] = {"tar": _tar}
