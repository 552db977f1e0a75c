"""Managers of environments: poetry, pipx, conda, pdm, hatch, npx. What they start is looked at, what they install is named."""

from __future__ import annotations

from typing import Callable

from callgate.shell.command import Command
from callgate.shell.programs.payloads import starts
from callgate.shell.programs.spec import Args, Program, apply, options
from callgate.shell.programs.tooling import (
    Entry,
    asks,
    asks_about,
    contacts,
    installs,
    note_files,
    runs_project,
    unknown_subcommand,
)
from callgate.shell.words import Word

_HELP = frozenset({"--version", "--help", "-V", "-h", "-v"})


def _installs_here(command: Command, args: Args) -> None:
    runs_project(command, args)
    command.here("write", recursive=True)
    installs(command, args)


def _asks_network(command: Command, args: Args) -> None:
    runs_project(command, args)
    contacts(command)


def _manager(table: str, queries: str, network: str, changes: str, run: str) -> Callable[[Command], None]:
    """Return the handler of a manager with `NAME run COMMAND …`; its configuration names the interpreter that runs."""
    rest = options(table + " -h,--help -q,--quiet -v,--verbose --version -V --no-ansi --ansi -n,--no-interaction")
    program = Program(
        rest,
        subcommands={
            **dict.fromkeys(queries.split(), Program(rest, runs_project)),
            **dict.fromkeys(network.split(), Program(rest, _asks_network)),
            **dict.fromkeys(changes.split(), Program(rest, _installs_here)),
        },
    )

    helpful = frozenset([*program.subcommands, *run.split(), "config", "env", "init", "new", "publish", "build"])

    def handler(command: Command) -> None:
        words = command.args
        if asks(command, _HELP) or asks_about(command, helpful):
            # The project's configuration is read and plug-ins of its environment are loaded.
            command.here("execute")
        elif words and words[0].value in run.split():
            command.here("execute", recursive=True)
            starts(command, words[1:], f"{command.name} run")
        else:
            apply(program, command)

    return handler


_POETRY = (
    "-t,--tree -l,--latest -o,--outdated -a,--all --why -T,--top-level --with: --without: --only: --only-root --no-root "
    "--no-dev --sync --dry-run -G,--group: -D,--dev -E,--extras: --all-extras --lock --no-update --strict --path --executable "
    "--no-plugins --no-cache --all-groups --no-directory --compile --allow-prereleases --optional -f,--format:"
)
_PDM = "-g,--global -p,--project:execute --json --csv --markdown --freeze --tree --graph -r,--reverse --fields: --sort: -d,--dev -G,--group:"
_HATCH = "-e,--env: -p,--project: --color --no-color --interactive --no-interactive --json --ascii -a,--all"

# conda

_CONDA = options("""
-h,--help -V,--version -v,--verbose -q,--quiet -n,--name: -p,--prefix: --json -f,--full-name -e,--export -c,--channel:code
--no-pip --show-channel-urls -a,--all --envs -s,--system --base --unsafe-channels!prints_tokens -y,--yes --file:list --override-channels
--from-history --no-builds --show --show-sources --get? --describe --offline --info --subdir: --platform: --revisions
--reverse --no-show-channel-urls --md5 --canonical --dry-run,-d --use-local --no-deps --freeze-installed
""")


# `-f` is the file that is written here, and a flag elsewhere.
_CONDA_EXPORT = options("""
-h,--help -v,--verbose -q,--quiet -n,--name: -p,--prefix: --json -c,--channel: --override-channels --no-builds
--ignore-channels --from-history --file,-f: --format: --platform,--subdir:
""")


def _local(command: Command, _args: Args) -> None:
    command.here()


def _compares(command: Command, args: Args) -> None:
    note_files(command, "read", args.operands)


def _exports(command: Command, args: Args) -> None:
    command.here()
    note_files(command, "write", args.values("--file"), via="--file")


def _conda_config(command: Command, args: Args) -> None:
    if not args.has("--show", "--show-sources", "--get", "--describe"):
        command.opaque("`conda config` changes the configuration")


_CONDA_PROGRAM = Program(_CONDA, subcommands={
    **dict.fromkeys(("list", "info", "help"), Program(_CONDA, _local)),
    "compare": Program(_CONDA, _compares),
    "search": Program(_CONDA, lambda command, _args: contacts(command)),
    "config": Program(_CONDA, _conda_config),
    "env": Program(_CONDA, subcommands={"list": Program(_CONDA, _local), "export": Program(_CONDA_EXPORT, _exports)}),
    "export": Program(_CONDA_EXPORT, _exports),
    **dict.fromkeys(("install", "update", "upgrade", "create", "remove", "uninstall", "clean"), Program(_CONDA, installs)),
})  # fmt: skip
_CONDA_RUN = {"-n", "--name", "-p", "--prefix", "--cwd"}


def _conda(command: Command) -> None:
    words = command.args
    if asks(command, _HELP):
        return
    if not words or words[0].value != "run":
        apply(_CONDA_PROGRAM, command)
        return
    position = 1
    while position < len(words) and words[position].value.startswith("-"):
        name = words[position].value
        if name in _CONDA_RUN - {"--cwd"}:
            position += 2
        elif name in {"-v", "--verbose", "--no-capture-output", "--live-stream"}:
            position += 1
        else:
            command.unknown = f"option `{name}` of `conda run` is not known"
            return
    command.add("execute", "an environment")
    starts(command, words[position:], "conda run")


# npx and its like run a program of a package, and download the package when it is not there

_RUNNER = options("-y,--yes -n,--no,--no-install -q,--quiet -p,--package:downloads_another_package --bun --verbose -s,--silent "
                  "-h,--help --version --offline --prefer-offline --ignore-existing --node-options:code -c,--call:shell "
                  "--shell:code --workspace,-w: --workspaces --color --no-color --isolated --python:execute --from:downloads_another_package "
                  "--with:downloads_another_package --index:code --index-url:code --refresh --no-cache --spec:downloads_another_package "
                  "--pip-args:code --no-progress")  # fmt: skip


def _package(command: Command, args: Args) -> None:
    command.here("execute", recursive=True)
    contacts(command)
    if args.has("-h", "--version"):
        return
    if not args.operands:
        if not args.has("-c"):
            unknown_subcommand(command, args.operands)
        return
    head, *rest = args.operands
    # `name@version` is another program than the one that a program file describes, as far as anybody knows.
    if any(mark in head.value for mark in "@:/") and not head.dynamic:
        command.opaque(f"runs the package `{head.value}`", via=head.value, span=head.span)
        return
    starts(command, [head, *rest], command.name)


_PACKAGE = Program(_RUNNER, _package, posix=True)


def _runner(command: Command) -> None:
    if not asks(command, _HELP):
        apply(_PACKAGE, command)


_PIPX_TABLE = options(
    "-h,--help --version -q,--quiet -v,--verbose --global --json --short --include-injected --skip-maintenance --value,-V:"
)
_PIPX = Program(_PIPX_TABLE, subcommands={
    "list": Program(_PIPX_TABLE, _local), "environment": Program(_PIPX_TABLE, _local),
    **{name: Program(options(
        "-h,--help -q,--quiet -v,--verbose --global -f,--force --include-deps --python:execute --system-site-packages "
        "--index-url,-i:code --editable,-e:execute --pip-args:code --include-apps --suffix: --preinstall:"), installs)
       for name in ("install", "upgrade", "upgrade-all", "uninstall", "uninstall-all", "inject", "reinstall", "ensurepath")},
})  # fmt: skip


def _pipx(command: Command) -> None:
    words = command.args
    if asks(command, _HELP):
        return
    if words and words[0].value == "run":
        apply(_PACKAGE, command, words[1:])
    else:
        apply(_PIPX, command)


def _version_manager(command: Command) -> None:
    """pyenv, rbenv, nvm, asdf: queries; installing builds or downloads, `exec` runs."""
    words: list[Word] = command.args
    text = " ".join(word.value for word in words)
    if text not in {
        "versions",
        "version",
        "list",
        "ls",
        "current",
        "global",
        "local",
        "--version",
        "help",
        "root",
        "commands",
    }:
        unknown_subcommand(command, words)


PROGRAMS: dict[str, Entry] = {
    "poetry": _manager(_POETRY, "show check about list", "search", "install add remove update lock sync self", "run"),
    "pdm": _manager(_PDM, "list info show", "outdated search", "install add remove update lock sync", "run"),
    "hatch": _manager(_HATCH, "status", "", "build", "run"),
    "pipenv": _manager("--bare --reverse --json --json-tree --venv --where --py --envs -d,--dev --deploy --system "
                       "--ignore-pipfile --categories:", "graph verify", "check", "install uninstall update lock sync", "run"),
    **dict.fromkeys(("conda", "mamba", "micromamba"), _conda),
    "pipx": _pipx,
    **dict.fromkeys(("npx", "bunx", "pnpx", "uvx"), _runner),
    **dict.fromkeys(("pyenv", "rbenv", "nodenv", "asdf", "mise", "nvm", "sdk", "volta", "fnm"), _version_manager),
}  # fmt: skip
