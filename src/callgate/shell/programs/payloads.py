"""Commands that programs of a package manager start: `poetry run pytest`, `npx jest`, `bundle exec rspec`."""

from __future__ import annotations

from callgate.shell.command import Command
from callgate.shell.programs import is_known
from callgate.shell.shells import SHELLS
from callgate.shell.words import Word


def starts(command: Command, words: list[Word], wrapper: str) -> None:
    """Note that *command* runs the program that *words* begin with.

    A program that is known becomes a command of its own, so that guardrails and rules see it. One that is not says
    nothing there; then the rule for the outer command has to speak of it.
    """
    if not words:
        command.unknown = f"`{wrapper}` without a command"
        return
    head = words[0]
    if head.dynamic or head.glob or head.value.startswith("-"):
        command.unknown = f"`{wrapper}` of a command that only the shell knows"
    elif is_known(head.value) or head.value in _OTHERS or head.value in SHELLS or "/" in head.value:
        command.run(words, wrapper)
    else:
        command.add("execute", head.value, head)


# What no program file describes because the analysis peels it or runs it itself.
_OTHERS = frozenset({
    "sudo", "doas", "env", "nohup", "timeout", "nice", "ionice", "stdbuf", "setsid", "command", "exec", "eval", "source",
    "time", "xargs", "watch", "su", "unbuffer", "caffeinate", "gtimeout", "builtin",
})  # fmt: skip
