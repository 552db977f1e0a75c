"""Finds the policy files that are in force for a call (contract.md section 2, Discovery)."""

from __future__ import annotations

import os
from typing import Final, Mapping

from callgate.policy.loader.assemble import pack_path
from callgate.policy.loader.document import real_path
from callgate.policy.loader.loaded import Candidate

_OLDER: Final = "claude-code-permissions-hook.toml"
_PROJECT_NAMES: Final = (".callgate.toml", _OLDER)


def discover(
    environ: Mapping[str, str],
    home: str,
    cwd: str,
    project: str,
    config: str = "",
    *,
    managed: str = "/etc/callgate/policy.toml",
    system: str = "/etc/" + _OLDER,
) -> tuple[Candidate, ...]:
    """Return the policy files in force, highest layer first. A file that exists but cannot be read is among them.

    - *managed* is always in force.
    - *config* (`--config`), or else `$CLAUDE_PERMISSIONS_CONFIG`, is used alone beside it, existing or not.
    - Otherwise the **user** level is the first found of `~/.config/callgate/policy.toml`,
      `~/.config/claude-code-permissions-hook.toml` and *system*. When there is none, the built-in pack `cautious`
      is the base: found means that the file is there, whatever it holds.
    - The **project** level, beside it, is the first found of `.callgate.toml` and
      `claude-code-permissions-hook.toml` in *cwd*, and the same in *project* when that is another directory: a file
      in a subdirectory adds to the project's rules and does not switch them off. Only when neither has one,
      `../.config/claude-code-permissions-hook.toml` as seen from *cwd* counts, unless that is the user's own.

    Args:
        environ: only `CLAUDE_PERMISSIONS_CONFIG` is looked at.
        home: home directory.
        cwd: working directory of the call; when it is not absolute there is no project level there.
        project: project root, empty when there is none.
        config: as given on the command line; relative to *cwd*, `~/` is *home*.
        managed: the managed policy; empty means that there is none to look for.
        system: the older tool's machine-wide file; empty as above.

    Raises:
        PolicyError: the built-in pack is needed and missing.
    """
    found = [Candidate(managed, "managed")] if managed and _exists(managed) else []
    explicit = config or environ.get("CLAUDE_PERMISSIONS_CONFIG", "")
    if explicit:
        explicit = os.path.join(home, explicit[2:]) if explicit.startswith("~/") else explicit
        path = os.path.abspath(os.path.join(cwd or os.curdir, explicit))
        return (*found, Candidate(path, "file" if config else "user"))
    own = os.path.join(home, ".config")
    user = _first(os.path.join(own, "callgate", "policy.toml"), os.path.join(own, _OLDER), system)
    if user:
        found.append(Candidate(user, "user"))
    known = {real_path(candidate.path) for candidate in found}
    found += [Candidate(path, "project") for path in _project_level(cwd, project, own) if real_path(path) not in known]
    if not user:
        found.append(Candidate(pack_path("cautious"), "builtin"))
    return tuple(found)


def looked_at(
    environ: Mapping[str, str],
    home: str,
    cwd: str,
    project: str,
    config: str = "",
    *,
    managed: str = "/etc/callgate/policy.toml",
    system: str = "/etc/" + _OLDER,
) -> tuple[str, ...]:
    """Return every path whose coming or going may change what `discover` returns for the same arguments.

    Without them a process that goes on would not see that a policy file was put where there was none.
    """
    own = os.path.join(home, ".config")
    paths = [managed, os.path.join(own, "callgate", "policy.toml"), os.path.join(own, _OLDER), system]
    for directory in dict.fromkeys((cwd, project)):
        if directory.startswith("/"):
            paths += [directory, *(os.path.join(os.path.normpath(directory), name) for name in _PROJECT_NAMES)]
    if cwd.startswith("/"):
        above = os.path.join(os.path.dirname(os.path.normpath(cwd)), ".config")
        paths += [above, os.path.join(above, _OLDER)]
    explicit = config or environ.get("CLAUDE_PERMISSIONS_CONFIG", "")
    if explicit:
        explicit = os.path.join(home, explicit[2:]) if explicit.startswith("~/") else explicit
        paths.append(os.path.abspath(os.path.join(cwd or os.curdir, explicit)))
    return tuple(path for path in dict.fromkeys(paths) if path)


def _project_level(cwd: str, project: str, own: str) -> list[str]:
    directories: dict[str, str] = {}
    for directory in (cwd, project):
        if directory.startswith("/"):
            directories.setdefault(real_path(directory), os.path.normpath(directory))
    paths = [_first(*(os.path.join(directory, name) for name in _PROJECT_NAMES)) for directory in directories.values()]
    paths = [path for path in paths if path]
    if not paths and cwd.startswith("/"):
        above = os.path.join(os.path.dirname(os.path.normpath(cwd)), ".config")
        if real_path(above) != real_path(own):
            paths = [path for path in (_first(os.path.join(above, _OLDER)),) if path]
    return paths


def _first(*paths: str) -> str:
    return next((path for path in paths if path and _exists(path)), "")


def _exists(path: str) -> bool:
    """Return whether something stands at *path*. What cannot be looked at does: it must be named, not passed over."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError):
        return True
    return True
