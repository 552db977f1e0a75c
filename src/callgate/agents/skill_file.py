"""The skill that tells Claude Code how to use callgate: put beside the agent's settings, and taken away again."""

from __future__ import annotations

import os
from typing import Final, Literal

from callgate.atomic import read_regular, write_atomic
from callgate.core.errors import InputError

NAME: Final = "callgate"
MARK: Final = b"name: callgate\n"
"""In the head of every version of our file; another file of that name is not ours to change."""

MAX_BYTES: Final = 256 * 1024

State = Literal["missing", "same", "older", "foreign"]


def skill_path(settings: str) -> str:
    """Return where the skill belongs, given the path of the agent's settings of the same scope."""
    return os.path.join(os.path.dirname(settings), "skills", NAME, "SKILL.md")


def shipped() -> bytes:
    """Return the skill of this version.

    Raises:
        InputError: it is not part of the installation.
    """
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "SKILL.md")
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError as error:
        raise InputError(f"the skill `{path}` cannot be read: {error.strerror or error}") from error


def state_of(path: str) -> State:
    """Return what stands at *path*: nothing, this version's skill, another version's, or a file that is not ours.

    Raises:
        InputError: it cannot be read.
    """
    try:
        data = read_regular(path, MAX_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return "missing"
    except OSError as error:
        raise InputError(f"cannot read `{path}`: {error.strerror or error}") from error
    if data == shipped():
        return "same"
    return "older" if MARK in data[:4096] else "foreign"


def put(path: str) -> None:
    """Write this version's skill to *path*.

    Raises:
        InputError: another program's skill has that name, or it cannot be written.
    """
    if state_of(path) == "foreign":
        raise InputError(f"`{path}` is a skill of somebody else; move it away")
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        write_atomic(os.path.realpath(path), shipped(), mode=0o644)
    except OSError as error:
        raise InputError(f"cannot write `{path}`: {error.strerror or error}") from error


def take(path: str) -> bool:
    """Remove the skill at *path*, and its directory when that is empty; return whether one of ours was there.

    Raises:
        InputError: it cannot be removed.
    """
    if state_of(path) not in ("same", "older"):
        return False
    try:
        os.unlink(path)
    except OSError as error:
        raise InputError(f"cannot remove `{path}`: {error.strerror or error}") from error
    for folder in (os.path.dirname(path), os.path.dirname(os.path.dirname(path))):
        try:
            os.rmdir(folder)
        except OSError:
            break  # something else is in it
    return True
