"""node, deno and bun: which file they run, what they load before it."""

from __future__ import annotations

from callgate.shell.command import Command
from callgate.shell.programs.interpreters import NODE, Plan, describe_plan, planned
from callgate.shell.programs.spec import Args, Program, apply, options
from callgate.shell.programs.tooling import loosen, note_files, or_here, rewrites
from callgate.shell.words import Word


def _node(command: Command) -> None:
    found = planned(command, NODE)
    for name, value in found.options:
        if value is not None:
            _loads(command, name, value)
    option = found.word.value if found.kind == "special" and found.word else ""
    files = [word for word in found.rest if not word.value.startswith("-")]
    if option in {"-c", "--check"} and found.rest and len(files) == len(found.rest):
        for word in files:
            command.path("read", word)
    elif option == "--test" and not any(word.dynamic for word in found.rest):
        command.here("execute", recursive=True)
        for word in files:
            command.path("execute", word)
        if len(files) != len(found.rest):
            command.opaque("options behind `--test`", via="--test")
    elif found.kind == "script" and found.word is not None and found.word.value in {"inspect", "debug"}:
        command.unknown = "the debugger of `node` takes commands"
    else:
        describe_plan(command, found)


def _loads(command: Command, name: str, value: Word) -> None:
    """Note the file or module that an option loads before the script."""
    if name.startswith("--env-file"):
        command.path("read", value)
    elif name in {"-r", "--require", "--import", "--loader", "--experimental-loader"}:
        if value.dynamic or value.value.startswith(("data:", "http:", "https:")):
            command.opaque(f"`{name}` runs code from an address", via=name, span=value.span)
        elif value.value.startswith((".", "/")):
            command.path("execute", value, via=name)
        else:
            command.add("execute", value.value, value, via=name)


def _first_words(command: Command) -> tuple[str, list[Word]]:
    """Return the subcommand of deno or bun and the words behind it; empty when an option comes first."""
    words = command.args
    if not words or words[0].dynamic or words[0].glob or words[0].value.startswith("-"):
        return "", words
    return words[0].value, words[1:]


def _script_of(command: Command, words: list[Word], flags: tuple[str, ...]) -> None:
    """Note the script behind options that begin with one of *flags*."""
    for index, word in enumerate(words):
        if word.value.startswith(flags) and not word.dynamic:
            continue
        local = not word.value.startswith("-") and "://" not in word.value and ":" not in word.value
        describe_plan(command, Plan("script" if local else "special", word, tuple(words[index + 1 :])))
        return
    command.unknown = f"`{command.name}` runs its standard input"


_DENO_FLAGS = ("--allow-", "--deny-", "-A", "--no-check", "--check", "--no-prompt", "--quiet", "-q", "--no-lock",
               "--cached-only", "--no-remote")  # fmt: skip


_DENO_COMMON = """
-h,--help -q,--quiet -c,--config:execute --no-config --no-check? --check? --no-lock --lock:read --frozen? --cached-only --no-remote
--no-npm --node-modules-dir? --vendor? --import-map:execute --unstable --permit-no-files --ext: --watch? --no-clear-screen
--ignore: -L,--log-level: --reload? -r
"""


def _deno_files(command: Command, args: Args) -> None:
    """Files that are checked or tested run, or are read with the project's configuration; an address is downloaded."""
    command.here("execute", recursive=True)
    for word in args.operands:
        if ":" in word.value:
            command.opaque("code that is downloaded", via="URL", span=word.span)
        elif command.args[0].value in {"test", "check", "bench"}:
            note_files(command, "execute", [word], recursive=True)
        else:
            note_files(command, "read", [word], recursive=True)


def _deno_formats(command: Command, args: Args) -> None:
    if args.has("--check"):
        note_files(command, "read", args.operands, recursive=True)
    else:
        rewrites(command, or_here(command, args.operands))


def _deno_lints(command: Command, args: Args) -> None:
    _deno_files(command, args)
    if args.has("--fix"):
        rewrites(command, or_here(command, args.operands))


_DENO_SUBCOMMANDS = {
    "test": Program(options(_DENO_COMMON + """
        -A,--allow-all --allow-read? --allow-write? --allow-net? --allow-env? --allow-run? --allow-ffi? --allow-sys? --allow-import?
        -P --deny-read? --deny-write? --deny-net? --deny-env? --deny-run? --deny-ffi? --deny-sys? --no-prompt --doc --no-run
        --fail-fast? --filter: --shuffle? --parallel --trace-leaks --coverage:write --clean --junit-path:write --reporter:
        --location: --seed: --env-file?reads_variables_from_a_file --hide-stacktraces --inspect?listens --inspect-brk?listens
        """), _deno_files),
    "check": Program(options(_DENO_COMMON + "--all --doc --doc-only"), _deno_files),
    "lint": Program(options(_DENO_COMMON.replace("--ext:", "") + "--fix --rules --rules-tags: --rules-include: --rules-exclude: --json --compact --ext:"),
                    _deno_lints),
    "fmt": Program(options("-h,--help -q,--quiet -c,--config:execute --no-config --check --ext: --ignore: --indent-width: --line-width: "
                           "--no-semicolons? --prose-wrap: --single-quote? --use-tabs? --watch? --permit-no-files --unstable-component "
                           "--unstable-sql -L,--log-level:"), _deno_formats),
}  # fmt: skip


def _deno(command: Command) -> None:
    name, rest = _first_words(command)
    if [word.value for word in command.args] in (["--version"], ["-V"], ["--help"], ["-h"]):
        return
    if name == "run":
        _script_of(command, rest, _DENO_FLAGS)
    elif name in _DENO_SUBCOMMANDS:
        apply(_DENO_SUBCOMMANDS[name], command, rest)
        loosen(command)
    else:
        command.unknown = f"`deno {name}` is not known"


def _bun(command: Command) -> None:
    name, rest = _first_words(command)
    if [word.value for word in command.args] in (["--version"], ["-v"], ["--revision"], ["--help"], ["-h"]):
        return
    if name == "test" and not any(word.value.startswith("-") or word.dynamic for word in rest):
        command.here("execute", recursive=True)
    elif name == "run" and rest and rest[0].value[:1] not in {"-", ""} and not rest[0].dynamic:
        _bun_target(command, rest[0])
    elif name.endswith((".js", ".ts", ".mjs", ".cjs", ".mts", ".cts", ".jsx", ".tsx")):
        _bun_target(command, command.args[0])
    else:
        command.unknown = f"`bun {name}` is not known"


def _bun_target(command: Command, word: Word) -> None:
    """A file, or the name of a script in package.json."""
    if "/" in word.value or "." in word.value:
        describe_plan(command, Plan("script", word))
    else:
        command.add("execute", "npm script", word)


PROGRAMS = {"node": _node, "nodejs": _node, "deno": _deno, "bun": _bun}
