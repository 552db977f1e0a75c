"""Events of the session itself: it begins, it ends, its settings change.

None of them is a decision, and none may stop a session: whatever goes wrong, the answer is silence, and the fault is
counted for `doctor`. The one exception is a change of settings that could not be judged: it is kept out.
"""

from __future__ import annotations

import json
import os
import time
from typing import Any, Callable, Final, Mapping

from callgate.agents.claude_code_session import (
    SessionEvent,
    parse_session,
    render_block,
    render_start,
    render_warning,
)
from callgate.core.errors import InputError
from callgate.environ import trusted_environ
from callgate.host import Places, places

MAX_EVENT: Final = 1024 * 1024
"""Bytes of one message; the client's are a few hundred."""

_DECIDING: Final = ("", "pretooluse")

UNJUDGED: Final = (
    "callgate could not judge this change of the settings, so it is kept out of the running session. "
    "`callgate doctor` tells whether new sessions are guarded."
)


def listen(read: Callable[[int], bytes], cwd: str, config: str = "") -> tuple[bytes, bytes]:
    """Take one message from *read* and answer it, for a registration of these events; never raises, but for exits.

    Returns:
        (answer, message): the message is empty, unless it asks for a decision after all. The registration is wrong
        then, and the call must be judged all the same.
    """
    try:
        data = read(MAX_EVENT)
        payload = _decoded(data)
        name = payload.get("hook_event_name") or ""
    except Exception as error:  # noqa: BLE001 - the boundary: no event of this kind is an error to the host
        _count(os.environ, cwd, error)
        return b"", b""
    if isinstance(name, str) and name.lower() in _DECIDING:
        return b"", data
    return answer(payload, os.environ, cwd, config=config), b""


def answer(payload: Mapping[str, Any], environ: Mapping[str, str], cwd: str, *, config: str = "") -> bytes:
    """Return what the host reads of us on *payload*, a decoded message. Never raises, but for exits.

    Args:
        payload: the message; an event of another kind is answered with nothing.
        environ: the hook's environment.
        cwd: the hook's working directory.
        config: the policy file that the registration names.
    """
    event = parse_session(payload)
    if event is None:
        return b""
    try:
        return _Answering(event, environ, cwd, config).answer()
    except Exception as error:  # noqa: BLE001 - as above
        _count(environ, cwd, error)
        return render_block(UNJUDGED) if event.stoppable else b""


class _Answering:
    """One event, and what answering it needs."""

    def __init__(self, event: SessionEvent, environ: Mapping[str, str], cwd: str, config: str) -> None:
        self.event = event
        self.cwd = event.cwd or cwd
        self.config = config
        # Where the session began: the client says so itself, over whatever settings say.
        named = environ.get("CLAUDE_PROJECT_DIR", "")
        self.project = named if named.startswith("/") else self.cwd
        self.environ = trusted_environ(environ, self.cwd)
        self.places: Places = places(self.environ)
        self.now = time.time()

    def answer(self) -> bytes:
        if self.event.kind == "settings":
            from callgate.hook.settings_change import judge  # noqa: PLC0415 - it loads doctor's modules

            verdict = judge(self.event, self.environ, self.project, self.places, now=self.now)
            for fault in verdict.faults:
                _count(self.environ, self.cwd, fault)
            if not verdict.message:
                return b""
            render = render_block if self.event.stoppable else render_warning
            return render(verdict.message, ring=verdict.first)
        self._attempt(self._note)
        return self._begin() if self.event.kind == "start" else self._end()

    def _begin(self) -> bytes:
        from callgate.hook.greeting import WARNING, context, disarmed, has_skill  # noqa: PLC0415 - only a beginning
        from callgate.hook.settings_change import begin  # noqa: PLC0415 - as above

        standing, fault = begin(self.event, self.environ, self.project, self.places, now=self.now)
        if fault is not None:
            _count(self.environ, self.cwd, fault)
        armed = not disarmed(standing)
        text = context(
            armed=armed,
            broken=self._broken(),
            off=self._off(),
            skill=has_skill(self.environ, self.places, self.cwd),
        )
        return render_start(text, "" if armed else WARNING)

    def _end(self) -> bytes:
        from callgate.hook.settings_change import end  # noqa: PLC0415 - as above

        self._attempt(lambda: end(self.event, self.environ, self.places))
        return b""

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

    def _broken(self) -> bool:
        from callgate.gate import open_gate  # noqa: PLC0415 - opens the policy: heavy

        return bool(open_gate(self.environ, self.cwd, config=self.config).fault)

    def _off(self) -> bool:
        from callgate import switch  # noqa: PLC0415 - as above

        return switch.read(self.places.switch_file, self.now).off_until is not None

    def _attempt(self, work: Callable[[], None]) -> None:
        """Do what is not needed for the answer; a fault of it is counted and nothing else."""
        try:
            work()
        except Exception as error:  # noqa: BLE001 - the boundary, as above
            _count(self.environ, self.cwd, error)


def _decoded(data: bytes) -> Mapping[str, Any]:
    if len(data) > MAX_EVENT:
        raise InputError(f"an event is larger than {MAX_EVENT} bytes")
    payload = json.loads(data)
    if not isinstance(payload, dict):
        raise InputError("an event is not a JSON object")
    return payload


def _count(environ: Mapping[str, str], cwd: str, error: Exception) -> None:
    """Count a fault where `doctor` looks for it."""
    said = str(error) if isinstance(error, InputError) else type(error).__name__
    if isinstance(error, OSError):
        said = error.strerror or str(error)
    try:
        from callgate.journal.faults import count_faults  # noqa: PLC0415 - only a fault pays for it

        where = places(trusted_environ(environ, cwd))
        count_faults(f"{where.state_dir}/faults", [f"an event of a session was not handled: {said}"], now=time.time())
    except Exception:  # noqa: BLE001 - a fault that cannot even be counted is nobody's error
        return
