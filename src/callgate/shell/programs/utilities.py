"""Small programs: patch, ldd, sponge, envsubst, counters of lines, listings, readers of object files."""

from __future__ import annotations

from callgate.shell.command import Command
from callgate.shell.programs.payloads import starts
from callgate.shell.programs.spec import Args, Program, apply, options, reads, reads_or_here, writes
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

# One letter is a flag of one of these programs and takes a value in another, so each has a table of its own.
_NM = options("""
-a,--debug-syms -A,-o,--print-file-name -B -C --demangle? --no-demangle -D,--dynamic -e -f,--format: -g,--extern-only
-h,--help -H -j -l,--line-numbers -n,-v,--numeric-sort -p,--no-sort -P,--portability -r,--reverse-sort -S,--print-size
-s,--print-armap --size-sort -t,--radix: --target: -u,--undefined-only -U,--defined-only -V,--version -W,--no-weak
--special-syms --synthetic --with-symbol-versions --without-symbol-versions --quiet -X:
""")
_OBJDUMP = options("""
-a,--archive-headers -b,--target: -C --demangle? -d --disassemble? -D,--disassemble-all -e,--debugging-tags -EB -EL
-f,--file-headers -F,--file-offsets -g,--debugging -G,--stabs -h,--section-headers,--headers -H,--help -i,--info
-I,--include:list -j,--section: -l,--line-numbers -L,--process-links -m,--architecture: -M,--disassembler-options:
-p,--private-headers -P,--private: -r,--reloc -R,--dynamic-reloc -s,--full-contents
-S,--source!prints_the_sources_that_the_object_names -t,--syms -T,--dynamic-syms -v,--version -V -w,--wide -W,--dwarf?
-x,--all-headers -z,--disassemble-zeroes --adjust-vma: --disassembler-color: --dwarf-check --dwarf-depth:
--dwarf-start: --endian: --inlines --insn-width: --no-addresses --no-show-raw-insn --prefix-addresses --recurse-limit
--no-recurse-limit --show-raw-insn --show-all-symbols --special-syms --start-address: --stop-address: --unicode:
--visualize-jumps?
""")
_READELF = options("""
-a,--all -A,--arch-specific -c,--archive-index -C --demangle? -d,--dynamic -D,--use-dynamic -e,--headers
-g,--section-groups -h,--file-header -H,--help -I,--histogram -l,--program-headers,--segments -L,--lint,--enable-checks
-n,--notes -p,--string-dump: -r,--relocs -R,--relocated-dump: -s,--syms,--symbols -S,--section-headers,--sections
-t,--section-details -T,--silent-truncation -u,--unwind -v,--version -V,--version-info -w,--debug-dump?
-W,--wide -x,--hex-dump: -z,--decompress --dyn-syms --lto-syms --no-demangle --sym-base: --dwarf-depth: --dwarf-start:
--got-contents --recurse-limit --no-recurse-limit
""")
_SIZE = options(
    "-A -B -G -d -f -h,-H,--help -m -l -o -t,--totals -v,-V,--version -x --common --format: --radix: --target:"
)
_ADDR2LINE = options("""
-a,--addresses -b,--target: -C --demangle? -e,--exe:read -f,--functions -h,-H,--help -i,--inlines -j,--section:
-p,--pretty-print -r,--no-recurse-limit -R,--recurse-limit -s,--basenames -v,-V,--version
""")


def _objects(command: Command, args: Args) -> None:
    """Operands are object files, `a.out` when there is none."""
    if not args.has("-H", "-h", "-V", "-v") or args.operands:
        _without_response_files(command)
        note_files(command, "read", args.operands or [Word("a.out", command.span)])


def _addresses(command: Command, args: Args) -> None:
    """Operands are addresses in the object that `-e` names."""
    _without_response_files(command)
    if not args.has("-e"):
        note_files(command, "read", [Word("a.out", command.span)])


def _without_response_files(command: Command) -> None:
    """Note `@FILE`: its words are options of any kind, `--plugin` among them, which loads code (binutils, all tools)."""
    for word in command.args:
        if word.value.startswith("@"):
            command.opaque(f"options of `{command.name}` from a file", via="@FILE", span=word.span)


def _demangle(command: Command) -> None:
    """Print operands demangled; those that `@FILE` holds too."""
    note_files(command, "read", [word._replace(value=word.value[1:]) for word in command.args if word.value[:1] == "@"])
    if any(word.dynamic and word.could_be_option for word in command.args):
        command.opaque("a word that may name a file of words", via="$…")


def _ar(command: Command) -> None:
    """List an archive or print its members; options may stand anywhere, and `--plugin` loads code."""
    words = command.args
    key = words[0].value.removeprefix("-") if words else ""
    plain = not any(word.could_be_option or word.value.startswith("@") for word in words[1:])
    if key and key[0] in "tp" and key.strip("tpvO") == "" and plain:
        note_files(command, "read", words[1:2])
    elif not asks(command):
        command.unknown = "`ar` changes an archive or extracts it"


def _strip(command: Command, args: Args) -> None:
    _without_response_files(command)
    writes(command, args)


def _ldd(command: Command, args: Args) -> None:
    """Some implementations find out by running the program."""
    note_files(command, "execute", args.operands)


# Listings and counters


_CLOC = options("""
--help --version --by-file --by-file-by-lang --by-percent: --csv --csv-delimiter: --json --yaml --xml --md --sum-reports
--diff --diff-timeout: --count-and-diff --git!runs_git --vcs:runs_version_control --exclude-dir: --exclude-ext:
--exclude-lang: --exclude-content: --include-lang: --include-ext: --include-content: --match-d: --match-f:
--not-match-d: --not-match-f: --fullpath --quiet --progress-rate: --skip-uniqueness --timeout: --processes:
--out,--report-file:write --exclude-list-file:read --list-file:list --show-lang? --show-ext? --follow-links
--max-file-size: --no-recurse --no3 --hide-rate --show-os --skip-archive: --skip-win-hidden
--extract-with:shell --strip-code:writes_copies --strip-comments:writes_copies --sql:write --sql-append
--sql-project: --sql-style: --config:list --read-lang-def:read --force-lang-def:read --write-lang-def:write
--write-lang-def-incl-dup:write --script-lang: --lang-no-ext: --force-lang: --ignored:write --counted:write
--categorized:write --diff-alignment:write --diff-list-file:list --unique:write --found:write --use-sloccount!runs_sloccount
--sdir:write --original-dir!writes_copies --v? --verbose? --windows --unix --autoconf --docstring-as-code
--read-binary-files --lang-ext: --stdin-name: --ignore-whitespace --ignore-case --ignore-case-ext --include-symlinks
""")
_TOKEI = options("""
-h,--help -V,--version -C,--compact -c,--columns: -e,--exclude: -f,--files -i,--input:read --hidden -l,--languages
--no-ignore --no-ignore-parent --no-ignore-dot --no-ignore-vcs -n,--num-format: -o,--output: -s,--sort: -r,--rsort:
--streaming: -t,--types,--type: -v,--verbose
""")
_SCC = options("""
-h,--help --version --avg-wage: --binary --by-file --ci --cocomo-project-type: --count-as: --currency-symbol: --debug
-a,--dryness --eaf: --exclude-dir: -x,--exclude-ext: -n,--exclude-file: --file-gc-count: --file-list-queue-size:
--file-process-job-workers: --file-summary-job-queue-size: -f,--format: --format-multi:write -z,--gen
--generated-markers: -i,--include-ext: --include-symlinks -l,--languages --large-byte-count: --large-line-count: --min
-m,--character --min-gen --min-gen-line-length: --no-cocomo -c,--no-complexity -d,--no-duplicates --no-gen
--no-gitignore --no-gitmodule --no-hborder --no-ignore --no-large --no-min --no-min-gen --no-scc-ignore --no-size
-M,--not-match: -o,--output:write --overhead: -p,--percent --remap-all: --remap-unknown: --size-unit: --sloccount-format
-s,--sort: --sql-project: -t,--trace -u,--uloc -v,--verbose -w,--wide
""")


def _counts(command: Command, args: Args) -> None:
    note_files(command, "read", or_here(command, args.operands), recursive=True)


_CLOC_PROGRAM = Program(_CLOC, _counts)


def _cloc(command: Command) -> None:
    """Perl's Getopt::Long takes long options with one dash, too, and any prefix that only one of them has."""
    words = []
    for word in command.args:
        if len(word.value) > 2 and word.value[0] == "-" and word.value[1] not in "-\ue000\ue001":
            word = word._replace(value="-" + word.value)  # noqa: PLW2901 - the same word, normalised
        words.append(word)
    apply(_CLOC_PROGRAM, command, words)


_EZA = options("""
-1,--oneline -l,--long -G,--grid -x,--across -R,--recurse -T,--tree -X,--dereference -F,--classify? --colour? --color?
--color-scale? --colour-scale? --color-scale-mode: --icons? --no-icons --no-quotes --hyperlink --absolute? -w,--width:
-a,--all -A,--almost-all -d,--list-dirs,--treat-dirs-as-files -D,--only-dirs -f,--only-files --show-symlinks --no-symlinks
-L,--level: -r,--reverse -s,--sort: --group-directories-first --group-directories-last -I,--ignore-glob: --git-ignore
-b,--binary -B,--bytes -g,--group --smart-group -h,--header -H,--links -i,--inode -m,--modified -M,--mounts -n,--numeric
-O,--flags -S,--blocksize -t,--time: -u,--accessed -U,--created --changed --time-style: --total-size -o,--octal-permissions
--no-permissions --no-filesize --no-user --no-time --stdin --git --no-git --git-repos --git-repos-no-status -@,--extended
-Z,--context -v,--version --help
""")
_LSD = options("""
-a,--all -A,--almost-all --color: --icon: --icon-theme: -F,--classify -l,--long --ignore-config --config-file:read
-1,--oneline -R,--recursive -h,--human-readable --tree --depth: -d,--directory-only --permission: --size: --total-size
--date: -t,--timesort -S,--sizesort -X,--extensionsort -G,--gitsort -v,--versionsort --sort: -U,--no-sort -r,--reverse
--group-dirs: --group-directories-first --blocks: --classic --no-symlink -I,--ignore-glob: -i,--inode -g,--git
-L,--dereference -Z,--context --hyperlink: --header -N,--literal --truncate-owner-after: --truncate-owner-marker:
--system-protected --help -V,--version
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
    "nm": Program(_NM, _objects),
    "objdump": Program(_OBJDUMP, _objects),
    "readelf": Program(_READELF, _objects),
    "size": Program(_SIZE, _objects),
    "addr2line": Program(_ADDR2LINE, _addresses),
    "c++filt": _demangle,
    "ar": _ar,
    "ldd": Program(options("-d,--data-relocs -r,--function-relocs -u,--unused -v,--verbose --help --version"), _ldd),
    "strip": Program(options("-s,--strip-all -g,-S,-d,--strip-debug --strip-unneeded -o:write -p,--preserve-dates -v,--verbose "
                             "-K,--keep-symbol: -N,--strip-symbol: -R,--remove-section: --only-keep-debug -x -X -V,--version --help"),
                     _strip),
    "sponge": Program(options("-a"), writes),
    "envsubst": _environment,
    "cloc": _cloc,
    "tokei": Program(_TOKEI, _counts),
    "scc": Program(_SCC, _counts),
    "sloccount": refuses("writes what it finds to a directory of its own"),
    **dict.fromkeys(("exa", "eza"), Program(_EZA, reads_or_here)),
    "lsd": Program(_LSD, reads_or_here),
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
