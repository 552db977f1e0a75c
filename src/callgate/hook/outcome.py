"""Events that need no decision: what became of a call goes into a log of its own, and nothing is ever printed.

The tool has run, or its dialog goes on whatever we do. So nothing here is worth an error in front of a person: what
goes wrong is counted for `doctor` like every fault of the journal.
"""

from __future__ import annotations

import time
from typing import Any, Callable, Final, Mapping

from callgate.hook.events import count_fault, decoded

MAX_EVENT: Final = 64 * 1024 * 1024
"""Bytes of one message. It carries the tool's whole answer: an edited file comes twice."""

_DECIDING: Final = ("", "pretooluse")


def listen(read: Callable[[int], bytes], environ: Mapping[str, str]) -> tuple[bytes, Callable[[], None] | None]:
    """Take one message from *read*, for a registration that only listens; never raises, but for exits.

    Args:
        read: brings the message.
        environ: the hook's environment.

    Returns:
        The message when it asks for a decision after all (the registration is wrong then, and the call is judged all
        the same), else nothing; and what writes the event down, if there is one. A message that cannot be read is
        counted, not judged: whether the registration is wrong, too, is for `doctor` to find, which fires one of these
        at every hook that decides.
    """
    try:
        data = read(MAX_EVENT)
        payload = decoded(data, MAX_EVENT)
        name = payload.get("hook_event_name") or ""
        if isinstance(name, str) and name.lower() in _DECIDING:
            return data, None
    except Exception as error:  # noqa: BLE001 - the boundary: no event of this kind is an error to the host
        fault = error
        return b"", lambda: _count(fault, environ)
    return b"", noting(payload, environ)


def noting(payload: Mapping[str, Any], environ: Mapping[str, str]) -> Callable[[], None]:
    """Return what writes down what *payload*, a decoded message, tells of a call; it never raises, but for exits."""
    now = time.time()
    return lambda: _note(payload, environ, now)


def _note(payload: Mapping[str, Any], environ: Mapping[str, str], now: float) -> None:
    try:
        from callgate.agents.claude_code_outcomes import parse_outcome  # noqa: PLC0415 - other events need none of it
        from callgate.host import places  # noqa: PLC0415 - as above
        from callgate.journal.outcomes import record  # noqa: PLC0415 - as above

        outcome = parse_outcome(payload, environ)
        if outcome is None:
            return
        fault = record(places(environ).outcomes_file, outcome, now=now)
        if fault:
            _count(OSError(fault), environ)
    except Exception as error:  # noqa: BLE001 - as above
        _count(error, environ)


def _count(error: Exception, environ: Mapping[str, str]) -> None:
    count_fault("an outcome was not logged", error, environ)
