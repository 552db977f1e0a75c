"""Daemons of a test's own: real processes, each in a short runtime directory, ended by their id whatever happens."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING, Callable

import pytest

from callgate.daemon import protocol
from callgate.daemon.asking import own_build
from callgate.daemon.reports import Report, report_of
from callgate.daemon.runtime import Runtime, prepare
from callgate.daemon.starting import take
from callgate.daemon.stopping import pid_of, running

if TYPE_CHECKING:
    from collections.abc import Iterator

LIFE = "120s"
"""No daemon of a test lives longer without calls, should everything else fail."""

PATIENCE = 30.0
"""Seconds for what takes a fraction of one; only a hanging test comes near."""


def eventually(happens: Callable[[], bool]) -> None:
    """Wait until something happens; a test that waits in vain fails."""
    until = time.monotonic() + PATIENCE
    while not happens():
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.01)


class OwnDaemon:
    """One place for a daemon, and every process that was started there."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.home = f"{root}/home"
        os.mkdir(self.home)
        self.files = Runtime(f"{root}/callgate")
        self.processes: list[subprocess.Popen[bytes]] = []
        assert prepare(self.files) == ""

    @property
    def environ(self) -> dict[str, str]:
        """The environment of a user who lives here."""
        return {"HOME": self.home, "XDG_RUNTIME_DIR": self.root, "PATH": os.environ["PATH"]}

    def run(self, *options: str, wait: bool = True) -> subprocess.Popen[bytes]:
        """Start `callgate daemon run` and wait until it answers."""
        words = [sys.executable, "-I", "-m", "callgate", "daemon", "run", "--socket", self.files.socket]
        idle = () if "--idle" in options else ("--idle", LIFE)
        process = subprocess.Popen(
            [*words, *idle, *options], env=self.environ, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        self.processes.append(process)
        if wait:
            eventually(lambda: process.poll() is not None or self.pid == process.pid)
        return process

    @property
    def pid(self) -> int:
        """The process that answers; 0 when none does."""
        try:
            return int(self.report["pid"])
        except Exception:  # noqa: BLE001 - whatever it is, none answers
            return 0

    @property
    def report(self) -> Report:
        """What the daemon says."""
        return report_of(self.files)

    def call(self, command: str, cwd: str = "/") -> bytes:
        """Have a Bash call decided; the body of the answer."""
        import json

        body = json.dumps({"tool_name": "Bash", "tool_input": {"command": command}, "cwd": cwd}).encode()
        head = protocol.head(own_build(), cwd, (), [("HOME", self.home)])
        kind, answer = self.send(protocol.pack(protocol.CALL, head, body))
        assert kind == protocol.ANSWER, answer
        return answer

    def send(self, data: bytes) -> tuple[int, bytes]:
        """Send bytes and return (kind, body) of what comes back; (0, b"") when it hangs up."""
        import socket

        with socket.socket(socket.AF_UNIX) as conversation:
            conversation.settimeout(PATIENCE)
            conversation.connect(self.files.socket)
            conversation.sendall(data)
            received = b""
            try:
                while part := conversation.recv(1 << 16):
                    received += part
            except ConnectionResetError:
                return 0, b""
        if not received:
            return 0, b""
        kind, head, body = protocol.lengths(received[: protocol.HEADER.size])
        rest = received[protocol.HEADER.size :]
        assert len(rest) == head + body
        return kind, rest[head:]

    def free(self) -> bool:
        """Whether the lock can be had."""
        lock = take(self.files)
        if lock is not None:
            os.close(lock)
        return lock is not None

    def logged(self) -> list[str]:
        """The lines of the operational log."""
        try:
            with open(f"{self.home}/.local/state/callgate/decisions.jsonl", encoding="utf-8") as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []

    def end(self) -> None:
        """End every process that may be left, by its id."""
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.communicate(timeout=PATIENCE)
        if running(self.files) and (pid := pid_of(self.files)) > 1:
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.root, ignore_errors=True)


@pytest.fixture
def own_daemon() -> Iterator[OwnDaemon]:
    """A place for a daemon with a path that is short enough for a socket, on macOS too."""
    place = OwnDaemon(os.path.realpath(tempfile.mkdtemp(prefix="cg-", dir="/tmp")))
    yield place
    place.end()
