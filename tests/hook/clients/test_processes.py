"""Both clients as processes: closed descriptors, full pipes, signals, odd places, no command to become."""

from __future__ import annotations

import ast
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Callable, Iterator

import pytest

from callgate import __version__
from callgate.cli import main as cli_main
from callgate.daemon import protocol
from callgate.hook import client_body

from .scripted_daemon import (
    ANSWER,
    BODY,
    BODY_SCRIPT,
    PACKAGE,
    SCRIPT,
    SECONDS,
    Daemon,
    Place,
    answer,
    compiled,
    request,
    says,
)


def test_the_python_client_repeats_the_protocol() -> None:
    """What the Python client has by itself, because it may import nothing, is what `protocol.py` has."""
    names = ("MAGIC", "CALL", "ANSWER", "OTHER_BUILD", "MAX_HEAD", "MAX_BODY", "VARIABLES")
    assert {name: getattr(client_body, name) for name in names} == {name: getattr(protocol, name) for name in names}
    assert __version__ == client_body.VERSION


def test_the_python_client_imports_nothing_of_lib() -> None:
    """All that it imports is written in C: a module of Python's library would cost more than the conversation."""
    trees = [ast.parse(Path(path).read_text(encoding="utf-8")) for path in (SCRIPT, BODY_SCRIPT)]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    imports = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names} - {"client_body"}
    assert not [node for node in nodes if isinstance(node, ast.ImportFrom)]
    for name in imports:
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", f"import {name}; print(getattr({name}, '__file__', ''))"],
            capture_output=True, text=True, timeout=SECONDS, check=True,
        )  # fmt: skip
        assert not done.stdout.strip().endswith((".py", ".pyc")), name


CLOSED = ["0<&-", "1>&-", "2>&-", "0<&- 1>&-", "0<&- 2>&-", "1>&- 2>&-", "0<&- 1>&- 2>&-"]


@pytest.mark.parametrize("closed", CLOSED)
def test_closed_descriptors(closed: str, client: list[str], place: Place) -> None:
    """A descriptor that the host closed is nobody else's: the answer is printed, or blocks where it cannot be."""
    heard: list[bytes] = []

    def script(conversation: socket.socket, _over: threading.Event) -> None:
        heard.append(request(conversation))
        conversation.sendall(answer())

    shut = "1>&-" in closed
    with Daemon(place, script):
        done = place.ask(client, through=f'exec "$@" {closed}')
    assert done == (b"" if shut else ANSWER, 2 if shut else 0, b"")
    assert [len(one) for one in heard] == [len(heard[0])]
    assert heard[0].endswith(b"\0" if "0<&-" in closed else BODY)


@pytest.mark.parametrize("closed", CLOSED)
def test_the_command_finds_closed_what_the_host_closed(closed: str, client: list[str], place: Place) -> None:
    """Without a daemon the command has the same descriptors as if the host had started it."""
    done = place.ask(client, through=f'exec "$@" {closed}')
    if "1>&-" in closed:
        assert done.output == b""
        assert done.code != 0
    elif "0<&-" in closed:
        assert done.output.startswith(b"fell back: no stdin ")
    else:
        assert done == (place.fell_back(), 0, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_a_full_disk_for_stdout_blocks(client: list[str], place: Place) -> None:
    """An answer that cannot be written is exit code 2, which hosts take as a block."""
    with Daemon(place, says(answer())):
        assert place.ask(client, through='exec "$@" >/dev/full').code == 2


def test_a_reader_that_has_gone_blocks(client: list[str], place: Place) -> None:
    """SIGPIPE does not end the client: exit code 2 does."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        with Daemon(place, says(answer())):
            done = subprocess.run(
                [*client, *place.command()], input=BODY, stdout=writing, env=place.environ, timeout=SECONDS, check=False
            )
    finally:
        os.close(writing)
    assert done.returncode == 2


def test_a_slow_reader_gets_all(client: list[str], place: Place) -> None:
    """A full pipe that does not block its writer is waited for."""
    body = os.urandom(500_000)
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with (
        Daemon(place, says(answer(body))),
        open(reading, "rb") as stream,
        running(client, place, stdout=writing) as process,
    ):
        os.close(writing)
        feed(process, BODY)
        time.sleep(0.2)  # the pipe is full by now; were it not, the test would prove less and still pass
        assert stream.read() == body
        assert process.wait(SECONDS) == 0


def test_a_host_that_never_ends_stdin_is_not_waited_for_in_vain(client: list[str], place: Place) -> None:
    """The command, which has a deadline of its own, gets what there is, and what comes later."""
    with Daemon(place, says(answer())) as daemon, running(client, place) as process:
        assert process.stdin is not None
        process.stdin.write(BODY)
        process.stdin.flush()
        wait_for(lambda: is_command(process.pid))
        process.stdin.write(b"more")
        process.stdin.close()
        assert process.stdout is not None
        assert process.stdout.read() == place.fell_back(BODY + b"more")
        assert daemon.calls == 0


def test_nothing_waits_for_a_command_that_reads_nothing(client: list[str], place: Place) -> None:
    """The command has ended: stdout ends, and whoever handed stdin on, too, although the host keeps its side open."""
    place.fallback.write_text("import os, sys\nos.write(1, b'did not read')\n")
    with running(client, place) as process:
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(bytes(2_000_000))
        assert process.stdout is not None
        assert process.stdout.read() == b"did not read"
        assert process.wait(SECONDS) == 0
        wait_for(lambda: not members(process.pid))


def test_pieces_of_a_call_are_put_together(client: list[str], place: Place) -> None:
    """A call that comes in pieces is one call."""
    heard: list[bytes] = []

    def script(conversation: socket.socket, _over: threading.Event) -> None:
        heard.append(request(conversation))
        conversation.sendall(answer())

    with Daemon(place, script), running(client, place) as process:
        assert process.stdin is not None
        for byte in BODY:
            process.stdin.write(bytes((byte,)))
            process.stdin.flush()
        process.stdin.close()
        assert process.stdout is not None
        assert process.stdout.read() == ANSWER
    assert heard[0].endswith(b"\0" + BODY)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGCONT, signal.SIGWINCH, signal.SIGPIPE])
def test_signals_change_nothing(number: signal.Signals, client: list[str], place: Place) -> None:
    """A signal in the middle of the conversation neither ends the client nor spoils the answer."""
    started: list[subprocess.Popen[bytes]] = []

    def script(conversation: socket.socket, _over: threading.Event) -> None:
        request(conversation)
        if number == signal.SIGCONT:
            os.kill(started[0].pid, signal.SIGSTOP)
        os.kill(started[0].pid, number)
        conversation.sendall(answer())

    with Daemon(place, script), running(client, place) as process:
        started.append(process)
        feed(process, BODY)
        assert process.stdout is not None
        assert process.stdout.read() == ANSWER
        assert process.wait(SECONDS) == 0


def test_a_deleted_directory_is_the_root(client: list[str], place: Place) -> None:
    """A working directory that is gone is told as `/`, as the in-process hook has it."""
    heard: list[bytes] = []

    def script(conversation: socket.socket, _over: threading.Event) -> None:
        heard.append(request(conversation))
        conversation.sendall(answer())

    place.cwd = place.run.with_name("gone")
    place.cwd.mkdir()
    with Daemon(place, script):
        assert place.ask(client, through='rmdir "$PWD"; exec "$@"').output == ANSWER
    assert b"\0cwd=/\0" in heard[0]
    place.cwd.mkdir()
    assert place.ask(client, through='rmdir "$PWD"; exec "$@"') == (place.fell_back(), 0, b"")


@pytest.mark.parametrize("name", ["with a space", "line\nbreak", "quote'\"\\", "é\udcff", "-x=$(y)"])
@pytest.mark.parametrize("kind", ["python", "native"])
def test_odd_paths(name: str, kind: str, tmp_path: Path) -> None:
    """The package, the binary, the socket and the command may lie in a directory of any name."""
    root = tmp_path / name
    place = Place(root)
    package = root / "callgate"
    if kind == "python":
        (package / "hook").mkdir(parents=True)
        shutil.copy(BODY_SCRIPT, package / "hook")
        client = [sys.executable, "-I", "-S", str(shutil.copy(SCRIPT, package / "hook"))]
    else:
        client = [compiled(root, build=protocol.build_of(str(package)))]
        if not client[0]:
            pytest.skip("no compiler here")
    heard: list[bytes] = []

    def script(conversation: socket.socket, _over: threading.Event) -> None:
        heard.append(request(conversation))
        conversation.sendall(answer())

    with Daemon(place, script):
        assert place.ask(client) == (ANSWER, 0, b"")
    assert heard[0][16:].startswith(protocol.head(protocol.build_of(str(package)), str(root)))
    os.unlink(place.socket)
    assert place.ask(client) == (place.fell_back(), 0, b"")


@pytest.mark.parametrize("body", [None, "", "import nowhere", "def main(", "raise SystemExit(0)", "1 / 0"])
def test_a_python_client_without_its_other_half_falls_back(body: str | None, tmp_path: Path) -> None:
    """An installation that is half gone, or half written, decides in-process."""
    place = Place(tmp_path)
    (tmp_path / "hook").mkdir()
    client = [sys.executable, "-I", "-S", str(shutil.copy(SCRIPT, tmp_path / "hook"))]
    if body is not None:
        (tmp_path / "hook" / "client_body.py").write_text(body)
    with Daemon(place, says(answer())) as daemon:
        assert place.ask(client) == (place.fell_back(), 0, b"")
    assert daemon.calls == 0


WORDS: list[list[str]] = [
    ["callgate", "check"],
    ["hook"],
    ["callgate", "--daemon", "SOCKET", "hook"],
    ["callgate", "hook"],
    ["callgate", "hook", "--daemon"],
    ["callgate", "hook", "--daemon=SOCKET"],
]


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_a_command_that_names_no_daemon_is_simply_run(words: list[str], client: list[str], place: Place) -> None:
    """Words among which no socket is named are run as they are."""
    words = [word.replace("SOCKET", place.socket) for word in words]
    with Daemon(place, says(answer())) as daemon:
        done = subprocess.run(
            [*client, *place.command()[:4], *words], input=BODY, capture_output=True, env=place.environ,
            timeout=SECONDS, check=False,
        )  # fmt: skip
    assert done.stdout.endswith(f" {words}\n".encode())
    assert (done.returncode, daemon.calls) == (0, 0)


@pytest.mark.parametrize("command", [[], ["/nowhere/python", "callgate", "hook", "--daemon", "SOCKET"], [PACKAGE]])
def test_a_command_that_cannot_be_run_asks(
    command: list[str], client: list[str], place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where even the command cannot be started, the answer is the ask that the program itself would print."""
    words = [*client, *(word.replace("SOCKET", place.socket) for word in command)]
    done = subprocess.run(words, input=BODY, capture_output=True, env=place.environ, timeout=SECONDS, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    cli_main.cannot_answer("callgate cannot start: the command that decides could not be run")
    assert done.stdout.decode() == capsys.readouterr().out
    assert json.loads(done.stdout)["hookSpecificOutput"]["permissionDecision"] == "ask"
    blocked = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" >&-', "sh", *words], input=BODY, env=place.environ, timeout=SECONDS, check=False
    )
    assert blocked.returncode == 2


@contextlib.contextmanager
def running(client: list[str], place: Place, *, stdout: int = subprocess.PIPE) -> Iterator[subprocess.Popen[bytes]]:
    """A client in a session of its own, which is over with the block."""
    with subprocess.Popen(
        [*client, *place.command()], stdin=subprocess.PIPE, stdout=stdout, env=place.environ, cwd=place.cwd,
        start_new_session=True,
    ) as process:  # fmt: skip
        timer = threading.Timer(SECONDS, os.killpg, (process.pid, signal.SIGKILL))
        timer.start()
        try:
            yield process
        finally:
            timer.cancel()


def feed(process: subprocess.Popen[bytes], data: bytes) -> None:
    """Write *data* to the process and end its stdin."""
    assert process.stdin is not None
    process.stdin.write(data)
    process.stdin.close()


def is_command(pid: int) -> bool:
    """Whether the process has become the command."""
    if os.path.exists("/proc/self/cmdline"):
        words = Path(f"/proc/{pid}/cmdline").read_text()
    else:
        listing = ["ps", "-ww", "-o", "args=", "-p", str(pid)]
        words = subprocess.run(listing, capture_output=True, text=True, timeout=SECONDS, check=False).stdout
    return "fallback.py" in words and "client.py" not in words and "callgate-hook" not in words


def members(session: int) -> bool:
    """Whether a process of the session is left."""
    try:
        os.killpg(session, 0)
    except ProcessLookupError:
        return False
    return True


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until it holds; a bounded time, in which it always does."""
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)
