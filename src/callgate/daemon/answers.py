"""What the daemon answers to a call: by the function that the hook process uses, within a deadline of its own."""

from __future__ import annotations

import signal
import time
from types import FrameType
from typing import Final, Mapping

from callgate.core.errors import DeadlineError, InputError
from callgate.core.model import ToolCall
from callgate.daemon.counters import Counters
from callgate.daemon.gates import Gates
from callgate.daemon.journaling import Journal
from callgate.daemon.protocol import Request
from callgate.daemon.statistics import Statistics
from callgate.daemon.warm import WarmGate
from callgate.hook.answering import Answer, Options, Surroundings, options_of, refuse, respond, silent

DEADLINE_SECONDS: Final = 0.2
"""For one decision. A client waits 250 ms, and while one call is judged all others wait."""

LOAD_SECONDS: Final = 3.0
"""For reading and compiling a policy, which is done once for many calls: ten thousand rules take half a second. The
client of this call may have gone by then; the next one finds it loaded."""


class Unanswered(Exception):  # noqa: N818 - not an error of anybody: the hook decides by itself
    """This process has no answer; the hook's own process has to find one. The text says why."""


class Answers:
    """Answers calls one at a time. `prepare` decides, `settle` writes down what was really sent."""

    def __init__(self, gates: Gates, journal: Journal, counters: Counters, statistics: Statistics) -> None:
        """Take what the answers are made of and counted in."""
        self._gates = gates
        self._journal = journal
        self._counters = counters
        self._statistics = statistics
        self._deciding = False

    def arm(self) -> None:
        """Install the alarm that ends a decision; only the main thread may."""
        signal.signal(signal.SIGALRM, self._rings)

    def prepare(self, request: Request, body: bytes) -> Answer:
        """Return the answer to the message *body* of a hook.

        Raises:
            Unanswered: it took too long, something of ours failed, or the journal is too far behind: the hook's own
                process then decides and writes its own line.
        """
        if self._journal.full:
            raise Unanswered("the journal is too far behind")
        seen: list[ToolCall] = []
        around = Surroundings(request.environ, request.cwd or "/", self._open, alone=False)
        try:
            self._deciding = True
            signal.setitimer(signal.ITIMER_REAL, DEADLINE_SECONDS)
            return self._respond(request, body, around, seen)
        except DeadlineError:
            self._deciding = False
            why = f"a decision took longer than {DEADLINE_SECONDS:g} s, or reading its policy than {LOAD_SECONDS:g} s"
        except Exception as error:  # noqa: BLE001 - the boundary: the hook's own process answers, and says what failed
            self._deciding = False  # the alarm must not ring into this, either
            why = f"{type(error).__name__}: {error}"
        finally:
            self._deciding = False
            signal.setitimer(signal.ITIMER_REAL, 0)
        self._gates.forget()
        raise Unanswered(why)

    def _open(self, environ: Mapping[str, str], cwd: str, config: str) -> WarmGate:
        """Return the gate for a call; the time for the decision begins when it is open."""
        signal.setitimer(signal.ITIMER_REAL, LOAD_SECONDS)
        gate = self._gates.open(environ, cwd, config)
        signal.setitimer(signal.ITIMER_REAL, DEADLINE_SECONDS)
        return gate

    def refuse(self, request: Request, fault: str) -> Answer:
        """Return the *ask* for a message that is not even looked at, with its line for the log.

        Raises:
            Unanswered: the gate cannot be opened.
        """
        around = Surroundings(request.environ, request.cwd or "/", self._gates.open)
        try:
            options = options_of(list(request.arguments), around.cwd)
            return refuse(fault, ToolCall("", {}, around.cwd), options.config, around)
        except Exception as error:
            raise Unanswered(f"{type(error).__name__}: {error}") from error

    def sending(self, answer: Answer) -> None:
        """Count a decision that is about to be sent: from here on its line is owed."""
        if answer.note is not None:
            self._counters.answer()

    def sent(self, answer: Answer, size: int, started_ns: int) -> None:
        """Have written down what was sent.

        Args:
            answer: what was.
            size: bytes of the message that it answers.
            started_ns: when the call was here (`time.perf_counter_ns`).
        """
        if answer.note is not None:
            self._journal.put(answer.note, size)
            verdict = answer.note.found.verdict
            self._statistics.took(verdict.decision, (time.perf_counter_ns() - started_ns) // 1_000)
        if answer.event is not None:
            self._statistics.events += 1
            self._journal.put(answer.event, size)

    def unsent(self, answer: Answer) -> None:
        """The hook did not wait for *answer*: it has decided by itself, and written that down."""
        if answer.note is not None:
            self._counters.withdraw()
        self._statistics.unanswered["the client had gone"] += 1

    def _respond(self, request: Request, body: bytes, around: Surroundings, seen: list[ToolCall]) -> Answer:
        options = None
        try:
            options = options_of(list(request.arguments), around.cwd)
            return respond(lambda _limit: body, options, around, seen)
        except InputError as error:
            if silent(request.arguments, seen):
                return Answer(b"")
            call = seen[-1] if seen else ToolCall("", {}, around.cwd)
            return refuse(str(error), call, (options or Options()).config, around)

    def _rings(self, _number: int, _frame: FrameType | None) -> None:
        if self._deciding:  # else it came behind the decision
            raise DeadlineError
