"""Reading and writing rule files on behalf of a person: bounded, and never over an existing file."""

from __future__ import annotations

import os
from typing import BinaryIO, Final, Mapping

from callgate.cli.errors import UsageError
from callgate.core.errors import InputError
from callgate.host import places

MAX_BYTES: Final = 1024 * 1024
"""A rule file is written by people; more than this is something else."""


def read_text(path: str, stdin: BinaryIO) -> str:
    """Return the text of *path*, or of standard input for `-`.

    Raises:
        InputError: unreadable, not a regular file, over `MAX_BYTES`, or not UTF-8.
    """
    try:
        if path == "-":
            data = stdin.read(MAX_BYTES + 1)
        elif os.path.isfile(path):
            with open(path, "rb") as file:
                data = file.read(MAX_BYTES + 1)
        else:
            raise InputError(f"`{path}` is not a file" if os.path.exists(path) else f"`{path}` does not exist")
        if len(data) > MAX_BYTES:
            raise InputError(f"`{path}` is larger than {MAX_BYTES} bytes")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"`{path}` is not UTF-8 (byte {error.start})") from error
    except OSError as error:
        raise InputError(f"cannot read `{path}`: {error.strerror or error}") from error


def write_new(path: str, text: str, environ: Mapping[str, str]) -> None:
    """Write *text* to *path*, which must not exist yet and must not be a place where callgate finds its policy.

    A converter must not be a way to put rules in force: that is what `init` and a person's own editor are for.

    Raises:
        UsageError: the file exists, is a policy in force, or cannot be written.
    """
    target = _target(path, environ)
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
    except FileExistsError as error:
        raise UsageError(f"`{path}` exists already", help="choose another name, or remove the file") from error
    except OSError as error:
        raise UsageError(f"cannot write `{path}`: {error.strerror or error}", help="choose another place") from error
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)


def replace(path: str, text: str, environ: Mapping[str, str]) -> None:
    """Write *text* over the regular file *path*; otherwise as `write_new`.

    Raises:
        UsageError: it is no regular file, is a policy in force, or cannot be written.
    """
    from callgate.atomic import write_atomic  # noqa: PLC0415 - only with `--force`

    target = _target(path, environ)
    if os.path.islink(target) or not os.path.isfile(target):
        raise UsageError(f"`{path}` is not a regular file", help="move it away by hand, then run this again")
    try:
        write_atomic(target, text.encode(), mode=0o644)
    except OSError as error:
        raise UsageError(f"cannot write `{path}`: {error.strerror or error}", help="choose another place") from error


def _target(path: str, environ: Mapping[str, str]) -> str:
    """Return where *path* leads, unless callgate finds its policy there."""
    home = places(environ)
    target = os.path.join(os.path.realpath(os.path.dirname(os.path.abspath(path))), os.path.basename(path))
    known = {os.path.realpath(home.user_policy), os.path.realpath(home.managed_policy)}
    name = os.path.basename(target)
    if target in known or name in (".callgate.toml", "claude-code-permissions-hook.toml"):
        raise UsageError(f"`{path}` is where callgate looks for its policy", help="write to another name and review it")
    return target
