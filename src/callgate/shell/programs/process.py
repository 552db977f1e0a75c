"""Programs that signal processes: kill, pkill, killall."""

from __future__ import annotations

from typing import Callable

from callgate.shell.command import Command

_LISTING = frozenset(("-l", "-L", "--list", "--table", "-V", "--version", "-h", "--help"))
_PROBES = (["-0"], ["-s", "0"], ["-n", "0"])


def _signals(command: Command) -> None:
    text = " ".join("…" if word.dynamic else word.value for word in command.words)
    command.add("system", f"signals processes: {text}")


def _kill(command: Command) -> None:
    words = [word.value for word in command.args]
    if words[:1] and words[0] in _LISTING:
        return
    for probe in _PROBES:
        # Signal 0 only asks whether the process is there.
        rest = command.args[len(probe) :]
        if words[: len(probe)] == probe and not any(word.could_be_option for word in rest):
            return
    _signals(command)


def _by_name(command: Command) -> None:
    """A pattern or a name says which processes."""
    if len(command.args) == 1 and command.args[0].value in _LISTING:
        return
    if command.name == "pkill":
        _pid_files(command)
    _signals(command)


def _pid_files(command: Command) -> None:
    words = command.args
    for position, word in enumerate(words):
        if word.value in {"-F", "--pidfile"}:
            for value in words[position + 1 : position + 2]:
                command.path("read", value)
        elif word.value.startswith(("-F", "--pidfile=")):
            command.path("read", word._replace(value=word.value.removeprefix("--pidfile=").removeprefix("-F")))


PROGRAMS: dict[str, Callable[[Command], None]] = {"kill": _kill, "pkill": _by_name, "killall": _by_name}
