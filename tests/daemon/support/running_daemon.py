"""A real daemon in a home of its own, frames to it, and the lines that it wrote."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, Iterator, Sequence

from callgate.daemon import protocol
from callgate.daemon.asking import NoDaemonError, ask, own_build
from callgate.daemon.protocol import ANSWER, CALL, STATUS, STOP, Frame, FrameError
from callgate.daemon.runtime import Runtime, runtime_at

POLICY = (
    '[[allow]]\nid = "ls"\ncommand = "ls *"\n[[deny]]\nid = "no-cp"\ncommand = "cp *"\n'
    '[[ask]]\nid = "make"\ncommand = "make *"\n'
)

_RUN = """
import resource, sys
from callgate.daemon.running import Wish, run
from callgate.daemon.runtime import runtime_at
if int(sys.argv[3]): resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
if int(sys.argv[4]): resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[4]),) * 2)
sys.exit(run(Wish(runtime_at(sys.argv[1]), float(sys.argv[2]))))
"""


class DaemonWorld:
    """A home directory, a project, a policy and a runtime directory, all with short names.

    Attributes:
        home: home directory; `project` lies in it.
        state: where the logs are.
        environ: of hooks.
        files: of the daemon.
        started: the daemons that were started here as children.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.home = root / "home"
        self.project = self.home / "shop"
        self.project.mkdir(parents=True)
        self.policy = self.home / ".config/callgate/policy.toml"
        self.policy.parent.mkdir(parents=True)
        self.policy.write_text(POLICY)
        self.state = self.home / ".local/state/callgate"
        (root / "run").mkdir(mode=0o700)
        self.environ = {"HOME": str(self.home), "XDG_RUNTIME_DIR": str(root / "run")}
        self.files: Runtime = runtime_at(str(root / "run/callgate/gate.sock"))
        self.started: list[subprocess.Popen[bytes]] = []

    # The daemon

    def start(self, *, idle: float = 120.0, file_size: int = 0, files: int = 0, package: Path | None = None) -> int:
        """Start a daemon and wait until it answers; return its process id.

        Args:
            idle: it leaves after so many seconds without a call.
            file_size: the largest file that it may write, in bytes; 0 for any.
            files: how many it may have open; 0 for as many as this process.
            package: a directory with the package to run, in place of the one that is tested.
        """
        words = [sys.executable, "-I", "-c", _RUN, self.files.socket, str(idle), str(file_size), str(files)]
        if package is not None:
            words[3] = f"import sys; sys.path.insert(0, {str(package)!r})\n{_RUN}"
        environ = {**self.environ, "PATH": os.environ["PATH"]}
        with (self.root / "daemon.out").open("ab") as out:
            self.started.append(
                subprocess.Popen(words, env=environ, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd="/")
            )
        self.wait_until_it_answers()
        return self.started[-1].pid

    def wait_until_it_answers(self) -> dict[str, Any]:
        """Return the report of the daemon as soon as one answers."""
        until = time.monotonic() + 60
        while True:
            try:
                return self.report()
            except NoDaemonError:
                if time.monotonic() > until:
                    said = (self.root / "daemon.out").read_text() if (self.root / "daemon.out").exists() else ""
                    raise AssertionError(f"no daemon answers: {said[-2000:]}") from None
            time.sleep(0.01)

    def report(self) -> dict[str, Any]:
        """Return what the daemon says of itself."""
        report = json.loads(ask(self.files, STATUS, seconds=10).body)
        assert isinstance(report, dict)
        return report

    def stop(self) -> None:
        """Have the daemon leave, and wait until it has."""
        with contextlib.suppress(NoDaemonError):
            ask(self.files, STOP, seconds=10)
        self.wait_until_gone()

    def wait_until_gone(self) -> None:
        """Wait until nobody holds the lock, and collect children that have ended."""
        from callgate.cli.daemons import running

        until = time.monotonic() + 60
        while running(self.files):
            assert time.monotonic() < until, "the daemon does not leave"
            time.sleep(0.01)
        for process in self.started:
            process.wait(10)

    def pid(self) -> int:
        """Return the process id in the lock file; 0 without one."""
        from callgate.cli.daemons import pid_of

        return pid_of(self.files)

    def end(self) -> None:
        """End every daemon of this world, and remove the world."""
        self.halt()
        self.root.chmod(0o700)
        shutil.rmtree(self.root, ignore_errors=True)

    def halt(self) -> None:
        """End every daemon of this world, whatever state it is in."""
        from callgate.cli.daemons import running

        pids = {process.pid for process in self.started if process.poll() is None}
        if running(self.files):
            pids.add(self.pid())
        for pid in pids - {0}:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for process in self.started:
            process.wait(10)

    # Calls

    def message(self, command: str, **more: object) -> bytes:
        """A call of `Bash`, as the agent sends it."""
        return json.dumps(
            {"tool_name": "Bash", "tool_input": {"command": command}, "cwd": str(self.project), **more}
        ).encode()

    def head(self, options: Sequence[str] = (), *, build: str = "", cwd: str = "/") -> bytes:
        """The head of a call, as a client of this world makes it."""
        environ = [(name, value) for name, value in self.environ.items() if name in protocol.VARIABLES]
        return protocol.head(build or own_build(), cwd, options, environ)

    def frame(self, body: bytes, options: Sequence[str] = (), *, build: str = "", cwd: str = "/") -> bytes:
        """A whole call."""
        return protocol.pack(CALL, self.head(options, build=build, cwd=cwd), body)

    def connect(self, seconds: float = 30.0) -> socket.socket:
        """Return a connection to the daemon."""
        peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        peer.settimeout(seconds)
        try:
            peer.connect(self.files.socket)
        except BaseException:
            peer.close()
            raise
        return peer

    def ask(self, body: bytes, options: Sequence[str] = (), *, build: str = "", cwd: str = "/") -> Frame | None:
        """Send a call and return the frame that comes back; `None` where there is none."""
        return self.send(self.frame(body, options, build=build, cwd=cwd))

    def send(self, data: bytes, seconds: float = 30.0) -> Frame | None:
        """Send *data* and return the frame that comes back; `None` where there is none."""
        try:
            with self.connect(seconds) as peer:
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    peer.sendall(data)
                return read_frame(peer)
        except (OSError, FrameError):
            return None

    def decision(self, command: str, options: Sequence[str] = (), **more: object) -> str:
        """Return what the daemon decides; empty when it does not answer, `-` for no opinion."""
        found = self.ask(self.message(command, **more), options)
        return decision_of(found.body) if found is not None and found.kind == ANSWER else ""

    # What was written

    def lines(self, name: str = "review.jsonl") -> list[dict[str, Any]]:
        """Return the entries of a log, of its rotated files too; every line must be whole."""
        files = [file for file in self.state.glob(f"{name}*") if not file.is_dir()]
        return [json.loads(line) for file in files for line in file.read_bytes().splitlines()]

    def counted(self, name: str = "review.jsonl") -> Counter[str]:
        """Return how often each `tool_use_id` is in a log."""
        return Counter(entry["tool_use_id"] for entry in self.lines(name))


def decision_of(output: bytes) -> str:
    """Return the decision in what a hook prints; `-` for no opinion."""
    return str(json.loads(output)["hookSpecificOutput"]["permissionDecision"]) if output else "-"


def read_frame(peer: socket.socket) -> Frame:
    """Read one frame.

    Raises:
        OSError: the other end hung up, or said nothing in time.
        FrameError: what it sent is no frame.
    """
    data = b""
    wanted = protocol.HEADER.size
    while len(data) < wanted:
        part = peer.recv(wanted - len(data))
        if not part:
            raise ConnectionResetError("hung up")
        data += part
        if len(data) == protocol.HEADER.size:
            _, head, body = protocol.lengths(data)
            wanted += head + body
    kind, head, _ = protocol.lengths(data[: protocol.HEADER.size])
    start = protocol.HEADER.size
    return Frame(kind, data[start : start + head], data[start + head :])


@contextlib.contextmanager
def daemon_world() -> Iterator[DaemonWorld]:
    """A world whose daemons are ended with it. Its path is short, because that of a socket has to be."""
    world = DaemonWorld(Path(tempfile.mkdtemp(prefix="cg")))
    try:
        yield world
    finally:
        world.end()
