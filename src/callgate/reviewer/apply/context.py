"""Who changes a policy, where, and how: what the pipeline needs beside the operation."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Mapping, NamedTuple

from callgate.environ import trusted_environ
from callgate.host import Places, places

if TYPE_CHECKING:
    from callgate.actor import Actor


class Options(NamedTuple):
    """The options of `callgate apply`."""

    dry_run: bool = False
    force: bool = False
    """Go on in spite of warnings."""
    target_file: str = ""
    commit: bool = True
    """False for `--no-commit`: a backup is made instead."""
    reason: str = ""
    """Why, in a sentence: for the commit and the audit log."""


class Context(NamedTuple):
    """The surroundings of one change."""

    environ: Mapping[str, str]
    """Of the process, without what settings of the project put there to move the gate."""
    cwd: str
    """Relative paths start here, and so does discovery."""
    project: str
    """Project root; empty when there is none."""
    places: Places
    actor: Actor
    options: Options
    now: float
    """Seconds since the epoch, UTC."""


def context_of(environ: Mapping[str, str], cwd: str, options: Options, *, applied_by: str, now: float) -> Context:
    """Return the surroundings of this process.

    Args:
        environ: of the process.
        cwd: absolute.
        options: from the command line.
        applied_by: the name on the command line; empty takes `$DECISION_REVIEWER_APPLIED_BY`, else the account.
        now: seconds since the epoch, UTC.
    """
    from callgate.actor import identify  # noqa: PLC0415 - looks at processes, and only a change asks

    trusted = trusted_environ(environ, cwd)
    where = places(trusted)
    return Context(trusted, cwd, root_of(trusted, cwd, where.home), where, identify(environ, applied_by=applied_by),
                   options, now)  # fmt: skip


def root_of(environ: Mapping[str, str], cwd: str, home: str) -> str:
    """Return the project root of *cwd*, as the gate finds it."""
    from callgate.observe import project_root  # noqa: PLC0415 - beside the other late imports

    return project_root(environ, cwd, home)


def absolute(path: str, context: Context) -> str:
    """Return *path* as it is meant: `~/` is the home directory, anything relative starts at the cwd."""
    if path.startswith("~/"):
        path = os.path.join(context.places.home, path[2:])
    return os.path.abspath(os.path.join(context.cwd, path))
