"""swift, zig, mix, stack, cabal, dune, lein and sbt: building and testing run the project, what they start is looked at.

Each has subcommands that publish, that install from the network or that run any program text (`mix cmd`, `mix eval`,
`stack exec`, `zig cc`). So only those are known that are listed here.
"""

from __future__ import annotations

import re

from callgate.shell.command import Command
from callgate.shell.programs.payloads import starts
from callgate.shell.programs.spec import Args, Program, apply, options
from callgate.shell.programs.tooling import (
    Entry,
    Handler,
    asks,
    contacts,
    installs,
    note_files,
    or_here,
    runs_files,
    runs_project,
    unknown_subcommand,
)
from callgate.shell.words import Word


def _prints(_command: Command, _args: Args) -> None:
    """Print what is built in."""


def _fetches(command: Command, args: Args) -> None:
    """Download what the project depends on, which may bring code that runs while it is installed."""
    runs_project(command, args)
    command.here("write", recursive=True)
    installs(command, args)


def _writes_here(command: Command, args: Args) -> None:
    runs_project(command, args)
    command.here("write", recursive=True)


def _starts(command: Command, words: list[Word], wrapper: str) -> None:
    """Note what `stack exec [--] COMMAND …` does."""
    command.here("execute", recursive=True)
    starts(command, words[1:] if words and words[0].value == "--" else words, wrapper)


# swift

_SWIFT_COMMON = """
-c,--configuration: --package-path:execute --scratch-path,--build-path:write --cache-path:write --config-path:execute
--security-path:read -v,--verbose --very-verbose,--vv -q,--quiet -j,--jobs: --arch: --triple: --sdk:read --toolchain:execute
--sanitize: --disable-sandbox!runs_without_the_sandbox --disable-automatic-resolution --skip-update --build-tests
--static-swift-stdlib --no-static-swift-stdlib --explicit-target-dependency-import-check: --use-integrated-swift-driver
--enable-code-coverage --disable-code-coverage --traits: -h,--help --version --target: --product:
"""
_SWIFT = Program(options("-h,--help --version"), subcommands={
    "build": Program(options(_SWIFT_COMMON + "--show-bin-path"), runs_project),
    "test": Program(options(_SWIFT_COMMON + "--filter: --skip: --parallel --no-parallel --num-workers: --xunit-output:write "
                            "-l,--list-tests --skip-build --show-codecov-path,--show-coverage-path --enable-xctest "
                            "--disable-xctest --enable-swift-testing --disable-swift-testing"), runs_project),
    "run": Program(options(_SWIFT_COMMON + "--skip-build --repl"), runs_project, posix=True),
    "package": Program(options(_SWIFT_COMMON), subcommands={
        **dict.fromkeys(("describe", "show-dependencies", "dump-package", "tools-version"),
                        Program(options(_SWIFT_COMMON + "--type: --format:"), runs_project)),
        **dict.fromkeys(("resolve", "update"), Program(options(_SWIFT_COMMON + "-n,--dry-run"), _fetches)),
        "clean": Program(options(_SWIFT_COMMON), _writes_here),
    }),
})  # fmt: skip


def _swift(command: Command) -> None:
    words = command.args
    if asks(command, frozenset({"--version", "-version", "--help", "-h"})):
        return
    if words and words[0].value.endswith(".swift") and not words[0].value.startswith("-") and not words[0].dynamic:
        note_files(command, "execute", words[:1])
    else:
        apply(_SWIFT, command)


# zig

_ZIG_BUILD = options("""
-p,--prefix:write --prefix-lib-dir:write --prefix-exe-dir:write --prefix-include-dir:write --release? -l,--list-steps
--verbose --summary: -h,--help -j? --build-file:execute --cache-dir:write --global-cache-dir:write --zig-lib-dir:execute
--seed: -D: --color: --maxrss: --search-prefix:read --sysroot:read --libc:read --watch --fetch? --error-style: --prominent-compile-errors
""")
_ZIG_RUN = options("""
-O: -target: -mcpu: -lc -lc++ --test-filter: --test-name-prefix: --color: --verbose -freference-trace -fsummary
-fincremental -fno-incremental -fstrip -fsingle-threaded --cache-dir:write --global-cache-dir:write --zig-lib-dir:execute
-h --help -I:read -L:read -isystem:read --name: --main-mod-path:execute
""")
_ZIG_OPTIMIZES = re.compile(r"-O(?:Debug|ReleaseSafe|ReleaseFast|ReleaseSmall)|-l[a-z0-9_+-]+|-D\w+(?:=[\w.-]*)?")


def _zig_runs(command: Command, args: Args) -> None:
    """`zig test FILE`, `zig run FILE -- ARGUMENT…`: only what is executed is of interest."""
    note_files(command, "execute", [word for word in args.operands if word.value.endswith(".zig") or word.dynamic])


def _zig_formats(command: Command, args: Args) -> None:
    note_files(command, "read", args.operands, recursive=True, only=("*.zig", "*.zon"))
    if not args.has("--check", "--stdin"):
        note_files(command, "write", args.operands, recursive=True)


_ZIG = Program(options("-h,--help"), subcommands={
    "build": Program(_ZIG_BUILD, runs_project),
    "fmt": Program(options("--check --stdin --ast-check --color: --exclude: --zon -h,--help"), _zig_formats),
    **dict.fromkeys(("version", "zen", "targets", "env", "help"), Program(options("-h,--help"), _prints)),
    "init": Program(options("-h,--help -m,--minimal"), _writes_here),
})  # fmt: skip
_ZIG_FILE = Program(_ZIG_RUN, _zig_runs, single_dash=True)


def _zig(command: Command) -> None:
    words = command.args
    if asks(command, frozenset({"--help", "-h"})):
        return
    if words and words[0].value in {"test", "run"}:
        command.here("execute", recursive=True)
        end = next((index for index, word in enumerate(words) if word.value == "--"), len(words))
        apply(_ZIG_FILE, command, [word for word in words[1:end] if not _ZIG_OPTIMIZES.fullmatch(word.value)])
    else:
        apply(_ZIG, command)


# mix

_MIX_COMMON = """
-h,--help --force --no-deps-check --no-archives-check --no-elixir-version-check --no-compile --no-start --warnings-as-errors
--all-warnings --return-errors --verbose --color --no-color
"""
_MIX_TEST = options(_MIX_COMMON + """
--formatter: --cover --trace --seed: --only: --exclude: --include: --failed --stale --max-failures: --max-cases: --slowest:
--slowest-modules: --partitions: --timeout: -r,--require:execute --export-coverage: --raise --preload-modules
--repeat-until-failure: --exit-status: --profile-require: --breakpoints,-b --dry-run
""")  # fmt: skip
_MIX_RUNS = Program(options(_MIX_COMMON + "--strict --format: --only: --ignore: --all --min-priority: --halt-exit-status "
                            "--quiet --plt --sort: --stats --graph --label:"), runs_project)  # fmt: skip


def _mix_formats(command: Command, args: Args) -> None:
    """`.formatter.exs` is code."""
    runs_project(command, args)
    if args.has("--check-formatted", "--dry-run"):
        note_files(command, "read", args.operands)
    else:
        note_files(command, "write", or_here(command, args.operands), recursive=not args.operands)


_MIX = Program(options("-h,--help -v,--version"), subcommands={
    "test": Program(_MIX_TEST, runs_files),
    **dict.fromkeys(("compile", "dialyzer", "credo", "deps", "deps.tree", "deps.compile", "deps.loadpaths", "phx.routes",
                     "docs"), _MIX_RUNS),
    "format": Program(options("-h,--help --check-formatted --dry-run --dot-formatter:execute --stdin-filename: --no-exit "
                              "--migrate --no-compile"), _mix_formats),
    "deps.get": Program(options(_MIX_COMMON + "--only: --check-locked"), _fetches),
    "deps.update": Program(options(_MIX_COMMON + "--only: --all"), _fetches),
    "clean": Program(options(_MIX_COMMON + "--deps --only:"), _writes_here),
    "help": Program(options("-h,--help --names --search:"), runs_project),
})  # fmt: skip

# stack, cabal, dune

_STACK_TABLE = options("""
-h,--help -v,--verbose --silent -j,--jobs: --fast --file-watch --pedantic --coverage --no-coverage --test --no-test --bench --no-bench
--no-run-tests --no-run-benchmarks --rerun-tests --no-rerun-tests --ta,--test-arguments: --ba,--benchmark-arguments:
--test-suite-timeout: --haddock --no-haddock --dry-run --only-dependencies --only-snapshot --flag: --skip: --force-dirty
--ghc-options:code --stack-yaml:execute --work-dir:write --color: --system-ghc --no-system-ghc --no-install-ghc --profile
--library-profiling --keep-going --no-keep-going --copy-bins!installs_programs --exec:command
""")
_STACK = Program(_STACK_TABLE, subcommands={
    **dict.fromkeys(("build", "test", "bench", "haddock"), Program(_STACK_TABLE, runs_project)),
    **dict.fromkeys(("ls", "path", "dot", "query"), Program(options("-h,--help --external --no-external --depth: --compiler "
                    "--bin-path --local-bin --project-root --stack-root --tree --separator: --json"), runs_project)),
    "clean": Program(options("-h,--help --full"), _writes_here),
})  # fmt: skip
_CABAL_TABLE = options("""
-h,--help -v? -w,--with-compiler:execute --with-hc-pkg:execute -j,--jobs? -O? --enable-tests --disable-tests --enable-benchmarks
--disable-benchmarks --enable-coverage --disable-coverage --enable-profiling --disable-profiling --test-show-details: --test-option:
--test-options: --benchmark-option: --benchmark-options: -f,--flags: --dry-run --only-dependencies --offline --keep-going
--project-file:execute --project-dir:execute --builddir:write --ghc-options:code --ghc-option:code --allow-newer? --constraint:
--enable-optimization? --disable-optimization --ignore-project --haddock-all
""")
_CABAL_RUNS = Program(_CABAL_TABLE, runs_project)
_CABAL = Program(options("-h,--help --version --numeric-version"), subcommands={
    **dict.fromkeys("build test bench haddock v2-build v2-test v2-bench new-build new-test check gen-bounds outdated".split(),
                    _CABAL_RUNS),
    "run": Program(_CABAL_TABLE, runs_project, posix=True),
    "v2-run": Program(_CABAL_TABLE, runs_project, posix=True),
    "update": Program(options("-h,--help -v?"), lambda command, _args: contacts(command)),
    "list": Program(options("-h,--help -v? --installed --simple-output -i,--ignore-case --exact"), runs_project),
    "info": Program(options("-h,--help -v?"), runs_project),
    "clean": Program(options("-h,--help -v? --builddir:write"), _writes_here),
})  # fmt: skip
_DUNE_TABLE = options("""
-h,--help? -j: --root:execute -p,--for-release-of-packages: --profile,--release: -w,--watch --display: --verbose --force,-f --no-buffer
--auto-promote,--promote? --build-dir:write --workspace:execute --only-packages: --ignore-promoted-rules --error-reporting:
--cache: --diff-command:code --instrument-with: --default-target: -x: --context:
""")
_DUNE = Program(options("-h,--help? --version"), subcommands={
    **dict.fromkeys(("fmt", "format", "promote"), Program(_DUNE_TABLE, _writes_here)),
    **dict.fromkeys(("build", "test", "runtest", "clean"), Program(_DUNE_TABLE, runs_project)),
    **dict.fromkeys(("describe", "external-lib-deps", "show", "top", "rules"), Program(_DUNE_TABLE, runs_project)),
})  # fmt: skip


def _haskell(program: Program) -> Handler:
    """Return the handler of a builder with `NAME exec [--] COMMAND …`."""

    def handler(command: Command) -> None:
        words = command.args
        if asks(command, frozenset({"--version", "--numeric-version", "--help", "-h"})):
            return
        if words and words[0].value in {"exec", "v2-exec"}:
            _starts(command, words[1:], f"{command.name} exec")
        else:
            apply(program, command)

    return handler


# lein, sbt: operands are tasks, which projects may define

_LEIN = Program(options("-h,--help -v,--version -o -U"), subcommands={
    **dict.fromkeys("test compile javac check classpath version help show-profiles run uberjar jar pom eastwood kibit "
                    "retest test-refresh cljfmt".split(), Program(posix=True, operands=runs_project)),
    "deps": Program(operands=_fetches),
    "clean": Program(operands=_writes_here),
})  # fmt: skip
_SBT_TASK = re.compile(
    r"(?:[\w-]+ ?/ ?)*(?:compile|test|testQuick|testOnly|clean|update|doc|package|run|projects|tasks|settings|scalafmtCheck|"
    r"scalafmtCheckAll|scalafmtAll|scalafmt|dependencyTree|evicted|reload)(?: [\w.*-]+)*|-no-colors|-batch|--no-colors",
    re.ASCII,
)


def _sbt(command: Command) -> None:
    """Every operand is a command of sbt; `eval` and tasks with other names run anything, `publish` publishes."""
    if asks(command, frozenset({"--version", "-version", "--help", "-h", "-help", "--script-version"})):
        return
    words = command.args
    command.here("execute", recursive=True)
    if not words or not all(_SBT_TASK.fullmatch(word.value) for word in words):
        unknown_subcommand(command, words)


def _lein(command: Command) -> None:
    if not asks(command, frozenset({"--version", "-v", "--help", "-h", "version"})):
        apply(_LEIN, command)


def _mix(command: Command) -> None:
    if not asks(command, frozenset({"--version", "-v", "--help", "-h"})):
        apply(_MIX, command)


PROGRAMS: dict[str, Entry] = {
    "swift": _swift,
    "zig": _zig,
    "mix": _mix,
    **{name: _haskell(program) for name, program in (("stack", _STACK), ("cabal", _CABAL), ("dune", _DUNE))},
    "lein": _lein,
    "sbt": _sbt,
}
