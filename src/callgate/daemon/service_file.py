"""The file of the daemon's service: read, written in one step, deleted; never another's."""

from __future__ import annotations

import os
import sys
from typing import Final, Literal

from callgate.atomic import read_regular, write_atomic
from callgate.core.errors import InputError
from callgate.daemon.runtime import Runtime
from callgate.daemon.service import Service, is_ours, service

MAX_BYTES: Final = 256 * 1024

State = Literal["missing", "same", "older", "foreign"]


def wanted(files: Runtime, home: str, python: str) -> Service:
    """Return the service that this installation would write on this machine.

    Args:
        files: of the daemon.
        home: the user's home directory.
        python: the interpreter that has callgate.

    Raises:
        ServiceError: see `service`.
    """
    return service(sys.platform, home, python, files.socket, files.log)


def state_of(one: Service) -> State:
    """Return what stands at its path: nothing, the very same, another of ours, or a file that is not ours.

    Raises:
        InputError: it cannot be read.
    """
    if os.path.islink(one.path):  # a masked unit leads to /dev/null, a linked one to somebody's own
        return "foreign"
    try:
        data = read_regular(one.path, MAX_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return "missing"
    except OSError as error:
        raise InputError(f"cannot read `{one.path}`: {error.strerror or error}") from error
    if not is_ours(data):
        return "foreign"
    return "same" if data == one.data else "older"


def text_of(one: Service) -> str:
    """Return the text that stands at its path; nothing where none can be read."""
    try:
        return read_regular(one.path, MAX_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


def put(one: Service) -> None:
    """Write the file.

    Raises:
        InputError: one that is not ours is there, or it cannot be written.
    """
    if state_of(one) == "foreign":
        raise InputError(f"`{one.path}` was not written by callgate; move it away")
    try:
        os.makedirs(os.path.dirname(one.path), exist_ok=True)
        write_atomic(one.path, one.data, mode=0o644)
    except OSError as error:
        raise InputError(f"cannot write `{one.path}`: {error.strerror or error}") from error


def take(one: Service) -> None:
    """Delete the file, and the link by which the manager would look for it after a login.

    Raises:
        InputError: it is not ours, or cannot be deleted.
    """
    if state_of(one) == "foreign":
        raise InputError(f"`{one.path}` was not written by callgate; it stays")
    for path in (one.path, one.link):
        try:
            if path == one.path or os.path.islink(path):
                os.unlink(path)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise InputError(f"cannot remove `{path}`: {error.strerror or error}") from error
