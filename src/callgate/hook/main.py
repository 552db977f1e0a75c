"""The process that an agent starts for each call: read, decide, log, answer. It never fails open, and never silently.

Hosts take a crash, a time-out or a missing answer as *go on*. So everything is caught here and becomes an explicit
*ask*, inside a deadline of our own that is shorter than the host's. Events that need no decision are noted in silence
(`hook/outcome.py`), those of the session are answered apart (`hook/session.py`).
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType
from typing import TYPE_CHECKING, Mapping

from callgate.agents.claude_code import MAX_INPUT, ask_for
from callgate.core.errors import DeadlineError, InputError
from callgate.core.model import ToolCall
from callgate.hook.answering import (
    SESSION,
    Answer,
    Options,
    Surroundings,
    cwd_of_process,
    options_of,
    refuse,
    respond,
    silent,
)

if TYPE_CHECKING:
    from callgate.gate import Gate

DEADLINE_SECONDS = 4.0
"""`install` registers 10 s with the host; the rest is for a slow start of the interpreter."""

LOG_SECONDS = 3.0
"""For writing down that a call could not be judged; with the deadline, still well inside the host's 10 s."""

_LATE = f"the decision took longer than {DEADLINE_SECONDS:g} s"


def main(argv: list[str]) -> int:
    """Answer one hook call on stdin. Always returns 0: the decision is in the output.

    Args:
        argv: `--config FILE` uses that policy file alone; `--test-mode` always prints the decision; `--outcome` says
            that this registration is for events that need none, `--session` that it is for those of the session;
            `--daemon SOCKET` sees to it that a daemon answers there the next time, and `--other-build` that it is not
            the one that answered this time.
    """
    try:
        output = _guarded(argv)
        _disarm()
    except DeadlineError:  # it came when the answer was there, or on the way out of a fault
        output = b"" if SESSION in argv else ask_for(_LATE)
    _write(output)
    if any(word.startswith("--daemon") for word in argv):
        _see_to_the_daemon(argv)
    return 0


def _guarded(argv: list[str]) -> bytes:
    """Return the answer; a fault becomes an *ask* that is logged, or silence for an event of the session."""
    _arm(DEADLINE_SECONDS)
    seen: list[ToolCall] = []
    around = Surroundings(os.environ, cwd_of_process(), _open)
    options = None
    try:
        options = options_of(argv, around.cwd)
        return _written(respond(_reading, options, around, seen))
    except InputError as error:
        fault = str(error)
    except DeadlineError:
        fault = _LATE
    except (KeyboardInterrupt, SystemExit):
        fault = "the hook was interrupted"
    except BaseException as error:  # noqa: BLE001 - the boundary: whatever happened, the host must hear *ask*
        fault = f"{type(error).__name__}: {error}"
    if silent(argv, seen):
        return b""
    return _refused(fault, seen[-1] if seen else ToolCall("", {}, around.cwd), options, around)


def _written(answer: Answer) -> bytes:
    """Write down what is to be, then return the answer: a host may end this process as soon as it has that."""
    answer.write()
    return answer.output


def _open(environ: Mapping[str, str], cwd: str, config: str) -> Gate:
    from callgate.gate import open_gate  # noqa: PLC0415 - other events need no engine

    return open_gate(environ, cwd, config=config)


def _reading(limit: int) -> bytes:
    data = read_stdin(limit)
    _arm(DEADLINE_SECONDS)  # the time that the host took to send the call does not count
    return data


def _see_to_the_daemon(argv: list[str]) -> None:
    """Start the daemon where none runs. The answer is out: nothing that happens here matters to this call."""
    try:
        from callgate.daemon.starting import ensure  # noqa: PLC0415 - only registrations with a client come here
        from callgate.environ import trusted_environ  # noqa: PLC0415 - as above

        options = options_of(argv, "/")
        # It outlives this session: a checkout's settings must not say where it counts its faults.
        ensure(options.daemon, trusted_environ(os.environ, cwd_of_process()), replace=options.other_build)
    except Exception:  # noqa: BLE001 - `doctor` says that none runs, and why
        return


def _arm(seconds: float) -> None:
    try:
        signal.signal(signal.SIGALRM, _expired)
        signal.setitimer(signal.ITIMER_REAL, seconds)
    except (ValueError, OSError):
        return  # not the main thread (tests): the caller has a deadline of its own


def _disarm() -> None:
    try:
        signal.setitimer(signal.ITIMER_REAL, 0)
    except (ValueError, OSError):
        return


def _expired(_number: int, _frame: FrameType | None) -> None:
    raise DeadlineError


def read_stdin(limit: int = MAX_INPUT) -> bytes:
    """Read all of stdin, but no more than is needed to see that it is larger than *limit* bytes.

    Raises:
        InputError: it cannot be read.
    """
    parts: list[bytes] = []
    left = limit + 1
    try:
        while left > 0 and (part := os.read(0, min(left, 1 << 20))):
            parts.append(part)
            left -= len(part)
    except OSError as error:
        raise InputError(f"stdin cannot be read: {error.strerror}") from error
    return b"".join(parts)


def _refused(fault: str, call: ToolCall, options: Options | None, around: Surroundings) -> bytes:
    """Answer what could not be judged, and log it; one fault must not hide another in the log."""
    _arm(LOG_SECONDS)
    try:
        return _written(refuse(fault, call, options.config if options else "", around))
    except BaseException as error:  # noqa: BLE001 - an answer without a log line is better than none
        sys.stderr.write(f"callgate: the journal is not written: {type(error).__name__}: {error}\n")
    return ask_for(fault)


def _write(output: bytes) -> None:
    view = memoryview(output)
    while view:
        try:
            view = view[os.write(1, view) :]
        except OSError:
            # Nobody reads the answer (a closed pipe). Exit code 2 is the only thing left that blocks.
            os._exit(2)
