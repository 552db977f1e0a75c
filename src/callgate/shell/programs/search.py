"""Programs that search file contents: grep and its variants, rg, ag, ack."""

from __future__ import annotations

from typing import Callable

from callgate.shell.command import Command
from callgate.shell.programs import patterns
from callgate.shell.programs.spec import Args, Program, note_option, options, parse
from callgate.shell.words import Word

_GREP = Program(
    options(
        "-E,--extended-regexp -F,--fixed-strings -G,--basic-regexp -P,--perl-regexp -X: -e,--regexp: -f,--file:read "
        "-i,-y,--ignore-case --no-ignore-case -v,--invert-match -w,--word-regexp -x,--line-regexp -c,--count "
        "--color? --colour? -L,--files-without-match -l,--files-with-matches -m,--max-count: -o,--only-matching "
        "-q,--quiet,--silent -s,--no-messages -b,--byte-offset -H,--with-filename -h,--no-filename --label: "
        "-n,--line-number -T,--initial-tab -Z,--null -A,--after-context: -B,--before-context: -C,--context: "
        "-a,--text --group-separator: --no-group-separator --binary-files: -D,--devices: -d,--directories: "
        "--exclude: --exclude-from:read --exclude-dir: -I --include: -r,--recursive -R,--dereference-recursive "
        "--line-buffered -U,--binary -u,--unix-byte-offsets -z,--null-data -V,--version --help -0 -1 -2 -3 -4 -5 -6 "
        "-7 -8 -9"
    )
)


def _files(args: Args, *pattern_options: str) -> tuple[list[Word], list[Word]]:
    """Return the operand that is the pattern (none when an option gives it) and the operands that are files."""
    if args.has(*pattern_options):
        return [], args.operands
    return args.operands[:1], args.operands[1:]


def _search(command: Command, args: Args, narrowed: tuple[tuple[str, ...], tuple[str, ...]], *given: str) -> None:
    """Note a recursive read on every file operand, or on the working directory when there is none."""
    only, skip = narrowed
    pattern, files = _files(args, *given)
    # An unquoted expansion may hold the pattern and files after it.
    files = [*(word for word in pattern if word.splits or word.glob), *files]
    for word in files or [Word(".", command.span)]:
        if word.value != "-":
            command.path("read", word, recursive=True, only=only, skip=skip)


def _grep(command: Command) -> None:
    args = parse(_GREP, command, command.args)
    for given in args.given:
        note_option(command, given)
    pattern, files = _files(args, "-e", "-f")
    descends = any(word.value not in {"read", "skip"} for word in args.values("-d"))
    if command.name == "rgrep" or descends or args.has("-r", "-R"):
        _search(command, args, _grep_narrowed(args), "-e", "-f")
        return
    for word in [*(word for word in pattern if word.splits or word.glob), *files]:
        if word.value != "-":
            command.path("read", word)


def _grep_narrowed(args: Args) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what grep reads only and leaves out.

    Files that no pattern matches are left out only when the first of the options is `--include`; the last that
    matches wins. So the two kinds together say less than each alone.
    """
    order = [
        given.option.name for given in args.given if given.option.name in {"--include", "--exclude", "--exclude-from"}
    ]
    directories = patterns.skip(args.values("--exclude-dir"))
    if order[:1] == ["--include"]:
        return patterns.only(args.values("--include")), directories
    if "--include" in order:
        return (), directories
    return (), directories + patterns.skip(args.values("--exclude"))


_RG = Program(
    options(
        "-A,--after-context: -B,--before-context: -C,--context: --auto-hybrid-regex --no-auto-hybrid-regex --binary "
        "--no-binary --block-buffered --no-block-buffered -b,--byte-offset --no-byte-offset -s,--case-sensitive "
        "--color: --colors: --column --no-column --context-separator: --no-context-separator -c,--count "
        "--count-matches --crlf --no-crlf --debug --dfa-size-limit: -E,--encoding: --no-encoding --engine: "
        "--field-context-separator: --field-match-separator: -f,--file:read --files -l,--files-with-matches "
        "--files-without-match -F,--fixed-strings --no-fixed-strings -L,--follow --no-follow --generate: -g,--glob: "
        "--glob-case-insensitive --no-glob-case-insensitive --heading --no-heading -h,--help -.,--hidden --no-hidden "
        "--hostname-bin:runs_another_program --hyperlink-format: --iglob: -i,--ignore-case --ignore-file:read "
        "--ignore-file-case-insensitive --no-ignore-file-case-insensitive --include-zero --no-include-zero "
        "-v,--invert-match --no-invert-match --json --no-json --line-buffered --no-line-buffered -n,--line-number "
        "-N,--no-line-number -x,--line-regexp -m,--max-count: -M,--max-columns: --max-columns-preview "
        "--no-max-columns-preview -d,--max-depth,--maxdepth: --max-filesize: --mmap --no-mmap -U,--multiline "
        "--no-multiline --multiline-dotall --no-multiline-dotall --no-config --no-ignore --ignore --no-ignore-dot "
        "--ignore-dot --no-ignore-exclude --ignore-exclude --no-ignore-files --ignore-files --no-ignore-global "
        "--ignore-global --no-ignore-messages --ignore-messages --no-ignore-parent --ignore-parent --no-ignore-vcs "
        "--ignore-vcs --no-messages --messages --no-pcre2-unicode --pcre2-unicode --no-require-git --require-git "
        "--no-unicode --unicode -0,--null --null-data --one-file-system --no-one-file-system -o,--only-matching "
        "--passthru,--passthrough --path-separator: -P,--pcre2 --no-pcre2 --pcre2-version --pre:runs_another_program "
        "--no-pre --pre-glob: -p,--pretty -q,--quiet --regex-size-limit: -e,--regexp: -r,--replace: -z,--search-zip "
        "--no-search-zip -S,--smart-case --sort: --sortr: --sort-files --no-sort-files --stats --no-stats "
        "--stop-on-nonmatch -a,--text --no-text -j,--threads: --trace --trim --no-trim -t,--type: -T,--type-not: "
        "--type-add: --type-clear: --type-list -u,--unrestricted -V,--version --vimgrep -H,--with-filename "
        "-I,--no-filename -w,--word-regexp"
    )
)


def _rg(command: Command) -> None:
    args = parse(_RG, command, command.args)
    for given in args.given:
        note_option(command, given)
    if args.has("--type-list", "-V", "-h", "--pcre2-version", "--generate"):
        return
    if args.has("--files"):
        for word in args.operands or [Word(".", command.span)]:
            command.path("read", word)
        return
    _search(command, args, _rg_narrowed(args), "-e", "-f")


def _rg_narrowed(args: Args) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what rg reads only and leaves out; a positive glob also admits hidden files, the last match wins."""
    globs = args.values("-g")
    excluded = [word._replace(value=word.value[1:]) for word in globs if word.value.startswith("!")]
    included = [word for word in globs if not word.value.startswith("!")]
    if args.has("--iglob", "--glob-case-insensitive"):
        return (), ()
    if included:
        return patterns.only(included), ()
    unrestricted = sum(given.option.name == "-u" for given in args.given)
    hidden = unrestricted > 1 or args.has("-.", "--ignore-file")
    return (), patterns.skip(excluded) if hidden else (*patterns.skip(excluded), ".*")


_AG = Program(
    options(
        "--ackmate -A,--after: -B,--before: -C,--context: --break --nobreak --group --nogroup -c,--count --color "
        "--nocolor --color-line-number: --color-match: --color-path: --column --filename --nofilename -H,--heading "
        "--noheading -L,--files-without-matches -l,--files-with-matches --numbers --nonumbers -o,--only-matching "
        "--print-long-lines --passthrough --silent --stats --stats-only --vimgrep -0,--null -a,--all-types -D,--debug "
        "--depth: -f,--follow -F,--fixed-strings -Q,--literal -G,--file-search-regex: --hidden -i,--ignore-case "
        "-s,--case-sensitive -S,--smart-case --ignore: --ignore-dir: -m,--max-count: --one-device "
        "-p,--path-to-ignore:read --search-binary -t,--all-text -u,--unrestricted -U,--skip-vcs-ignores "
        "-v,--invert-match -w,--word-regexp --width: -z,--search-zip --version --help -n,--norecurse -r,--recurse "
        "--pager:runs_another_program --nopager --python --js --ruby --cpp --cc --html --css --go --java --json --md "
        "--markdown --rust --shell --sql --ts --xml --yaml --list-file-types"
    )
)


def _ag(command: Command) -> None:
    args = parse(_AG, command, command.args)
    for given in args.given:
        note_option(command, given)
        # ag takes a value that is no number as the pattern, which moves every operand by one.
        if given.option.name in {"-A", "-B", "-C"} and not (given.value and given.value.value.isdigit()):
            command.opaque(f"`{given.option.name}` of `ag` without a number", via=given.option.name)
    if not args.has("--version", "--help", "--list-file-types"):
        _search(command, args, ((), ()))


_ACK = Program(
    options(
        "-i,--ignore-case -I,--no-ignore-case -S,--smart-case -v,--invert-match -w,--word-regexp -Q,--literal "
        "-l,--files-with-matches -L,--files-without-matches -o -H,--with-filename -h,--no-filename -c,--count --column "
        "--nocolumn -A,--after-context: -B,--before-context: --passthru -m,--max-count: -1 --proximate? --print0 "
        "-s --files -f --sort-files --show-types --color --nocolor --colour --nocolour --heading --noheading --break "
        "--nobreak --group --nogroup --ignore-dir,--ignore-directory: --noignore-dir: --ignore-file: -n,--no-recurse "
        "-r,-R,--recurse --follow --nofollow -k,--known-types -t,--type: -T: --python --js --perl --ruby --cpp --cc "
        "--html --css --go --java --json --markdown --rust --shell --sql --xml --yaml --nopager --noenv "
        "--ignore-ack-defaults --flush --help --man --version --pager:runs_another_program --output:code --ackrc:list "
        "--files-from:list -x!reads_the_files_that_stdin_names --match: --create-ackrc"
    )
)


def _ack(command: Command) -> None:
    args = parse(_ACK, command, command.args)
    for given in args.given:
        note_option(command, given)
    if not args.has("--version", "--help", "--man", "--create-ackrc"):
        _search(command, args, ((), ()), "--match", "-f")


PROGRAMS: dict[str, Callable[[Command], None]] = {
    "grep": _grep,
    "egrep": _grep,
    "fgrep": _grep,
    "rgrep": _grep,
    "zgrep": _grep,
    "zegrep": _grep,
    "zfgrep": _grep,
    "rg": _rg,
    "ag": _ag,
    "ack": _ack,
}
