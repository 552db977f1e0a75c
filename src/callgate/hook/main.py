"""The process that an agent starts for each call: read, decide, log, answer. It never fails open, and never silently.

Hosts take a crash, a time-out or a missing answer as *go on*. So everything is caught here and becomes an explicit
*ask*, inside a deadline of our own that is shorter than the host's. Events that need no decision are noted in silence
(`hook/outcome.py`), those of the session are answered apart (`hook/session.py`).
"""

from __future__ import annotations

import os
import signal
import sys
import time
from types import FrameType

from callgate.agents.claude_code import MAX_INPUT, ask_for, parse_input, render
from callgate.core.errors import DeadlineError, InputError
from callgate.core.model import ToolCall, Verdict

DEADLINE_SECONDS = 4.0
"""`install` registers 10 s with the host; the rest is for a slow start of the interpreter."""

LOG_SECONDS = 3.0
"""For writing down that a call could not be judged; with the deadline, still well inside the host's 10 s."""

_LATE = f"the decision took longer than {DEADLINE_SECONDS:g} s"
USAGE = "usage: callgate hook [--config FILE] [--test-mode] [--outcome | --session]"

SESSION = "--session"
OF_SESSION = ("SessionStart", "SessionEnd", "ConfigChange")
"""As in `agents/registration.py`, which a call to decide does not load."""


def main(argv: list[str]) -> int:
    """Answer one hook call on stdin. Always returns 0: the decision is in the output.

    Args:
        argv: `--config FILE` uses that policy file alone; `--test-mode` always prints the decision; `--outcome` says
            that this registration is for events that need none, `--session` that it is for those of the session.
    """
    argv = list(argv)
    try:
        output = _guarded(argv)
        _disarm()
    except DeadlineError:  # it came when the answer was there, or on the way out of a fault
        output = b"" if SESSION in argv else ask_for(_LATE)
    _write(output)
    return 0


def _guarded(argv: list[str]) -> bytes:
    """Return the answer; a fault becomes an *ask* that is logged, or silence for an event of the session."""
    _arm(DEADLINE_SECONDS)
    seen: list[ToolCall] = []
    try:
        return _answer(argv, seen)
    except InputError as error:
        fault = str(error)
    except DeadlineError:
        fault = _LATE
    except (KeyboardInterrupt, SystemExit):
        fault = "the hook was interrupted"
    except BaseException as error:  # noqa: BLE001 - the boundary: whatever happened, the host must hear *ask*
        fault = f"{type(error).__name__}: {error}"
    if SESSION in argv:
        return b""
    return _refused(argv, fault, seen[0] if seen else ToolCall("", {}, _cwd()))


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


def _answer(argv: list[str], seen: list[ToolCall]) -> bytes:
    data = b""
    if SESSION in argv:
        from callgate.hook import session  # noqa: PLC0415 - as below

        output, data = session.listen(read_stdin, _cwd(), _config(argv))
        if not data:
            return output
        argv.remove(SESSION)  # a call to decide after all: its faults must be heard
    config, test_mode, listens = _options(argv)
    if listens and not data:
        from callgate.hook import outcome  # noqa: PLC0415 - calls to decide do not need it

        data = outcome.listen(read_stdin)
        if not data:
            return b""
    data = data or read_stdin()
    _arm(DEADLINE_SECONDS)  # the time that the host took to send the call does not count
    event = parse_input(data)
    if event.call is None and event.name in OF_SESSION:
        from callgate.hook import session  # noqa: PLC0415 - as above

        return session.answer(event.payload, os.environ, _cwd(), config=config)
    if event.call is None:
        from callgate.hook import outcome  # noqa: PLC0415 - as above

        outcome.note(event.payload)
        return b""
    seen.append(event.call)
    from callgate.gate import open_gate  # noqa: PLC0415 - other events need no engine

    gate = open_gate(os.environ, event.call.cwd or _cwd(), config=config)
    return render(gate.answer(event.call), always=test_mode)


def _options(argv: list[str]) -> tuple[str, bool, bool]:
    config, test_mode, listens = "", False, False
    words = list(argv)
    while words:
        word = words.pop(0)
        if word == "--test-mode":
            test_mode = True
        elif word == "--outcome":
            listens = True
        elif word == SESSION:
            continue
        elif word == "--config" and words:
            config = words.pop(0)
        elif word.startswith("--config=") and len(word) > len("--config="):
            config = word.partition("=")[2]
        else:
            raise InputError(f"the registration is wrong: `{word}` is not understood ({USAGE})")
    return _absolute(config), test_mode, listens


def _config(argv: list[str]) -> str:
    """The policy file that the registration names; none when its options are not understood."""
    try:
        return _options(argv)[0]
    except InputError:
        return ""


def _absolute(path: str) -> str:
    """A relative `--config` is relative to the hook's own directory, not to the call's."""
    return path if not path or path.startswith(("/", "~")) else os.path.join(_cwd(), path)


def _cwd() -> str:
    try:
        return os.getcwd()
    except OSError:
        return "/"


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


def _refused(argv: list[str], fault: str, call: ToolCall) -> bytes:
    """Answer what could not be judged, and log it; one fault must not hide another in the log."""
    _arm(LOG_SECONDS)
    verdict = Verdict("ask", f"callgate could not judge this call: {fault}", "error", 10, "partial")
    try:
        from callgate.gate import open_gate  # noqa: PLC0415 - as above

        config = _options(argv)[0] if not fault.startswith("the registration") else ""
        gate = open_gate(os.environ, call.cwd or _cwd(), config=config)
        gate.journal().record(call, verdict, None, None, now=time.time(), error=fault)
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
