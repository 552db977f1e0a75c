"""Small programs: patch, ldd, sponge, envsubst, counters of lines, listings, readers of object files."""

from __future__ import annotations

from callgate.shell.command import Command
from callgate.shell.programs.payloads import starts
from callgate.shell.programs.spec import Args, Program, options, reads, reads_or_here, writes
from callgate.shell.programs.tooling import (
    Entry,
    asks,
    contacts,
    harmless,
    installs,
    note_files,
    or_here,
    refuses,
    runs_project,
    tool,
    unknown_subcommand,
)
from callgate.shell.words import Word

# patch

_PATCH = options("""
-p,--strip: -F,--fuzz: -l,--ignore-whitespace -c,--context -e,--ed!runs_an_editor -n,--normal -u,--unified -N,--forward
-R,--reverse -i,--input:read -o,--output:write -r,--reject-file:write -D,--ifdef: --merge? -E,--remove-empty-files
-Z,--set-utc -T,--set-time --quoting-style: -b,--backup --backup-if-mismatch --no-backup-if-mismatch -V,--version-control:
-B,--prefix:names_backup_files -Y,--basename-prefix:names_backup_files -z,--suffix: -g,--get: -t,--batch -f,--force
-s,--quiet,--silent --verbose --dry-run,-C --posix -d,--directory: --reject-format: --binary --read-only:
--follow-symlinks!writes_through_links -v,--version --help
""")


def _patch(command: Command, args: Args) -> None:
    """`patch FILE PATCH` changes that file; without operands the patch says which files below the directory."""
    if args.has("-v", "--help"):
        return
    for word in args.values("-g"):
        if word.dynamic or word.value.lstrip("-") != "0":
            command.opaque("gets files from version control", via="-g", span=word.span)
    folders = args.values("-d")
    if folders and args.operands:
        command.opaque("operands that are relative to `-d`", via="-d")
    note_files(command, "read", args.operands[1:])
    if args.has("--dry-run", "-o") and args.operands:
        note_files(command, "read", args.operands[:1])
    elif args.has("--dry-run"):
        note_files(command, "read", or_here(command, folders[-1:]))
    elif args.operands:
        target = args.operands[0]
        note_files(command, "write", [target])
        for suffix in (".orig", ".rej"):
            note_files(command, "write", [target._replace(value=target.value + suffix)] if not target.dynamic else [])
    else:
        note_files(command, "write", or_here(command, folders[-1:]), recursive=True)


# Object files

_OBJECTS = options("""
-a,--all,--debug-syms -A,--print-file-name,--arch-specific -B -C,--demangle? --no-demangle -D,--dynamic,--use-dynamic -e,--headers -f,--format:
-g,--extern-only,--section-groups -l,--line-numbers -n,--numeric-sort,--notes -o -p: -P,--portability -r,--reverse-sort,--relocs
-S,--print-size,--section-headers --sections -s,--symbols --syms --size-sort -t -u,--undefined-only,--unwind -U,--defined-only
-W,--wide --no-weak -h,--file-header -d -x,--hex-dump: -H,--help -v -V,--version,--version-info --segments -I --dyn-syms -R: -T
--radix: --quiet --special-syms --with-symbol-versions --string-dump: --debug-dump? --file-headers --all-headers --disassemble?
--disassemble-all --full-contents --source --section,-j: --private-headers --archive-headers --reloc --dynamic-reloc
--dynamic-syms -M,--disassembler-options: --architecture,-m: --target,-b: --start-address: --stop-address: -w -z
--no-show-raw-insn --show-raw-insn --info -i --inlines --functions -F --pretty-print --exe:read --just-symbols --basenames --addresses -E -L -q -N -G -O -c
--common --lint
""")


def _objects(command: Command, args: Args) -> None:
    note_files(command, "read", args.operands or [Word("a.out", command.span)])
    if command.name == "objdump" and args.has("-S", "--source"):
        command.opaque("prints the sources that the object names", via="-S")


def _ar(command: Command) -> None:
    words = command.args
    key = words[0].value.removeprefix("-") if words else ""
    if key and key[0] in "tp" and key.strip("tpvO") == "":
        note_files(command, "read", words[1:2])
    elif not asks(command):
        command.unknown = "`ar` changes an archive or extracts it"


def _ldd(command: Command, args: Args) -> None:
    """Some implementations find out by running the program."""
    note_files(command, "execute", args.operands)


# Listings and counters


_COUNT = options("""
-h,--help -V,--version --all -f,--files -s,--sort: -r,--rsort: -t,--type,--types: -e,--exclude: -o,--output: --no-ignore --hidden -C,--compact
--json --yaml --xml --csv --md --by-file --by-file-by-lang --by-percent: --diff --git!runs_git --vcs:runs_version_control
--exclude-dir: --exclude-ext: --exclude-lang: --include-lang: --include-ext: --match-d: --match-f: --not-match-d: --not-match-f:
--fullpath --quiet --progress-rate: --skip-uniqueness --timeout: --processes: --out,--report-file:write --exclude-list-file:read
--list-file:list --include-content --show-lang? --show-ext? --follow-links --max-file-size: --no-recurse -l,--languages --num-format: -c,--columns: -d -i: -n: -M: -w
--wide -a --no-cocomo --no-complexity --no-duplicates --no-gen --no-min --no-large --ci --format: --sort-by:
""")


def _counts(command: Command, args: Args) -> None:
    note_files(command, "read", or_here(command, args.operands), recursive=True)


_EZA = options("""
-1,--oneline -l,--long -G,--grid -x,--across -R,--recurse -T,--tree -X,--dereference -F,--classify? --colour? --color?
--color-scale? --colour-scale? --color-scale-mode: --icons? --no-icons --no-quotes --hyperlink --absolute? -w,--width:
-a,--all -A,--almost-all -d,--list-dirs,--treat-dirs-as-files -D,--only-dirs -f,--only-files --show-symlinks --no-symlinks
-L,--level: -r,--reverse -s,--sort: --group-directories-first --group-directories-last -I,--ignore-glob: --git-ignore
-b,--binary -B,--bytes -g,--group --smart-group -h,--header -H,--links -i,--inode -m,--modified -M,--mounts -n,--numeric
-O,--flags -S,--blocksize -t,--time: -u,--accessed -U,--created --changed --time-style: --total-size -o,--octal-permissions
--no-permissions --no-filesize --no-user --no-time --stdin --git --no-git --git-repos --git-repos-no-status -@,--extended
-Z,--context -v,--version --help --hide: --size: --date: --blocks: --permission: --total --literal -N --depth: -V
--no-symlink --ignore-config --config-file:read --theme: --icon: --icon-theme:
""")


# Runners


def _entr(command: Command) -> None:
    """Run a command whenever a file changes; `/_` is one of the files."""
    words = command.args
    position = 0
    shell = False
    while position < len(words) and words[position].value.startswith("-"):
        letters = words[position].value[1:]
        if not letters or set(letters) - set("acdnprszx"):
            unknown_subcommand(command, words[position:])
            return
        shell = shell or "s" in letters
        position += 1
    rest = words[position:]
    if any(word.value == "/_" for word in rest) or not rest:
        command.unknown = "`entr` of a command that only the shell knows"
    elif shell and not rest[0].dynamic:
        command.script(rest[0].value, rest[0].span, "entr -s")
    else:
        command.run(rest, "entr")


def _hooks(command: Command, args: Args) -> None:
    """Run programs that the configuration names, downloaded first where need be."""
    runs_project(command, args)
    installs(command, args)
    head = args.operands[0].value if args.operands else ""
    if head not in {"run", ""}:
        command.add("system", f"changes the hooks: {command.name} {head}")


_HOOK_OPTIONS = options("""
-h,--help -V,--version --color: -c,--config:execute -v,--verbose -a,--all-files --files: --show-diff-on-failure
--hook-stage: --fail-fast --from-ref,--source,-s: --to-ref,--origin,-o: -f --overwrite --install-hooks -t,--hook-type:
--allow-missing-config --freeze --bleeding-edge --repo: -j,--jobs: --remote-branch: --local-branch: --commit-msg-filename:
--force --file: --commands: --no-tty -q --glob:
""")


def _lfs(command: Command) -> None:
    head = command.args[0].value if command.args else ""
    command.here("execute")
    if head not in {"ls-files", "status", "env", "version", "locks"} or any(word.dynamic for word in command.args):
        unknown_subcommand(command, command.args)


def _environment(command: Command) -> None:
    """Variables that the text on standard input names are printed."""
    if not asks(command, frozenset({"-V", "-h", "--version", "--help"})):
        command.add("system", "prints the environment")


def _tldr(command: Command) -> None:
    contacts(command)
    if any(word.value.startswith("-") and word.value not in {"-l", "--list", "-h"} for word in command.args):
        unknown_subcommand(command, command.args)


def _payload(command: Command) -> None:
    """A program that starts another one without options of its own: `faketime`, `chronic`."""
    words = command.args
    if words and not words[0].value.startswith("-"):
        starts(command, words, command.name)
    else:
        unknown_subcommand(command, words)


PROGRAMS: dict[str, Entry] = {
    "patch": Program(_PATCH, _patch),
    **dict.fromkeys(("nm", "objdump", "readelf", "size", "addr2line"), Program(_OBJECTS, _objects)),
    "c++filt": harmless,
    "ar": _ar,
    "ldd": Program(options("-d,--data-relocs -r,--function-relocs -u,--unused -v,--verbose --help --version"), _ldd),
    "strip": Program(options("-s,--strip-all -g,-S,-d,--strip-debug --strip-unneeded -o:write -p,--preserve-dates -v,--verbose "
                             "-K,--keep-symbol: -N,--strip-symbol: -R,--remove-section: --only-keep-debug -x -X -V,--version --help"),
                     writes),
    "sponge": Program(options("-a"), writes),
    "envsubst": _environment,
    **dict.fromkeys(("cloc", "tokei", "scc", "sloccount"), tool(Program(_COUNT, _counts))),
    **dict.fromkeys(("exa", "eza", "lsd"), Program(_EZA, reads_or_here)),
    **dict.fromkeys(("fzf", "sk", "peco", "dialog", "whiptail", "gum"), refuses("runs commands of its user")),
    "tldr": _tldr,
    "entr": _entr,
    **dict.fromkeys(("pre-commit", "lefthook", "prek"), tool(Program(_HOOK_OPTIONS, _hooks))),
    "git-lfs": _lfs,
    **dict.fromkeys(("chronic",), _payload),
    **dict.fromkeys(("parallel", "script", "watchexec", "nodemon", "supervise"), refuses("runs other programs")),
    **dict.fromkeys(("isutf8", "ts"), harmless),
    "hexyl": Program(options("-n,--length: -c,--bytes: -s,--skip: -h,--help -V,--version -v,--no-squeezing --color: --border: "
                             "-p,--plain -g,--group-size: --panels: --base: -b: -o,--display-offset: --character-table:"), reads),
    **dict.fromkeys(("dos2unix", "unix2dos"), Program(options("-k,--keepdate -q,--quiet -f,--force -o,--oldfile -c: -b -V,--version -h,--help"), writes)),
}  # fmt: skip
