"""What `install` and `uninstall` share: their arguments, the settings file of a scope, stamps and diffs."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Mapping

import typer

from callgate.cli.errors import UsageError

if TYPE_CHECKING:
    from callgate.agents.settings_file import Settings
    from callgate.agents.settings_written import Operation

AGENTS = ("claude-code",)
"""The agents that callgate can be registered with."""


class Scope(StrEnum):
    """The settings files that `install` writes, by the word on the command line."""

    user = "user"
    project = "project"
    local = "local"


AgentArgument = Annotated[str, typer.Argument(metavar="AGENT", help="The agent: claude-code.", show_default=False)]
ScopeOption = Annotated[
    Scope,
    typer.Option(
        help="user: ~/.claude/settings.json, every project of yours; project: .claude/settings.json, shared by Git; "
        "local: .claude/settings.local.json, this checkout only."
    ),
]
ServiceOption = Annotated[
    bool, typer.Option("--service", help="The daemon as a service of yours; needs no agent beside it.")
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Show the change, write nothing.")]


def check_agent(agent: str) -> None:
    """Refuse an agent that callgate has no adapter for.

    Raises:
        UsageError: names the agents there are.
    """
    if not agent:
        raise UsageError("no agent is named", help=f"one of: {', '.join(AGENTS)}")
    if agent not in AGENTS:
        raise UsageError(f"unknown agent `{agent}`", help=f"one of: {', '.join(AGENTS)}")


def home_of(environ: Mapping[str, str]) -> str:
    """The user's home directory as callgate sees it everywhere."""
    from callgate.host import places  # noqa: PLC0415 - heavy imports stay inside (cheap --help)

    return places(environ).home


def timestamp(now: float) -> str:
    """*now* (epoch seconds) as it stands in the names of backups, UTC: `20261121T101500Z`."""
    import time  # noqa: PLC0415 - as above

    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))


def note_written(settings: Settings, text: str | None, operation: Operation) -> None:
    """Note what the settings are about to hold (`None`: nothing), so that open sessions take it up; best effort."""
    import time  # noqa: PLC0415 - as above

    from callgate.agents.settings_file import encode  # noqa: PLC0415 - as above
    from callgate.agents.settings_written import note  # noqa: PLC0415 - as above
    from callgate.host import places  # noqa: PLC0415 - as above

    data = None if text is None else encode(text, settings.bom)
    note(places(os.environ).written_file, settings.path, data, operation, now=time.time())


def difference(old: str, new: str, path: str) -> str:
    """A unified diff of the two texts."""
    import difflib  # noqa: PLC0415 - only a dry run needs it

    lines = difflib.unified_diff(
        old.splitlines(), new.splitlines(), f"{path} (now)", f"{path} (after)", lineterm="", n=2
    )
    return "\n".join(lines)


def outside_root(scope: Scope, cwd: str) -> str:
    """The Git root above *cwd* when a project setting written at *cwd* would miss it, else an empty string."""
    if scope is Scope.user or os.path.exists(f"{cwd}/.git"):
        return ""
    folder = os.path.dirname(cwd)
    while folder != os.path.dirname(folder):
        if os.path.exists(f"{folder}/.git"):
            return folder
        folder = os.path.dirname(folder)
    return ""
