"""node, deno and bun: which file they run, what they load before it."""

from __future__ import annotations

from callgate.shell.command import Command
from callgate.shell.programs.interpreters import NODE, Plan, describe_plan, plan
from callgate.shell.words import Word


def _node(command: Command) -> None:
    found = plan(NODE, command.args)
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


def _deno(command: Command) -> None:
    name, rest = _first_words(command)
    if [word.value for word in command.args] in (["--version"], ["-V"], ["--help"], ["-h"]):
        return
    if name == "run":
        _script_of(command, rest, _DENO_FLAGS)
    elif name == "test" and all(word.value.startswith(_DENO_FLAGS) for word in rest):
        command.here("execute", recursive=True)
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
