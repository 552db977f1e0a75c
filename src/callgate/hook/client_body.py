"""What the Python client does: it asks the daemon about one hook call, or becomes the command that decides by itself.

`client.py` starts it, without the package around it. It imports nothing that is not written in C: starting the
interpreter is all that a client may cost. What it repeats of `daemon/protocol.py`, a test compares.

The daemon's answer is printed only when it is whole and came in time. Whatever else happens, the process becomes the
command, with what was read of stdin on its stdin: one answer always, never two, never silence.
"""

import _signal  # type: ignore[import-not-found]  # not in typeshed; `signal` is not written in C
import _socket
import posix
import select
import sys
import time

VERSION = "0.1.0"
MAGIC = b"CGT\x01"
CALL, ANSWER, OTHER_BUILD = 1, 129, 130
MAX_HEAD = 64 * 1024
MAX_BODY = 1024 * 1024
VARIABLES = (
    "HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "CLAUDE_PERMISSIONS_CONFIG", "CLAUDE_PROJECT_DIR",
    "CLAUDE_CONFIG_DIR", "CODEX_HOME", "CLAUDE_CODE_SESSION_ATTENDED", "CLAUDE_CODE_ENTRYPOINT", "CLAUDE_PID",
)  # fmt: skip
INPUT_SECONDS = 1.0  # for the host to send the call; a slower host is the in-process hook's to wait for
ANSWER_SECONDS = 0.25  # for connecting, sending and receiving together


class _NoAnswerError(Exception):
    """The daemon gave no answer that counts."""


def main(command: list[str], package: str) -> None:
    """Answer the call on stdin, or become *command*. Returns only when that cannot be run.

    Args:
        command: the in-process hook with `--daemon SOCKET` among its options.
        package: the directory of callgate.
    """
    data = bytearray()
    ended = False
    try:
        _signal.signal(_signal.SIGINT, _signal.SIG_IGN)  # as the in-process hook, which answers all the same
        # Where the host closed one of the first three, nothing else may take its number: reading finds an end, writing
        # fails, and *command* finds it closed again.
        while posix.open("/dev/null", posix.O_RDONLY) < 3:
            pass
        hook = 1
        while command[hook] != "hook" or command[hook - 1].rpartition("/")[2] != "callgate":
            hook += 1
        after = command.index("--daemon", hook) + 2
        head = _head(package, command[hook + 1 : after - 2] + command[after:])
        ended = _read_input(data)
        if ended and len(data) <= MAX_BODY:
            kind, answer = _ask(command[after - 1], head, data)
            if kind == ANSWER:
                leave(answer)
            command = [*command[:after], "--other-build", *command[after:]]
    except BaseException:  # noqa: BLE001, S110 - whatever it was, the command below decides
        pass
    _become(command, data, ended)


def _head(package: str, options: list[str]) -> bytes:
    """Return the head of the request; what came from the kernel goes on as the same bytes."""
    try:
        cwd = posix.getcwd()
    except OSError:
        cwd = "/"  # it is deleted; as the in-process hook has it
    entries = [f"build={VERSION} {package}", f"cwd={cwd}", *["arg=" + option for option in options]]
    parts = [entry.encode(sys.getfilesystemencoding(), "surrogateescape") for entry in entries]
    for name in VARIABLES:
        value = posix.environ.get(name.encode())
        if value is not None:
            parts.append(b"env=" + name.encode() + b"=" + value)
    head = b"\0".join(parts) + b"\0"
    if len(head) > MAX_HEAD:
        raise _NoAnswerError
    return head


def _read_input(data: bytearray) -> bool:
    """Add stdin to *data*, one byte more than a frame takes at most; return whether it has ended."""
    end = time.monotonic() + INPUT_SECONDS
    while len(data) <= MAX_BODY and select.select([0], [], [], max(0.0, end - time.monotonic()))[0]:
        part = posix.read(0, MAX_BODY + 1 - len(data))
        if not part:
            return True
        data += part
    return False


def _ask(path: str, head: bytes, body: bytearray) -> tuple[int, bytes]:
    """Return the kind and the body of the daemon's frame."""
    end = time.monotonic() + ANSWER_SECONDS
    folder = posix.lstat(path.rpartition("/")[0])
    if folder.st_mode & 0o170077 != 0o040000 or folder.st_uid != posix.geteuid():
        raise _NoAnswerError
    peer = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    while True:
        try:
            peer.settimeout(_left(end))
            peer.connect(path)
            break
        except BlockingIOError:  # so many wait that the kernel takes no more
            time.sleep(0.002)
    # The user stands at the same place in Linux's `ucred` and in the `xucred` of others (level 0, LOCAL_PEERCRED).
    where = (_socket.SOL_SOCKET, _socket.SO_PEERCRED, 12) if sys.platform == "linux" else (0, 1, 76)
    if int.from_bytes(peer.getsockopt(*where)[4:8], sys.byteorder) != posix.geteuid():
        raise _NoAnswerError
    sizes = len(head).to_bytes(4, "big") + len(body).to_bytes(4, "big")
    peer.settimeout(_left(end))
    peer.sendall(MAGIC + bytes((CALL, 0, 0, 0)) + sizes + head + body)
    header = _receive(peer, 16, end)
    kind, skipped, size = header[4], int.from_bytes(header[8:12], "big"), int.from_bytes(header[12:], "big")
    if header[:4] != MAGIC or kind not in (ANSWER, OTHER_BUILD) or skipped > MAX_HEAD or size > MAX_BODY:
        raise _NoAnswerError
    return kind, _receive(peer, skipped + size, end)[skipped:]


def _receive(peer: _socket.socket, size: int, end: float) -> bytes:
    data = b""
    while len(data) < size:
        peer.settimeout(_left(end))
        part = peer.recv(size - len(data))
        if not part:
            raise _NoAnswerError
        data += part
    return data


def _left(end: float) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise _NoAnswerError
    return left


def leave(output: bytes) -> None:
    """Print all of *output* and end; a part of an answer is none: exit code 2 blocks the call."""
    try:
        while output:
            try:
                output = output[posix.write(1, output) :]
            except BlockingIOError:
                select.select([], [1], [])
    except BaseException:  # noqa: BLE001 - as said
        posix._exit(2)  # noqa: SLF001 - its documented name
    posix._exit(0)  # noqa: SLF001 - its documented name


def _become(command: list[str], data: bytearray, ended: bool) -> None:
    if data:
        reading, writing = posix.pipe()
        if posix.fork() == 0:
            _feed(reading, writing, data, ended)
        posix.dup2(reading, 0)
    posix.execv(command[0], command)


def _feed(reading: int, writing: int, data: bytes | bytearray, ended: bool) -> None:
    """Hand *data* and the rest of stdin to the command that takes our place; end when nobody reads it."""
    try:
        for other in (reading, 1, 2):  # the host may wait for the end of the last two
            posix.close(other)
        poll = select.poll()
        poll.register(0, select.POLLIN)
        poll.register(writing, 0)  # tells when nobody reads any more
        while True:
            while data:
                data = data[posix.write(writing, data) :]
            if ended or any(ready == writing for ready, _ in poll.poll()):
                break
            data = posix.read(0, 65536)
            ended = not data
    finally:
        posix._exit(0)  # noqa: SLF001 - its documented name
