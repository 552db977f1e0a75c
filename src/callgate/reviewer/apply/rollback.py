"""What a policy file held before: in a commit, or in one of its own backups."""

from __future__ import annotations

import os
import re
from typing import Final, Mapping

from callgate.atomic import read_regular
from callgate.policy.loader.files import MAX_BYTES
from callgate.reviewer.apply.backup import Backup, list_backups
from callgate.reviewer.apply.base import ApplyError, Detail
from callgate.reviewer.apply.gitlog import content, versions
from callgate.reviewer.apply.repository import Found, find
from callgate.reviewer.shown import visible

_COMMIT: Final = re.compile(r"[0-9a-fA-F]{4,64}", re.ASCII)
_TOLD: Final = 5
"""How many commits or backups an error names."""


def old_content(path: str, environ: Mapping[str, str], *, to_commit: str = "", to_backup: str = "") -> bytes:
    """Return what the file at *path* held.

    Args:
        path: the real path of the target.
        environ: for the user's Git settings.
        to_commit: a commit of its repository, at least its first four digits.
        to_backup: a backup of this very file: its path, or its name alone. No other file can be named.

    Raises:
        ApplyError: `invalid_operation` unless exactly one is given; `not_found`, with what there is; `io_error`.
    """
    if bool(to_commit) == bool(to_backup):
        message = "a rollback needs `to_commit` or `to_backup`, and not both"
        raise ApplyError("invalid_operation", message, [Detail("to_commit", message, "name one of them")])
    return _of_commit(path, environ, to_commit) if to_commit else _of_backup(path, to_backup)


def _of_commit(path: str, environ: Mapping[str, str], commit: str) -> bytes:
    found = find(path, environ)
    if not isinstance(found, Found):
        why = f": {found.why}" if found else ""
        raise _missing("to_commit", f"`{path}` is in no Git repository that has it{why}", _backups(path))
    if not _COMMIT.fullmatch(commit):
        message = f"`{visible(commit[:80])}` is not the id of a commit"
        raise _missing("to_commit", message, _commits(found))
    try:
        data = content(found, commit)
    except KeyError as error:
        why = str(error.args[0])
        raise _missing("to_commit", f"there is no commit `{commit}`: {why}", _commits(found)) from error
    except OSError as error:
        message = f"`{path}` of commit `{commit}` cannot be used: {error}"
        raise ApplyError("io_error", message, [Detail("to_commit", message, "name another commit")]) from error
    if data is None:
        raise _missing("to_commit", f"commit `{commit}` has no file `{found.name}`", _commits(found))
    return data


def _of_backup(path: str, backup: str) -> bytes:
    known = list_backups(path)
    wanted = os.path.basename(backup)
    folder = os.path.dirname(backup)
    if folder and os.path.realpath(folder) != os.path.dirname(path):
        known = []
    match = next((one for one in known if os.path.basename(one.path) == wanted), None)
    if match is None:
        message = f"`{visible(backup[:300])}` is not a backup of `{path}`"
        raise _missing("to_backup", message, _backups(path))
    return _read(match)


def _read(backup: Backup) -> bytes:
    try:
        return read_regular(backup.path, MAX_BYTES)
    except OSError as error:
        message = f"`{backup.path}` cannot be read: {error.strerror or error}"
        raise ApplyError("io_error", message, [Detail("to_backup", message, "check its permissions")]) from error


def _missing(field: str, message: str, there: str) -> ApplyError:
    return ApplyError("not_found", message, [Detail(field, message, there)])


def _commits(found: Found) -> str:
    try:
        known = [one for one in versions(found, _TOLD) if not one.removed]
    except OSError as error:
        return str(error)
    if not known:
        return "no commit has this file yet"
    told = ", ".join(f"`{one.commit[:12]}` ({one.when})" for one in known)
    return f"the newest that changed it: {told}; `callgate history` lists them all"


def _backups(path: str) -> str:
    known = list_backups(path)
    told = ", ".join(f"`{os.path.basename(one.path)}`" for one in known[:_TOLD])
    return f"its backups: {told}; `callgate history` lists them all" if known else "it has no backups either"
