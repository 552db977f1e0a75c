"""Checks on the file system: who could write what must not be written, and what cannot be written but must be."""

from __future__ import annotations

import os
import stat
from typing import Iterator

from callgate.doctor.in_force import InForce
from callgate.doctor.model import Finding, World

MAX_MODULES = 2000
"""More files than this in a package are not looked at one by one."""


def check(world: World, force: InForce, logs: tuple[str, ...] = ()) -> Iterator[Finding]:
    """Yield findings about permissions, logs, and the installation itself.

    Args:
        world: the places, the interpreter and the package.
        force: the settings files in force.
        logs: the log files that the policy names, when it does.
    """
    where = world.places
    logs = logs or (where.log_file, where.review_log_file, where.outcomes_file, where.sessions_file)
    guarded = [
        world.places.managed_policy,
        world.places.user_policy,
        world.places.config_dir,
        world.places.trust_file,
        world.places.state_dir,
        world.places.switch_file,
        *logs,
        *(source.path for source in force.sources if source.scope in ("user", "managed")),
    ]
    bad = [finding for path in dict.fromkeys(guarded) for finding in exposed(path)]
    yield from bad
    if not bad:
        yield Finding("permissions", "ok", "policy, settings, trust, switch and logs can be written by you alone")
    yield from _logs(logs)
    yield from _installation(world)


def exposed(path: str, *, strict: bool = True) -> Iterator[Finding]:
    """Yield a finding when *path* (links followed) can be written by others, or belongs to somebody else.

    Args:
        path: a file or a directory; a missing one is fine.
        strict: count the group even when it holds nobody but the user. Where each user has such a group, checkouts
            and virtual environments are group-writable as a matter of course; private files never are.
    """
    try:
        info = os.stat(path)
    except OSError:
        return
    name = path if os.path.realpath(path) == os.path.abspath(path) else f"{path} (really {os.path.realpath(path)})"
    if info.st_uid not in (os.geteuid(), 0):
        what = f"{name} belongs to another user (uid {info.st_uid})"
        # Root often works on checkouts and mounts of other users; for everybody else a foreign owner is a hole.
        yield Finding("permissions", "fail" if os.geteuid() else "warn", what, f"sudo chown {os.geteuid()} '{path}'")
    group = info.st_mode & stat.S_IWGRP and (strict or not _private_group(info.st_gid))
    if group or info.st_mode & stat.S_IWOTH:
        yield Finding("permissions", "fail", f"{name} can be written by others", f"chmod go-w '{path}'")


def _private_group(gid: int) -> bool:
    """Whether the group holds the running user alone: it bears the user's name and lists nobody else."""
    import grp  # noqa: PLC0415 - only here
    import pwd  # noqa: PLC0415 - only here

    try:
        user, group = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(gid)
    except KeyError:
        return False
    return group.gr_name == user and set(group.gr_mem) <= {user}


def _logs(paths: tuple[str, ...]) -> Iterator[Finding]:
    """A log that cannot be written changes no verdict, so only doctor tells."""
    faults = [fault for path in dict.fromkeys(paths) if (fault := _unwritable(path))]
    for fault in faults:
        yield Finding("logs", "fail", fault, "free the path or its permissions; decisions are not recorded meanwhile")
    if not faults:
        yield Finding("logs", "ok", f"decisions are logged in {', '.join(dict.fromkeys(paths))}")


def _unwritable(path: str) -> str:
    """Why a log line cannot be appended to *path*, without appending one; empty when it can."""
    if os.path.lexists(path):
        try:
            info = os.stat(path)
        except OSError as error:
            return f"the log {path} cannot be reached: {error.strerror}"
        if not stat.S_ISREG(info.st_mode):
            return f"the log {path} is not a regular file"
        return "" if os.access(path, os.W_OK) else f"the log {path} cannot be written"
    folder = os.path.dirname(path)
    while not os.path.lexists(folder) and folder != os.path.dirname(folder):
        folder = os.path.dirname(folder)
    if not os.path.isdir(folder):
        return f"the log {path} cannot be made: {folder} is not a directory"
    return "" if os.access(folder, os.W_OK | os.X_OK) else f"the log {path} cannot be made: {folder} cannot be written"


def _installation(world: World) -> Iterator[Finding]:
    """The code that decides must be writable by its owner alone, and compiled beforehand."""
    suspects = [world.python, os.path.dirname(world.python), world.package]
    modules = _modules(world.package)
    bad = [finding for path in (*suspects, *modules) for finding in exposed(path, strict=False)]
    yield from bad[:5]
    if len(bad) > 5:
        advice = f"chmod -R go-w '{world.package}'"
        yield Finding(
            "permissions", "fail", f"{len(bad) - 5} more files of the package can be written by others", advice
        )
    missing = [path for path in modules if not os.path.exists(_compiled(path))]
    if missing:
        what = f"{len(missing)} of {len(modules)} modules are not compiled: every hook compiles them anew"
        advice = f"env -u PYTHONDONTWRITEBYTECODE '{world.python}' -m compileall -q '{world.package}'"
        yield Finding("compiled", "warn", what, advice)
    else:
        yield Finding("compiled", "ok", f"all {len(modules)} modules are compiled")


def _modules(package: str) -> list[str]:
    found: list[str] = []
    for folder, names, files in os.walk(package):
        names[:] = [name for name in names if name != "__pycache__"]
        found.extend(os.path.join(folder, name) for name in files if name.endswith(".py"))
        if len(found) > MAX_MODULES:
            break
    return found


def _compiled(path: str) -> str:
    import importlib.util  # noqa: PLC0415 - only here

    return importlib.util.cache_from_source(path)
