"""Where the HTTP lane's port and token lie. Cheap to import: `install`, `doctor` and a session's first hook come here.

Two files in the configuration directory, which self-protection guards: `http-lane.json` with nothing secret in it, and
`http-token`, mode 0600. While the first is there, the lane is on.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import socket
import stat
from typing import Final, NamedTuple

from callgate.agents.claude_code_http import ADDRESS
from callgate.atomic import read_regular, write_atomic
from callgate.core.errors import CallgateError
from callgate.host import Places

TOKEN_BYTES: Final = 32
PORTS: Final = range(20_000, 32_768)
"""Below what Linux (32768) and macOS (49152) hand out by themselves, so that no client's socket stands there."""

_TRIES: Final = 50
_MAX_FILE: Final = 64 * 1024
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


class LaneError(CallgateError):
    """The lane cannot be used. The text says why, and what to do."""


class Lane(NamedTuple):
    """The lane of one user."""

    port: int
    socket: str
    """Of the daemon that serves it: a user may have others."""
    token: str
    """32 random bytes, base64url without padding."""
    users: tuple[str, ...] = ()
    """The settings files that name it."""


def lane_file(places: Places) -> str:
    """Return where the port is remembered."""
    return f"{places.config_dir}/http-lane.json"


def token_file(places: Places) -> str:
    """Return where the token lies."""
    return f"{places.config_dir}/http-token"


def read_lane(places: Places) -> Lane | None:
    """Return the lane; `None` when it is off.

    Raises:
        LaneError: it is on, and its files cannot be used.
    """
    path = lane_file(places)
    try:
        data = json.loads(read_regular(path, _MAX_FILE))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise LaneError(f"{path} cannot be read: {error}; `{REINSTALL}` writes it anew") from error
    port, where = (data.get("port"), data.get("socket")) if isinstance(data, dict) else (None, None)
    if type(port) is not int or not 1024 <= port <= 65535 or not isinstance(where, str) or not where.startswith("/"):
        raise LaneError(f"{path} names no port and no socket; `{REINSTALL}` writes it anew")
    users = data.get("users")
    names = tuple(one for one in users if isinstance(one, str)) if isinstance(users, list) else ()
    return Lane(port, where, read_token(places), names)


REINSTALL: Final = "callgate install claude-code --transport http"
"""What mends most of it."""


def read_token(places: Places) -> str:
    """Return the token.

    Raises:
        LaneError: it is missing, is no token, or somebody else can read it.
    """
    path = token_file(places)
    try:
        state = os.stat(path)
        text = read_regular(path, 256).decode("ascii").strip()
    except (OSError, ValueError) as error:
        raise LaneError(f"the token of the HTTP lane cannot be read: {error}; `{REINSTALL}` makes one") from error
    if state.st_uid != os.geteuid() or stat.S_IMODE(state.st_mode) & 0o077:
        advice = f"remove it, then `{REINSTALL}` makes another"
        raise LaneError(f"{path} is not yours alone (owner and mode 0600): others may know the token; {advice}")
    if not _TOKEN.fullmatch(text):
        raise LaneError(f"{path} holds no token; remove it, then `{REINSTALL}` makes one")
    return text


def make_lane(places: Places, where: str, user: str = "") -> Lane:
    """Switch the lane on for the settings file *user*; a port and a token that are there stay.

    Args:
        places: of the user.
        where: socket of the daemon that is to serve it.
        user: settings file that names it; none that is not known yet.

    Raises:
        LaneError: no port is free, the token cannot be used, or a file cannot be written.
    """
    try:
        before = read_lane(places)
    except LaneError:
        before = None
    try:
        os.makedirs(places.config_dir, mode=0o700, exist_ok=True)
        if not os.path.lexists(token_file(places)):
            write_atomic(token_file(places), secrets.token_urlsafe(TOKEN_BYTES).encode() + b"\n", mode=0o600)
        users = tuple(dict.fromkeys((*(before.users if before else ()), *([user] if user else []))))
        lane = Lane(before.port if before else free_port(), where, read_token(places), users)
        _write(places, lane)
    except OSError as error:
        raise LaneError(f"the files of the HTTP lane cannot be written: {error}") from error
    return lane


def leave_lane(places: Places, user: str) -> bool:
    """Take the settings file *user* off the lane; whether it was the last, and the lane is off now.

    Raises:
        LaneError: a file cannot be written or removed.
    """
    try:
        lane = read_lane(places)
    except LaneError:
        lane = None
        if not os.path.lexists(lane_file(places)):
            return False
    else:
        if lane is None:
            return False
    try:
        users = tuple(one for one in lane.users if one != user and os.path.exists(one)) if lane else ()
        if lane is not None and users:
            _write(places, lane._replace(users=users))
            return False
        for path in (lane_file(places), token_file(places)):
            if os.path.lexists(path):
                os.unlink(path)
    except OSError as error:
        raise LaneError(f"the files of the HTTP lane cannot be changed: {error}") from error
    return True


def _write(places: Places, lane: Lane) -> None:
    data = {"port": lane.port, "socket": lane.socket, "users": list(lane.users)}
    write_atomic(lane_file(places), json.dumps(data, indent=1).encode() + b"\n", mode=0o600)


def free_port() -> int:
    """Return a port that nobody listens at: drawn, so that another user of the machine cannot sit on it beforehand.

    Raises:
        LaneError: fifty are taken.
    """
    for _ in range(_TRIES):
        port = secrets.choice(PORTS)
        try:
            listening(port).close()
        except OSError:
            continue
        return port
    raise LaneError(f"none of {_TRIES} ports of {ADDRESS} is free")


def listening(port: int, fd: int | None = None) -> socket.socket:
    """Return a socket that is bound to *port* of 127.0.0.1, not blocking.

    Args:
        port: of the lane.
        fd: a descriptor of one that the process before this one has left; it is used if it is that, else closed.

    Raises:
        OSError: somebody has the port.
    """
    if fd is not None:
        try:
            one = socket.socket(fileno=fd)
        except OSError:  # no socket
            os.close(fd)
        else:
            if one.family == socket.AF_INET and one.getsockname() == (ADDRESS, port):
                one.setblocking(False)
                return one
            one.close()
    one = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # Connections that the daemon before this one closed must not keep the port; a listener still does.
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind((ADDRESS, port))
        one.setblocking(False)
    except BaseException:
        one.close()
        raise
    return one
