"""Claude Code's settings files: where they are, how they are read and safely written back.

Files are written through symbolic links, atomically, with mode and owner kept, and only after a backup.
"""

from __future__ import annotations

import os
import stat
from typing import Literal, Mapping, NamedTuple

from callgate.agents import json_text
from callgate.agents.json_text import JsonTextError, Node
from callgate.atomic import read_regular, write_atomic, write_new
from callgate.core.errors import InputError, Problem

Scope = Literal["managed", "user", "project", "local"]
"""Whose settings a file holds. Precedence: managed > local > project > user; hooks of all of them run."""

MAX_BYTES = 4 << 20
BACKUP_INFIX = ".callgate-backup-"
BOM = "\ufeff"


class Settings(NamedTuple):
    """A settings file as read."""

    path: str
    target: str
    """Where `path` leads once symbolic links are followed."""
    exists: bool
    text: str
    """Without the byte-order mark."""
    bom: bool
    root: Node
    mode: int
    owner: tuple[int, int] | None

    @property
    def data(self) -> bytes:
        """The bytes that *text* stands for."""
        return encode(self.text, self.bom)


def settings_path(scope: Scope, environ: Mapping[str, str], home: str, cwd: str) -> str:
    """The settings file of *scope*. `CLAUDE_CONFIG_DIR` moves the user's, never the project's."""
    if scope == "user":
        folder = environ.get("CLAUDE_CONFIG_DIR", "")
        return os.path.join(os.path.join(cwd, folder) if folder else os.path.join(home, ".claude"), "settings.json")
    name = {"project": "settings.json", "local": "settings.local.json"}.get(scope)
    if name is None:
        raise ValueError(f"scope `{scope}` has no file that callgate writes")
    return os.path.join(cwd, ".claude", name)


def encode(text: str, bom: bool) -> bytes:
    """The bytes of *text*, with the byte-order mark back in place when the file had one."""
    return (BOM + text if bom else text).encode("utf-8")


def read(path: str) -> Settings:
    """Read a settings file; a missing one reads as an empty object.

    Raises:
        InputError: it cannot be read, or is not plain JSON with an object at the top (with line and column).
    """
    target = os.path.realpath(path)
    try:
        info = os.stat(path)
        data = read_regular(path, MAX_BYTES)
    except FileNotFoundError:
        return Settings(path, target, False, "", False, json_text.parse("{}"), 0, None)
    except OSError as error:
        raise refusal(
            Problem(f"cannot be read: {error.strerror or error}", path, help="mend the file or its permissions")
        ) from error
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise refusal(Problem(f"not UTF-8 (byte {error.start})", path, help="save the file as UTF-8")) from error
    bom = text.startswith(BOM)
    text = text.removeprefix(BOM)
    if text.strip():
        try:
            root = json_text.parse(text)
        except JsonTextError as error:
            raise refusal(error.problem(text, path)) from error
    else:
        root = json_text.parse("{}")
    if root.kind != "object":
        raise refusal(
            Problem(f"the top level is of kind {root.kind}, expected object", path, help="mend the file by hand")
        )
    return Settings(path, target, True, text, bom, root, stat.S_IMODE(info.st_mode), (info.st_uid, info.st_gid))


def save(settings: Settings, text: str, *, stamp: str, private: bool, inside: str = "") -> str:
    """Write *text* in place of *settings*; return the path of the backup, empty when there was no file before.

    Args:
        settings: what was read; when the file has changed since, nothing is written.
        text: the new content, without the byte-order mark.
        stamp: goes into the name of the backup.
        private: a new file gets mode 0600 in a folder of mode 0700 (the user's own), otherwise 0644 and 0755.
        inside: when not empty, the real file must lie below this folder: a checkout may bring a link that leads out.

    Raises:
        InputError: the file changed meanwhile, leads out of *inside*, or cannot be written.
    """
    _stays(settings, inside)
    try:
        os.makedirs(os.path.dirname(settings.target), mode=0o700 if private else 0o755, exist_ok=True)
        _unchanged(settings)
        backup = _back_up(settings, stamp) if settings.exists else ""
        mode = settings.mode if settings.exists else (0o600 if private else 0o644)
        write_atomic(settings.target, encode(text, settings.bom), mode=mode, owner=settings.owner)
    except OSError as error:
        advice = "check the permissions of the file and of its folder; nothing was changed"
        raise refusal(Problem(f"cannot be written: {error.strerror or error}", settings.path, help=advice)) from error
    except UnicodeEncodeError as error:
        raise refusal(
            Problem(
                "a path that is not UTF-8 cannot stand in JSON",
                settings.path,
                help="install callgate under a path of plain characters",
            )
        ) from error
    return backup


def delete(settings: Settings, *, stamp: str, inside: str = "") -> str:
    """Remove a settings file that held nothing but ours; return the path of its backup.

    Raises:
        InputError: as `save`.
    """
    _stays(settings, inside)
    try:
        _unchanged(settings)
        backup = _back_up(settings, stamp)
        os.unlink(settings.path)
    except OSError as error:
        raise refusal(
            Problem(
                f"cannot be removed: {error.strerror or error}",
                settings.path,
                help="check the permissions of its folder",
            )
        ) from error
    return backup


def backups(settings: Settings) -> list[str]:
    """The texts of the backups that `save` kept for this file, newest first; unreadable ones are passed over."""
    folder, name = os.path.split(settings.path)
    try:
        names = sorted((one for one in os.listdir(folder) if one.startswith(name + BACKUP_INFIX)), reverse=True)
    except OSError:
        return []
    texts = []
    for one in names:
        try:
            texts.append(read_regular(os.path.join(folder, one), MAX_BYTES).decode("utf-8").removeprefix(BOM))
        except (OSError, UnicodeDecodeError):
            continue
    return texts


def refusal(problem: Problem) -> InputError:
    """An `InputError` that shows *problem* without the word `error`, which the error boundary adds."""
    return InputError(str(problem).replace(": error: ", ": ", 1).removeprefix("error: "))


def _stays(settings: Settings, inside: str) -> None:
    """Refuse a file that a symbolic link leads out of the folder *inside*."""
    root = os.path.realpath(inside) if inside else ""
    if root and os.path.commonpath([root, settings.target]) != root:
        message = f"a symbolic link that leads out of the project, to `{settings.target}`"
        raise refusal(Problem(message, settings.path, help="replace the link by a file, or use `--scope user`"))


def _unchanged(settings: Settings) -> None:
    """Refuse to overwrite what somebody else wrote between our reading and our writing."""
    try:
        now = read_regular(settings.path, MAX_BYTES)
    except FileNotFoundError:
        now = None
    before = settings.data if settings.exists else None
    if now != before:
        raise refusal(
            Problem("the file changed while it was being edited", settings.path, help="run the command again")
        )


def _back_up(settings: Settings, stamp: str) -> str:
    """Copy the file beside itself, with its mode; a name that is taken gets a number."""
    base = f"{settings.path}{BACKUP_INFIX}{stamp}"
    for number in range(100):
        name = f"{base}-{number}" if number else base
        try:
            write_new(name, settings.data, mode=settings.mode)
        except FileExistsError:
            continue
        return name
    raise OSError(f"too many backups named `{base}`")
