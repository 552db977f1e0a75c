"""Both clients against every trouble: the daemon's answer exactly, or the command's; never both, never nothing."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path
from typing import Callable, Final, NamedTuple

import pytest

from callgate.daemon import protocol

from .scripted_daemon import ANSWER, BODY, BUILD, SECONDS, Daemon, Place, answer, request, says

Script = Callable[[socket.socket, threading.Event], None]


def silent(_conversation: socket.socket, over: threading.Event) -> None:
    """Never read, never answer."""
    over.wait(SECONDS)


def hangs_up(_conversation: socket.socket, _over: threading.Event) -> None:
    """Hang up before anything is read."""


def dribbles(conversation: socket.socket, over: threading.Event) -> None:
    """Send the answer so slowly that the whole of it is late, though each byte comes soon."""
    request(conversation)
    for byte in answer():
        conversation.sendall(bytes((byte,)))
        if over.wait(0.02):
            return


def late(conversation: socket.socket, over: threading.Event) -> None:
    """Send the answer after the client's patience."""
    request(conversation)
    over.wait(1)
    conversation.sendall(answer())


def header(magic: bytes = protocol.MAGIC, kind: int = protocol.ANSWER, head: int = 0, body: int = 0) -> bytes:
    """The first 16 bytes of a frame."""
    return protocol.HEADER.pack(magic, kind, head, body)


GIGABYTE: Final = 1 << 30
TROUBLES: Final[dict[str, Script]] = {
    "never reads": silent,
    "hangs up at once": hangs_up,
    "late": late,
    "dribbles": dribbles,
    "an empty reply": says(b""),
    "half a header": says(answer()[:7]),
    "half a header, held": says(answer()[:7], hold=True),
    "half a frame": says(answer()[:-10]),
    "half a frame, held": says(answer()[:-10], hold=True),
    "a header alone, held": says(answer()[:16], hold=True),
    "garbage": says(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"),
    "zeros": says(bytes(4096)),
    "the bare answer": says(ANSWER),
    "another version": says(header(b"CGT\x02", body=len(ANSWER)) + ANSWER),
    "refused": says(protocol.pack(protocol.REFUSED, b"", b"no")),
    "a request": says(protocol.pack(protocol.CALL, b"", ANSWER)),
    "an unknown kind": says(protocol.pack(200, b"", ANSWER)),
    "kind zero": says(protocol.pack(0, b"", ANSWER)),
    "a gigabyte of body": says(header(body=GIGABYTE) + ANSWER),
    "a gigabyte of body, held": says(header(body=GIGABYTE) + ANSWER, hold=True),
    "a gigabyte of head": says(header(head=GIGABYTE) + ANSWER),
    "all the bytes there are": says(header(head=0xFFFFFFFF, body=0xFFFFFFFF) + ANSWER),
    "a byte of body too much": says(header(body=protocol.MAX_BODY + 1) + bytes(protocol.MAX_BODY + 1)),
    "a byte of head too much": says(header(head=protocol.MAX_HEAD + 1) + bytes(protocol.MAX_HEAD + 1)),
}


@pytest.mark.parametrize("script", TROUBLES.values(), ids=TROUBLES)
def test_no_whole_answer_is_none(script: Script, client: list[str], place: Place) -> None:
    """Whatever is not one whole answer in time, the command decides, and gets all that the host sent."""
    with Daemon(place, script) as daemon:
        assert place.ask(client) == (place.fell_back(), 0, b"")
    assert daemon.calls == 1


@pytest.mark.parametrize("script", [silent, late, hangs_up])
def test_a_large_call_comes_back_whole(script: Script, client: list[str], place: Place) -> None:
    """What was already handed to a daemon that then failed, the command gets from its first byte on."""
    body = os.urandom(protocol.MAX_BODY)
    with Daemon(place, script):
        assert place.ask(client, body=body) == (place.fell_back(body), 0, b"")


def test_an_answer_cut_anywhere_is_none(client: list[str], place: Place) -> None:
    """An answer that ends after any of its bytes but the last is not printed."""
    whole = answer(b"{}\n")
    cuts: list[int] = []

    def script(conversation: socket.socket, _over: threading.Event) -> None:
        request(conversation)
        conversation.sendall(whole[: cuts[-1]])

    with Daemon(place, script):
        for cut in range(len(whole) + 1):
            cuts.append(cut)
            wanted = b"{}\n" if cut == len(whole) else place.fell_back()
            assert place.ask(client) == (wanted, 0, b"")


ANSWERS: Final = {
    "a decision": ANSWER,
    "no opinion": b"",
    "one byte": b"\0",
    "more than a pipe holds": os.urandom(300_000),
    "as large as can be": os.urandom(protocol.MAX_BODY),
}


@pytest.mark.parametrize("body", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("head", [b"", b"build=x\0"], ids=["without a head", "with a head"])
def test_a_whole_answer_is_printed(body: bytes, head: bytes, client: list[str], place: Place) -> None:
    """The body of the answer is printed as it is, and nothing else; its head is passed over."""
    with Daemon(place, says(answer(body, head))) as daemon:
        assert place.ask(client) == (body, 0, b"")
    assert daemon.calls == 1


def test_a_daemon_of_another_build_is_named_to_the_command(client: list[str], place: Place) -> None:
    """The command learns that the daemon is to be replaced, and nothing else of its words changes."""
    reply = protocol.pack(protocol.OTHER_BUILD, protocol.head("0.0.1 /elsewhere"))
    with Daemon(place, says(reply)):
        done = place.ask(client, "--config", "/p/x.toml")
    words = ["callgate", "hook", "--daemon", place.socket, "--other-build", "--config", "/p/x.toml"]
    assert done.output.endswith(f" {words}\n".encode())
    assert done.code == 0


class Request(NamedTuple):
    """What a client sends."""

    options: list[str]
    environ: dict[str, str]


EVERYTHING: Final = {name: f"/a {name}\n" for name in protocol.VARIABLES}
REQUESTS: Final = {
    "plain": Request([], {"HOME": "/home/me"}),
    "every variable": Request(["--test-mode"], EVERYTHING),
    "empty and foreign variables": Request([], {"HOME": "", "CODEX_HOME": "", "LANG": "C", "PYTHONPATH": "/x"}),
    "odd words": Request(["--config", "/a b\n'\"$(x)\\", "", "é", "\udcff", "--daemon"], {"HOME": "/\udcfe"}),
    "as much as fits": Request([], {"HOME": "x" * 60_000}),
}


@pytest.mark.parametrize("wanted", REQUESTS.values(), ids=REQUESTS)
def test_the_request_is_the_protocols(wanted: Request, client: list[str], place: Place) -> None:
    """A client sends byte for byte what `protocol.py` writes."""
    heard: list[bytes] = []

    def script(conversation: socket.socket, _over: threading.Event) -> None:
        heard.append(request(conversation))
        conversation.sendall(answer())

    place.environ = wanted.environ
    with Daemon(place, script):
        assert place.ask(client, *wanted.options).output == ANSWER
    sent = [(name, wanted.environ[name]) for name in protocol.VARIABLES if name in wanted.environ]
    head = protocol.head(BUILD, str(place.cwd), wanted.options, sent)
    assert heard == [protocol.pack(protocol.CALL, head, BODY)]


SIZES: Final = {0: True, 1: True, 65_536: True, protocol.MAX_BODY: True, protocol.MAX_BODY + 1: False, 5_000_000: False}


@pytest.mark.parametrize("size", SIZES)
def test_a_call_that_no_frame_takes_is_the_commands(size: int, client: list[str], place: Place) -> None:
    """Up to 1 MiB the daemon is asked; a byte more, and the command gets all of it at once."""
    body = os.urandom(size)
    with Daemon(place, says(answer())) as daemon:
        done = place.ask(client, body=body)
    assert done == ((ANSWER if SIZES[size] else place.fell_back(body)), 0, b"")
    assert daemon.calls == SIZES[size]


def test_a_head_that_is_too_large_is_the_commands(client: list[str], place: Place) -> None:
    """More variables and options than a frame takes: the daemon is not asked."""
    place.environ = dict.fromkeys(protocol.VARIABLES, "x" * 20000)
    with Daemon(place, says(answer())) as daemon:
        assert place.ask(client) == (place.fell_back(), 0, b"")
        place.environ = {"HOME": "/"}
        assert place.ask(client, "y" * 70_000) == (place.fell_back(BODY, "y" * 70_000), 0, b"")
    assert daemon.calls == 0


def nothing(_place: Place) -> None:
    """No socket."""


def a_file(place: Place) -> None:
    """A file with an answer in it."""
    Path(place.socket).write_bytes(answer())


def a_directory(place: Place) -> None:
    """A directory."""
    Path(place.socket).mkdir()


def a_pipe(place: Place) -> None:
    """A named pipe: opening it would wait."""
    os.mkfifo(place.socket)


def nobody_listens(place: Place) -> None:
    """A socket of a process that is gone."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as one:
        one.bind(place.socket)


def no_directory(place: Place) -> None:
    """Not even the directory."""
    place.run.rmdir()


def a_long_path(place: Place) -> None:
    """A path that no socket can have."""
    place.socket = f"{place.run}/{'x' * 150}"


def a_relative_path(place: Place) -> None:
    """A path that begins nowhere."""
    place.socket = "s"


def no_path(place: Place) -> None:
    """No path at all."""
    place.socket = ""


NOBODY: Final = (
    nothing,
    a_file,
    a_directory,
    a_pipe,
    nobody_listens,
    no_directory,
    a_long_path,
    a_relative_path,
    no_path,
)


@pytest.mark.parametrize("arrange", NOBODY, ids=lambda one: one.__name__)
def test_without_a_daemon_the_command_decides(
    arrange: Callable[[Place], None], client: list[str], place: Place
) -> None:
    """Where there is no socket that somebody listens at, the command decides."""
    arrange(place)
    assert place.ask(client) == (place.fell_back(), 0, b"")


def others_may_enter(place: Place) -> None:
    """The group may enter the directory."""
    place.run.chmod(0o710)


def others_may_look(place: Place) -> None:
    """Everybody may list the directory."""
    place.run.chmod(0o704)


def a_link(place: Place) -> None:
    """The directory is a link to a private one."""
    place.run.rename(place.run.with_name("real"))
    place.run.symlink_to("real")


def another_owner(place: Place) -> None:
    """The directory belongs to somebody else."""
    if os.geteuid() != 0:
        pytest.skip("only root gives files away")
    os.chown(place.run, 12345, -1)


@pytest.mark.parametrize(
    "spoil", [others_may_enter, others_may_look, a_link, another_owner], ids=lambda one: one.__name__
)
def test_a_directory_that_is_not_private_is_not_entered(
    spoil: Callable[[Place], None], client: list[str], place: Place
) -> None:
    """Where somebody else may have put the socket, or may reach it, nothing is sent there."""
    with Daemon(place, says(answer())) as daemon:
        spoil(place)
        assert place.ask(client) == (place.fell_back(), 0, b"")
    assert daemon.calls == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_a_daemon_of_another_user_is_not_told_anything(client: list[str], place: Place) -> None:
    """A process of another user that listens at our socket gets no byte, and its answer does not count."""
    heard = bytearray()

    def script(conversation: socket.socket, _over: threading.Event) -> None:
        heard.extend(conversation.recv(1))
        conversation.sendall(answer())

    with Daemon(place, script, user=12345) as daemon:
        assert place.ask(client) == (place.fell_back(), 0, b"")
    assert (daemon.calls, bytes(heard)) == (1, b"")
