"""Programs that read text and print text: cat, sort, cut, diff, base64, split and their like."""

from __future__ import annotations

from typing import Callable

from callgate.shell.command import Command
from callgate.shell.programs.spec import Args, Program, Table, data, options, parse, reads, starts_with_wildcard
from callgate.shell.words import Word

_DIGITS = " -0 -1 -2 -3 -4 -5 -6 -7 -8 -9"


def _table(text: str) -> Table:
    return options(text + " --help --version")


def input_output(command: Command, words: list[Word]) -> None:
    """Note that the first of *words* is read and a second one overwritten (`uniq IN OUT`, `xxd IN OUT`)."""
    for index, word in enumerate(words):
        if word.value == "-":
            continue
        if index == 0:
            command.path("read", word)
        # One pattern or unquoted expansion may stand for both operands.
        if index > 0 or word.splits or word.glob:
            command.path("write", word, via="OUTPUT")


def _uniq(command: Command, args: Args) -> None:
    input_output(command, args.operands)


def _diff(command: Command, args: Args) -> None:
    # Given directories, diff reads the files in them, with or without `-r`.
    for word in [*args.values("--from-file", "--to-file"), *args.operands]:
        if word.value != "-":
            command.path("read", word, recursive=True)


def _shuf(command: Command, args: Args) -> None:
    if not args.has("-e", "-i"):
        reads(command, args)


def _pieces(command: Command, prefix: Word | None) -> None:
    """Note that files whose names begin with *prefix* are written: anything in its directory."""
    if prefix is None:
        command.here("write", recursive=True)
    elif prefix.dynamic:
        command.path("write", prefix)
    else:
        head, slash, _ = prefix.value.rpartition("/")
        command.path("write", prefix._replace(value=(head or "/") if slash else "."), recursive=True)


def _split(command: Command, args: Args) -> None:
    for word in args.operands[:1]:
        if word.value != "-":
            command.path("read", word)
    if args.has("--filter"):
        return
    # One pattern or unquoted expansion may stand for both FILE and PREFIX.
    prefixes = [word for index, word in enumerate(args.operands) if index > 0 or word.splits or word.glob]
    _pieces(command, prefixes[-1] if prefixes else None)


def _csplit(command: Command, args: Args) -> None:
    for word in args.operands[:1]:
        if word.value != "-":
            command.path("read", word)
    prefixes = args.values("-f")
    _pieces(command, prefixes[-1] if prefixes else None)


def _strings(command: Command, args: Args) -> None:
    for word in command.args:
        if word.value.startswith("@") or starts_with_wildcard(word):
            command.opaque("`strings` takes options from a file called `@…`", via="@", span=word.span)
    reads(command, args)


_XXD_VALUES = {"-c": "ols", "-g": "roup", "-l": "en", "-n": "ame", "-o": "ffset", "-s": "eek", "-R": ""}
_XXD_FLAGS = frozenset(("-a", "-b", "-C", "-E", "-e", "-h", "-i", "-p", "-r", "-d", "-u", "-v"))


def _xxd(command: Command) -> None:
    """Read xxd's own syntax: the first letter of an option counts, nothing is bundled, operands end the options."""
    words = command.args
    position = 0
    while position < len(words) and len(words[position].value) > 1 and words[position].value[0] == "-":
        word = words[position]
        position += 1
        text = word.value[1:] if word.value.startswith("--") and len(word.value) > 2 else word.value
        name, rest = text[:2], text[2:]
        if text == "--":
            break
        if word.dynamic or word.glob:
            command.opaque("an option of `xxd` that only the shell knows", via="-$…", span=word.span)
        elif name in _XXD_VALUES:
            if not rest or rest == _XXD_VALUES[name]:
                _single(command, text, words[position : position + 1])
                position += 1
        elif name not in _XXD_FLAGS:
            command.opaque(f"option `{text}` of `xxd` is not known", via=text, span=word.span)
    for word in words[position : position + 1]:
        if (word.could_be_option and word.value != "-") or starts_with_wildcard(word):
            command.opaque("a word that may turn into an option of `xxd`", via="$…", span=word.span)
    input_output(command, words[position:])


def _single(command: Command, name: str, values: list[Word]) -> None:
    if values and (values[0].splits or values[0].glob):
        command.opaque(f"words after `{name}` that only the shell knows", via="$…", span=values[0].span)


def _pr(command: Command) -> None:
    """`pr +FIRST_PAGE[:LAST_PAGE] FILE…`: what `+` and digits name is a page, anything else a file."""
    for word in parse(_PR, command, command.args).operands:
        page = word.value.startswith("+") and word.value[1:].replace(":", "").isdigit()
        if word.value != "-" and not page:
            command.path("read", word)


_PR = Program(
    _table(
        "--pages: --columns: -a,--across -b -c,--show-control-chars -d,--double-space -D,--date-format: "
        "-e,--expand-tabs? -F,-f,--form-feed -h,--header: -i,--output-tabs? -J,--join-lines -l,--length: -m,--merge "
        "-n,--number-lines? -N,--first-line-number: -o,--indent: -r,--no-file-warnings -s,--separator? "
        "-S,--sep-string? -t,--omit-header -T,--omit-pagination -v,--show-nonprinting -w,--width: "
        "-W,--page-width:" + _DIGITS
    )
)
_DIGEST_OPTIONS = (
    "-b,--binary -t,--text -c,--check!reads_the_files_that_a_list_names --tag -z,--zero --ignore-missing --quiet "
    "--status --strict -w,--warn "
)
_DIGEST = Program(_table(_DIGEST_OPTIONS), reads)
# `-i FILE` of macOS reads like an operand of the GNU program, whose `-i` is a flag.
_ENCODING = Program(
    _table("-d,-D,--decode -i,--ignore-garbage -w,--wrap: -b,--break: --input:read -o,--output:write"), reads
)
_DIFF_OPTIONS = (
    "-i,--ignore-case -E,--ignore-tab-expansion -b,--ignore-space-change -B,--ignore-blank-lines "
    "-I,--ignore-matching-lines: -a,--text --strip-trailing-cr -t,--expand-tabs --tabsize: -d,--minimal "
    "-H,--speed-large-files -v "
)
_RUNS = ":runs_another_program"

PROGRAMS: dict[str, Program | Callable[[Command], None]] = {
    "cat": Program(
        _table(
            "-A,--show-all -b,--number-nonblank -e -E,--show-ends -l -n,--number -s,--squeeze-blank -t "
            "-T,--show-tabs -u -v,--show-nonprinting"
        ),
        reads,
    ),
    "head": Program(
        _table("-c,--bytes: -n,--lines: -q,--quiet,--silent -v,--verbose -z,--zero-terminated"), reads, numeric=True
    ),
    "tail": Program(
        _table(
            "-b: -c,--bytes: -f -F -r --follow? -n,--lines: --max-unchanged-stats: --pid: -q,--quiet,--silent --retry "
            "-s,--sleep-interval: -v,--verbose -z,--zero-terminated"
        ),
        reads,
        numeric=True,
    ),
    "nl": Program(
        _table(
            "-b,--body-numbering: -d,--section-delimiter: -f,--footer-numbering: -h,--header-numbering: "
            "-i,--line-increment: -l,--join-blank-lines: -n,--number-format: -p,--no-renumber -s,--number-separator: "
            "-v,--starting-line-number: -w,--number-width:"
        ),
        reads,
    ),
    "wc": Program(
        _table("-c,--bytes -m,--chars -l,--lines -L,--max-line-length -w,--words --files0-from:list --total:"), reads
    ),
    "sort": Program(
        _table(
            "-b,--ignore-leading-blanks -d,--dictionary-order -f,--ignore-case -g,--general-numeric-sort "
            "-i,--ignore-nonprinting -M,--month-sort -h,--human-numeric-sort -n,--numeric-sort -R,--random-sort "
            "--random-source:read -r,--reverse --sort: -V,--version-sort --batch-size: -c -C --check? --debug "
            f"--compress-program{_RUNS} --files0-from:list -k,--key: -m,--merge -o,--output:write -s,--stable "
            "-S,--buffer-size: -t,--field-separator: -T,--temporary-directory:write -u,--unique "
            "-z,--zero-terminated --parallel:"
        ),
        reads,
    ),
    "uniq": Program(
        _table(
            "-c,--count -d,--repeated -D --all-repeated? -f,--skip-fields: --group? -i,--ignore-case "
            "-s,--skip-chars: -u,--unique -w,--check-chars: -z,--zero-terminated"
        ),
        _uniq,
        numeric=True,
    ),
    "cut": Program(
        _table(
            "-b,--bytes: -c,--characters: -d,--delimiter: -f,--fields: -n --complement -s,--only-delimited "
            "--output-delimiter: -w -z,--zero-terminated"
        ),
        reads,
    ),
    "tr": Program(_table("-c,-C,--complement -d,--delete -s,--squeeze-repeats -t,--truncate-set1 -u"), data),
    "rev": Program(options("-0,--zero -h,--help -V,--version"), reads),
    "tac": Program(_table("-b,--before -r,--regex -s,--separator:"), reads),
    "paste": Program(_table("-d,--delimiters: -s,--serial -z,--zero-terminated"), reads),
    "column": Program(
        options(
            "-t,--table -C,--table-column: -n,--table-name: -O,--table-order: -N,--table-columns: "
            "-l,--table-columns-limit: -E,--table-noextreme: -d,--table-noheadings -m,--table-maxout "
            "-e,--table-header-repeat -H,--table-hide: -R,--table-right: -T,--table-truncate: -W,--table-wrap: "
            "-L,--keep-empty-lines -J,--json -r,--tree: -i,--tree-id: -p,--tree-parent: -S,--use-spaces: "
            "-c,--output-width: -o,--output-separator: -s,--separator: -x,--fillrows -h,--help -V,--version"
        ),
        reads,
    ),
    "fold": Program(_table("-b,--bytes -c,--characters -s,--spaces -w,--width:"), reads, numeric=True),
    "fmt": Program(
        _table(
            "-c,--crown-margin -p,--prefix: -s,--split-only -t,--tagged-paragraph -u,--uniform-spacing -w,--width: "
            "-g,--goal:"
        ),
        reads,
        numeric=True,
    ),
    "expand": Program(_table("-i,--initial -t,--tabs:"), reads, numeric=True),
    "unexpand": Program(_table("-a,--all --first-only -t,--tabs:"), reads, numeric=True),
    "comm": Program(
        _table("-1 -2 -3 -i --check-order --nocheck-order --output-delimiter: --total -z,--zero-terminated"), reads
    ),
    "join": Program(
        _table(
            "-a: -e: -i,--ignore-case -j: -o: -t: -v: -1: -2: --check-order --nocheck-order --header "
            "-z,--zero-terminated"
        ),
        reads,
    ),
    "diff": Program(
        _table(
            f"{_DIFF_OPTIONS} -Z,--ignore-trailing-space -w,--ignore-all-space --normal -q,--brief "
            "-s,--report-identical-files -c -C: --context? -u -U: --unified? -e,--ed -n,--rcs -f,--forward-ed "
            "-y,--side-by-side -W,--width: --left-column --suppress-common-lines -p,--show-c-function "
            "-F,--show-function-line: -L,--label: -T,--initial-tab --suppress-blank-empty -l,--paginate "
            "-r,--recursive --no-dereference -N,--new-file -P,--unidirectional-new-file --ignore-file-name-case "
            "--no-ignore-file-name-case -x,--exclude: -X,--exclude-from:read -S,--starting-file: --from-file: "
            "--to-file: --binary --horizon-lines: -D,--ifdef: --line-format: --old-line-format: --new-line-format: "
            "--unchanged-line-format: --old-group-format: --new-group-format: --unchanged-group-format: "
            "--changed-group-format: --color? --palette:" + _DIGITS
        ),
        _diff,
    ),
    "diff3": Program(
        _table(
            "-A,--show-all -e,--ed -E,--show-overlap -m,--merge -x,--overlap-only -X -3,--easy-only -i -a,--text "
            f"--strip-trailing-cr -T,--initial-tab --diff-program{_RUNS} -L,--label: -v"
        ),
        reads,
    ),
    "cmp": Program(
        _table("-b,--print-bytes -c -h -i,--ignore-initial: -l,--verbose -n,--bytes: -s,--quiet,--silent -v -x -z"),
        reads,
    ),
    "sdiff": Program(
        _table(
            f"{_DIFF_OPTIONS} -Z,--ignore-trailing-space -W,--ignore-all-space -o,--output:write "
            f"--diff-program{_RUNS} -l,--left-column -s,--suppress-common-lines -w,--width:"
        ),
        _diff,
    ),
    "od": Program(
        _table(
            "-A,--address-radix: --endian: -j,--skip-bytes: -N,--read-bytes: -S: --strings? -t,--format: "
            "-v,--output-duplicates -w,--width? --traditional -a -b -B -c -d -D -e -f -F -h -H -i -I -l -L -o -O -s "
            "-x -X"
        ),
        reads,
    ),
    "xxd": _xxd,
    "hexdump": Program(
        options(
            "-b,--one-byte-octal -X,--one-byte-hex -c,--one-byte-char -C,--canonical -d,--two-bytes-decimal "
            "-o,--two-bytes-octal -x,--two-bytes-hex -L,--color? -e,--format: -f,--format-file:read -n,--length: "
            "-s,--skip: -v,--no-squeezing -h,--help -V,--version"
        ),
        reads,
    ),
    "strings": Program(
        options(
            "-a,--all -d,--data -f,--print-file-name -n,--bytes: -t,--radix: -w,--include-all-whitespace -o "
            "-T,--target: -e,--encoding: -U,--unicode: -s,--output-separator: -h,--help -v,-V,--version"
        ),
        _strings,
        numeric=True,
    ),
    "base64": _ENCODING,
    "base32": _ENCODING,
    "md5sum": _DIGEST,
    "sha1sum": _DIGEST,
    "sha224sum": _DIGEST,
    "sha256sum": _DIGEST,
    "sha384sum": _DIGEST,
    "sha512sum": _DIGEST,
    "b2sum": Program(_table(f"{_DIGEST_OPTIONS} -l,--length:"), reads),
    "shasum": Program(
        _table(
            "-a,--algorithm: -b,--binary -c,--check!reads_the_files_that_a_list_names -t,--text -U,--UNIVERSAL -0,--01 "
            "--tag --ignore-missing -q,--quiet -s,--status --strict -w,--warn -h -v"
        ),
        reads,
    ),
    "cksum": Program(
        _table(f"{_DIGEST_OPTIONS} -a,--algorithm: --base64 -l,--length: --raw --untagged --debug"), reads
    ),
    "sum": Program(_table("-r -s,--sysv"), reads),
    "shuf": Program(
        _table(
            "-e,--echo -i,--input-range: -n,--head-count: -o,--output:write --random-source:read -r,--repeat "
            "-z,--zero-terminated"
        ),
        _shuf,
    ),
    "split": Program(
        _table(
            "-a,--suffix-length: --additional-suffix: -b,--bytes: -C,--line-bytes: -d --numeric-suffixes? -x "
            "--hex-suffixes? -e,--elide-empty-files --filter:shell -l,--lines: -n,--number: -t,--separator: "
            "-u,--unbuffered --verbose"
        ),
        _split,
        numeric=True,
    ),
    "csplit": Program(
        _table(
            "-b,--suffix-format:names_files_that_are_written -f,--prefix: -k,--keep-files -n,--digits: "
            "--suppress-matched -s,--quiet,--silent -z,--elide-empty-files"
        ),
        _csplit,
    ),
    "iconv": Program(
        _table("-f,--from-code: -t,--to-code: -l,--list -c -o,--output:write -s,--silent --verbose --usage -V"), reads
    ),
    "tsort": Program(_table("-w"), reads),
    "pr": _pr,
}
