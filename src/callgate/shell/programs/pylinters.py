"""Linters, formatters and type checkers of Python: which only read, which rewrite, which run plug-ins of the project."""

from __future__ import annotations

from callgate.shell.command import Command
from callgate.shell.programs.spec import Args, Program, options
from callgate.shell.programs.tooling import Entry, note_files, or_here, rewrites, runs_project, tool
from callgate.shell.words import Word

_SOURCES = ("*.py", "*.pyi", "*.pyx", "*.ipynb", "*.toml", "*.cfg", "*.ini")
"""What such a tool reads below a directory: files of other names are none of its business."""


def _reads(command: Command, args: Args) -> None:
    note_files(command, "read", or_here(command, args.operands), recursive=True, only=_SOURCES)


def _rewrites(command: Command, args: Args) -> None:
    _reads(command, args)
    # Written are the sources below, never a directory as a whole: that is what `only` says here too.
    rewrites(command, or_here(command, args.operands), only=_SOURCES)


def _code_in_configuration(command: Command, args: Args) -> None:
    """Configuration in the project names plug-ins or an interpreter, so running the tool runs the project."""
    runs_project(command, args)
    if args.has("-h", "--version") and not args.operands:
        return
    note_files(command, "execute", args.values("--rcfile", "--config-file", "--config", "--append-config"))
    _reads(command, args)


# ruff

_RUFF_COMMON = "-v,--verbose -q,--quiet -s,--silent --config: --isolated --color: -h,--help -V,--version "
_RUFF_FILES = _RUFF_COMMON + (
    "--respect-gitignore --no-respect-gitignore --force-exclude --no-force-exclude -n,--no-cache --cache-dir:write "
    "--stdin-filename: --exclude: --extend-exclude: --extension: --target-version: --preview --no-preview --diff "
    "--output-format: "
)
_RUFF_CHECK = _RUFF_FILES + (
    "--fix --no-fix --unsafe-fixes --no-unsafe-fixes --show-fixes --no-show-fixes -w,--watch --fix-only --no-fix-only "
    "--ignore-noqa -o,--output-file:write --statistics --add-noqa? --add-ignore? --show-files --show-settings --select: "
    "--ignore: --extend-select: --extend-ignore: --per-file-ignores: --extend-per-file-ignores: --fixable: --unfixable: "
    "--extend-fixable: --extend-unfixable: -e,--exit-zero --exit-non-zero-on-fix --line-length: --dummy-variable-rgx: "
    "--exit-non-zero-on-format --show-source --no-show-source"
)


def _ruff_configuration(command: Command, args: Args) -> None:
    """`--config` takes a file or a setting (`KEY = VALUE`)."""
    for word in args.values("--config"):
        key, equals, _ = word.value.partition("=")
        if not equals or word.dynamic:
            note_files(command, "read", [word])
        elif key.strip() in {"cache-dir", "extend", "fix", "fix-only"}:
            command.opaque(f"the setting `{key.strip()}` of ruff", via="--config", span=word.span)


def _ruff_check(command: Command, args: Args) -> None:
    _ruff_configuration(command, args)
    # The configuration may say `fix = true`, and the cache lies where it says.
    only_looks = args.has("--no-fix", "--diff", "--show-files", "--show-settings") and args.has("-n")
    fixes = args.has("--fix", "--fix-only", "--add-noqa", "--add-ignore")
    (_reads if only_looks and not fixes else _rewrites)(command, args)


def _ruff_format(command: Command, args: Args) -> None:
    _ruff_configuration(command, args)
    only_looks = args.has("--check", "--diff") and args.has("-n")
    (_reads if only_looks else _rewrites)(command, args)


def _ruff_explains(_command: Command, _args: Args) -> None:
    """Documentation of rules and settings."""


_EXPLAIN = Program(options(_RUFF_COMMON + "--all --output-format:"), _ruff_explains)
_RUFF = Program(options(_RUFF_COMMON), subcommands={
    "check": Program(options(_RUFF_CHECK), _ruff_check),
    "format": Program(options(_RUFF_FILES + "--check --exit-non-zero-on-format --line-length: --range:"), _ruff_format),
    "rule": _EXPLAIN, "config": _EXPLAIN, "linter": _EXPLAIN, "version": _EXPLAIN, "help": _EXPLAIN,
}, bare=_ruff_explains)  # fmt: skip


# Formatters

_BLACK = options("""
-c,--code: -l,--line-length: -t,--target-version: --pyi --ipynb --python-cell-magics: -x,--skip-source-first-line
-S,--skip-string-normalization -C,--skip-magic-trailing-comma --preview --unstable --enable-unstable-feature: --check
--diff --color --no-color --line-ranges: --fast --safe --required-version: --exclude: --extend-exclude:
--force-exclude: --stdin-filename: --include: -W,--workers: -q,--quiet -v,--verbose --version --config:read
--cache-dir:write --no-cache -h,--help --experimental-string-processing
""")
_ISORT = options("""
-h,--help -V,--version --vn,--version-number -v,--verbose --only-modified,--om --dedup-headings -q,--quiet -d,--stdout
--overwrite-in-place --show-config --show-files --df,--diff -c,--check-only,--check --ws,--ignore-whitespace
--sp,--settings-path,--settings-file,--settings:read --cr,--config-root:read --resolve-all-configs --profile:
-j,--jobs: --ac,--atomic --interactive --format-error: --format-success: --srx,--sort-reexports --filter-files
-s,--skip: --extend-skip: --sg,--skip-glob: --extend-skip-glob: --gitignore,--skip-gitignore
--ext,--extension,--supported-extension: --blocked-extension: --dont-follow-links --filename: --allow-root
-a,--add-import: --append,--append-only --af,--force-adds --rm,--remove-import: --float-to-top --dont-float-to-top
--ca,--combine-as --cs,--combine-star -e,--balanced --ff,--from-first --fgw,--force-grid-wrap? --fs,--forced-separate:
-i,--indent: --lbi,--lines-before-imports: --lai,--lines-after-imports: --lbt,--lines-between-types:
--le,--line-ending: --ls,--length-sort --lss,--length-sort-straight -m,--multi-line:
-n,--ensure-newline-before-comments --nis,--no-inline-sort --ot,--order-by-type --dt,--dont-order-by-type
--rr,--reverse-relative --reverse-sort --sort-order: --sl,--force-single-line-imports --nsl,--single-line-exclusions:
--tc,--trailing-comma --up,--use-parentheses -l,-w,--line-length,--line-width: --wl,--wrap-length: --case-sensitive
--remove-redundant-aliases --honor-noqa --treat-comment-as-code: --treat-all-comment-as-code --formatter: --color
--ext-format: --star-first --split-on-trailing-comma --sd,--section-default: --only-sections,--os --ds,--no-sections
--fas,--force-alphabetical-sort --fss,--force-sort-within-sections --hcss,--honor-case-in-force-sorted-sections
--srss,--sort-relative-in-force-sorted-sections --fass,--force-alphabetical-sort-within-sections -t,--top:
--combine-straight-imports,--csi --nlb,--no-lines-before: --src,--src-path: -b,--builtin: --extra-builtin:
-f,--future: -o,--thirdparty: -p,--project: --known-local-folder: --virtual-env: --conda-env: --py,--python-version:
-r,-ns,-rc,--recursive --float
""")


def _formatter(table: str, *looking: str) -> Program:
    def files(command: Command, args: Args) -> None:
        (_reads if args.has(*looking) else _rewrites)(command, args)

    return Program(options(table), files)


def _black(command: Command, args: Args) -> None:
    if not args.has("-c", "-h", "--version"):
        (_reads if args.has("--check", "--diff") else _rewrites)(command, args)


def _isort(command: Command, args: Args) -> None:
    if not args.has("--show-config", "--show-files", "-h", "-V", "--vn"):
        (_reads if args.has("-d", "--df", "-c") else _rewrites)(command, args)


def _writer(table: str, writing: str, *looking: str) -> Program:
    """Return a tool that prints its result, and rewrites its operands when the option *writing* is given.

    When *looking* names options, the configuration in the project may say *writing* too, unless one of them is given.
    """

    def files(command: Command, args: Args) -> None:
        prints = not args.has(writing) and (not looking or args.has(*looking))
        (_reads if prints else _rewrites)(command, args)

    return Program(options(table), files)


def _spelling(table: str) -> Program:
    """Return codespell: it reads files of every name, prints the words that it doubts, and corrects them at will."""

    def files(command: Command, args: Args) -> None:
        # Hidden files are left out unless `-H` says otherwise.
        for word in or_here(command, args.operands):
            skip = () if args.has("-H") else (".*",)
            if word.dynamic:
                note_files(command, "read", [word])
            else:
                command.path("read", word, recursive=True, skip=skip)
        # `.codespellrc` and `setup.cfg` may say `write-changes`, and no option takes that back.
        rewrites(command, or_here(command, args.operands))

    return Program(options(table), files)


# Type checkers and linters

_MYPY = options("""
--enable-incomplete-feature: --no-native-parser -h,--help -v,--verbose -V,--version -O,--output:
--config-file: --warn-unused-configs --no-namespace-packages --namespace-packages --ignore-missing-imports
--follow-untyped-imports --follow-imports: --python-executable:execute --no-site-packages
--no-silence-site-packages --python-version: --platform: --always-true: --always-false: --disallow-any-expr
--disallow-any-decorated --disallow-any-explicit --disallow-any-generics --disallow-any-unimported
--disallow-subclassing-any --disallow-untyped-calls --untyped-calls-exclude: --disallow-untyped-defs
--disallow-incomplete-defs --check-untyped-defs --no-check-untyped-defs --disallow-untyped-decorators
--implicit-optional --no-implicit-optional --no-strict-optional --strict-optional --warn-redundant-casts
--warn-unused-ignores --no-warn-unused-ignores --no-warn-no-return --warn-return-any --no-warn-return-any
--warn-unreachable --report-deprecated-as-note --deprecated-calls-exclude: --allow-untyped-globals
--allow-redefinition --allow-redefinition-old --allow-redefinition-new --local-partial-types --no-implicit-reexport
--implicit-reexport --strict-equality --no-strict-equality --strict-equality-for-none --strict-bytes
--no-strict-bytes --extra-checks --strict --disable-error-code: --enable-error-code: --show-error-context
--show-column-numbers --show-error-end --hide-error-codes --show-error-codes --show-error-code-links --pretty
--no-pretty --no-color-output --color-output --no-error-summary --error-summary --show-absolute-path --no-incremental
--incremental --cache-dir:write --sqlite-cache --no-sqlite-cache --cache-fine-grained --no-fixed-format-cache
--skip-version-check --skip-cache-mtime-checks --pdb --show-traceback,--tb --raise-exceptions
--custom-typing-module: --custom-typeshed-dir:read --warn-incomplete-stub --shadow-file:list -n,--num-workers:
--any-exprs-report:write --cobertura-xml-report:write --html-report:write --linecount-report:write
--linecoverage-report:write --lineprecision-report:write --txt-report:write --xml-report:write
--xslt-html-report:write --xslt-txt-report:write --junit-xml:write --junit-format: --find-occurrences:
--scripts-are-modules --install-types --non-interactive --explicit-package-bases --no-explicit-package-bases
--exclude: --exclude-gitignore -m,--module: -p,--package: -c,--command: --fast-module-lookup --disallow-any-unchecked
--allow-untyped-calls --allow-untyped-defs --allow-incomplete-defs --allow-any-generics --warn-no-return --allow-empty-bodies
--dump-type-stats --dump-inference-stats --timing-stats:write --line-checking-stats:write --strict-concatenate
""")


def _mypy(command: Command, args: Args) -> None:
    _code_in_configuration(command, args)
    if args.has("--install-types"):
        command.opaque("installs packages", via="--install-types")


_PYLINT = options("""
-h,--help --version --rcfile: --output:write --help-msg: --list-msgs --list-msgs-enabled --list-groups
--list-conf-levels --list-extensions --full-documentation --generate-rcfile --generate-toml-config --long-help
--init-hook:code -E,--errors-only -v,--verbose --enable-all-extensions --ignore: --ignore-patterns: --ignore-paths:
--persistent: --load-plugins:code --fail-under: --fail-on: -j,--jobs: --limit-inference-results:
--extension-pkg-allow-list: --extension-pkg-whitelist: --unsafe-load-any-extension: --exit-zero --from-stdin
--source-roots: --recursive: --py-version: --ignored-modules: --analyse-fallback-blocks: --clear-cache-post-run:
--prefer-stubs: --files -f,--output-format: -r,--reports: --evaluation: -s,--score: --msg-template: --confidence:
-e,--enable: -d,--disable: --max-nested-blocks: --never-returning-functions:
--suggest-join-with-non-empty-separator: --ignore-on-opaque-inference: --mixin-class-rgx: --ignore-mixin-members:
--ignored-checks-for-mixins: --ignore-none: --ignored-classes: --generated-members: --contextmanager-decorators:
--missing-member-hint-distance: --missing-member-max-choices: --missing-member-hint: --signature-mutators: --notes:
--notes-rgx: --check-fixme-in-docstring: --max-args: --max-positional-arguments: --max-locals: --max-returns:
--max-branches: --max-statements: --max-parents: --ignored-parents: --max-attributes: --min-public-methods:
--max-public-methods: --max-bool-expr: --max-complexity: --exclude-too-few-public-methods:
--check-str-concat-over-line-jumps: --check-quote-consistency: --spelling-dict: --spelling-ignore-words:
--spelling-private-dict-file:write --spelling-store-unknown-words: --max-spelling-suggestions:
--spelling-ignore-comment-directives: --init-import: --dummy-variables-rgx: --additional-builtins: --callbacks:
--redefining-builtins-modules: --ignored-argument-names: --allow-global-unused-variables:
--allowed-redefined-builtins: --defining-attr-methods: --valid-classmethod-first-arg:
--valid-metaclass-classmethod-first-arg: --exclude-protected: --check-protected-access-in-special-methods:
--overgeneral-exceptions: --timeout-methods: --good-names: --good-names-rgxs: --bad-names: --bad-names-rgxs:
--name-group: --include-naming-hint: --property-classes: --argument-naming-style: --argument-rgx:
--attr-naming-style: --attr-rgx: --class-naming-style: --class-rgx: --class-attribute-naming-style:
--class-attribute-rgx: --class-const-naming-style: --class-const-rgx: --const-naming-style: --const-rgx:
--function-naming-style: --function-rgx: --inlinevar-naming-style: --inlinevar-rgx: --method-naming-style:
--method-rgx: --module-naming-style: --module-rgx: --paramspec-rgx: --typealias-rgx: --typevar-rgx:
--typevartuple-rgx: --variable-naming-style: --variable-rgx: --no-docstring-rgx: --docstring-min-length:
--max-line-length: --ignore-long-lines: --ignore-pattern-in-long-lines: --single-line-if-stmt:
--single-line-class-stmt: --max-module-lines: --indent-string: --indent-after-paren: --expected-line-ending-format:
--deprecated-modules: --preferred-modules: --import-graph:write --ext-import-graph:write --int-import-graph:write
--known-standard-library: --known-first-party: --known-third-party: --allow-any-import-level:
--allow-wildcard-with-all: --allow-reexport-from-package: --min-similarity-lines: --ignore-comments:
--ignore-docstrings: --ignore-imports: --ignore-signatures: --logging-modules: --logging-format-style:
--overlap-exceptions --accept-no-param-doc: --accept-no-raise-doc: --accept-no-return-doc: --accept-no-yields-doc:
--default-docstring-type: --no-space-check: --lint-all
""")
_FLAKE8 = options("""
-h,--help -v,--verbose --output-file:write --append-config: --config: --isolated --enable-extensions:
--require-plugins: --version -q,--quiet --color: --count --exclude: --extend-exclude: --filename:
--stdin-display-name: --format: --hang-closing --ignore: --extend-ignore: --per-file-ignores: --max-line-length:
--max-doc-length: --indent-size: --select: --extend-select: --disable-noqa --show-source --no-show-source
--statistics --exit-zero -j,--jobs: --tee --benchmark --bug-report --max-complexity: --builtins: --doctests
--include-in-doctest: --exclude-from-doctest: --docstring-convention: --import-order-style:
--application-import-names: --max-annotations-complexity: --max-cognitive-complexity: --max-expression-complexity:
--inline-quotes: --docstring-quotes: --multiline-quotes: --no-avoid-escape --avoid-escape
""")
_PYRIGHT = options("""
--createstub: --dependencies -h,--help --ignoreexternal --level: --outputjson -p,--project:execute --pythonplatform:
--pythonpath:execute --pythonversion: --skipunannotated --stats -t,--typeshed-path,--typeshedpath:read --threads?
-v,--venvpath,--venv-path:execute --verbose --verifytypes: --version --warnings -w,--watch - --gitlabcodequality:write
--writebaseline!here-write --baselinefile:write
""")


def _pyright(command: Command, args: Args) -> None:
    _code_in_configuration(command, args)
    for word in args.values("--createstub"):
        command.path("write", Word("typings", word.span), recursive=True, via="--createstub")


def _bandit(command: Command, args: Args) -> None:
    """Read; but a `.bandit` below a directory says what is read instead, and where the report is written."""
    _reads(command, args)
    if args.has("-r"):
        command.opaque("reads and writes where a `.bandit` file says")


_PLAIN_READ = "-h,--help --version -v,--verbose -q,--quiet --exclude: --select: --ignore: --config:read "
PROGRAMS: dict[str, Entry] = {
    "ruff": tool(_RUFF, frozenset({"--version", "-V", "--help", "-h"})),
    "black": tool(Program(_BLACK, _black)),
    "isort": tool(Program(_ISORT, _isort)),
    "yapf": tool(
        _writer(
            "-h,--help -v,--version -d,--diff -i,--in-place -l,--lines: -q,--quiet -r,--recursive -e,--exclude: --style: "
            "--style-help --no-local-style -p,--parallel -m,--print-modified --verbose",
            "-i",
        )
    ),
    "autopep8": tool(
        _writer(
            "-h,--help --version -v,--verbose -d,--diff -i,--in-place --global-config:read --ignore-local-config "
            "-r,--recursive -j,--jobs: -p,--pep8-passes: -a,--aggressive --experimental --exclude: --list-fixes "
            "--ignore: --select: --max-line-length: --line-range: --range: --indent-size: --hang-closing --exit-code",
            "-i",
            "-d",
            "--ignore-local-config",
            "--list-fixes",
        )
    ),
    "autoflake": tool(
        _writer(
            "-h,--help --version -v,--verbose -c,--check --check-diff -i,--in-place -s,--stdout -r,--recursive "
            "-j,--jobs: --exclude: --imports: --expand-star-imports --remove-all-unused-imports --remove-duplicate-keys "
            "--ignore-init-module-imports --remove-unused-variables --remove-rhs-for-unused-variables "
            "--ignore-pass-statements --ignore-pass-after-docstring --quiet --config:read --stdin-display-name:",
            "-i",
            "-c",
            "--check-diff",
            "-s",
        )
    ),
    "pyupgrade": tool(
        _formatter(
            "-h,--help --exit-zero-even-if-changed --keep-percent-format --keep-mock --keep-runtime-typing --py3-plus "
            "--py3-only --py36-plus --py37-plus --py38-plus --py39-plus --py310-plus --py311-plus --py312-plus "
            "--py313-plus --py314-plus"
        )
    ),
    "codespell": tool(
        _spelling(
            "-h,--help --version -d,--disable-colors -c,--enable-colors -w,--write-changes -D,--dictionary:read "
            "--builtin: --ignore-regex: --ignore-multiline-regex: -I,--ignore-words:read -L,--ignore-words-list: "
            "--uri-ignore-words-list: -r,--regex: --uri-regex: -s,--summary --count -S,--skip: -x,--exclude-file:read "
            "-i,--interactive: -q,--quiet-level: -e,--hard-encoding-detection -f,--check-filenames -H,--check-hidden "
            "-A,--after-context: -B,--before-context: -C,--context: --ignore-sic --stdin-single-line --config:read "
            "--toml:read"
        )
    ),
    "mypy": tool(Program(_MYPY, _mypy), frozenset({"--version", "-V", "--help", "-h"})),
    "dmypy": tool(Program(options("--status-file:write -h,--help -V,--version"), runs_project, posix=True)),
    **dict.fromkeys(("pyright", "basedpyright"), tool(Program(_PYRIGHT, _pyright))),
    # Configuration is read, and with it a hook or a plug-in of the project run, even for `--version`.
    "pylint": tool(Program(_PYLINT, _code_in_configuration), frozenset()),
    "flake8": tool(Program(_FLAKE8, _code_in_configuration), frozenset()),
    "pyflakes": tool(Program(options("-h,--help -V,--version"), _reads)),
    "pycodestyle": tool(
        Program(
            options(
                _PLAIN_READ + "-r,--repeat --first --filename: --show-source --show-pep8 --statistics --count "
                "--max-line-length: --max-doc-length: --indent-size: --hang-closing --format: --diff --benchmark"
            ),
            _reads,
        )
    ),
    "pydocstyle": tool(
        Program(
            options(
                _PLAIN_READ + "-e,--explain -s,--source -d,--debug --count --convention: --add-select: --add-ignore: "
                "--match: --match-dir: --ignore-decorators: --property-decorators: --ignore-self-only-init:"
            ),
            _reads,
        )
    ),
    "bandit": tool(
        Program(
            options(
                "-h,--help -r,--recursive -a,--aggregate: -n,--number: -c,--configfile:read -p,--profile: -t,--tests: "
                "-s,--skip: -l,--level --severity-level: -i,--confidence --confidence-level: -f,--format: "
                "--msg-template: -o,--output:write -v,--verbose -d,--debug -q,--quiet,--silent --ignore-nosec "
                "-x,--exclude: -b,--baseline:read --ini:list --exit-zero --version"
            ),
            _bandit,
        )
    ),
    "vulture": tool(
        Program(
            options(
                "-h,--help --exclude: --ignore-decorators: --ignore-names: --make-whitelist --min-confidence: "
                "--sort-by-size --config:read -v,--verbose --version"
            ),
            _reads,
        )
    ),
}
