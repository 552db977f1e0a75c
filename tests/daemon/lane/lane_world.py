"""HTTP lanes for tests: one in this process with scripted answers, one of a real daemon; and a client of bytes."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Callable, Iterator, NamedTuple, Self

from callgate.agents.claude_code_http import HOOK_PATH
from callgate.daemon.http_files import Lane, free_port, leave_lane, make_lane
from callgate.daemon.http_proof import wait_for
from callgate.daemon.http_rules import Call
from callgate.daemon.http_server import LaneServer
from callgate.daemon.statistics import Statistics
from callgate.hook.answering import Answer
from callgate.host import places

TOKEN = "A" * 43
SECONDS = 20.0
"""For anything that a test waits for."""

ANSWER = b'{"scripted":true}\n'


class Reply(NamedTuple):
    """One answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def decision(self) -> str:
        """What a host reads; `none` for no opinion, `proceeds` for what it takes as consent."""
        if self.status != 200:
            return "proceeds"
        return str(json.loads(self.body)["hookSpecificOutput"]["permissionDecision"]) if self.body else "none"

    @property
    def reason(self) -> str:
        """Why, for the person."""
        return str(json.loads(self.body)["hookSpecificOutput"]["permissionDecisionReason"])


class Scripted:
    """Answers of a test's making, in place of `HttpAnswers`."""

    def __init__(self) -> None:
        self.handed_on = 0
        self.seen: list[tuple[Call, bytes]] = []
        self.settled: list[bool] = []
        self.output = ANSWER
        self.broken = False
        """Fail."""
        self.slow = False
        """Leave it to the process, which answers when `release` is set."""
        self.release = asyncio.Event()
        self.cancelled = False

    def at_once(self, call: Call, body: bytes) -> Answer | None:
        """Note the message."""
        self.seen.append((call, body))
        if self.broken:
            raise RuntimeError("on purpose")
        return None if self.slow else Answer(b"" if call.listens else self.output)

    def too_large(self, call: Call) -> Answer:
        """Note that it was."""
        self.seen.append((call, b"too large"))
        return Answer(b'{"too":"large"}\n')

    def sending(self, answer: Answer) -> None:
        """Count nothing."""

    def settle(self, _answer: Answer, _size: int, _started: int, *, sent: bool) -> None:
        """Note whether it was sent."""
        self.settled.append(sent)

    async def by_process(self, _call: Call, _body: bytes) -> bytes:
        """Answer late."""
        self.handed_on += 1
        try:
            await self.release.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        return b'{"late":true}\n'


class OwnLane:
    """A lane in a thread of this process."""

    def __init__(self, lane: Lane | None = None) -> None:
        self.lane = lane or Lane(free_port(), "/nowhere", TOKEN)
        self.answers = Scripted()
        self.statistics = Statistics()
        self.outdated = False
        self.server = LaneServer(self.lane, self.answers, self.statistics, lambda: self.outdated)  # type: ignore[arg-type] # scripted
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.server.start(), self.loop).result(SECONDS)
        return self

    def __exit__(self, *_error: object) -> None:
        asyncio.run_coroutine_threadsafe(self._leave(), self.loop).result(SECONDS)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(SECONDS)
        self.loop.close()

    async def _leave(self) -> None:
        self.server.leave()
        self.server.end()
        mine = asyncio.current_task()
        left = [one for one in asyncio.all_tasks() if one is not mine]
        for one in left:
            one.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await asyncio.sleep(0.02)

    def do(self, work: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever *work* returns
        """Run *work* in the thread of the lane."""

        async def inside() -> Any:  # noqa: ANN401 - as above
            return work()

        return asyncio.run_coroutine_threadsafe(inside(), self.loop).result(SECONDS)


class Conversation:
    """A connection over which a test says what it likes."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
        self._data = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._socket.close()

    def say(self, data: bytes) -> Conversation:
        """Send *data*; a lane that has hung up may."""
        with suppress(BrokenPipeError, ConnectionResetError):
            self._socket.sendall(data)
        return self

    def finish(self) -> Conversation:
        """Send nothing more."""
        self._socket.shutdown(socket.SHUT_WR)
        return self

    def reply(self) -> Reply:
        """Return the next answer.

        Raises:
            ConnectionError: there is none.
        """
        while b"\r\n\r\n" not in self._data:
            self._more()
        head, _, self._data = self._data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        status = int(first.split()[1])
        length = int(headers.get("content-length", "0"))
        while len(self._data) < length:
            self._more()
        body, self._data = self._data[:length], self._data[length:]
        return Reply(status, headers, body)

    def ended(self) -> bool:
        """Whether the lane hangs up without another word."""
        try:
            return not self._data and not self._socket.recv(1)
        except ConnectionResetError:
            return True

    def _more(self) -> None:
        data = self._socket.recv(65536)
        if not data:
            raise ConnectionError("no answer")
        self._data += data


def request(
    lane: Lane, body: bytes = b"{}", *, method: str = "POST", path: str = HOOK_PATH, **changes: str | None
) -> bytes:
    """Return a request as the host sends it.

    Args:
        lane: port and token.
        body: of the message.
        method: of the request.
        path: of the request.
        changes: header (`_` for `-`) -> another value, or `None` to leave it out.
    """
    headers: dict[str, str | None] = {
        "host": f"127.0.0.1:{lane.port}",
        "accept": "application/json, text/plain, */*",
        "content-type": "application/json",
        "authorization": f"Bearer {lane.token}",
        "content-length": str(len(body)),
        "connection": "keep-alive",
    }
    headers |= {name.replace("_", "-"): value for name, value in changes.items()}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items() if value is not None)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def ask(lane: Lane, body: bytes = b"{}", **changes: Any) -> Reply:  # noqa: ANN401 - those of `request`
    """Return the answer to one request."""
    with Conversation(lane.port) as one:
        return one.say(request(lane, body, **changes)).reply()


class DaemonLane:
    """A home with a real daemon that serves its lane."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.home = root / "home"
        self.project = self.home / "work"
        self.project.mkdir(parents=True)
        (self.project / ".git").mkdir()
        self.environ = {"HOME": str(self.home), "PATH": os.defpath}
        self.places = places(self.environ)
        self.run_directory = root / "run"
        self.run_directory.mkdir(mode=0o700)
        self.socket = str(self.run_directory / "gate.sock")
        self.lane = make_lane(self.places, self.socket)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *, wait: bool = True, python: str = sys.executable) -> None:
        """Start the daemon; *wait* until it serves the lane."""
        with (self.root / "said").open("wb") as said:
            self.process = subprocess.Popen(
                [python, "-I", "-m", "callgate", "daemon", "run", "--socket", self.socket, "--idle", "120s"],
                env=self.environ, cwd=self.root, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said,
            )  # fmt: skip
        if wait:
            fault = wait_for(self.lane, seconds=SECONDS)
            assert not fault, f"{fault}: {(self.root / 'said').read_text()}"

    def stop(self) -> None:
        """Have it leave, and wait for that."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(SECONDS)
            self.process = None

    def callgate(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command of callgate."""
        return subprocess.run(
            [sys.executable, "-I", "-m", "callgate", *words], env={**self.environ, **more}, cwd=self.project,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def status(self) -> dict[str, Any]:
        """Return the daemon's report."""
        report: dict[str, Any] = json.loads(self.callgate("status", "--json", "--socket", self.socket).stdout)
        return report

    def call(self, command: str, **more: str) -> bytes:
        """Return the message for a Bash call."""
        message = {
            "session_id": "s", "transcript_path": "", "cwd": str(self.project), "hook_event_name": "PreToolUse",
            "permission_mode": "default", "tool_name": "Bash", "tool_input": {"command": command}, "tool_use_id": "t",
        }  # fmt: skip
        return json.dumps(message | more).encode()

    def hook(self, data: bytes, *options: str) -> bytes:
        """Return what the hook process prints for *data*."""
        done = subprocess.run(
            [sys.executable, "-I", "-m", "callgate", "hook", *options], env=self.environ, cwd="/", input=data,
            capture_output=True, timeout=60, check=True,
        )  # fmt: skip
        return done.stdout

    def log(self) -> list[dict[str, Any]]:
        """Return the operational log."""
        file = Path(self.places.log_file)
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


@contextmanager
def daemon_lane() -> Iterator[DaemonLane]:
    """Give a home without a daemon yet, in a directory whose name is short enough for sockets."""
    root = Path(tempfile.mkdtemp(prefix="cg-"))
    one = DaemonLane(root)
    try:
        yield one
    finally:
        one.stop()
        shutil.rmtree(root, ignore_errors=True)


class Home:
    """A home without a lane, whose commands use a runtime directory of their own."""

    def __init__(self, world: DaemonLane) -> None:
        self.world = world
        leave_lane(world.places, "")
        self.user = world.home / ".claude" / "settings.json"
        self.local = world.project / ".claude" / "settings.local.json"

    def run(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command of callgate."""
        return self.world.callgate(*words, XDG_RUNTIME_DIR=str(self.world.run_directory), SHELL="/bin/zsh", **more)

    def said(self, *words: str, **more: str) -> str:
        """Run a command that succeeds; return what it prints."""
        done = self.run(*words, **more)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def files(self) -> list[str]:
        """What lies in the configuration directory."""
        return sorted(one.name for one in Path(self.world.places.config_dir).iterdir())
