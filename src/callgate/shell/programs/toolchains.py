"""Tool chains of .NET, Ruby, PHP and Rust: queries are known, builds run the project, publishing changes the world."""

from __future__ import annotations

from typing import Mapping

from callgate.shell.command import Command
from callgate.shell.programs.payloads import starts
from callgate.shell.programs.spec import Args, Operands, Program, apply, options
from callgate.shell.programs.tooling import (
    Entry,
    asks,
    contacts,
    installs,
    note_files,
    questions,
    runs_project,
    unknown_subcommand,
)


def _installs_here(command: Command, args: Args) -> None:
    runs_project(command, args)
    command.here("write", recursive=True)
    installs(command, args)


def _asks_network(command: Command, args: Args) -> None:
    runs_project(command, args)
    contacts(command)


def _publishes(command: Command, args: Args) -> None:
    runs_project(command, args)
    command.add("system", "publishes or deploys")
    contacts(command)


# .NET

_DOTNET_BUILD = options("""
-c,--configuration: -f,--framework: -o,--output:write -r,--runtime: -v,--verbosity: --no-restore --no-build
--no-incremental --no-dependencies --nologo,-nologo --filter: -l,--logger: --collect: --results-directory:write
-s,--settings:execute -t,--list-tests -a,--test-adapter-path:execute --blame --blame-crash --blame-hang --blame-hang-timeout:
--diag:write --arch: --os: --self-contained? --no-self-contained --version-suffix: --interactive --tl: --artifacts-path:write
--force -p:code --property:code --source:code --use-current-runtime,--ucr --include-symbols --include-source --no-cache
--ignore-failed-sources --packages:write --lock-file-path:write --locked-mode --use-lock-file -h,--help --verify-no-changes
--severity: --diagnostics: --exclude: --include: --include-generated --report:write --binarylog:write
""")


def _dotnet_builds(command: Command, args: Args) -> None:
    runs_project(command, args)
    contacts(command)
    for word in args.values("-l"):
        # For the build engine a logger is a class in a library: `-logger:Class,file.dll`.
        if word.dynamic or word.value.startswith(":") or ".dll" in word.value.lower():
            command.opaque("a logger is code", via="--logger", span=word.span)
        elif "/" in word.value or "\\" in word.value:
            command.opaque("a logger that may write anywhere", via="--logger", span=word.span)
    for word in args.operands:
        if word.value.startswith("@"):
            command.opaque("options of the build engine from a file", via="@FILE", span=word.span)
        elif word.value.startswith("/") and "/" not in word.value[1:] and ":" in word.value:
            command.opaque("an option of the build engine", via=word.value.partition(":")[0], span=word.span)
        else:
            note_files(command, "execute", [word])


_DOTNET = Program(options("--info --version --list-sdks --list-runtimes -h,--help -d,--diagnostics"), subcommands={
    **dict.fromkeys(("build", "test", "restore", "clean", "pack", "publish", "format"),
                    Program(_DOTNET_BUILD, _dotnet_builds)),
    "help": Program(),
    "list": Program(options("--outdated --deprecated --vulnerable --include-transitive --framework: --format: --source:code "
                            "-h,--help --highest-minor --highest-patch --include-prerelease --config:execute -v: --interactive "
                            "-g,--global --local --tool-path:read"), _asks_network),
    "sln": Program(subcommands={"list": Program({}, runs_project)}),
}, bare=lambda _command, _args: None)  # fmt: skip

# Ruby and PHP: the Gemfile is Ruby, plug-ins of composer are PHP


def _queries(
    table: str, local: str, network: str, changes: Mapping[str, Operands], *, bare: Operands | None = None
) -> Program:
    """Return a package manager whose subcommands ask, ask a server, or change something."""
    rest = options(table)
    return Program(
        rest,
        subcommands={
            **dict.fromkeys(local.split(), Program(rest, runs_project)),
            **dict.fromkeys(network.split(), Program(rest, _asks_network)),
            **{name: Program(rest, meaning) for names, meaning in changes.items() for name in names.split()},
        },
        bare=bare,
    )


_GEM = _queries(
    "-h,--help -v,--version? -V,--verbose -q,--quiet --silent --config-file:execute --debug --norc -i,--installed "
    "-I --no-installed -d,--details --no-details --versions --no-versions -a,--all -e,--exact --prerelease -l,--local "
    "-r,--remote -b,--both -B: -s,--source:code -p,--http-proxy:host --lib-dirs -n,--name-matches: --env --platform: "
    "-g,--gemdir --marshal --ruby --yaml -f,--force -N,--no-document -u,--update-sources --pipe --user-install",
    "list query contents environment env which specification dependency info help stale",
    "search outdated",
    {"install i update uninstall cleanup pristine": installs, "push yank owner": _publishes},
)
_BUNDLE_TABLE = (
    "-h,--help -v,--version --verbose --no-color -r,--retry: --paths --name-only --only-group: --without-group: --gemfile:execute "
    "--dry-run --parseable --local --filter-major --filter-minor --filter-patch --strict --groups --group: --path "
    "--jobs,-j: --quiet --without: --with: --deployment --frozen --full-index --no-cache --all --conservative --redownload"
)
_BUNDLE = _queries(
    _BUNDLE_TABLE,
    "list show info check env platform licenses version help doctor lock",
    "outdated",
    {"install update add remove package cache pristine clean": _installs_here},
    bare=_installs_here,
)


def _bundle(command: Command) -> None:
    words = command.args
    if asks(command, frozenset({"--version", "-v", "--help", "-h", "version"})):
        command.here("execute")
    elif words and words[0].value in {"exec", "e"}:
        command.here("execute", recursive=True)
        starts(command, words[1:], "bundle exec")
    elif words and words[0].value == "config" and [word.value for word in words[1:]] in ([], ["list"], ["--parseable"]):
        command.here()
    else:
        apply(_BUNDLE, command)


_COMPOSER = _queries(
    "-h,--help -q,--quiet -V,--version --ansi --no-ansi -n,--no-interaction --profile --no-plugins --no-scripts "
    "-d,--working-dir:execute --no-cache -v,--verbose -t,--tree -i,--installed -p,--platform -a,--all --locked -f,--format: -l,--latest "
    "-o,--outdated -D,--direct --strict --no-dev --dev -N,--name-only -P,--path -m,--minor-only --patch-only -A --no-check-all "
    "--no-check-lock --no-check-publish --no-check-version --with-dependencies -r,--recursive --prefer-dist --prefer-source "
    "--optimize-autoloader --no-progress --ignore-platform-reqs --no-autoloader --classmap-authoritative --abandoned? "
    "--available --self --dry-run -W,--with-all-dependencies --no-update --no-install --sort-packages -s,--sort-by-age --ignore:",
    "show info validate licenses depends why prohibits why-not check-platform-reqs diagnose fund help list about status",
    "outdated search audit suggests browse",
    {"install i update u upgrade require r remove rm reinstall dump-autoload dumpautoload": _installs_here},
)


def _composer(command: Command) -> None:
    if asks(command, frozenset({"-V", "--version"})):
        command.here("execute")
    else:
        apply(_COMPOSER, command)


def _rustup(command: Command) -> None:
    """Ask which tool chains there are; `rustup run` and installing are something else."""
    words = [word.value for word in command.args]
    asked = (["show"], ["toolchain", "list"], ["target", "list"], ["component", "list"], ["override", "list"], ["which"],
             ["show", "active-toolchain"], ["show", "home"], ["show", "profile"], ["doc", "--path"])  # fmt: skip
    rest = [
        value for value in words if value not in {"--installed", "-v", "--verbose", "-q", "--quiet", "-h", "--help"}
    ]
    if rest[:1] in (["show"], ["which"]):
        # A tool chain that `rust-toolchain.toml` names is installed on the way.
        command.here("execute")
    if (
        not asks(command, frozenset({"-V", "-h", "--version", "--help"}))
        and rest not in asked
        and rest[:1] != ["which"]
    ):
        if rest == ["check"]:
            contacts(command)
        elif rest[:1] in (["update"], ["self"], ["install"], ["uninstall"], ["default"], ["set"]) or rest[1:2] in (
            ["install"], ["add"], ["remove"], ["uninstall"], ["link"], ["set"], ["unset"],
        ):  # fmt: skip
            installs(command, Args())
        else:
            unknown_subcommand(command, command.args)


PROGRAMS: dict[str, Entry] = {
    "dotnet": questions(_DOTNET, "--info", "--list-sdks", "--list-runtimes", "-h"),
    "gem": questions(_GEM, "-v", "-h"),
    "bundle": _bundle,
    "bundler": _bundle,
    "composer": _composer,
    "rustup": _rustup,
}
