"""The Python client: asks the daemon about one hook call, or becomes the command that decides by itself.

Started as `python -I -S client.py COMMAND…`, where `COMMAND…` is the in-process hook with `--daemon SOCKET` among its
options. It is compiled anew at every start and may import nothing that is not written in C: interpreter start-up is
all that it costs. What it sends is in `daemon/protocol.py`; what it repeats of that, a test compares.

The daemon's answer is printed only when it is whole and came in time. Whatever else happens, the process becomes
`COMMAND…`, with what was read of stdin on its stdin: one answer always, never two, never silence.
"""

import posix
import select
import sys
import time

import _socket

VERSION = "0.1.0"
PACKAGE = __file__.removesuffix("/hook/client.py")
MAGIC = b"CGT\x01"
CALL, ANSWER, OTHER_BUILD = 1, 129, 130
MAX_HEAD = 64 * 1024
MAX_BODY = 1024 * 1024
VARIABLES = (
    "HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "CLAUDE_PERMISSIONS_CONFIG", "CLAUDE_PROJECT_DIR",
    "CLAUDE_CONFIG_DIR", "CODEX_HOME", "CLAUDE_CODE_SESSION_ATTENDED", "CLAUDE_CODE_ENTRYPOINT",
)  # fmt: skip

INPUT_SECONDS = 1.0
"""For the host to send the call; a slower host is the in-process hook's to wait for."""
ANSWER_SECONDS = 0.25
"""For connecting, sending and receiving together."""
OUTPUT_SECONDS = 5.0
"""For a reader of stdout that makes us wait although its pipe does not."""
CANNOT = b"""{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"ask",\
"permissionDecisionReason":"callgate cannot start: the command that decides could not be run. Run `callgate doctor`."},\
"suppressOutput":true}
"""

_LOCAL_PEERCRED = 1  # macOS, at the level 0


class _NoAnswerError(Exception):
    """The daemon gave no answer that counts."""


def main(command: list[str]) -> None:
    """Answer the call on stdin, or become *command*. Does not return."""
    data, ended = b"", False
    try:
        # Where the host closed one of the first three, nothing else may take its number. Reading finds an end,
        # writing fails, and *command* finds it closed again.
        while posix.open("/dev/null", posix.O_RDONLY) < 3:
            pass
        at = next(at for at in range(1, len(command)) if _is_hook(command, at))
        socket_at = command.index("--daemon", at) + 1
        head = _head(command[at + 1 : socket_at - 1] + command[socket_at + 1 :])
        data, ended = _input()
        if not ended or len(data) > MAX_BODY:
            raise _NoAnswerError  # noqa: TRY301 - one way out for everything
        kind, answer = _ask(command[socket_at], head, data)
        if kind == ANSWER:
            _leave(answer)
        command = [*command[: socket_at + 1], "--other-build", *command[socket_at + 1 :]]
    except BaseException:  # noqa: BLE001, S110 - whatever it was, the command below decides
        pass
    try:
        _become(command, data, ended)
    except BaseException:  # noqa: BLE001 - a command that cannot be run must not look like consent
        _leave(CANNOT)


def _is_hook(command: list[str], at: int) -> bool:
    return command[at] == "hook" and command[at - 1].rpartition("/")[2] == "callgate"


def _head(options: list[str]) -> bytes:
    """Return the head of the request; what of it came from the kernel goes back as the same bytes."""
    try:
        cwd = posix.getcwd()
    except OSError:
        cwd = "/"  # deleted: as the in-process hook has it
    entries = [f"build={VERSION} {PACKAGE}", f"cwd={cwd}", *(f"arg={option}" for option in options)]
    coding = sys.getfilesystemencoding()
    parts = [entry.encode(coding, "surrogateescape") for entry in entries]
    environ = posix.environ
    for name in VARIABLES:
        key = name.encode()
        if key in environ:
            parts.append(b"env=" + key + b"=" + environ[key])
    head = b"\0".join(parts) + b"\0"
    if len(head) > MAX_HEAD:
        raise _NoAnswerError
    return head


def _input() -> tuple[bytes, bool]:
    """Read stdin up to one byte more than a frame takes; the second value tells whether it has ended."""
    data = b""
    end = time.monotonic() + INPUT_SECONDS
    while len(data) <= MAX_BODY:
        if not select.select([0], [], [], max(0.0, end - time.monotonic()))[0]:
            return data, False
        part = posix.read(0, MAX_BODY + 1 - len(data))
        if not part:
            return data, True
        data += part
    return data, False


def _ask(path: str, head: bytes, body: bytes) -> tuple[int, bytes]:
    """Return the kind and the body of the daemon's frame."""
    end = time.monotonic() + ANSWER_SECONDS
    folder = posix.lstat(path.rpartition("/")[0])
    if folder.st_mode & 0o170077 != 0o040000 or folder.st_uid != posix.geteuid():
        raise _NoAnswerError
    peer = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    _connect(peer, path, end)
    where = (_socket.SOL_SOCKET, _socket.SO_PEERCRED, 12) if sys.platform == "linux" else (0, _LOCAL_PEERCRED, 76)
    if int.from_bytes(peer.getsockopt(*where)[4:8], sys.byteorder) != posix.geteuid():
        raise _NoAnswerError
    _until(peer, end)
    sizes = len(head).to_bytes(4, "big") + len(body).to_bytes(4, "big")
    peer.sendall(MAGIC + bytes((CALL, 0, 0, 0)) + sizes + head + body)
    header = _receive(peer, 16, end)
    skipped, size = int.from_bytes(header[8:12], "big"), int.from_bytes(header[12:], "big")
    if header[:4] != MAGIC or header[4] not in (ANSWER, OTHER_BUILD) or skipped > MAX_HEAD or size > MAX_BODY:
        raise _NoAnswerError
    return header[4], _receive(peer, skipped + size, end)[skipped:]


def _connect(peer: _socket.socket, path: str, end: float) -> None:
    while True:
        _until(peer, end)
        try:
            return peer.connect(path)
        except BlockingIOError:  # so many are waiting that the kernel takes no more
            time.sleep(0.002)


def _until(peer: _socket.socket, end: float) -> None:
    left = end - time.monotonic()
    if left <= 0:
        raise _NoAnswerError
    peer.settimeout(left)


def _receive(peer: _socket.socket, size: int, end: float) -> bytes:
    data = b""
    while len(data) < size:
        _until(peer, end)
        part = peer.recv(size - len(data))
        if not part:
            raise _NoAnswerError
        data += part
    return data


def _leave(output: bytes) -> None:
    """Print all of *output* and end; exit code 2, which blocks, when that fails."""
    try:
        while output:
            try:
                output = output[posix.write(1, output) :]
            except BlockingIOError:
                if not select.select([], [1], [], OUTPUT_SECONDS)[1]:
                    posix._exit(2)
    except BaseException:  # noqa: BLE001 - a part of an answer is none
        posix._exit(2)
    posix._exit(0)


def _become(command: list[str], data: bytes, ended: bool) -> None:
    if data:
        reading, writing = posix.pipe()
        if posix.fork() == 0:
            _feed(writing, reading, data, ended)
        posix.dup2(reading, 0)
    posix.execv(command[0], command)


def _feed(writing: int, reading: int, data: bytes, ended: bool) -> None:
    """Hand *data* and the rest of stdin on. Holds neither stdout nor stderr, for whose end the host may wait."""
    try:
        for other in (reading, 1, 2):
            posix.close(other)
        while data:
            data = data[posix.write(writing, data) :]
            while not data and not ended:
                # The pipe's own end polls as broken when nobody reads any more.
                poll = select.poll()
                poll.register(0, select.POLLIN)
                poll.register(writing, 0)
                if any(number == writing for number, _ in poll.poll()):
                    break
                data = posix.read(0, 65536)
                ended = not data
    finally:
        posix._exit(0)


main(sys.argv[1:])
