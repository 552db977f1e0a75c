"""Package managers and build tools: queries are known, whatever installs or runs code is named as such or unknown."""

from __future__ import annotations

from typing import Callable, Mapping

from callgate.core.model import DYNAMIC
from callgate.shell.command import Command
from callgate.shell.programs.spec import Args, Operands, Program, apply, options
from callgate.shell.words import Word


def _registry(command: Command, args: Args) -> None:
    """Ask the registry that the configuration names."""
    command.here()
    _contacts(command, args)


def _contacts(command: Command, _args: Args) -> None:
    command.add("network", "", Word(DYNAMIC, command.span))


def _looks(command: Command, _args: Args) -> None:
    """The project's files and the installed packages are read."""
    command.here()


def _reads(command: Command, args: Args) -> None:
    for word in args.operands:
        command.path("read", word)


def _installs(command: Command, args: Args) -> None:
    """Installing runs the package's own code."""
    command.add("system", "installs packages")
    command.here("write", recursive=True)
    command.add("execute", "package scripts")
    _contacts(command, args)


# pip

_PIP_COMMON = """
-h,--help --debug --isolated --require-virtualenv --python:execute -v,--verbose -V,--version -q,--quiet --log:write
--no-input --keyring-provider: --proxy:host --retries: --timeout: --exists-action: --trusted-host:host --cert:read
--client-cert:read --cache-dir:write --no-cache-dir --disable-pip-version-check --no-color --no-python-version-warning
--use-feature: --use-deprecated:
"""
_PIP_INDEX = """
-i,--index-url,--pypi-url:code --extra-index-url:code --no-index -f,--find-links:code
"""
_PIP_INSTALL = (
    _PIP_COMMON
    + _PIP_INDEX
    + """
-r,--requirement: -c,--constraint: --no-deps --pre -e,--editable: --dry-run -t,--target:write --platform:
--python-version: --implementation: --abi: --user --root:write --prefix:write --src:write -U,--upgrade
--upgrade-strategy: --force-reinstall -I,--ignore-installed --ignore-requires-python --no-build-isolation --use-pep517
--no-use-pep517 --check-build-dependencies --break-system-packages -C,--config-settings: --global-option: --compile
--no-compile --no-warn-script-location --no-warn-conflicts --no-binary: --only-binary: --prefer-binary --require-hashes
--progress-bar: --root-user-action: --report:write --no-clean --group: -d,--dest:write -w,--wheel-dir:write
"""
)


def _pip_install(command: Command, args: Args) -> None:
    for word in args.values("-r", "-c"):
        if "://" in word.value:
            command.opaque("requirements from an address", via="--requirement", span=word.span)
        else:
            command.path("read", word)
    for word in [*args.values("-e"), *(word for word in args.operands if _is_local(word))]:
        command.path("execute", word, recursive=True)
    _installs(command, args)


def _is_local(word: Word) -> bool:
    return word.value.startswith((".", "/", "~")) or word.value.endswith((".whl", ".tar.gz", ".zip"))


def _pip_uninstall(command: Command, _args: Args) -> None:
    command.add("system", "removes packages")


def _pip_config(command: Command, args: Args) -> None:
    if args.operands and args.operands[0].value in {"list", "get", "debug"}:
        command.here()
    else:
        command.unknown = "`pip config` may change the configuration"


def _requires_query(table: str, operands: Operands) -> Program:
    return Program(options(_PIP_COMMON + table), operands)


_PIP = Program(options(_PIP_COMMON), subcommands={
    "list": _requires_query(
        "-o,--outdated!network -u,--uptodate!network -e,--editable -l,--local --user --path:read --pre --format: "
        "--not-required --exclude-editable --include-editable --exclude: --no-index --index-url,-i:code", _looks),
    "show": _requires_query("-f,--files", _looks),
    "freeze": _requires_query("-r,--requirement:read -l,--local --user --path:read --all --exclude-editable --exclude:",
                              _looks),
    "check": _requires_query("", _looks),
    "help": _requires_query("", lambda _command, _args: None),
    "inspect": _requires_query("--local --user --path:read", _looks),
    "debug": _requires_query("", _looks),
    "hash": _requires_query("-a,--algorithm:", _reads),
    "config": _requires_query("--global --user --site --editor:code", _pip_config),
    "index": _requires_query(_PIP_INDEX + "--pre --json", _registry),
    "install": Program(options(_PIP_INSTALL), _pip_install),
    "download": Program(options(_PIP_INSTALL), _pip_install),
    "wheel": Program(options(_PIP_INSTALL), _pip_install),
    "uninstall": _requires_query("-y,--yes -r,--requirement:read --root-user-action: --break-system-packages",
                                 _pip_uninstall),
}, bare=lambda _command, _args: None)  # fmt: skip


# npm, pnpm, yarn

_NODE_COMMON = """
--version,-v -h,--help --json -s,--silent -q,--quiet --verbose -l,--long -p,--parseable -g,--global --depth: -a,--all
--color? --no-color --production --dev --prod -D,--save-dev -P -r,--recursive --no-progress
"""
_QUERY_OPTIONS = options(_NODE_COMMON)
_INSTALL_OPTIONS = options(
    _NODE_COMMON
    + """
--no-save --save -E,--save-exact -O,--save-optional --save-prod --legacy-peer-deps --force --frozen-lockfile
--no-audit --no-fund --ignore-scripts --prefer-offline --offline --package-lock-only --omit: --include: --loglevel:
--immutable --no-optional --registry:code --prefix:write -C:code --strict-peer-deps --dry-run
"""
)


_QUIET = frozenset({"-s", "--silent", "-q", "--quiet", "--if-present"})


def _script(command: Command, words: list[Word]) -> None:
    """`npm run NAME …`: the project's own script, with any arguments; a command rule decides which."""
    while words and words[0].value in _QUIET and not words[0].dynamic:
        words = words[1:]
    head = words[0] if words else None
    if head is None:
        command.here()
    elif head.dynamic or head.glob or head.value.startswith("-"):
        command.unknown = "a script that only the shell knows, or an option before its name"
        # `bun run --preload x.js`, `pnpm run -C /elsewhere`: not what `npm run *` is written for.
        via = "$…" if head.dynamic or head.glob else head.value.partition("=")[0]
        command.opaque(command.unknown, via=via, span=head.span)
    else:
        command.here("execute", recursive=True)
        command.add("execute", "npm script", head)
        _npm_settings(command, words[1:])


def _lifecycle(command: Command, words: list[Word]) -> None:
    """`npm test`, `npm start`: scripts under their own names."""
    command.here("execute", recursive=True)
    command.add("execute", "npm script")
    _npm_settings(command, words)


# Settings that choose a shell, code to load or another directory. npm takes them anywhere before `--`, and any
# abbreviation; the other managers hand them to the script.
_SETTINGS = (
    "--sc",
    "--nod",
    "--pr",
    "--loca",
    "--us",
    "--glob",
    "--on",
    "--sh",
    "--log",
    "--ca",
    "--g",
    "--ed",
    "--tm",
    "-C",
)


def _npm_settings(command: Command, words: list[Word]) -> None:
    for word in words if command.name == "npm" else ():
        if word.value == "--":
            return
        if word.value.startswith(_SETTINGS) and not word.value.startswith("--loglevel"):
            command.opaque(f"`{word.value}` may choose what runs", via=word.value.partition("=")[0], span=word.span)


def _executes(command: Command, _words: list[Word]) -> None:
    command.opaque("runs a program of any package, which may be downloaded first")


_QUERIES = "ls list ll la why explain root prefix bin help licenses query"
_REGISTRY = "view info v show search outdated ping audit fund doctor"
_NODE: Mapping[str, Callable[[Command, list[Word]], None] | Program] = {
    **dict.fromkeys(_QUERIES.split(), Program(_QUERY_OPTIONS, _looks)),
    **dict.fromkeys(_REGISTRY.split(), Program(_QUERY_OPTIONS, _registry)),
    **dict.fromkeys(("run", "run-script", "rum"), _script),
    **dict.fromkeys(("test", "t", "tst", "start", "stop", "restart"), _lifecycle),
    **dict.fromkeys(("install", "i", "ci", "add", "update", "up", "upgrade", "install-test", "it"),
                    Program(_INSTALL_OPTIONS, _installs)),
    **dict.fromkeys(("uninstall", "remove", "rm", "un"), Program(_INSTALL_OPTIONS, _installs)),
    **dict.fromkeys(("exec", "x", "dlx", "create", "init"), _executes),
}  # fmt: skip
_STOPS = frozenset({"--version", "-v", "--help", "-h"})


def _audit_fixes(words: list[Word]) -> bool:
    return any(word.value == "fix" or word.dynamic for word in words)


def _node_manager(command: Command) -> None:
    words = command.args
    if command.name != "npm":
        # The project's `.yarnrc.yml` and `packageManager` name the program that really runs, whatever is asked.
        command.here("execute")
    if len(words) == 1 and words[0].value in _STOPS:
        return
    if not words:
        if command.name == "yarn":
            _installs(command, Args())
        return
    head, rest = words[0], words[1:]
    entry = None if head.dynamic or head.glob else _NODE.get(head.value)
    if entry is None or (head.value in {"audit", "fund", "doctor"} and _audit_fixes(rest)):
        command.unknown = f"`{command.name} {head.value}` is not known"
    elif isinstance(entry, Program):
        apply(entry, command, rest)
    else:
        entry(command, rest)


# uv: queries only


def _uv_version(command: Command, args: Args) -> None:
    if args.operands:
        command.here("write")
    else:
        command.here()


def _uv(command: Command) -> None:
    _query_only(command, frozenset({"--version", "-V", "--help", "-h"}), {
        "version": Program({}, _uv_version),
        "help": Program({}, _looks),
        "pip": Program({}, subcommands={
            "list": Program(options("-e,--editable --exclude-editable --exclude: --format: --strict"), _looks),
            "show": Program(options("-f,--files --strict"), _looks),
            "freeze": Program(options("--exclude-editable --strict"), _looks),
            "check": Program({}, _looks),
            "tree": Program(options("-d,--depth: --prune: --package: --no-dedupe --invert --strict"), _looks),
        }),
    })  # fmt: skip


def _query_only(command: Command, stops: frozenset[str], known: Mapping[str, Program]) -> None:
    """Note what a subcommand of *known* does; everything else is unknown, so that only a command rule covers it."""
    words = command.args
    # `.venv` of the project names the interpreter that runs first.
    command.here("execute")
    if len(words) == 1 and words[0].value in stops:
        return
    head = words[0] if words else None
    program = None if head is None or head.dynamic or head.glob else known.get(head.value)
    if program is None:
        command.unknown = f"`{command.name} {head.value if head else ''}` is not known"
        return
    apply(program, command, words[1:])


PROGRAMS: dict[str, Callable[[Command], None] | Program] = {
    "pip": _PIP,
    "pip3": _PIP,
    "npm": _node_manager,
    "pnpm": _node_manager,
    "yarn": _node_manager,
    "uv": _uv,
}
