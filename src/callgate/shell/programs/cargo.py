"""cargo: builds and tests run the project's own code; options that load other code or write elsewhere are named.

Source of the options: `cargo help test` and its neighbours, cargo 1.85; `cargo nextest run --help`, 0.9.
"""

from __future__ import annotations

from callgate.shell.command import Command
from callgate.shell.programs.spec import Args, Program, apply, options
from callgate.shell.programs.tooling import Entry, contacts, loosen, runs_project, unknown_subcommand
from callgate.shell.words import Word

_COMMON = "-v,--verbose -q,--quiet --color: --locked --offline --frozen -h,--help --config:code -Z:code -C:code "
_SELECT = (
    _COMMON
    + """
-p,--package: --workspace --all --exclude: --manifest-path:execute --lockfile-path:write -F,--features: --all-features
--no-default-features --target: --ignore-rust-version
"""
)
_BUILD = (
    _SELECT
    + """
--lib --bins --bin: --examples --example: --tests --test: --benches --bench: --all-targets -r,--release --debug --dev
--profile: -j,--jobs: --keep-going --target-dir:write --artifact-dir,--out-dir:write --message-format: --build-plan
--unit-graph --future-incompat-report --timings? --no-run --no-fail-fast --doc --no-deps --document-private-items
--open!opens_a_browser
"""
)
_NEXTEST = _BUILD + """
-P --cargo-profile: --cargo-quiet --cargo-verbose -E,--filter-expr,--filterset: --run-ignored: --partition:
--ignore-default-filter --no-capture,--nocapture --retries: --fail-fast,--ff --no-fail-fast,--nff --max-fail:
--test-threads: --no-tests: --failure-output: --success-output: --status-level: --final-status-level: --show-progress:
--hide-progress-bar --no-input-handler --no-output-indent -T --list-type: --message-format-version:
--config-file:execute --tool-config-file:code --user-config-file:execute --archive-file:execute --extract-to:write
--stress-count: --skip: --exact --override-version-check
""".replace("--no-fail-fast,--nff ", "--nff ")  # fmt: skip
_TREE = (
    _SELECT
    + """
-e,--edges: -i,--invert: --prune: --depth: --no-dedupe --duplicates -d --charset: -f,--format: --prefix:
"""
)
_METADATA = _SELECT + "--format-version: --no-deps --filter-platform: "
_FIX = "--fix --allow-dirty --allow-staged --allow-no-vcs --broken-code --edition "


def _builds(command: Command, args: Args) -> None:
    """Operands are filters of tests; build scripts and macros run, dependencies are downloaded."""
    runs_project(command, args)
    contacts(command)
    if args.has("--fix"):
        command.here("write", recursive=True)


def _formats(command: Command, args: Args) -> None:
    """The configuration and the tool chain are the project's; the sources of its packages are rewritten."""
    runs_project(command, args)
    if not args.has("--check"):
        command.here("write", recursive=True)


def _asks(command: Command, args: Args) -> None:
    runs_project(command, args)
    command.here()


def _asks_network(command: Command, args: Args) -> None:
    _asks(command, args)
    contacts(command)


_BUILDS = Program(options(_BUILD), _builds)
_LINTS = Program(options(_BUILD + _FIX), _builds)
_FORMATS = Program(
    options(_COMMON + "--all -p,--package: --manifest-path:execute --check --message-format: --version"), _formats
)
_SUBCOMMANDS = {
    **dict.fromkeys(("build", "b", "check", "c", "test", "t", "bench", "doc", "d", "rustdoc"), _BUILDS),
    "clippy": _LINTS,
    "run": Program(options(_BUILD), _builds, posix=True),
    "r": Program(options(_BUILD), _builds, posix=True),
    "fmt": _FORMATS,
    "nextest": Program(options(_COMMON), subcommands=dict.fromkeys(("run", "r", "list"), Program(options(_NEXTEST), _builds))),
    "version": Program(options(_COMMON), _asks),
    "help": Program(options(""), _asks),
    "pkgid": Program(options(_COMMON + "-p,--package: --manifest-path:execute"), _asks),
    "locate-project": Program(options(_COMMON + "--workspace --message-format: --manifest-path:execute"), _asks),
    "tree": Program(options(_TREE), _asks_network),
    "metadata": Program(options(_METADATA), _asks_network),
}  # fmt: skip
_STOPS = frozenset({"--version", "-V", "--help", "-h", "--list"})
_LEVELS = frozenset({"-A", "-W", "-D", "-F", "--allow", "--warn", "--deny", "--forbid"})
_FORMATTER = frozenset({"--check", "-l", "--files-with-diff", "-q", "--quiet", "-v", "--verbose"})


def _cargo(command: Command) -> None:
    words = command.args
    # `rust-toolchain.toml` and `.cargo/config.toml` of the project name programs that run first.
    command.here("execute")
    if len(words) == 1 and words[0].value in _STOPS:
        return
    head = words[0] if words else None
    program = None if head is None or head.dynamic or head.glob else _SUBCOMMANDS.get(head.value)
    if program is None or head is None:
        unknown_subcommand(command, words)
        return
    rest = words[1:]
    end = next((place for place, word in enumerate(rest) if word.value == "--"), len(rest))
    apply(program, command, rest[:end])
    if head.value not in {"run", "r"}:
        _passed_on(command, head.value, rest[end + 1 :])
    loosen(command)


def _passed_on(command: Command, name: str, words: list[Word]) -> None:
    """Judge what stands behind `--`: options of the test harness, of the compiler (clippy) or of rustfmt."""
    if name == "clippy":
        bad = [word for place, word in enumerate(words) if not _is_lint(words, place)]
    elif name == "fmt":
        bad = [word for word in words if word.value not in _FORMATTER]
    else:
        bad = [word for word in words if word.value.partition("=")[0] == "--logfile"]
    for word in bad:
        command.opaque(f"`{word.value}` behind `--` of `cargo {name}`", via="--", span=word.span)


def _is_lint(words: list[Word], place: int) -> bool:
    """Whether the word sets the level of a lint (`-D warnings`, `-Aclippy::x`) or names the lint behind such a word."""
    value = words[place].value
    if words[place].dynamic:
        return False
    if value.startswith("-"):
        return value in _LEVELS or value[:2] in _LEVELS or value.partition("=")[0] in _LEVELS
    return place > 0 and words[place - 1].value in _LEVELS


PROGRAMS: dict[str, Entry] = {"cargo": _cargo}
