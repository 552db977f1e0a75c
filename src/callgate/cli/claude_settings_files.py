"""The settings files of Claude Code as an import reads them: where they are, whose they are, what they say."""

from __future__ import annotations

import os
import sys
from typing import Final, Mapping, NamedTuple, get_args

from callgate.agents import settings_file
from callgate.agents.json_text import Node, locate
from callgate.core.errors import InputError, Problem
from callgate.core.model import Action
from callgate.host import places
from callgate.observe import project_root
from callgate.policy.importers.claude_settings_model import Origin, Scope, Statement

MANAGED: Final = "/Library/Application Support/ClaudeCode" if sys.platform == "darwin" else "/etc/claude-code"
MAX_STATEMENTS: Final = 2_000
"""Over all files. The most bloated settings that people keep have a few hundred."""

_INDEX_BYTES: Final = 64 << 20


class Source(NamedTuple):
    """One settings file."""

    path: str
    origin: Origin
    found: bool
    statements: tuple[Statement, ...] = ()
    odd: tuple[str, ...] = ()
    """What stands in the file and is no statement."""
    supplied: str = ""
    """Why its allow rules are somebody else's proposal; empty when they are the user's own, or an administrator's."""


class Places(NamedTuple):
    """Where to look."""

    environ: Mapping[str, str]
    home: str
    cwd: str
    project: str
    """Where the project's `.claude` directory lies."""
    managed: str = MANAGED


def look(environ: Mapping[str, str], home: str, project: str) -> Places:
    """Return where the settings are that hold in *project* (or the current directory).

    Raises:
        InputError: the current directory is gone.
    """
    try:
        cwd = os.path.abspath(project) if project else os.getcwd()
    except OSError as error:
        raise InputError(f"the current directory is gone: {error.strerror}") from error
    own = places(environ, os.path.abspath(home) if home else "").home
    return Places(environ, own, cwd, project_root({}, cwd, own) or cwd, MANAGED)


def usual(where: Places, scopes: list[str]) -> list[Source]:
    """Read the files of the usual places, those that are missing included.

    Raises:
        InputError: one of them cannot be read, or is no settings file.
    """
    found: list[Source] = []
    seen: set[str] = set()
    for scope in get_args(Scope):
        for path in _paths(where, scope) if scope in scopes else ():
            real = os.path.realpath(path)
            if real not in seen:  # in the home directory, the user's file is the project's file, too
                seen.add(real)
                found.append(_read(path, scope, where))
    return found


def named(paths: list[str], where: Places) -> list[Source]:
    """Read the files *paths*; each is the user's, the project's or nobody's by where it lies.

    Raises:
        InputError: one of them is missing, cannot be read, or is no settings file.
    """
    found = [_read(os.path.abspath(path), _scope_of(os.path.abspath(path), where), where) for path in paths]
    missing = next((source for source in found if not source.found), None)
    if missing is not None:
        raise settings_file.refusal(Problem("no such file", missing.path, help="check the path"))
    return found


def _paths(where: Places, scope: Scope) -> list[str]:
    if scope == "user":
        return [settings_file.settings_path("user", where.environ, where.home, where.cwd)]
    if scope in {"project", "local"}:
        return [settings_file.settings_path("local" if scope == "local" else "project", {}, "", where.project)]
    if scope != "managed":
        return []
    drop_ins = f"{where.managed}/managed-settings.d"
    try:
        names = sorted(name for name in os.listdir(drop_ins) if name.endswith(".json"))
    except OSError:
        names = []
    return [f"{where.managed}/managed-settings.json", *(f"{drop_ins}/{name}" for name in names)]


def _scope_of(path: str, where: Places) -> Scope:
    if os.path.realpath(path) == os.path.realpath(_paths(where, "user")[0]):
        return "user"
    folder, name = os.path.split(path)
    if path.startswith(where.managed + "/"):
        return "managed"
    if os.path.basename(folder) != ".claude":
        return "file"
    if name == "settings.json":
        return "project"
    return "local" if name == "settings.local.json" else "file"


def _read(path: str, scope: Scope, where: Places) -> Source:
    root = os.path.dirname(os.path.dirname(path)) if scope in {"project", "local"} else ""
    origin = Origin(_shown(path, where), scope, root)
    settings = settings_file.read(path)
    if not settings.exists:
        return Source(path, origin, False)
    statements, odd = extract(settings.root, settings.text, origin, path)
    return Source(path, origin, True, tuple(statements), tuple(odd), _supplied(path, scope))


def _shown(path: str, where: Places) -> str:
    for base, short in ((where.project, ""), (where.home, "~/")):
        if base != "/" and path.startswith(base + "/"):
            return short + path[len(base) + 1 :]
    return path


def extract(root: Node, text: str, origin: Origin, path: str) -> tuple[list[Statement], list[str]]:
    """Return the statements of a settings file, and what stands among them and is none.

    Raises:
        InputError: `permissions` or one of its lists is of the wrong kind.
    """
    permissions = root.member("permissions")
    if permissions is None:
        return [], []
    _expect(permissions, "object", "permissions", text, path)
    statements: list[Statement] = []
    odd: list[str] = []
    for key in (*get_args(Action), "additionalDirectories"):
        array = permissions.member(key)
        if array is None:
            continue
        _expect(array, "array", f"permissions.{key}", text, path)
        action: Action = key if key != "additionalDirectories" else "allow"
        for item in array.items:
            line = locate(text, item.start)[0]
            if isinstance(item.value, str) and item.kind == "string":
                statement = Statement(item.value, action, origin, line, directory=key == "additionalDirectories")
                statements.append(statement)
            else:
                odd.append(f"{origin.name}:{line}: an entry of `permissions.{key}` is no text: Claude Code drops it")
    if len(statements) > MAX_STATEMENTS:
        message = f"more than {MAX_STATEMENTS:,} rules, which nobody has read"
        raise settings_file.refusal(Problem(message, path, help="remove the one-off commands first"))
    odd += [
        f"{origin.name}: `permissions.{key}` is no rule: it stays with Claude Code"
        for key in ("defaultMode", "disableBypassPermissionsMode")
        if permissions.member(key) is not None
    ]
    return statements, odd


def _expect(node: Node, kind: str, name: str, text: str, path: str) -> None:
    if node.kind != kind:
        line, column, source = locate(text, node.start)
        message = f"`{name}` is of kind {node.kind}, expected {kind}"
        raise settings_file.refusal(Problem(message, path, line, column, source, "mend the file by hand"))


def _supplied(path: str, scope: Scope) -> str:
    """Tell why the allow rules of a file may come from somebody else."""
    if scope == "project":
        return "it comes with the project"
    if scope == "file":
        return "it lies in none of your own places"
    if scope == "local":
        folder = os.path.dirname(path)
        if os.path.islink(folder) or os.path.islink(path):
            return "it is reached through a symbolic link of the project"
        if _tracked(os.path.dirname(folder)):
            return "git tracks it, so it comes with the project"
    return ""


def _tracked(root: str) -> bool:
    """Whether the index of the repository at *root* names the local settings.

    Read as bytes: asking git would run what the repository's configuration says.
    """
    try:
        from callgate.atomic import read_regular  # noqa: PLC0415 - only a local file needs it

        data = read_regular(f"{root}/.git/index", _INDEX_BYTES)
    except OSError:
        return False
    # Version 4 leaves out what a name shares with the one before it (`.claude/settings.json`).
    return b".claude/settings.local.json\0" in data or (data[4:8] == b"\0\0\0\x04" and b"local.json\0" in data)
