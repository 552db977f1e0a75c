"""Builtins that change the shell's own state or run text; the others are harmless or have a program file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Mapping

from callgate.core.model import Operation
from callgate.core.paths import join, normalise
from callgate.shell import literals
from callgate.shell.lineage import worst
from callgate.shell.shells import STDIN, says_something
from callgate.shell.words import Word

if TYPE_CHECKING:
    from callgate.shell.command import Command
    from callgate.shell.simple import Runner
    from callgate.shell.walk import Walker

Builtin = Callable[["Runner", "Walker", "Command"], "str | None"]
"""Returns why the command is not understood, the empty string when it is harmless, `None` when it made its units."""

_HARMLESS_OPTIONS = frozenset("euxvfCETBbhmPnt")
_HARMLESS_SHOPTS = frozenset({"nullglob", "failglob", "inherit_errexit", "nocasematch", "checkwinsize", "cmdhist"})


def run(runner: Runner, walker: Walker, command: Command, around: tuple[str, ...]) -> bool:
    """Run *command* when it is a builtin that the shell itself would run; false when it is something else."""
    handler = _HANDLERS.get(command.name)
    # `sudo cd` or `xargs cd` start a program of that name, not the builtin.
    if handler is None or any(wrapper not in {"command", "builtin"} for wrapper in around[len(walker.wrappers) :]):
        return False
    why = handler(runner, walker, command)
    if why is None:
        return True
    if why:
        runner.problem(" ".join(word.value for word in command.words), command.span, why, around)
    else:
        runner.emit(command, around)
    return True


def _nothing(_runner: Runner, _walker: Walker, _command: Command) -> str:
    return ""


def _refuse(_runner: Runner, _walker: Walker, command: Command) -> str:
    return f"`{command.name}` changes what later words mean"


def _declares(_runner: Runner, _walker: Walker, command: Command) -> str:
    return f"`{command.name}` behind another word is not followed"


def _coproc(runner: Runner, walker: Walker, command: Command) -> str:
    if command.args:
        # Denies must see what it runs, whether the first word is its name or that of a program.
        for words in (command.args, command.args[1:]):
            if words:
                runner.run(walker, words, command.span, (*walker.wrappers, "coproc"))
    return "`coproc` is not followed"


def _cd(runner: Runner, walker: Walker, command: Command) -> str:
    state = walker.state
    runner.traps.changes += 1
    before = state.cwds
    args = [word for word in command.args if word.value not in {"-L", "-e", "--"}]
    state.failed = before
    if not args:
        home = walker.lookup("HOME")
        state.cwds = (normalise(home.value),) if home is not None and home.value.startswith("/") else ()
        return ""
    target = args[0]
    unknown = (
        len(args) > 1 or target.dynamic or target.glob or not target.value or target.value.startswith("-")
        or "CDPATH" in state.variables
    )  # fmt: skip
    if unknown:
        state.cwds = ()
    elif target.value.startswith("/"):
        state.cwds = (normalise(target.value),)
    else:
        state.cwds = tuple(dict.fromkeys(normalise(join(cwd, target.value)) for cwd in before))
    return ""


def _pushd(runner: Runner, walker: Walker, command: Command) -> str:
    plain = len(command.args) == 1 and command.args[0].value[:1] not in {"-", "+"}
    if command.name == "pushd" and plain:
        return _cd(runner, walker, command)
    runner.traps.changes += 1
    walker.state.failed = walker.state.cwds
    walker.state.cwds = ()
    return ""


def _eval(runner: Runner, walker: Walker, command: Command) -> str | None:
    words = command.args[1:] if command.args and command.args[0].value == "--" else command.args
    runner.flow(worst(words), command.span)
    text = " ".join(word.value for word in words)
    if any(word.dynamic or word.glob for word in words):
        if says_something(text) and not any(word.glob for word in words):
            # What is known of the text may be worth a deny.
            runner.script(walker, text, command.span, "eval", walker.state.copy())
        return "`eval` of text that only the shell knows"
    walker.state = runner.script(walker, text, command.span, "eval", walker.state)
    return None


def _source(runner: Runner, walker: Walker, command: Command) -> str:
    args = command.args
    if not args:
        return "`source` without a file"
    runner.flow(args[0].taint or (walker.state.stdin if args[0].value in STDIN else ""), command.span)
    if args[0].value in STDIN and walker.state.here is not None and not walker.state.here.dynamic:
        runner.script(walker, walker.state.here.value, command.span, "source", walker.state.copy())
    if runner.contents:
        literals.run_written(runner, walker, command, args[0], walker.wrappers)
    if args[0].dynamic or args[0].glob or args[0].value.startswith(("/dev/", "/proc/", "-")):
        for operation in command.targets("execute", args[0]):
            runner.flow(runner.lineage.of_file(runner.units, operation), command.span)
        return "`source` of a file that only the shell knows"
    if "/" not in args[0].value:
        # Looked up in PATH first, then in the working directory.
        command.opaque("`source` of a name that is looked up in PATH", via="source")
    command.path("execute", args[0])
    for name in walker.state.variables:
        walker.state.variables[name] = None
    return ""


def _trap(runner: Runner, walker: Walker, command: Command) -> str | None:
    args = [word for word in command.args if word.value != "--"]
    if not args or args[0].value in {"-", "-l", "-p", ""}:
        return ""
    if args[0].dynamic or args[0].glob:
        runner.flow(args[0].taint, command.span)
        return "`trap` of text that only the shell knows"
    state = walker.state
    first = len(runner.units)
    after = runner.script(walker, args[0].value, command.span, "trap", state.copy())
    changed = (state.cwds, state.variables, state.search_path, len(state.functions)) != (
        after.cwds, after.variables, after.search_path, len(after.functions),
    )  # fmt: skip
    if changed and any(word.value not in {"EXIT", "0"} for word in args[1:]):
        return "a trap that changes the shell may run between any two commands"
    runner.traps.set(walker, args[0], [unit.argv[0] for unit in runner.units[first:] if unit.argv])
    return ""


def _set(_runner: Runner, _walker: Walker, command: Command) -> str:
    for position, word in enumerate(command.args):
        value = word.value
        if word.dynamic:
            return "`set` of options that only the shell knows"
        if value in {"--", "-"} or value[:1] not in {"-", "+"}:
            return ""
        if value[1:] in {"o", "eo", "uo", "euo", "eux", "euxo", "xeuo", "xo", "ueo"}:
            option = command.args[position + 1].value if position + 1 < len(command.args) else ""
            if "o" not in value or option in {"pipefail", "errexit", "nounset", "xtrace", "noclobber", "posix", ""}:
                return ""
        if not _HARMLESS_OPTIONS.issuperset(value[1:]):
            return f"`set {value}` changes how the shell reads commands"
    return ""


def _shopt(_runner: Runner, _walker: Walker, command: Command) -> str:
    for word in command.args:
        if word.value not in {"-s", "-u", "-q", "-p"} and word.value not in _HARMLESS_SHOPTS:
            return f"`shopt {word.value}` changes how the shell reads commands"
    return ""


def _read(_runner: Runner, walker: Walker, command: Command) -> str:
    takes_value = False
    for word in command.args:
        if takes_value:
            takes_value = False
            continue
        if word.value.startswith("-") and len(word.value) > 1 and not word.dynamic:
            takes_value = word.value[-1] in "adinNptu"
            if word.value[-1] != "a":
                continue
            takes_value = False
            continue
        why = assigns(walker, word)
        if why:
            return why
    walker.state.variables["REPLY"] = None
    walker.runner.lineage.assign(walker, "REPLY", 0, walker.state.stdin)
    return ""


def _mapfile(_runner: Runner, walker: Walker, command: Command) -> str:
    if any(word.value.startswith("-") and "C" in word.value for word in command.args):
        return "`mapfile -C` runs a command"
    for word in command.args:
        if not word.value.startswith("-") and not word.value.isdigit():
            why = assigns(walker, word)
            if why:
                return why
    return ""


def _getopts(_runner: Runner, walker: Walker, command: Command) -> str:
    walker.state.variables["OPTARG"] = None
    walker.state.variables["OPTIND"] = None
    return assigns(walker, command.args[1]) if len(command.args) > 1 else ""


def _printf(_runner: Runner, walker: Walker, command: Command) -> str:
    args = command.args
    for position, word in enumerate(args[:2]):
        if word.value.startswith("-v"):
            name = word.value[2:] or (args[position + 1].value if position + 1 < len(args) else "")
            return assigns(walker, Word(name, word.span))
    return "`printf` with an option that only the shell knows" if args and args[0].value[:1] in "\ue000\ue001" else ""


def _test(_runner: Runner, _walker: Walker, command: Command) -> str:
    if any(word.value in {"-v", "-R"} or word.splits for word in command.args):
        return "`test -v` evaluates an array index"
    return ""


def assigns(walker: Walker, word: Word) -> str:
    """Note that the variable that *word* names gets a value that is not known; returns why it cannot be followed."""
    if not word.value.isidentifier():
        return f"an assignment to `{word.value}`, which may be an array index that executes"
    walker.state.variables[word.value] = None
    walker.runner.lineage.assign(walker, word.value, 0, walker.state.stdin)
    walker.runner.traps.changes += 1
    walker.runner.assignment(walker, word.value, None, word.span, exported=False)
    return ""


def _hash(_runner: Runner, _walker: Walker, command: Command) -> str:
    return "" if all(word.value == "-r" for word in command.args) else "`hash` changes which program a name means"


def _wait(_runner: Runner, walker: Walker, command: Command) -> str:
    for position, word in enumerate(command.args):
        written = "" if walker.fixed_span else walker.source[word.span.start : word.span.end]
        if word.dynamic and word.could_be_option and written != "$!":
            return "`wait` with an option that only the shell knows"
        if word.value.startswith("-") and "p" in word.value:
            name = word.value.partition("p")[2] or (command.args[position + 1 :] or [word])[0].value
            return assigns(walker, Word(name, word.span))
    return ""


def _umask(_runner: Runner, _walker: Walker, command: Command) -> str:
    if any(word.dynamic for word in command.args):
        command.operations.append(Operation("system", "the file mode mask", command.span))
    return ""


_HANDLERS: Mapping[str, Builtin] = {
    **dict.fromkeys((":", "shift", "jobs", "times", "caller", "dirs", "type", "help", "return", "break",
                     "continue", "ulimit", "disown", "echo", "true", "false", "pwd", "logout"), _nothing),
    **dict.fromkeys(("alias", "unalias", "enable", "bind", "complete", "compgen", "compopt", "fc", "history", "let",
                     "suspend", "fg", "bg", "function", "noglob"), _refuse),
    **dict.fromkeys(("export", "declare", "typeset", "local", "readonly", "unset"), _declares),
    "cd": _cd, "chdir": _cd, "pushd": _pushd, "popd": _pushd, "eval": _eval, "source": _source, ".": _source,
    "trap": _trap, "set": _set, "shopt": _shopt, "read": _read, "mapfile": _mapfile, "readarray": _mapfile,
    "getopts": _getopts, "printf": _printf, "test": _test, "[": _test, "hash": _hash, "exit": _nothing,
    "umask": _umask, "wait": _wait, "coproc": _coproc,
}  # fmt: skip

BUILTINS = frozenset(_HANDLERS) | {"command", "builtin", "exec", "time", "kill"}
"""Names that bash runs itself whatever `PATH` says."""
