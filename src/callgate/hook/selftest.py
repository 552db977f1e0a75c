"""A proof that a client does its two things here: hand on what a daemon answers, and fall back where none does.

A client that cannot do both would be worse than none: the host takes its failure as consent.
"""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
import threading
from typing import Final

from callgate.daemon import protocol
from callgate.daemon.runtime import MAX_SOCKET_PATH

SECONDS: Final = 10
"""For one run of the client; it needs milliseconds, an interpreter that it falls back to a few more."""

_CALL: Final = b'{"tool_name":"Bash"}\n'
_ANSWER: Final = b'{"self test":"\xe2\x9c\x93"}\n'
_MARK: Final = b"fell back: "
_FALLBACK: Final = "import posix; posix.write(1, b'fell back: ' + posix.read(0, 4096))"
"""What the client becomes here: says so, and what it got on stdin."""


def fault_of(client: list[str], python: str, build: str, scratch: str) -> str:
    """Run a client against a daemon made up for it, then without one.

    Args:
        client: its command line, without the command that it may become.
        python: an interpreter, which is that command here.
        build: what the client has to say that it is.
        scratch: a directory of mode 0700 to work in.

    Returns:
        What is wrong with it; empty when it works.

    Raises:
        OSError: no directory for a socket can be made.
    """
    path = f"{scratch}/s"
    if len(os.fsencode(path)) <= MAX_SOCKET_PATH:
        return _fault(client, python, build, path)
    with tempfile.TemporaryDirectory(prefix="callgate-", dir="/tmp") as other:
        return _fault(client, python, build, f"{other}/s")


def _fault(client: list[str], python: str, build: str, path: str) -> str:
    command = [*client, python, "-I", "-S", "-c", _FALLBACK, "callgate", "hook", "--daemon", path, "--self test"]
    environ = {"HOME": "/self/test"}
    wanted = protocol.pack(protocol.CALL, protocol.head(build, "/", ["--self test"], environ.items()), _CALL)
    heard: list[bytes] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(path)
        listening.listen(1)
        listening.settimeout(SECONDS)
        thread = threading.Thread(target=_answer, args=(listening, len(wanted), heard), daemon=True)
        thread.start()
        said = _run(command, environ)
        if said != _ANSWER:  # it may never have called
            _call_off(path)
        thread.join(SECONDS)
    if heard != [wanted]:
        return "it does not ask as it should"
    if said != _ANSWER:
        return "it does not hand an answer on"
    os.unlink(path)
    return "" if _run(command, environ) == _MARK + _CALL else "it does not fall back without a daemon"


def _run(command: list[str], environ: dict[str, str]) -> bytes | None:
    """Return what the client printed, `None` when it failed."""
    try:
        done = subprocess.run(  # noqa: S603 - what is to be proved, no shell
            command, input=_CALL, env=environ, cwd="/", capture_output=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def _answer(listening: socket.socket, size: int, heard: list[bytes]) -> None:
    """Be a daemon once."""
    try:
        with listening.accept()[0] as conversation:
            conversation.settimeout(SECONDS)
            data = b""
            while len(data) < size and (part := conversation.recv(size - len(data))):
                data += part
            heard.append(data)
            conversation.sendall(protocol.pack(protocol.ANSWER, b"", _ANSWER))
    except OSError:
        return  # it shows in what was heard, and in what the client printed


def _call_off(path: str) -> None:
    """Free the thread that waits for a client that never came."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as conversation:
        try:
            conversation.settimeout(SECONDS)
            conversation.connect(path)
        except OSError:
            return
