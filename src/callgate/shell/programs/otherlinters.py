"""Linters, formatters and test runners of other languages: shell, YAML, Go, Rust, C, Ruby, PHP."""

from __future__ import annotations

from callgate.shell.command import Command
from callgate.shell.programs.spec import Args, Operands, Program, options
from callgate.shell.programs.tooling import (
    Entry,
    contacts,
    note_files,
    or_here,
    rewrites,
    runs_files,
    runs_project,
    tool,
)


def _reads(only: tuple[str, ...] = (), *, here: bool = False) -> Operands:
    """Return the meaning of operands that are read; directories with the files in them that *only* names."""

    def meaning(command: Command, args: Args) -> None:
        words = or_here(command, args.operands) if here else args.operands
        note_files(command, "read", words, recursive=bool(only), only=only)

    return meaning


def _prints(writing: tuple[str, ...], only: tuple[str, ...]) -> Operands:
    """Return the meaning of operands of a formatter that prints, and rewrites with one of the options *writing*."""

    def meaning(command: Command, args: Args) -> None:
        note_files(command, "read", args.operands, recursive=True, only=only)
        if args.has(*writing):
            rewrites(command, args.operands, only=only)

    return meaning


def _rustfmt(command: Command, args: Args) -> None:
    """Rewrite the operands and the modules that they name, wherever `#[path]` says."""
    if args.has("--check"):
        note_files(command, "read", args.operands)
    else:
        rewrites(command, args.operands)
    if args.operands:
        command.opaque("formats the modules that a file names")


def _project(writing: tuple[str, ...] = ()) -> Operands:
    """Return the meaning for a tool whose configuration is code; with one of *writing* it changes its operands."""

    def meaning(command: Command, args: Args) -> None:
        runs_project(command, args)
        if args.has(*writing):
            rewrites(command, or_here(command, args.operands))

    return meaning


def _go_lint(command: Command, args: Args) -> None:
    runs_project(command, args)
    contacts(command)
    if args.has("--fix"):
        command.here("write", recursive=True)


_SHELLCHECK = options("""
-a,--check-sourced -C,--color? -i,--include: -e,--exclude: --extended-analysis: -f,--format: --list-optional --norc
--rcfile:read -o,--enable: -P,--source-path:read -s,--shell: -S,--severity: -V,--version -W,--wiki-link-count:
-x,--external-sources --help
""")


def _shellcheck(command: Command, args: Args) -> None:
    note_files(command, "read", args.operands)
    if args.has("-x"):
        # Files that the script sources may lie anywhere; what is wrong in them is quoted.
        command.opaque("reads the files that a script names", via="-x")


_GOFMT = options("-d -e -l -r: -s -w -cpuprofile:write")
_RUSTFMT = options("""
--backup!writes_copies --check --color: --config: --config-path:read --edition: --emit: --print-config: --style-edition:
-l,--files-with-diff -v,--verbose -q,--quiet -V,--version -h,--help --unstable-features --error-on-unformatted
--file-lines: --skip-children
""")
_CLANG_FORMAT = options("""
-i --Werror --Wno-error: --assume-filename: --cursor: --dry-run -n --dump-config --fail-on-incomplete-format
--fallback-style: --ferror-limit: --files:list --length: --lines: --offset: --output-replacements-xml
--qualifier-alignment: --sort-includes --style,-style: --verbose --version --help -h --list-ignored
-assume-filename: -fallback-style: -dump-config -output-replacements-xml -sort-includes -verbose -version -lines:
""")
_CLANG_TIDY = options("""
--allow-enabling-analyzer-alpha-checkers --checks,-checks: --config,-config: --config-file:execute --dump-config -dump-config
--enable-check-profile --enable-module-headers-parsing --exclude-header-filter: --explain-config --export-fixes:write -export-fixes:write
--extra-arg,-extra-arg:code --extra-arg-before:code --fix,-fix --fix-errors,-fix-errors --fix-notes
--format-style,-format-style: --header-filter,-header-filter: --line-filter: --list-checks -list-checks --load:execute
-p:execute --quiet,-quiet --store-check-profile:write --system-headers --use-color --verify-config --vfsoverlay:list
--warnings-as-errors,-warnings-as-errors: --version -version --help -help --removed-arg:
""")
_RUBOCOP = options("""
-L,--list-target-files --except: --only: --only-guide-cops -F,--fail-fast --force-exclusion --only-recognized-file-types
--force-default-config --ignore-parent-exclusion --disable-pending-cops --enable-pending-cops --ignore-disable-comments
--ignore-unrecognized-cops --raise-cop-error -l,--lint -x,--fix-layout --safe --stderr --display-time --fail-level:
--display-only-failed --display-only-fail-level-offenses --display-only-correctable --display-only-safe-correctable
-c,--config:execute --auto-gen-config!here-write --regenerate-todo!here-write --exclude-limit: --no-exclude-limit
--no-offense-counts --no-auto-gen-only-exclude --no-auto-gen-timestamp --no-auto-gen-enforced-style --init!here-write
-f,--format: -D,--display-cop-names --no-display-cop-names -E,--extra-details -S,--display-style-guide
-o,--out:write --force-reload -r,--require:execute --plugin: -P,--parallel --no-parallel -a,--autocorrect,--safe-auto-correct
-A,--autocorrect-all,--auto-correct-all,--auto-correct --disable-uncorrectable -s,--stdin: --editor-mode
--cache: --cache-root:write --server!starts_a_server --no-server --show-cops? --show-docs-url? -d,--debug -v,--version
-V,--verbose-version --color --no-color --profile --memory -h,--help --restart-server!starts_a_server --stop-server
--server-status --no-detach --start-server!starts_a_server
""")
_RSPEC = options("""
-I:execute -r,--require:code -O,--options:execute --order: --seed: --bisect? --fail-fast? --no-fail-fast
--failure-exit-code: --error-exit-code: -X,--drb --no-drb --drb-port: -f,--format: -o,--out:write --deprecation-out:write
-b,--backtrace -c,--color,--colour --force-color,--force-colour --no-color,--no-colour -p,--profile? --no-profile --dry-run
-w,--warnings --only-failures -n,--next-failure -P,--pattern: --exclude-pattern: -e,--example: -E,--example-matches:
-t,--tag: --default-path: -v,--version -h,--help --init!here-write --require-hook:code
""")
_PHPUNIT = options("""
--bootstrap: -c,--configuration: --no-configuration --extension: --no-extensions --include-path:execute -d:changes_a_setting
--cache-directory:write --generate-configuration!here-write --migrate-configuration!here-write --generate-baseline:write
--use-baseline:read --ignore-baseline --list-suites --testsuite: --exclude-testsuite: --list-groups --group: --exclude-group:
--covers: --uses: --requires-php-extension: --list-test-files --list-tests --list-tests-xml:write --filter: --exclude-filter:
--test-suffix: --process-isolation --globals-backup --static-backup --strict-coverage --strict-global-state
--disallow-test-output --enforce-time-limit --default-time-limit: --do-not-report-useless-tests --stop-on-defect
--stop-on-error --stop-on-failure --stop-on-warning --stop-on-risky --stop-on-deprecation --stop-on-notice
--stop-on-skipped --stop-on-incomplete --fail-on-empty-test-suite --fail-on-warning --fail-on-risky
--fail-on-deprecation --fail-on-notice --fail-on-skipped --fail-on-incomplete --cache-result --do-not-cache-result
--order-by: --random-order --random-order-seed: --colors? --columns: --stderr --no-progress --no-results --no-output
--display-incomplete --display-skipped --display-deprecations --display-errors --display-notices --display-warnings
--reverse-list --teamcity --testdox --testdox-summary --debug --verbose -v --log-junit:write --log-teamcity:write
--testdox-html:write --testdox-text:write --log-events-text:write --log-events-verbose-text:write --no-logging
--coverage-clover:write --coverage-cobertura:write --coverage-crap4j:write --coverage-html:write --coverage-php:write
--coverage-text? --coverage-xml:write --warm-coverage-cache --coverage-filter: --path-coverage
--disable-coverage-ignore --no-coverage --version --check-version -h,--help --printer:code --loader:code --atleast-version:
""")
_YAMLLINT = options(
    "-h,--help -c,--config-file:read -d,--config-data: --list-files -f,--format: -s,--strict --no-warnings -v,--version"
)
_HADOLINT = options("""
-h,--help -v,--version --no-fail --no-color -c,--config:read -V,--verbose -f,--format: --error: --warning: --info:
--style: --ignore: --trusted-registry: --require-label: --strict-labels --disable-ignore-pragma -t,--failure-threshold:
--file-path-in-report:
""")
_SHFMT = options("""
-l,--list -w,--write -d,--diff -s,--simplify -mn,--minify --apply-ignore -ln,--language-dialect: -p,--posix --filename:
-i,--indent: -bn,--binary-next-line -ci,--case-indent -sr,--space-redirects -kp,--keep-padding -fn,--func-next-line
-f,--find -tojson,--to-json --from-json -h,--help --version
""")
_GOLANGCI = options("""
-c,--config:execute --no-config --default: -D,--disable: -E,--enable: --enable-only: --fast --fast-only -j,--concurrency: --modules-download-mode:
--issues-exit-code: --build-tags: --timeout: --tests --allow-parallel-runners --allow-serial-runners --path-prefix:
--path-mode: --show-stats --max-issues-per-linter: --max-same-issues: --uniq-by-line -n,--new --new-from-rev:
--new-from-patch:read --new-from-merge-base: --whole-files --fix --output.text.path:write --output.json.path:write --out-format:
--output.text.colors --output.text.print-linter-name --output.text.print-issued-lines -v,--verbose --color: -h,--help
--cpu-profile-path:write --mem-profile-path:write --trace-path:write --disable-all --enable-all --presets: --skip-dirs:
--skip-files: --print-issued-lines --print-linter-name --sort-results --exclude: --version
""")
_MARKDOWN = options("""
-h,--help -V,--version -c,--config:execute -d,--dot -f,--fix -i,--ignore: -j,--json -o,--output:write -p,--ignore-path:read
-q,--quiet -r,--rules:execute -s,--stdin --enable: --disable: --no-globs
""")

_GOLANGCI_PROGRAM = Program(options("-h,--help --version --color: -v,--verbose"), subcommands={
    "run": Program(_GOLANGCI, _go_lint), "fmt": Program(options("-d,--diff --diff-colored -E,--enable: -c,--config:execute "
    "--no-config -h,--help --stdin"), _project(())), "linters": Program(_GOLANGCI, runs_project), "version": Program(),
    "help": Program(), "formatters": Program(_GOLANGCI, runs_project),
})  # fmt: skip
PROGRAMS: dict[str, Entry] = {
    "shellcheck": tool(Program(_SHELLCHECK, _shellcheck)),
    "shfmt": tool(Program(_SHFMT, _prints(("-w",), ("*.sh", "*.bash", "*.mksh", "*.bats")))),
    "yamllint": tool(Program(_YAMLLINT, _reads(("*.yaml", "*.yml", ".yamllint")))),
    "hadolint": tool(Program(_HADOLINT, _reads())),
    "gofmt": tool(Program(_GOFMT, _prints(("-w",), ("*.go",)), single_dash=True)),
    "rustfmt": tool(Program(_RUSTFMT, _rustfmt)),
    "clang-format": tool(
        Program(_CLANG_FORMAT, _prints(("-i",), ("*.c", "*.cc", "*.cpp", "*.h", "*.hpp")), single_dash=True)
    ),
    "clang-tidy": tool(Program(_CLANG_TIDY, _project(("--fix", "--fix-errors", "--fix-notes")), single_dash=True)),
    # Options in files of the project (`.rubocop`, `.rspec`) may require code, even for `--version`.
    "rubocop": tool(Program(_RUBOCOP, _project(("-a", "-A", "-x"))), frozenset()),
    "rspec": tool(Program(_RSPEC, runs_files), frozenset()),
    "phpunit": tool(Program(_PHPUNIT, runs_files)),
    "golangci-lint": tool(_GOLANGCI_PROGRAM),
    **dict.fromkeys(("markdownlint", "markdownlint-cli2"), tool(Program(_MARKDOWN, _project(("-f",))))),
}
