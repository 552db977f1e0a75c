"""From what a host sent to what it gets back: the one way for the hook process, the daemon and its HTTP lane.

Nothing here knows whose process it is: the surroundings of the hook are passed in, and what is to be written down is
handed back beside the answer, so that a process may print first and write afterwards.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Callable, Mapping, NamedTuple, Sequence

from callgate.agents.claude_code import MAX_INPUT, ask_for, parse_input, render
from callgate.core.errors import InputError
from callgate.core.model import ToolCall, Verdict

if TYPE_CHECKING:  # events that need no decision need no engine either
    from callgate.gate import Examination, Gate, World
    from callgate.journal.decision_log import DecisionLog

USAGE = "usage: callgate hook [--config FILE] [--test-mode] [--outcome | --session] [--daemon SOCKET]"

SESSION = "--session"
OF_SESSION = ("SessionStart", "SessionEnd", "ConfigChange")
"""As in `agents/registration.py`, which a call to decide does not load."""

OpenGate = Callable[[Mapping[str, str], str, str], "Gate"]
"""(environment, cwd, policy file or nothing) -> the gate that judges there."""

Read = Callable[[int], bytes]
"""(limit) -> what the host sent; no more than is needed to see that it is larger than *limit* bytes."""


class Options(NamedTuple):
    """The options of the hook."""

    config: str = ""
    test_mode: bool = False
    listens: bool = False
    """The registration is for events that need no decision."""
    session: bool = False
    """The registration is for events of the session."""
    daemon: str = ""
    """Socket of the daemon that is to run; empty where none is wanted."""
    other_build: bool = False
    """The daemon there runs other code and is to leave."""


class Surroundings(NamedTuple):
    """Where a hook was started."""

    environ: Mapping[str, str]
    cwd: str
    """The hook's own working directory; the call brings one of its own."""
    open_gate: OpenGate
    alone: bool = True
    """Nobody else answers when this process does not."""


class Note(NamedTuple):
    """A decision that is to be written down."""

    log: DecisionLog
    call: ToolCall
    found: Examination
    now: float
    """Seconds since the epoch when it was decided."""
    keep: Callable[[], None] | None
    """Keeps the policy as the last good one."""

    def write(self) -> list[str]:
        """Write it to the decision logs, which never raises; return what went wrong."""
        if self.keep is not None:
            self.keep()
        verdict, analysis, observation, error = self.found
        return self.log.record(self.call, verdict, analysis, observation, now=self.now, error=error)


class Answer(NamedTuple):
    """What the host gets, and what is to be written down."""

    output: bytes
    """For the hook's stdout; empty for no opinion."""
    note: Note | None = None
    event: Callable[[], None] | None = None
    """Writes down what another event told."""

    def write(self) -> None:
        """Write down what there is. Never raises, but for the deadline."""
        if self.note is not None:
            self.note.write()
        if self.event is not None:
            self.event()


def options_of(words: list[str], cwd: str) -> Options:
    """Take the hook's arguments apart; a relative policy file is relative to *cwd*.

    Raises:
        InputError: an argument is not understood. The registration is wrong then.
    """
    found = Options()
    words = list(words)
    while words:
        word = words.pop(0)
        if word == "--test-mode":
            found = found._replace(test_mode=True)
        elif word == "--outcome":
            found = found._replace(listens=True)
        elif word == SESSION:
            found = found._replace(session=True)
        elif word == "--other-build":
            found = found._replace(other_build=True)
        elif word in {"--config", "--daemon"} and words:
            found = _with(found, word, words.pop(0))
        elif word.startswith(("--config=", "--daemon=")) and not word.endswith("="):
            name, _, value = word.partition("=")
            found = _with(found, name, value)
        else:
            raise InputError(f"the registration is wrong: `{word}` is not understood ({USAGE})")
    return found._replace(config=_absolute(found.config, cwd))


def respond(read: Read, options: Options, around: Surroundings, seen: list[ToolCall]) -> Answer:
    """Answer one message of the host.

    Args:
        read: brings the message.
        options: of the hook.
        around: of the hook.
        seen: gets the call as soon as it is known, for whoever has to say what could not be judged.

    Raises:
        InputError: the message is not one, or its call has no shape that can be judged.
        DeadlineError: the caller's deadline has passed.
    """
    if options.session:
        from callgate.hook import session  # noqa: PLC0415 - calls to decide do not need it

        output, data, event = session.listen(read, around, options.config)
        if not data:
            return Answer(output, event=event)
        seen.append(ToolCall("", {}, around.cwd))  # a call to decide after all: its faults must be heard
    elif options.listens:
        from callgate.hook import outcome  # noqa: PLC0415 - as above

        data, event = outcome.listen(read, around.environ)
        if not data:
            return Answer(b"", event=event)
    else:
        data = read(MAX_INPUT)
    message = parse_input(data)
    if message.name in OF_SESSION:
        from callgate.hook import session  # noqa: PLC0415 - as above

        output, event = session.answer(message.payload, around, options.config)
        return Answer(output, event=event)
    if message.call is None:
        from callgate.hook import outcome  # noqa: PLC0415 - as above

        return Answer(b"", event=outcome.noting(message.payload, around.environ))
    seen.append(message.call)
    return _decided(message.call, options, around)


def silent(words: Sequence[str], seen: list[ToolCall]) -> bool:
    """Whether a fault is none of the host's business: the registration is for the session, and no call came."""
    return SESSION in words and not seen


def _decided(call: ToolCall, options: Options, around: Surroundings) -> Answer:
    gate = around.open_gate(around.environ, call.cwd or around.cwd, options.config)
    found = gate.examine(call)
    keep = None if found.error else _keeper(gate, gate.at(call.cwd))
    note = Note(gate.journal(), call, found, time.time(), keep)
    return Answer(render(found.verdict, always=options.test_mode), note)


def refuse(fault: str, call: ToolCall, config: str, around: Surroundings) -> Answer:
    """Return the *ask* for a call that could not be judged, with its line for the log.

    Raises:
        Exception: the gate, or its log, cannot be opened; the answer is `ask_for` the fault all the same.
    """
    from callgate.gate import Examination  # noqa: PLC0415 - as above

    verdict = Verdict("ask", f"callgate could not judge this call: {fault}", "error", 10, "partial")
    gate = around.open_gate(around.environ, call.cwd or around.cwd, config)
    found = Examination(verdict, None, None, fault)
    return Answer(ask_for(fault), Note(gate.journal(), call, found, time.time(), None))


def cwd_of_process() -> str:
    """Return this process's working directory, or `/` where it is gone."""
    try:
        return os.getcwd()
    except OSError:
        return "/"


def _with(options: Options, name: str, value: str) -> Options:
    return options._replace(config=value) if name == "--config" else options._replace(daemon=value)


def _keeper(gate: Gate, world: World) -> Callable[[], None]:
    return lambda: gate.keep(world)


def _absolute(path: str, cwd: str) -> str:
    """A relative `--config` is relative to the hook's own directory, not to the call's."""
    return path if not path or path.startswith(("/", "~")) else os.path.join(cwd, path)
