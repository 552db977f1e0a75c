"""Wrappers: programs that run another command. They are peeled, and their payload becomes a unit of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Mapping, NamedTuple

from callgate.core.model import DYNAMIC, SPLIT
from callgate.shell import shells
from callgate.shell.command import Command
from callgate.shell.splitting import split_strings
from callgate.shell.words import Word

if TYPE_CHECKING:
    from callgate.shell.simple import Runner
    from callgate.shell.walk import Walker


class Wrapper(NamedTuple):
    """How to find the payload of one wrapper."""

    flags: str = ""
    """Short options without a value, as letters."""
    values: str = ""
    """Short options with a value, as letters."""
    long_flags: tuple[str, ...] = ()
    long_values: tuple[str, ...] = ()
    operands: int = 0
    """Operands in front of the payload (the duration of `timeout`)."""
    assigns: bool = False
    """`NAME=value` words may stand in front of the payload."""
    system: str = ""
    """Makes a unit of its own with this `system` operation (privilege)."""
    query: frozenset[str] = frozenset()
    """Options that make it answer a question and run nothing."""
    empty_is_harmless: bool = False
    """Without a payload it does nothing."""


_SUDO = Wrapper(flags="nEHkKbSPB", values="ughpCrtTRD", long_flags=("--non-interactive", "--preserve-env",
                "--set-home", "--background", "--stdin"), long_values=("--user", "--group", "--prompt", "--host"),
                assigns=True, system="runs as another user", query=frozenset({"-l", "-v", "-V", "--list", "--version",
                "--validate"}))  # fmt: skip

WRAPPERS: Mapping[str, Wrapper] = {
    "sudo": _SUDO,
    "doas": Wrapper(flags="n", values="ua", system="runs as another user"),
    "nohup": Wrapper(),
    "timeout": Wrapper(flags="vf", values="ks", long_flags=("--preserve-status", "--foreground", "--verbose"),
                       long_values=("--kill-after", "--signal"), operands=1),
    "gtimeout": Wrapper(flags="v", values="ks", long_flags=("--preserve-status", "--foreground", "--verbose"),
                        long_values=("--kill-after", "--signal"), operands=1),
    "nice": Wrapper(values="n", long_values=("--adjustment",), empty_is_harmless=True),
    "ionice": Wrapper(flags="t", values="cn", long_flags=("--ignore",), long_values=("--class", "--classdata")),
    "stdbuf": Wrapper(values="ioe", long_values=("--input", "--output", "--error")),
    "setsid": Wrapper(flags="cfw", long_flags=("--ctty", "--fork", "--wait")),
    "command": Wrapper(flags="p", query=frozenset({"-v", "-V", "-pv", "-pV"}), empty_is_harmless=True),
    "builtin": Wrapper(empty_is_harmless=True),
    "exec": Wrapper(flags="cl", values="a", empty_is_harmless=True),
    "unbuffer": Wrapper(flags="p"),
    "caffeinate": Wrapper(flags="dimsu", values="tw"),
}  # fmt: skip


def peel(runner: Runner, walker: Walker, command: Command, around: tuple[str, ...]) -> bool:
    """Peel *command* when it is a wrapper: make the units of its payload. False when it is none."""
    special = SPECIAL.get(command.name)
    if special is not None:
        why = special(runner, walker, command, around)
    elif command.name in WRAPPERS:
        why = _generic(runner, walker, command, around, WRAPPERS[command.name])
    elif command.name in shells.SHELLS:
        why = shells.run(runner, walker, command, around)
    else:
        return False
    if why:
        runner.problem(" ".join(word.value for word in command.words), command.span, why, around)
    return True


def options_end(command: Command, wrapper: Wrapper) -> tuple[int, list[str], str]:
    """Return where the options of a wrapper end, the options seen, and why they are not understood (or '')."""
    words = command.words
    seen: list[str] = []
    position = 1
    while position < len(words):
        word = words[position]
        value = word.value
        if value == "--":
            return position + 1, seen, ""
        if word.could_be_option and (word.dynamic or len(value) < 2):
            return position, seen, f"an option of `{command.name}` that only the shell knows"
        if not value.startswith("-"):
            break
        name, equals, _ = value.partition("=")
        seen.append(name)
        if value in wrapper.query:
            return position, seen, ""
        if value.startswith("--"):
            if name in wrapper.long_values:
                position += 1 if equals else 2
            elif name in wrapper.long_flags:
                position += 1
            else:
                return position, seen, f"option `{name}` of `{command.name}` is not known"
            continue
        step = _short(value, wrapper)
        if not step:
            return position, seen, f"option `{value}` of `{command.name}` is not known"
        position += step
    return position, seen, ""


def _short(value: str, wrapper: Wrapper) -> int:
    """Return how many words a cluster of short options takes; 0 when a letter is not known."""
    for index, letter in enumerate(value[1:], start=1):
        if letter in wrapper.values:
            return 1 if value[index + 1 :] else 2
        if letter not in wrapper.flags and not (letter.isdigit() and "n" in wrapper.values):
            return 0
    return 1


def _generic(runner: Runner, walker: Walker, command: Command, around: tuple[str, ...], wrapper: Wrapper) -> str:
    position, seen, why = options_end(command, wrapper)
    if why:
        return why
    words = command.words[position:]
    if wrapper.assigns:
        words = assignments(runner, walker, words)
    if any((word.could_be_option and word.dynamic) or word.splits for word in words[: wrapper.operands]):
        return f"an operand of `{command.name}` that only the shell knows"
    payload = words[wrapper.operands :]
    if wrapper.system:
        command.add("system", wrapper.system)
    if wrapper.query.intersection(seen) or (not payload and wrapper.empty_is_harmless) or wrapper.system:
        runner.emit(command, around)
    if wrapper.query.intersection(seen):
        return ""
    if not payload:
        return "" if wrapper.empty_is_harmless else f"`{command.name}` without a command"
    runner.run(walker, payload, command.span, (*around, command.name))
    return ""


def assignments(runner: Runner, walker: Walker, words: list[Word]) -> list[Word]:
    """Judge the `NAME=value` words in front of a payload; return the rest."""
    for position, word in enumerate(words):
        name, equals, value = word.value.partition("=")
        if not equals:
            return words[position:]
        known = None if word.dynamic else Word(value, word.span, taint=word.taint)
        runner.assignment(walker, name, known, word.span, exported=True)
        if name == "PATH":
            walker.state.search_path = True
    return []


def _env(runner: Runner, walker: Walker, command: Command, around: tuple[str, ...]) -> str:
    wrapper = Wrapper(flags="i0v", values="u", long_flags=("--ignore-environment", "--null", "--debug"),
                      long_values=("--unset",))  # fmt: skip
    doubt = ""
    strings = split_strings(command.words)
    if strings is not None:
        words, doubt = strings
        command = Command(words, command.span, command.cwds, command.home, command.stdin)
    words = command.words
    position, _, why = options_end(command, wrapper)
    if position < len(words) and words[position].value == "-" and not words[position].glob:
        position, why = position + 1, ""  # the same as `-i`
    if why:
        return why
    payload = assignments(runner, walker, words[position:])
    if not payload:
        command.add("system", "prints the environment")
        runner.emit(command, around)
        return doubt
    runner.run(walker, payload, command.span, (*around, "env"))
    return doubt


def _time(runner: Runner, walker: Walker, command: Command, around: tuple[str, ...]) -> str:
    position, seen, why = options_end(command, Wrapper(flags="pvqa", values="fo"))
    if why:
        return why
    if "-o" in seen or any(word.value.startswith("-o") for word in command.words[1:position]):
        return "`time -o` writes a file"
    if position < len(command.words):
        # A keyword of the shell: functions and builtins may follow, and assignments.
        name, equals, _ = command.words[position].value.partition("=")
        if equals and name[:1].isidentifier():
            return "an assignment behind `time` is not followed"
        runner.run(walker, command.words[position:], command.span, around)
    return ""


def _xargs(runner: Runner, walker: Walker, command: Command, around: tuple[str, ...]) -> str:
    wrapper = Wrapper(flags="0rtpxo", values="nLPsdEI", long_flags=("--null", "--no-run-if-empty", "--verbose",
                      "--exit", "--open-tty"), long_values=("--max-args", "--max-lines", "--max-procs", "--max-chars",
                      "--delimiter", "--eof", "--replace"))  # fmt: skip
    position, seen, why = options_end(command, wrapper)
    if why:
        return why
    payload = command.words[position:] or [Word("echo", command.span)]
    placeholder = _placeholder(command.words[1:position])
    filled = _from_pipe(walker, Word(SPLIT, command.span, taint=walker.state.stdin), seen, wrapper)
    if placeholder:
        payload = [
            word._replace(value=word.value.replace(placeholder, DYNAMIC), glob=False, taint=walker.state.stdin)
            if placeholder in word.value and word.value != placeholder
            else filled._replace(value=DYNAMIC, span=word.span, taint=walker.state.stdin)
            if word.value == placeholder
            else word
            for word in payload
        ]
    else:
        payload = [*payload, filled]
    runner.run(walker, payload, command.span, (*around, "xargs"))
    return ""


def _from_pipe(walker: Walker, word: Word, seen: list[str], wrapper: Wrapper) -> Word:
    """Return *word*, which stands for what xargs reads, with what is known of the names in the pipe."""
    names, walker.state.names = walker.state.names, None
    if names is None or any(name.startswith(("-d", "--d", "-E", "--e")) for name in seen):
        return word
    zero = any(name in {"--null", "--nul", "--nu"} or _has_flag(name, "0", wrapper.values) for name in seen)
    if zero != names.zero:
        return word
    return word._replace(below=names.roots, only=names.only, broken=not zero)


def _has_flag(cluster: str, flag: str, values: str) -> bool:
    """Whether *flag* stands in the short options *cluster* in front of the first that takes a value."""
    if cluster.startswith("--"):
        return False
    for letter in cluster[1:]:
        if letter == flag:
            return True
        if letter in values:
            return False
    return False


def _placeholder(options: list[Word]) -> str:
    for position, word in enumerate(options):
        if word.value.startswith("-I"):
            return word.value[2:] or (options[position + 1].value if position + 1 < len(options) else "")
        if word.value.startswith("--replace="):
            return word.value[len("--replace=") :]
        if word.value == "--replace":
            return "{}"
    return ""


def _watch(runner: Runner, walker: Walker, command: Command, _around: tuple[str, ...]) -> str:
    wrapper = Wrapper(flags="bcdegtwx", values="nq", long_flags=("--beep", "--color", "--differences", "--errexit",
                      "--chgexit", "--no-title", "--exec", "--no-wrap"), long_values=("--interval",))  # fmt: skip
    position, _, why = options_end(command, wrapper)
    words = command.words[position:]
    if why or not words or any(word.dynamic or word.glob for word in words):
        return why or "`watch` of a command that only the shell knows"
    runner.script(walker, " ".join(word.value for word in words), command.span, "watch", walker.state.copy())
    return ""


def _su(runner: Runner, walker: Walker, command: Command, around: tuple[str, ...]) -> str:
    command.add("system", "runs as another user")
    runner.emit(command, around)
    for position, word in enumerate(command.words):
        if word.value in {"-c", "--command"} and position + 1 < len(command.words):
            text = command.words[position + 1]
            if not text.dynamic and not text.glob:
                runner.script(walker, text.value, text.span, "su -c", walker.state.copy())
                return ""
    return "`su` without a command that can be read"


_BOX_ASKS = frozenset({"--help", "--list", "--list-full", "--long", "--version"})


def _box(runner: Runner, walker: Walker, command: Command, around: tuple[str, ...]) -> str:
    """`busybox rm -rf x` is `rm -rf x`: the first word is one of the many programs in it."""
    # A unit of its own, so that a deny rule for the box still sees it.
    runner.emit(command, around)
    if not command.args or command.args[0].value in _BOX_ASKS:
        return ""
    if command.args[0].value.startswith("-"):
        return f"option `{command.args[0].value}` of `{command.name}` is not known"
    runner.run(walker, command.args, command.span, (*around, command.name))
    return ""


SPECIAL: Mapping[str, Callable[[Runner, Walker, Command, tuple[str, ...]], str]] = {
    "env": _env, "time": _time, "xargs": _xargs, "watch": _watch, "su": _su,
    "busybox": _box, "toybox": _box,
}  # fmt: skip

NAMES = frozenset({*SPECIAL, *WRAPPERS, *shells.SHELLS})
"""Names that `peel` does something about."""
