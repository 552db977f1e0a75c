"""tar: reads, writes and unpacks archives; many of its options start other programs."""

from __future__ import annotations

from typing import Callable

from callgate.core.model import DYNAMIC
from callgate.shell.command import Command
from callgate.shell.programs import patterns
from callgate.shell.programs.spec import Args, Program, note_option, options, parse
from callgate.shell.words import Word

_RUNS = ":runs_another_program"
_TABLE = options(
    "-A,--catenate,--concatenate -c,--create --delete -d,--diff,--compare -r,--append --test-label -t,--list "
    "-u,--update -x,--extract,--get --check-device -g,--listed-incremental:write -G,--incremental!may_delete_files "
    "--hole-detection: --ignore-failed-read --level: --no-check-device --no-seek -n,--seek --occurrence? "
    "--sparse-version: -S,--sparse --keep-directory-symlink --keep-newer-files -k,--keep-old-files "
    "--skip-old-files --no-overwrite-dir --one-top-level? --overwrite --overwrite-dir --recursive-unlink --remove-files "
    f"-U,--unlink-first -W,--verify --ignore-command-error --no-ignore-command-error -O,--to-stdout --to-command{_RUNS} "
    "--atime-preserve? --clamp-mtime --delay-directory-restore --group: --group-map:read --mode: --mtime:read "
    "-m,--touch --no-delay-directory-restore --no-same-owner --no-same-permissions --numeric-owner --owner: "
    "--owner-map:read -p,--preserve-permissions,--same-permissions --same-owner -s,--preserve-order,--same-order "
    f"--sort: --acls --no-acls --selinux --no-selinux --xattrs --no-xattrs --xattrs-exclude: --xattrs-include: -f,--file: "
    f"--force-local -F,--info-script,--new-volume-script{_RUNS} -L,--tape-length: -M,--multi-volume!writes_other_volumes "
    f"--rmt-command{_RUNS} --rsh-command{_RUNS} --volno-file:write -b,--blocking-factor: -B,--read-full-records "
    "-i,--ignore-zeros --record-size: -H,--format: --old-archive,--portability --pax-option: --posix -V,--label: "
    f"-a,--auto-compress -I,--use-compress-program{_RUNS} -j,--bzip2 -J,--xz --lzip --lzma --lzop --no-auto-compress "
    "-z,--gzip,--gunzip,--ungzip --zstd -Z,--compress,--uncompress --add-file: --backup!writes_backup_files "
    "-C,--directory: --exclude: --exclude-backups --exclude-caches --exclude-caches-all --exclude-caches-under "
    "--exclude-ignore: --exclude-ignore-recursive: --exclude-tag: --exclude-tag-all: --exclude-tag-under: --exclude-vcs "
    "--exclude-vcs-ignores -h,--dereference --hard-dereference -K,--starting-file: -N,--newer,--after-date:read "
    "--newer-mtime:read --no-null --no-recursion --no-verbatim-files-from --null --one-file-system "
    "-P,--absolute-names!writes_outside_of_its_directory --recursion --suffix:names_backup_files -T,--files-from:list "
    "--unquote --no-unquote --verbatim-files-from -X,--exclude-from:read --anchored --ignore-case --no-anchored "
    "--no-ignore-case --no-wildcards --no-wildcards-match-slash --wildcards --wildcards-match-slash --checkpoint? "
    f"--checkpoint-action{_RUNS} --full-time --index-file:write -l,--check-links --no-quote-chars: --quote-chars: "
    "--quoting-style: -R,--block-number --show-defaults --show-omitted-dirs --show-snapshot-field-ranges "
    "--show-transformed-names,--show-stored-names --strip-components: --totals? --transform,--xform: --utc -v,--verbose "
    "--warning: -w,--interactive,--confirmation -o --help --usage --version"
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


def _bases(words: list[Word], args: Args) -> list[Word]:
    """Return the directories that tar works in: each `-C`, one inside of the other, and the first if it is used."""
    bases: list[Word] = []
    for word in args.values("-C"):
        absolute = not bases or word.value.startswith("/")
        value = word.value if absolute else f"{bases[-1].value}/{word.value}"
        bases.append(word._replace(value=value))
    changes = [given.word for given in args.given if given.option.name == "-C"]
    first = next((index for index, word in enumerate(words) if any(word is change for change in changes)), len(words))
    before = any(operand is word for operand in args.operands for word in words[:first])
    return bases if bases and not before else [Word(".", words[0].span if words else None), *bases]  # type: ignore[arg-type]
