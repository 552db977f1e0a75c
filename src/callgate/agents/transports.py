"""The forms in which a registration starts the hook: by itself, or by way of a client that asks the daemon first.

    in-process  PYTHON -I -m callgate hook [OPTIONS]
    python      PYTHON -I -S PACKAGE/hook/client.py PYTHON -I -m callgate hook --daemon SOCKET [OPTIONS]
    native      STATE/bin/callgate-hook PYTHON -I -m callgate hook --daemon SOCKET [OPTIONS]
    http        no process: the host calls the daemon's HTTP lane (`claude_code_http`); a few events stay commands

What follows a client's own words is the command that it becomes when the daemon gives no answer. Pure.
"""

from __future__ import annotations

import os
from itertools import pairwise
from typing import Final, Literal, NamedTuple

Transport = Literal["native", "python", "in-process", "http"]

NATIVE: Final = "callgate-hook"
"""File name of the native client."""

SCRIPT: Final = "/hook/client.py"
"""End of the path of the Python client, below the package."""

DAEMON: Final = "--daemon"

TITLES: Final[dict[Transport, str]] = {
    "native": "native client",
    "python": "Python client",
    "in-process": "in-process hook",
    "http": "HTTP lane",
}
"""What people read."""


class Launch(NamedTuple):
    """How a registration starts the hook."""

    transport: Transport
    python: str
    """Absolute path of the interpreter that has callgate; not resolved through symbolic links, because a virtual
    environment is known by the link."""
    client: str = ""
    """Absolute path of the binary or the script; empty for the in-process hook."""
    socket: str = ""
    """Absolute path of the daemon's socket; empty for the in-process hook."""
    port: int = 0
    """Of the HTTP lane; 0 for all other transports."""

    @property
    def own(self) -> tuple[str, ...]:
        """The words of the client itself."""
        if self.transport == "native":
            return (self.client,)
        return (self.python, "-I", "-S", self.client) if self.transport == "python" else ()

    def words(self, options: tuple[str, ...] = ()) -> tuple[str, ...]:
        """The whole command line, with *options* of the hook."""
        daemon = (DAEMON, self.socket) if self.socket else ()
        return (*self.own, self.python, "-I", "-m", "callgate", "hook", *daemon, *options)


class Form(NamedTuple):
    """A registered command line, taken apart; the words are as somebody wrote them."""

    transport: Transport
    own: tuple[str, ...]
    """The words of the client itself; empty for the in-process hook."""
    command: tuple[str, ...]
    """What decides when the daemon gives no answer."""
    options: tuple[str, ...]
    """All words behind `hook`."""

    @property
    def client(self) -> str:
        """The path of the client; empty for the in-process hook."""
        return self.own[-1] if self.own else ""

    @property
    def socket(self) -> str:
        """The daemon's socket; empty when none is named."""
        return next((value for word, value in pairwise(self.options) if word == DAEMON), "")

    @property
    def alone(self) -> tuple[str, ...]:
        """The command without the daemon: it decides by itself and starts none."""
        at = len(self.command) - len(self.options)
        if DAEMON not in self.options[:-1]:
            return self.command
        at += self.options.index(DAEMON)
        return self.command[:at] + self.command[at + 2 :]


def form_of(words: tuple[str, ...]) -> Form | None:
    """Take a command line apart; `None` when it does not run `callgate hook`."""
    hook = hook_at(words)
    if hook is None:
        return None
    transport: Transport = "in-process"
    own = 0
    if os.path.basename(words[0]) == NATIVE:
        transport, own = "native", 1
    else:
        script = next((at for at, word in enumerate(words[:hook]) if word.endswith(SCRIPT)), None)
        if script is not None:
            transport, own = "python", script + 1
    if own > hook:  # `callgate` is the client's own name: nothing is left that could decide
        return None
    return Form(transport, words[:own], words[own:], words[hook + 2 :])


def hook_at(words: tuple[str, ...]) -> int | None:
    """Where `callgate`, by any path, is followed by `hook`."""
    return pair_at(words, "callgate", "hook")


def pair_at(words: tuple[str, ...], program: str, command: str) -> int | None:
    """Where *program*, by any path, is followed by *command*."""
    pairs = enumerate(pairwise(words))
    return next((at for at, (one, two) in pairs if os.path.basename(one) == program and two == command), None)
