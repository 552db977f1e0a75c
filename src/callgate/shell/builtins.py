"""Builtins that change the shell's own state or run text; the others are harmless or have a program file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Mapping

from callgate.core.model import DYNAMIC, SPLIT, Operation
from callgate.core.paths import join, normalise
from callgate.shell import literals
from callgate.shell.command import MAX_PATH
from callgate.shell.lineage import worst
from callgate.shell.shells import STDIN, says_something
from callgate.shell.words import Word

if TYPE_CHECKING:
    from callgate.core.model import Span
    from callgate.shell.command import Command
    from callgate.shell.simple import Runner
    from callgate.shell.walk import Walker

Builtin = Callable[["Runner", "Walker", "Command"], "str | None"]
"""Returns why the command is not understood, the empty string when it is harmless, `None` when it made its units."""

_HARMLESS_OPTIONS = frozenset("euxvCETbhmnt")
_HARMLESS_LONG_OPTIONS = frozenset({"pipefail", "errexit", "nounset", "xtrace", "noclobber"})
_UNKNOWN = (DYNAMIC, SPLIT)
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


def run_with(
    runner: Runner, walker: Walker, words: list[Word], assigned: list[tuple[str, Word | None]], span: Span
) -> None:
    """Run a function or builtin, which sees the variables *assigned* in front of it in the shell itself."""
    variables = walker.state.variables
    before = {name: variables[name] for name, _ in assigned if name in variables}
    variables.update(assigned)
    runner.run(walker, words, span, walker.wrappers)
    variables = walker.state.variables
    for name, value in assigned:
        # To the special builtins of a POSIX shell they stay assigned.
        if walker.posix or variables.get(name) != value:
            variables[name] = None
        elif name in before:
            variables[name] = before[name]
        else:
            variables.pop(name, None)


def _nothing(_runner: Runner, _walker: Walker, _command: Command) -> str:
    return ""


def _refuse(_runner: Runner, _walker: Walker, command: Command) -> str:
    return f"`{command.name}` changes what later words mean"


def _declares(_runner: Runner, _walker: Walker, command: Command) -> str:
    return f"`{command.name}` behind another word is not followed"


def _coproc(runner: Runner, walker: Walker, command: Command) -> str:
    # Denies must see what it runs, whether the first word is its name or that of a program; of a compound command the
    # grammar sees words up to the first separator, and what follows as commands of their own.
    for words in (command.args, command.args[1:]):
        if words:
            runner.run(walker, words, command.span, (*walker.wrappers, "coproc"))
    return "`coproc` is not followed"


def _alias(runner: Runner, walker: Walker, command: Command) -> str:
    for word in command.args:
        name, defines, text = word.value.partition("=")
        if defines and not word.dynamic:
            # What it stands for may run later, with other words behind it.
            runner.script(walker, text, word.span, f"alias {name}", walker.state.copy())
    return _refuse(runner, walker, command)


def _cd(runner: Runner, walker: Walker, command: Command) -> str:
    state = walker.state
    runner.traps.changes += 1
    before = state.cwds
    args = command.args
    while args and args[0].value in {"-L", "-e", "--"}:
        args = args[1:]
        if command.args[-len(args) - 1].value == "--":
            break
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
    if any(len(cwd) > MAX_PATH for cwd in state.cwds):
        state.cwds = ()
    return ""


def _jobs(runner: Runner, walker: Walker, command: Command) -> str:
    for at, word in enumerate(command.args):
        if word.value.startswith("-") and "x" in word.value:
            if command.args[at + 1 :]:
                runner.run(walker, command.args[at + 1 :], command.span, (*walker.wrappers, "jobs -x"))
            return "`jobs -x` runs a command with other words"
    return "`jobs` with an option that only the shell knows" if any(w.dynamic for w in command.args) else ""


_PUSHED = "pushd "
"""Where the state keeps the directory that `popd` goes back to: beside the variables, under what is no name."""


def _pushd(runner: Runner, walker: Walker, command: Command) -> str:
    state = walker.state
    before = state.cwds
    plain = len(command.args) == 1 and command.args[0].value[:1] not in {"", "-", "+"}
    if plain:
        _cd(runner, walker, command)
    # One directory is followed. With more of them, a `pushd` that failed would shift what each `popd` means.
    first = plain and len(before) == 1 and _PUSHED not in state.variables
    state.variables[_PUSHED] = Word(before[0], command.span) if first else None
    if not plain:
        _move_unknown(runner, walker)
    return ""


def _popd(runner: Runner, walker: Walker, command: Command) -> str:
    state = walker.state
    back = state.variables.get(_PUSHED)
    _move_unknown(runner, walker)
    if back is not None and not command.args:
        state.cwds = (back.value,)
        del state.variables[_PUSHED]
    else:
        state.variables[_PUSHED] = None
    return ""


def _move_unknown(runner: Runner, walker: Walker) -> None:
    runner.traps.changes += 1
    walker.state.failed = walker.state.cwds
    walker.state.cwds = ()


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
    changed = (state.cwds, state.variables, state.search_path, state.functions) != (
        after.cwds, after.variables, after.search_path, after.functions,
    )  # fmt: skip
    if changed and any(word.value not in {"EXIT", "0"} for word in args[1:]):
        return "a trap that changes the shell may run between any two commands"
    runner.traps.set(walker, args[0], [unit.argv[0] for unit in runner.units[first:] if unit.argv])
    return ""


def _set(_runner: Runner, _walker: Walker, command: Command) -> str:
    words = iter(command.args)
    for word in words:
        value = word.value
        if word.dynamic:
            return "`set` of options that only the shell knows"
        if value in {"--", "-"} or value[:1] not in {"-", "+"}:
            return ""
        letters = value[1:]
        for _ in range(letters.count("o")):
            option = next(words, None)
            if option is not None and option.value not in _HARMLESS_LONG_OPTIONS:
                return f"`set -o {option.value}` changes how the shell reads commands"
        if not _HARMLESS_OPTIONS.issuperset(letters.replace("o", "")) and value != "-B":
            return f"`set {value}` changes how the shell reads commands"
    return ""


def _shopt(_runner: Runner, _walker: Walker, command: Command) -> str:
    for word in command.args:
        if word.value not in {"-s", "-u", "-q", "-p"} and word.value not in _HARMLESS_SHOPTS:
            return f"`shopt {word.value}` changes how the shell reads commands"
    return ""


def _read(runner: Runner, walker: Walker, command: Command) -> str:
    if any("a" in word.value for word in command.args if word.value.startswith("-")):
        runner.arrays.update(word.value for word in command.args)
    why = _assigns_all(walker, _operands(command, "diNnptu"))
    if not why:
        walker.state.variables["REPLY"] = None
        runner.lineage.assign(walker, "REPLY", 0, walker.state.stdin)
    return why


def _operands(command: Command, values: str) -> list[Word]:
    """Return the operands; *values* are the letters of the options that take a value."""
    takes_value = False
    for at, word in enumerate(command.args):
        value = word.value
        if takes_value:
            takes_value = False
        elif value == "--":
            return command.args[at + 1 :]
        elif value[:1] != "-" or word.dynamic:
            return command.args[at:]
        else:
            # The first letter that takes a value takes the rest of the word, or else the next one.
            takes_value = next((i for i, letter in enumerate(value) if letter in values), 0) == len(value) - 1
    return []


def _assigns_all(walker: Walker, words: list[Word]) -> str:
    return next((why for why in [assigns(walker, word) for word in words] if why), "")


def _mapfile(runner: Runner, walker: Walker, command: Command) -> str:
    for at, word in enumerate(command.args):
        if word.value.startswith("-") and "C" in word.value:
            # Denies must see what it runs; an index and a line are put behind it.
            text = word.value.partition("C")[2] or (command.args[at + 1 :] or [word])[0].value
            runner.script(walker, text, command.span, "mapfile -C", walker.state.copy())
            return "`mapfile -C` runs a command"
    names = _operands(command, "dnOsuc")
    runner.arrays.update(word.value for word in names)
    return _assigns_all(walker, names)


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
    if args and (args[0].value[:1] in _UNKNOWN or (args[0].value[:1] == "-" and args[0].value[1:2] in _UNKNOWN)):
        return "`printf` with an option that only the shell knows"
    return ""


def _test(runner: Runner, walker: Walker, command: Command) -> str:
    why = indexes(command.args)
    for word in command.args if why else ():
        runner.evaluated(walker, word.value, word.span)
    return why


def indexes(words: list[Word]) -> str:
    """Return why the words of `test` or `[` may evaluate an array index, as `-v` and `-R` do; empty when they do not.

    An index can only hold a substitution where the word behind the operator holds a bracket.
    """
    for at, word in enumerate(words):
        if word.splits:
            return "words of a test that only the shell knows may be `-v`, which evaluates an array index"
        behind = words[at + 1] if at + 1 < len(words) else None
        if behind is not None and (behind.dynamic or "[" in behind.value) and (
            word.value in {"-v", "-R"} or (word.dynamic and word.could_be_option)
        ):  # fmt: skip
            return "`-v` in a test evaluates an array index"
    return ""


def assigns(walker: Walker, word: Word) -> str:
    """Note that the variable that *word* names gets a value that is not known; returns why it cannot be followed."""
    if not word.value.isidentifier():
        walker.runner.evaluated(walker, word.value, word.span)
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
    **dict.fromkeys((":", "shift", "times", "caller", "dirs", "type", "help", "return", "break",
                     "continue", "ulimit", "disown", "echo", "true", "false", "pwd", "logout"), _nothing),
    **dict.fromkeys(("unalias", "enable", "bind", "complete", "compgen", "compopt", "fc", "history", "let",
                     "suspend", "fg", "bg", "function", "noglob"), _refuse),
    **dict.fromkeys(("export", "declare", "typeset", "local", "readonly", "unset"), _declares),
    "cd": _cd, "chdir": _cd, "pushd": _pushd, "popd": _popd, "alias": _alias, "eval": _eval, "source": _source,
    ".": _source, "trap": _trap, "set": _set, "shopt": _shopt, "read": _read, "mapfile": _mapfile,
    "readarray": _mapfile, "getopts": _getopts, "printf": _printf, "test": _test, "[": _test, "hash": _hash,
    "exit": _nothing, "umask": _umask, "wait": _wait, "coproc": _coproc, "jobs": _jobs,
}  # fmt: skip

NAMES = frozenset(_HANDLERS)
"""Names that `run` may do something about."""

BUILTINS = NAMES | {"command", "builtin", "exec", "time", "kill"}
"""Names that bash runs itself whatever `PATH` says."""
