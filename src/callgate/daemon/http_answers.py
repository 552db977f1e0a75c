"""From a message that came over HTTP to the bytes that the hook would print; there is always an answer.

The daemon itself answers what is of a usual size and quickly judged. Everything else is answered by a process like the
one that the host starts for a command hook, which has ten times the time: nobody stands behind an HTTP hook who could
decide by himself when the daemon does not.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from typing import Final

from callgate.agents.claude_code import MAX_INPUT, ask_for
from callgate.agents.claude_code_http import project_of
from callgate.daemon.answers import Answers, Unanswered
from callgate.daemon.http_rules import Call
from callgate.daemon.protocol import MAX_BODY, VARIABLES, Request
from callgate.daemon.statistics import Statistics
from callgate.hook.answering import Answer

PROCESSES: Final = 4
"""Hook processes at once; each takes 50 MB for a moment."""

PROCESS_SECONDS: Final = 8.0
"""For one of them, the wait for its turn included. The host waits ten, the hook itself takes at most seven."""


class HttpAnswers:
    """Finds the answers."""

    def __init__(self, answers: Answers, statistics: Statistics, build: str) -> None:
        """Take who answers at once.

        Args:
            answers: of the daemon.
            statistics: gets what goes wrong.
            build: of the daemon.
        """
        self.handed_on = 0
        """Messages that a process of their own answered."""
        self._answers = answers
        self._statistics = statistics
        self._build = build
        self._turn = asyncio.Semaphore(PROCESSES)
        self._own = {name: os.environ[name] for name in VARIABLES[:3] if name in os.environ}

    def at_once(self, call: Call, body: bytes) -> Answer | None:
        """Return the answer of this process; `None` when it has none."""
        if len(body) > MAX_BODY:
            return None
        try:
            return self._answers.prepare(self._request(call, body), body)
        except Unanswered as why:
            self._statistics.fault(f"http lane: {why}")
            return None

    def too_large(self, call: Call) -> Answer:
        """Return the *ask* for a message of more than `MAX_INPUT` bytes, as the hook says it, with its log line."""
        fault = f"input is larger than {MAX_INPUT} bytes"
        try:
            return self._answers.refuse(self._request(call, b""), fault)
        except Unanswered as why:
            self._statistics.fault(f"http lane: {why}")
            return Answer(ask_for(fault))

    def sending(self, answer: Answer) -> None:
        """See `Answers.sending`."""
        self._answers.sending(answer)

    def settle(self, answer: Answer, size: int, started_ns: int, *, sent: bool) -> None:
        """Have written down what was sent, to a message of *size* bytes, or take it back."""
        if sent:
            self._answers.sent(answer, size, started_ns)
        else:
            self._answers.unsent(answer)

    async def by_process(self, call: Call, body: bytes) -> bytes:
        """Return what a hook process prints for *body*; it writes the log itself."""
        self.handed_on += 1
        until = time.monotonic() + PROCESS_SECONDS
        try:
            async with asyncio.timeout(PROCESS_SECONDS), self._turn:
                return await self._run(self._request(call, body), body)
        except TimeoutError:
            why = f"no answer within {PROCESS_SECONDS:g} s" if time.monotonic() >= until else "the process timed out"
        except Exception as error:  # noqa: BLE001 - the boundary: no answer would be *go on*
            why = f"no process can be started: {type(error).__name__}: {error}"
        self._statistics.fault(f"http lane: {why}")
        return b"" if call.listens else ask_for(why)

    async def _run(self, request: Request, body: bytes) -> bytes:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-m", "callgate", "hook", *request.arguments,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            env={**request.environ, "PATH": os.defpath}, cwd="/",
        )  # fmt: skip
        try:
            out, _ = await process.communicate(body)
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if process.returncode == 0:
            return out
        return b"" if "--outcome" in request.arguments else ask_for(f"the hook's exit code was {process.returncode}")

    def _request(self, call: Call, body: bytes) -> Request:
        environ = {**self._own, **call.environ}
        project = "" if call.listens else _project(body)
        if project:
            environ["CLAUDE_PROJECT_DIR"] = project
        return Request(self._build, "/", call.arguments, environ)


def _project(body: bytes) -> str:
    """Return the directory that the session began in; nothing when the message does not tell. See `project_of`."""
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        return ""  # whoever judges it says what is wrong
    if not isinstance(message, dict):
        return ""
    return project_of(message.get("transcript_path"), message.get("cwd"))
