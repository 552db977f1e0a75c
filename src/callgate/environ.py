"""The hook's environment, without what a checkout put there.

Claude Code passes the `env` of a project's settings on to its hooks. A hostile repository could so name a policy, a
home directory or a state directory of its own; `-I` on the interpreter only stops the variables that Python reads.
"""

from __future__ import annotations

import os
from typing import Iterator, Mapping

MOVES_THE_GATE = (
    "HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "CLAUDE_PERMISSIONS_CONFIG", "CLAUDE_PROJECT_DIR", "CLAUDE_CONFIG_DIR",
)  # fmt: skip
"""Variables that decide where the gate finds its files, and its daemon."""

MAX_SETTINGS = 1 << 20
_FILES = ("settings.json", "settings.local.json")


def trusted_environ(environ: Mapping[str, str], cwd: str) -> Mapping[str, str]:
    """Return *environ* without the variables of `MOVES_THE_GATE` that settings of the project set.

    `HOME` is then the home directory of the user's account. The user's own settings are trusted.
    """
    named = {name for file in _settings_files(environ, cwd) for name in _sets(file) if name in environ}
    if not named:
        return environ
    kept = {name: value for name, value in environ.items() if name not in named}
    return kept if "HOME" in kept else {**kept, "HOME": account_home()}


def account_home() -> str:
    """Return the home directory of the user's account, whatever the environment says."""
    import pwd  # noqa: PLC0415 - only a suspect environment needs it

    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        return "/"


def _settings_files(environ: Mapping[str, str], cwd: str) -> Iterator[str]:
    starts = [path for path in (cwd, environ.get("CLAUDE_PROJECT_DIR", "")) if path.startswith("/")]
    seen: set[str] = set()
    own = ""
    for start in starts:
        current = os.path.normpath(start)
        while current not in seen:
            seen.add(current)
            if os.path.isdir(f"{current}/.claude"):
                own = own or account_home()
                if current != own:
                    yield from (f"{current}/.claude/{name}" for name in _FILES)
            current = os.path.dirname(current)


def _sets(file: str) -> tuple[str, ...]:
    """Return the variables of `MOVES_THE_GATE` that a settings file sets; all of them when it cannot be told."""
    from callgate.atomic import read_regular  # noqa: PLC0415 - most directories have no settings

    try:
        data = read_regular(file, MAX_SETTINGS)
    except FileNotFoundError:
        return ()
    except OSError:
        return MOVES_THE_GATE
    if b"env" not in data and b"\\u" not in data:
        return ()
    import json  # noqa: PLC0415 - loaded already wherever a call came as JSON

    try:
        settings = json.loads(data)
    except (ValueError, RecursionError):
        return ()  # the host does not read it either
    variables = settings.get("env") if isinstance(settings, dict) else None
    return tuple(name for name in MOVES_THE_GATE if isinstance(variables, dict) and name in variables)
