"""Who means harm on the daemon's socket, or in its place, gets nothing; everybody else is served meanwhile."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Callable, Iterator

import pytest
from running_daemon import DaemonWorld
from transports import Call, transports

from callgate.daemon import protocol
from callgate.daemon.asking import NoDaemonError, ask
from callgate.daemon.journaling import MAX_QUEUE_BYTES
from callgate.daemon.protocol import ANSWER, CALL, STATUS
from callgate.daemon.runtime import runtime
from callgate.daemon.server import MAX_BUFFERED, MAX_CONNECTIONS
from callgate.daemon.service import EXIT_ANEW
from callgate.daemon.starting import ensure
from callgate.host import places

CLIENTS = [name for name in transports() if name != "socket"]
NOBODY = 65_534

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only the superuser can become another user")

Hostile = Callable[[DaemonWorld], None]


def _open_to_others(world: DaemonWorld) -> None:
    Path(world.files.directory).mkdir()
    Path(world.files.directory).chmod(0o755)


def _of_another(world: DaemonWorld) -> None:
    Path(world.files.directory).mkdir(mode=0o700)
    os.chown(world.files.directory, NOBODY, NOBODY)


def _a_link(world: DaemonWorld) -> None:
    (world.root / "elsewhere").mkdir(mode=0o700)
    Path(world.files.directory).symlink_to(world.root / "elsewhere")


def _a_file(world: DaemonWorld) -> None:
    Path(world.files.directory).write_bytes(b"")


PLACES: dict[str, tuple[Hostile, bool]] = {
    "others can enter": (_open_to_others, False),
    "another user's": (_of_another, True),
    "a link": (_a_link, False),
    "a file": (_a_file, False),
}


@pytest.mark.parametrize("name", PLACES)
def test_a_directory_that_cannot_be_trusted_is_refused(name: str, world: DaemonWorld) -> None:
    """By whoever asks, by whoever starts, and by the command, which says what is wrong; nothing is started there."""
    arrange, root = PLACES[name]
    if root and os.geteuid() != 0:
        pytest.skip("only the superuser can make a directory of another user")
    arrange(world)
    why = f"{world.files.directory} is not a directory that only its owner can enter (mode 0700)"
    assert ensure(world.files.socket, world.environ) == why
    with pytest.raises(NoDaemonError):
        ask(world.files, STATUS)
    environ = {**world.environ, "PATH": os.environ["PATH"]}
    for command in (["daemon", "start"], ["daemon", "run"]):
        done = subprocess.run(
            [sys.executable, "-I", "-m", "callgate", *command, "--socket", world.files.socket],
            capture_output=True, text=True, env=environ, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 70
        assert why in done.stderr.replace("\n", " ").replace("  ", " ")
    assert not (world.root / "elsewhere/gate.lock").exists()
    for client in CLIENTS:
        assert transports()[client](world, Call(world.message("ls -la"))) is None


@contextlib.contextmanager
def _impostor(world: DaemonWorld, uid: int, answer: bytes) -> Iterator[None]:
    """Listen at the socket's path as the user *uid*, and give everybody *answer*."""
    Path(world.files.directory).mkdir(mode=0o700, exist_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(world.files.socket)
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        if uid != os.geteuid():
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
        listening.listen(16)  # the kernel takes the user who does this for the peer
        os.write(writing, b"x")
        while True:
            peer, _ = listening.accept()
            peer.settimeout(1)
            with contextlib.suppress(OSError):
                peer.recv(1 << 20)
                peer.sendall(answer)
            peer.close()
    try:
        os.read(reading, 1)
        listening.close()
        yield
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
        os.close(reading)
        os.close(writing)


ALLOW = protocol.pack(ANSWER, b"", b'{"hookSpecificOutput":{"permissionDecision":"allow"}}\n')


@as_root
def test_another_users_process_in_the_daemons_place_is_not_believed(world: DaemonWorld) -> None:
    """Whatever it says, nobody takes it for the daemon; and the next hook puts a daemon in its place."""
    with _impostor(world, NOBODY, ALLOW):
        with pytest.raises(NoDaemonError, match="a process of another user listens"):
            ask(world.files, STATUS)
        for client in CLIENTS:
            assert transports()[client](world, Call(world.message("cp a b"))) is None
        assert ensure(world.files.socket, world.environ) == ""
        world.wait_until_it_answers()
        assert world.decision("cp a b") == "deny"


@pytest.mark.parametrize(
    "answer",
    [b"", b"CGT", b"HTTP/1.1 200 OK\r\n\r\n", ALLOW[:-1], b"CGT\x02" + ALLOW[4:], protocol.pack(200, b"", b"{}"),
     protocol.pack(protocol.REFUSED, b"", b"no"), protocol.HEADER.pack(protocol.MAGIC, ANSWER, 0, 1 << 30) + b"x" * 99],
)  # fmt: skip
@pytest.mark.parametrize("client", CLIENTS)
def test_no_client_takes_less_than_a_whole_answer(client: str, answer: bytes, world: DaemonWorld) -> None:
    """What is no frame, half of one, of another version or kind, or too large is no answer."""
    with _impostor(world, os.geteuid(), answer):
        assert transports()[client](world, Call(world.message("cp a b"))) is None


def test_the_socket_of_a_stranger_never_gets_a_call(world: DaemonWorld) -> None:
    """A runtime directory that others can write is not used for the socket at all."""
    (world.root / "run").chmod(0o777)
    own = runtime(world.environ, places(world.environ)).directory
    assert own != f"{world.root}/run/callgate"


def _removed(world: DaemonWorld) -> None:
    Path(world.files.socket).unlink()


def _replaced(world: DaemonWorld) -> None:
    Path(world.files.socket).unlink()
    Path(world.files.socket).write_bytes(b"")


def _bound_anew(world: DaemonWorld) -> None:
    Path(world.files.socket).unlink()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as other:
        other.bind(world.files.socket)


def _all_removed(world: DaemonWorld) -> None:
    directory = Path(world.files.directory)
    for file in directory.iterdir():
        file.unlink()
    directory.rmdir()


@pytest.mark.parametrize("harm", [_removed, _replaced, _bound_anew, _all_removed])
def test_a_daemon_that_cannot_be_reached_makes_room(harm: Hostile, world: DaemonWorld) -> None:
    """One whose socket was taken away (by a cleaner of files, at a logout) leaves, and the next hook gets a new one."""
    pid = world.start()
    assert world.decision("ls -la", tool_use_id="a") == "allow"
    harm(world)
    world.started[0].wait(30)
    assert world.started.pop().returncode == EXIT_ANEW
    assert world.counted() == {"a": 1}
    assert ensure(world.files.socket, world.environ) == ""
    assert world.wait_until_it_answers()["pid"] != pid
    assert world.decision("ls -la") == "allow"


ODD = {
    "garbage": b"\x00\xff" * 5000,
    "text": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "another version": b"CGT\x02" + bytes(12),
    "a gigabyte": protocol.HEADER.pack(protocol.MAGIC, CALL, 0, 1 << 30),
    "a gigabyte of head": protocol.HEADER.pack(protocol.MAGIC, CALL, 1 << 30, 0),
    "all ones": b"CGT\x01" + b"\xff" * 12,
    "an unknown kind": protocol.pack(77),
    "an answer": protocol.pack(ANSWER, b"", b"{}"),
    "a head without its end": protocol.pack(CALL, b"build=x"),
    "a variable that is not asked for": protocol.pack(CALL, b"env=LD_PRELOAD=/x\0"),
    "an empty call": protocol.pack(CALL),
    "not UTF-8": protocol.pack(CALL, b"build=\xff\0cwd=\xfe\0arg=\xfd\0"),
    "four thousand options": protocol.pack(CALL, b"arg=x\0" * 4000),
}


def test_what_is_no_call_gets_no_answer_and_harms_nobody(running: DaemonWorld) -> None:
    """Garbage, other versions, lengths of a gigabyte, and every one of them cut short anywhere."""
    for name, data in ODD.items():
        found = running.send(data)
        assert found is None or found.kind != ANSWER, name
        for cut in {1, 3, 8, 15, 16, 17, len(data) - 1}:
            if cut < len(data):
                with running.connect() as peer:
                    peer.sendall(data[:cut])
        assert running.decision("ls -la") == "allow"
    call = running.frame(running.message("ls -la"))
    for cut in range(0, len(call), 23):
        with running.connect() as peer:
            peer.sendall(call[:cut])
    assert running.decision("cp a b") == "deny"
    assert running.report()["journal"]["written"] <= len(ODD) + 1
    assert len(running.report()["unanswered"]) < 15, "reasons are few, whatever is sent"


def test_what_comes_behind_a_call_is_not_a_second_one(running: DaemonWorld) -> None:
    """One connection, one answer."""
    with running.connect() as peer:
        peer.sendall(running.frame(running.message("ls -la", tool_use_id="a")) * 3)
        data = b""
        with contextlib.suppress(ConnectionResetError):
            while part := peer.recv(65536):
                data += part
    assert data.count(b"CGT\x01") == 1
    running.stop()
    assert running.counted() == {"a": 1}


def test_a_call_may_come_in_pieces(running: DaemonWorld) -> None:
    """Byte by byte is a call like any other, when it is quick enough."""
    with running.connect() as peer:
        for byte in running.frame(running.message("ls -la")):
            peer.send(bytes((byte,)))
        assert peer.recv(16)[4] == ANSWER


def test_slow_clients_are_ended(running: DaemonWorld) -> None:
    """A client that says nothing, or a byte now and then, is not waited for; others do not wait for it."""
    silent = [running.connect() for _ in range(20)]
    slow = running.connect()
    call = running.frame(running.message("ls -la"))
    ended = 0.0
    began = time.monotonic()
    for byte in call:
        assert running.decision("ls -la") == "allow"
        if select.select([slow], [], [], 0.2)[0]:
            ended = time.monotonic() - began
            break
        with contextlib.suppress(OSError):
            slow.send(bytes((byte,)))
    assert ended
    for peer in (*silent, slow):
        with contextlib.suppress(ConnectionResetError):
            assert peer.recv(1) == b""
        peer.close()
    assert running.report()["unanswered"]["a conversation took too long"] == 21


def test_clients_that_never_read_hold_nothing_up(running: DaemonWorld) -> None:
    """Their answers are dropped with them."""
    peers = []
    for _ in range(200):
        peer = running.connect()
        peer.sendall(running.frame(running.message("cp " + "x" * 8000)))
        peers.append(peer)
    assert running.decision("ls -la") == "allow"
    for peer in peers:
        peer.close()
    assert running.decision("ls -la") == "allow"


@pytest.fixture
def many_files() -> Iterator[None]:
    """Let this process open as many files as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 12_000:
        pytest.skip(f"only {hard} files may be open here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (12_000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_files")
def test_ten_thousand_connections(running: DaemonWorld) -> None:
    """As many as one wants: a bounded number is kept, memory is bounded, and others are served all the while."""
    before = running.report()["memory_bytes"]
    peers = []
    try:
        for number in range(10_000):
            peer = running.connect()
            peer.send(b"CGT\x01")
            peers.append(peer)
            if number % 500 == 0:
                assert running.decision("ls -la") == "allow"
        report = running.report()
        assert report["connections"]["total"] >= 10_000
        assert report["connections"]["open"] <= MAX_CONNECTIONS
        assert report["memory_bytes"] - before < 32 << 20
    finally:
        for peer in peers:
            peer.close()
    assert running.decision("cp a b") == "deny"


def test_few_descriptors_are_enough(world: DaemonWorld) -> None:
    """Where a process may have few files open, fewer conversations are kept, and everybody is still served."""
    world.start(files=100)
    peers = []
    try:
        for number in range(300):
            peer = world.connect()
            peer.send(b"CGT\x01")
            peers.append(peer)
            if number % 50 == 0:
                assert world.decision("ls -la") == "allow"
        assert world.report()["connections"]["open"] < 100
    finally:
        for peer in peers:
            peer.close()
    assert (world.root / "daemon.out").read_text() == "", "it never ran out of them"


def test_much_from_many_is_bounded(running: DaemonWorld) -> None:
    """A hundred megabytes of calls that never end: memory is bounded, and a call of another is answered meanwhile."""
    before = running.report()["memory_bytes"]
    body = bytes(protocol.MAX_BODY)
    half = running.frame(body)[:-1]
    peers = []
    try:
        for number in range(100):
            peer = running.connect()
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                peer.sendall(half)
            peers.append(peer)
            if number % 10 == 9:
                assert running.decision("ls -la") == "allow"
        large = running.message("frob", filler="x" * 900_000)
        found = running.ask(large)
        assert found is not None, "who holds most is ended, not who comes last"
        assert found.kind == ANSWER
        assert running.report()["memory_bytes"] - before < 2 * MAX_BUFFERED
    finally:
        for peer in peers:
            peer.close()
    assert running.decision("cp a b") == "deny"


def test_large_calls_do_not_pile_up_in_memory(running: DaemonWorld) -> None:
    """Calls of a megabyte, faster than the journal writes them: memory is bounded, and what is answered is kept."""
    body = json.dumps(
        {"tool_name": "Write", "tool_input": {"file_path": "/x", "content": "y%" * 480_000}, "tool_use_id": "NAME"}
    ).encode()
    running.ask(body)
    before = running.report()["memory_bytes"]
    answered: set[str] = set()

    def work(worker: int) -> None:
        for number in range(12):
            name = f"w{worker}-{number}"
            found = running.ask(body.replace(b"NAME", name.encode()))
            if found is not None and found.kind == ANSWER:
                answered.add(name)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    peak = 0
    while any(thread.is_alive() for thread in threads):
        peak = max(peak, running.report()["memory_bytes"])
        time.sleep(0.05)
    assert peak - before < 3 * MAX_QUEUE_BYTES
    assert answered
    running.stop()
    assert set(running.counted()) == answered | {"NAME"}


def test_a_daemon_that_leaves_takes_no_other_ones_socket(world: DaemonWorld) -> None:
    """Where the directory was made anew and another daemon runs there, the old one ends without touching it."""
    world.start()
    old = world.started[0]
    old.send_signal(signal.SIGSTOP)
    _all_removed(world)
    assert ensure(world.files.socket, world.environ) == ""
    pid = world.wait_until_it_answers()["pid"]
    assert pid != old.pid
    old.send_signal(signal.SIGCONT)
    assert old.wait(30) == EXIT_ANEW
    world.started.clear()
    assert world.report()["pid"] == pid
