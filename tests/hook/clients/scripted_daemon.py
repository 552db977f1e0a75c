"""A daemon that does what a test says, and clients to run against it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import zlib
from pathlib import Path
from typing import Callable, Final, Mapping, NamedTuple, Self

from callgate.daemon import protocol
from callgate.hook import native

PACKAGE: Final = os.path.dirname(os.path.dirname(os.path.abspath(native.__file__)))
BUILD: Final = protocol.build_of(PACKAGE)
SCRIPT: Final = f"{PACKAGE}/hook/client.py"
BODY_SCRIPT: Final = f"{PACKAGE}/hook/client_body.py"
BODY: Final = b'{"tool_name":"Bash","tool_input":{"command":"git status"}}\n'
ANSWER: Final = b'{"hookSpecificOutput":{"permissionDecision":"allow"}}\n'
SECONDS: Final = 60
"""No run of a client may take so long; the clock decides nothing else here."""

FALLBACK: Final = """\
import os, sys, zlib
data = b""
try:
    while part := os.read(0, 1 << 20):
        data += part
    seen = f"{len(data)} {zlib.crc32(data)}"
except OSError:
    seen = "no stdin"
os.write(1, f"fell back: {seen} {sys.argv[1:]}\\n".encode("utf-8", "surrogateescape"))
"""


class Done(NamedTuple):
    """What the host sees of a hook."""

    output: bytes
    code: int
    errors: bytes


class Place:
    """A private directory with room for a socket, and the command that a client becomes."""

    def __init__(self, root: Path) -> None:
        self.run = root / "run"
        self.run.mkdir(mode=0o700, parents=True)
        self.socket = str(self.run / "s")
        self.fallback = root / "fallback.py"
        self.fallback.write_text(FALLBACK)
        self.cwd = root
        self.environ: dict[str, str] = {"HOME": str(root)}

    def command(self, *options: str) -> list[str]:
        """The command behind a client's name, as it is registered."""
        python = [sys.executable, "-I", "-S", str(self.fallback)]
        return [*python, "callgate", "hook", "--daemon", self.socket, *options]

    def fell_back(self, body: bytes = BODY, *options: str) -> bytes:
        """What the command prints when it gets *body*."""
        words = ["callgate", "hook", "--daemon", self.socket, *options]
        return f"fell back: {len(body)} {zlib.crc32(body)} {words}\n".encode("utf-8", "surrogateescape")

    def ask(self, client: list[str], *options: str, body: bytes = BODY, through: str = "") -> Done:
        """Run *client* as a host would; *through* is a shell script that runs `"$@"`."""
        words = [*client, *self.command(*options)]
        if through:
            words = ["/bin/sh", "-c", through, "sh", *words]
        done = subprocess.run(
            words, input=body, capture_output=True, env=self.environ, cwd=self.cwd, timeout=SECONDS, check=False
        )
        return Done(done.stdout, done.returncode, done.stderr)


class Daemon:
    """Listens at the socket of a place, and treats each conversation as *script* says."""

    def __init__(
        self, place: Place, script: Callable[[socket.socket, threading.Event], None], *, user: int | None = None
    ) -> None:
        self.over = threading.Event()
        """Set when the test is through: what a script may wait for."""
        self.calls = 0
        self._script = script
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listening.bind(place.socket)
        own = os.geteuid()
        if user is not None:
            os.seteuid(user)  # the kernel notes who it is that listens
        try:
            self._listening.listen(16)
        finally:
            os.seteuid(own)
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._thread.join(SECONDS)
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                conversation, _ = self._listening.accept()
            except OSError:
                return
            self.calls += 1
            with conversation:
                try:
                    self._script(conversation, self.over)
                except OSError:
                    continue


def request(conversation: socket.socket) -> bytes:
    """Read one whole frame."""
    data = b""
    wanted = protocol.HEADER.size
    while len(data) < wanted and (part := conversation.recv(wanted - len(data))):
        data += part
        if len(data) == protocol.HEADER.size:
            _, head, body = protocol.lengths(data)
            wanted += head + body
    return data


def says(reply: bytes, *, hold: bool = False) -> Callable[[socket.socket, threading.Event], None]:
    """A script that reads the request, sends *reply*, and hangs up, or with *hold* does not."""

    def script(conversation: socket.socket, over: threading.Event) -> None:
        request(conversation)
        conversation.sendall(reply)
        if hold:
            over.wait(SECONDS)

    return script


def answer(body: bytes = ANSWER, head: bytes = b"") -> bytes:
    """The frame of an answer."""
    return protocol.pack(protocol.ANSWER, head, body)


def compiled(folder: Path, *flags: str, environ: Mapping[str, str] = os.environ, build: str = BUILD) -> str:
    """Compile the native client into *folder* and return its path; empty when that is not possible here."""
    compiler = native.find_compiler(environ)
    path = str(folder / "callgate-hook")
    return "" if not compiler or native.compile_to(path, compiler, build, *flags) else path
