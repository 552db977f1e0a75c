"""Programs that start another one and are not known well enough to be peeled: what they start is looked at, too.

The launcher itself stays unknown, so nothing here ever allows a call. What is found is added for denies and guardrails:
`flock /tmp/l rm -rf /` removes everything, whatever `flock` means by its options.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callgate.core.model import Unit
from callgate.shell import shells, wrappers
from callgate.shell.names import ELSEWHERE, LAUNCHERS, program_name
from callgate.shell.plain import plain_pipeline
from callgate.shell.programs import is_known

if TYPE_CHECKING:
    from callgate.shell.command import Command
    from callgate.shell.simple import Runner
    from callgate.shell.walk import Walker
    from callgate.shell.words import Word

_TEXT = frozenset({"-c", "--command"})


def look(runner: Runner, walker: Walker, command: Command, around: tuple[str, ...]) -> None:
    """Add what *command* starts, one of `names.STARTERS`."""
    if command.name in LAUNCHERS:
        _here(runner, walker, command, around)
    else:
        _elsewhere(runner, command, around)


def _here(runner: Runner, walker: Walker, command: Command, around: tuple[str, ...]) -> None:
    words = command.words
    if command.name == "uv" and [word.value for word in words[1:2]] != ["run"]:
        return
    for position, word in enumerate(words[1:], 1):
        if word.value in _TEXT and position + 1 < len(words):
            text = words[position + 1]
            if not text.dynamic and not text.glob:
                runner.script(walker, text.value, text.span, f"{command.name} {word.value}", walker.state.copy())
            return
        if command.name == "hyperfine" and " " in word.value and not word.dynamic:
            runner.script(walker, word.value, word.span, command.name, walker.state.copy())
        elif _is_program(word):
            runner.run(walker, words[position:], command.span, (*around, command.name))
            return


def _is_program(word: Word) -> bool:
    """Whether *word* is the name of a program, as far as callgate knows programs."""
    if word.dynamic or word.glob or word.value[:1] in {"-", ""}:
        return False
    name = program_name(word.value)
    return is_known(name) or name in wrappers.WRAPPERS or name in wrappers.SPECIAL or name in shells.SHELLS


def _elsewhere(runner: Runner, command: Command, around: tuple[str, ...]) -> None:
    """Add the commands that run somewhere else, without operations.

    Deny rules may speak of their words, but their paths are none of this machine's, and whether they may run is a
    matter of the rule for the unit that sends them.
    """
    subcommands = ELSEWHERE[command.name].split()
    values = [word.value for word in command.words]
    start = next((at for at, value in enumerate(values[1:6], 1) if value in subcommands), 0)
    if subcommands and not start:
        return
    wrapper = " ".join(values[: start + 1]) if subcommands else command.name
    for position in range(start + 1, len(values)):
        known = [argv for argv in _commands(values[position:]) if is_known(argv[0]) or argv[0] in shells.SHELLS]
        for argv in known:
            runner.add(Unit("command", " ".join(argv), tuple(argv), (), command.span, wrappers=(*around, wrapper)))
        if known:
            return


def _commands(values: list[str]) -> list[list[str]]:
    """Return the commands that *values* are: those in one text for a shell, or the words of one."""
    if len(values) == 1 and " " in values[0]:
        return [[word.value for word in stage] for stage in plain_pipeline(values[0]) or ()]
    return [values]
