"""Events of the session itself: it begins, it ends, its settings change.

None of them is a decision, and none may stop a session: whatever goes wrong, the answer is silence, and the fault is
counted for `doctor`. The one exception is a change of settings that could not be judged: it is kept out.

What is to be written down is handed back beside the answer, so that a daemon may send first and write afterwards.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Callable, Final, Mapping

from callgate.agents.claude_code_session import (
    SessionEvent,
    parse_session,
    render_block,
    render_start,
    render_warning,
)
from callgate.environ import trusted_environ
from callgate.hook.events import count_fault, decoded
from callgate.host import Places, places

if TYPE_CHECKING:
    from callgate.hook.answering import Read, Surroundings

MAX_EVENT: Final = 1024 * 1024
"""Bytes of one message; the client's are a few hundred."""

_DECIDING: Final = ("", "pretooluse")

UNJUDGED: Final = (
    "callgate could not judge this change of the settings, so it is kept out of the running session. "
    "`callgate doctor` tells whether new sessions are guarded."
)

Later = Callable[[], None]
"""Writes down what is to be written down; never raises, but for exits."""


def listen(read: Read, around: Surroundings, config: str = "") -> tuple[bytes, bytes, Later | None]:
    """Take one message from *read* and answer it, for a registration of these events.

    Returns:
        (answer, message, what is to be written down): the message is empty, unless it asks for a decision after all.
        The registration is wrong then, and the call must be judged all the same.

    Raises:
        Exception: as `answer`.
    """
    try:
        data = read(MAX_EVENT)
        payload = decoded(data, MAX_EVENT)
        name = payload.get("hook_event_name") or ""
    except Exception as error:  # noqa: BLE001 - the boundary: no event of this kind is an error to the host
        return b"", b"", _counting(around, error)
    if isinstance(name, str) and name.lower() in _DECIDING:
        return b"", data, None
    output, later = answer(payload, around, config)
    return output, b"", later


def answer(payload: Mapping[str, Any], around: Surroundings, config: str = "") -> tuple[bytes, Later | None]:
    """Return what the host reads of us on *payload*, a decoded message, and what is to be written down.

    Args:
        payload: the message; an event of another kind is answered with nothing.
        around: of the hook.
        config: the policy file that the registration names.

    Raises:
        Exception: something failed, and the hook's own process is to try. Where this is that process, nothing does.
    """
    event = parse_session(payload)
    if event is None:
        return b"", None
    try:
        return _Answering(event, around, config).answer()
    except Exception as error:
        if not around.alone:
            raise
        return render_block(UNJUDGED) if event.stoppable else b"", _counting(around, error)


class _Answering:
    """One event, and what answering it needs."""

    def __init__(self, event: SessionEvent, around: Surroundings, config: str) -> None:
        self.event = event
        self.around = around
        self.config = config
        self.cwd = event.cwd or around.cwd
        # Where the session began: the client says so itself, over whatever settings say.
        named = around.environ.get("CLAUDE_PROJECT_DIR", "")
        self.project = named if named.startswith("/") else self.cwd
        self.environ = trusted_environ(around.environ, self.cwd)
        self.places: Places = places(self.environ)
        self.now = time.time()

    def answer(self) -> tuple[bytes, Later]:
        from callgate.hook.settings_change import begin, end, judge  # noqa: PLC0415 - loads doctor's modules

        if self.event.kind == "settings":
            found = judge(self.event, self.environ, self.project, self.places, now=self.now)
            render = render_block if self.event.stoppable else render_warning
            output = render(found.message, ring=found.first) if found.message else b""
            return output, self._later(*found.writes)
        if self.event.kind == "end":
            return b"", self._later(self._note, lambda: end(self.event, self.environ, self.places))
        standing, keep = begin(self.event, self.environ, self.project, self.places, now=self.now)
        from callgate.hook.greeting import WARNING, context, disarmed, has_skill  # noqa: PLC0415 - only a beginning

        warning = WARNING if disarmed(standing) else self._lane() if standing.by_http else ""
        gate = self.around.open_gate(self.around.environ, self.cwd, self.config)
        text = context(
            armed=not warning,
            broken=bool(gate.fault),
            off=self._off(),
            skill=has_skill(self.environ, self.places, self.cwd),
        )
        return render_start(text, warning), self._later(self._note, keep)

    def _lane(self) -> str:
        """What keeps calls from the HTTP lane, for the person; a daemon that serves it starts, if need be."""
        if not self.around.alone:
            return ""  # we are that daemon
        from callgate.hook.lane_check import warning_of  # noqa: PLC0415 - only where HTTP hooks are registered

        return warning_of(self.places, self.environ)

    def _note(self) -> None:
        from callgate.agents.claude_code_outcomes import attended  # noqa: PLC0415 - a change of settings needs no log
        from callgate.journal.sessions import SessionLine, record  # noqa: PLC0415 - as above

        line = SessionLine(
            event="started" if self.event.kind == "start" else "ended",
            session_id=self.event.session_id,
            word=self.event.word,
            cwd=self.event.cwd,
            attended=attended(self.environ),
        )
        fault = record(self.places.sessions_file, line, now=self.now)
        if fault:
            raise OSError(fault)

    def _off(self) -> bool:
        from callgate import switch  # noqa: PLC0415 - only a beginning

        return switch.read(self.places.switch_file, self.now).off_until is not None

    def _later(self, *works: Later) -> Later:
        """Return what does all of *works*; a fault of one is counted, and keeps none of the others from being done."""

        def write() -> None:
            for work in works:
                try:
                    work()
                except Exception as error:  # noqa: BLE001 - the boundary, as above
                    _counting(self.around, error)()

        return write


def _counting(around: Surroundings, error: Exception) -> Later:
    """Return what counts a fault where `doctor` looks for it."""
    return lambda: count_fault("an event of a session was not handled", error, around.environ, around.cwd)
