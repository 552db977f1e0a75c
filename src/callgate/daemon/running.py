"""The daemon process: from the lock to the last line of the journal."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import resource
import signal
import socket
import sys
import time
from typing import Final, NamedTuple

from callgate.core.errors import CallgateError
from callgate.core.model import ToolCall
from callgate.daemon import code
from callgate.daemon.answers import Answers
from callgate.daemon.asking import own_build
from callgate.daemon.counters import Counters
from callgate.daemon.gates import Gates
from callgate.daemon.http_lane import HttpLane
from callgate.daemon.journaling import Journal
from callgate.daemon.protocol import METRICS, REFUSED, RETIRE, STATUS, STOP, Request, pack
from callgate.daemon.reporting import Reporter
from callgate.daemon.runtime import Runtime, prepare
from callgate.daemon.server import BACKLOG, Server
from callgate.daemon.service import EXIT_ANEW
from callgate.daemon.starting import adopt, take
from callgate.daemon.statistics import Statistics
from callgate.daemon.stopping import take_over
from callgate.environ import trusted_environ
from callgate.gate import open_gate
from callgate.host import places
from callgate.journal.faults import count_faults

FLUSH_SECONDS: Final = 10.0
"""For the last lines of the journal, when the daemon is told to leave."""

CLIENT_SECONDS: Final = 0.25
LANE_SECONDS: Final = 2.0
"""For the last answers, when the daemon is told to leave."""

CODE_SECONDS: Final = 2.0
"""How often a busy daemon looks whether its own code has changed on the disk."""

SWITCH_SECONDS: Final = 0.0005
"""How long the journal's thread may keep a decision waiting for the interpreter; Python's own is ten times that."""

_Identity = tuple[int, int]
_DESCRIPTORS: Final = 4096
_PRACTICE: Final = ("git status", "ls -la | head -5", "cd src && grep -rn x . 2>/dev/null", "pytest -q tests")


class RunningError(CallgateError):
    """The daemon cannot run. The text says why."""


class Wish(NamedTuple):
    """How a daemon is to run."""

    files: Runtime
    idle_seconds: float
    """It leaves when nobody has called for so long; 0 never."""
    detached: bool = False
    """Leave the terminal and the session of whoever started it."""
    lock: int | None = None
    """Descriptor of the lock that the starter has taken already."""
    http: int | None = None
    """Descriptor of the socket at which the HTTP lane was served before."""
    replace: bool = False
    """Have a daemon that runs already leave, and run in its place."""


class Daemon:
    """One daemon. `run` returns when it has left."""

    def __init__(self, wish: Wish) -> None:
        """Take the lock.

        Raises:
            RunningError: another daemon runs, or the runtime directory cannot be used.
            NoDaemonError: the one that runs is to be replaced, and cannot be.
            OSError: a file there cannot be made.
        """
        fault = prepare(wish.files)
        if fault:
            raise RunningError(fault)
        self._lock = _lock(wish)
        self._wish = wish
        self._statistics = Statistics()
        self._counters = Counters(wish.files.counters)
        self._journal = Journal(self._counters, self._statistics.fault)
        self._gates = Gates()
        self._answers = Answers(self._gates, self._journal, self._counters, self._statistics)
        self._server = Server(own_build(), self._answers, self._statistics, self._tell)
        self._lane = HttpLane(wish.files, self._answers, self._server, self._statistics)
        self._report = Reporter(
            self._server, self._gates, self._journal, self._counters, wish.files, self._lane, wish.idle_seconds
        )
        self._signature = code.signature()
        self._stop = asyncio.Event()
        self._anew = False
        self._again = False
        self._ended = False
        self._place: _Identity | None = None
        self._looked = time.monotonic()

    def run(self) -> int:
        """Answer until told to leave; nothing that was answered is lost.

        Returns:
            The exit code: 0, or `EXIT_ANEW`.

        Raises:
            OSError: the socket cannot be made.
        """
        self._tell_of_the_last()
        self._journal.start()
        _practise()
        asyncio.run(self._serve())
        if self._again and not self._ended:
            self._lane.become(self._lock, self._wish.idle_seconds, attached=not self._wish.detached)
        return EXIT_ANEW if self._anew else 0

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end)
        if self._wish.detached:
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
        else:
            loop.add_signal_handler(signal.SIGHUP, self._end)
        self._answers.arm()
        # Only now: who finds no socket decides by itself at once, who finds one that nobody serves waits first.
        self._server.listen(_listen(self._wish.files.socket))
        self._place = _identity(self._wish.files.socket)
        await self._lane.start(self._wish.http)
        self._watch_the_clock()
        await self._stop.wait()
        if _identity(self._wish.files.socket) == self._place:  # else it is another daemon's
            with contextlib.suppress(OSError):
                os.unlink(self._wish.files.socket)
        self._server.leave()
        self._lane.leave(again=self._again)
        # What has been accepted is answered; no client waits longer than that, but behind the lane nobody else decides.
        until = time.monotonic() + (LANE_SECONDS if self._lane.busy else CLIENT_SECONDS)
        while (self._server.open or self._lane.busy) and time.monotonic() < until:  # noqa: ASYNC110 - they end alone
            await asyncio.sleep(0.01)
        for one in list(self._server.open):
            one.end("the daemon leaves")
        self._lane.end()
        # Within the loop, whose handlers keep a second signal from ending the process half-way.
        if self._journal.close(FLUSH_SECONDS):
            self._counters.close()

    def _tell(self, kind: int, request: Request) -> bytes:
        if kind == STATUS:
            return self._report.status()
        if kind == METRICS:
            return self._report.metrics()
        if kind == STOP:
            self._end()
        elif kind == RETIRE and request.build != self._server.build:
            # Code in another place cannot be had by starting this one again.
            self._leave(anew=_directory(request.build) == _directory(self._server.build))
        elif kind != RETIRE:
            return pack(REFUSED, b"", b"this daemon does not know that kind of question")
        return self._report.status()

    def _watch_the_clock(self) -> None:
        """Leave when nobody calls any more, or can; or when the code has changed, which is looked at after calls.

        A cleaner of temporary files, or the end of a login, may take the socket away. With the lock still held, nobody
        would start another daemon.
        """
        if self._stop.is_set():
            return  # it leaves already, and has taken the socket away itself
        now, idle = time.monotonic(), 0.0 if self._lane.on else self._wish.idle_seconds
        used = max(self._server.last_used, self._lane.last_used)
        locked = _identity(self._wish.files.lock) == _identity(self._lock)
        if self._server.outdated or not locked or _identity(self._wish.files.socket) != self._place:
            self._again = locked  # else another daemon may run there by now
            self._leave(anew=True)
            return
        if idle and now - used >= idle:
            self._stop.set()
            return
        if used > self._looked:
            self._looked = now
            self._journal.put(self._look_at_the_code)
        wait = max(0.05, min(CODE_SECONDS, used + idle - now)) if idle else CODE_SECONDS
        asyncio.get_running_loop().call_later(wait, self._watch_the_clock)

    def _end(self) -> None:
        """Leave because somebody said so."""
        self._ended = True
        self._stop.set()

    def _leave(self, *, anew: bool) -> None:
        self._anew = anew
        self._stop.set()

    def _look_at_the_code(self) -> None:
        """In the journal's thread: six hundred files take a few milliseconds, mostly outside the interpreter."""
        if code.signature() != self._signature:
            self._server.outdated = True

    def _tell_of_the_last(self) -> None:
        """Say so where the daemon before this one was killed and took lines with it."""
        missing = self._counters.missing
        if missing:
            text = f"the daemon before was killed: {missing} decisions that it answered are not in the log"
            self._statistics.fault(text)
            state = places(trusted_environ(os.environ, "/")).state_dir
            count_faults(f"{state}/faults", [text], now=time.time())


def run(wish: Wish) -> int:
    """Run a daemon in this process until it leaves; return the exit code.

    Raises:
        RunningError: it cannot run.
        NoDaemonError: the daemon that it is to replace does not leave.
        OSError: one of its files cannot be made.
    """
    os.umask(0o077)
    os.chdir("/")
    if wish.detached:
        with contextlib.suppress(OSError):  # a session leader already
            os.setsid()
    with contextlib.suppress(ValueError, OSError):
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(_DESCRIPTORS, hard) if hard >= 0 else _DESCRIPTORS, hard))
    sys.setswitchinterval(SWITCH_SECONDS)
    return Daemon(wish).run()


def _lock(wish: Wish) -> int:
    """Return the lock, with our process id in it.

    Raises:
        RunningError: another daemon has it.
        NoDaemonError: it is to be replaced, and neither leaves nor can be killed.
    """
    left = wish.lock is not None and adopt(wish.files, wish.lock)
    lock = wish.lock if left else take_over(wish.files) if wish.replace else take(wish.files)
    if lock is None:
        raise RunningError(f"a daemon runs already at {wish.files.socket}")
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    return lock


def _listen(path: str) -> socket.socket:
    """Return a socket that listens at *path*, with mode 0600. The lock is held, so what stands there is stale."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listening.bind(path)
        os.chmod(path, 0o600)
        listening.listen(BACKLOG)
        listening.setblocking(False)
    except BaseException:
        listening.close()
        raise
    return listening


def _identity(file: str | int) -> _Identity | None:
    """Return what tells the file at a path, or an open one, from every other; nothing for one that is not there."""
    try:
        state = os.fstat(file) if isinstance(file, int) else os.lstat(file)
    except OSError:
        return None
    return state.st_dev, state.st_ino


def _directory(build: str) -> str:
    return build.partition(" ")[2]


def _practise() -> None:
    """Load what decisions need before the first of them; what is there then stays, and is not looked at again."""
    gate = open_gate({}, "/", profile="standard", home="/nowhere", project="/nowhere/project")
    for command in _PRACTICE:
        gate.examine(ToolCall("Bash", {"command": command}, "/nowhere/project"))
    gate.examine(ToolCall("Read", {"file_path": "/nowhere/project/a"}, "/nowhere/project"))
    del gate
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
