"""Options of the commands that look at decisions: which logs, which time, which decisions."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Mapping

import typer

from callgate.cli.errors import UsageError
from callgate.core.errors import InputError

if TYPE_CHECKING:
    from callgate.reviewer.query.base import Context

SinceOption = Annotated[
    str, typer.Option("--since", metavar="TIME", help="From then on: 1h, 24h, 7d, 2w ago, or ISO 8601 (UTC).")
]
UntilOption = Annotated[str, typer.Option("--until", metavar="TIME", help="Before then, written the same way.")]
LogOption = Annotated[
    list[str] | None, typer.Option("--log", metavar="FILE", help="Read this log and not the policy's; repeatable.")
]
ToolNameOption = Annotated[str, typer.Option("--tool", metavar="NAME", help="Only calls of this tool.")]
SessionOption = Annotated[str, typer.Option("--session", metavar="ID", help="Only this session of the agent.")]


class DecisionName(StrEnum):
    """What was decided."""

    allow = "allow"
    deny = "deny"
    ask = "ask"
    passthrough = "passthrough"


def open_context(config: str, logs: list[str] | None, environ: Mapping[str, str]) -> Context:
    """Return the context of a question about the logs that the policy in force writes, or about *logs*.

    A broken policy is no hindrance: which logs it names is asked of the last good one.
    """
    import time  # noqa: PLC0415 - not for --help

    from callgate.cli.world import World, open_world  # noqa: PLC0415 - as above
    from callgate.reviewer.query.base import Context  # noqa: PLC0415 - as above

    world = World(config=config).absolute()
    gate = open_world(world, environ)
    return Context(gate, time.time(), tuple(os.path.abspath(path) for path in logs or ()), cwd=world.cwd)


def checked(name: str, given: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Return the fields of a query of type *name*, checked as `query` checks them; empty values count as absent.

    Raises:
        UsageError: a value is none of its field.
    """
    from callgate.reviewer.query.base import QueryError  # noqa: PLC0415 - not for --help
    from callgate.reviewer.query.parse import parse  # noqa: PLC0415 - as above

    fields = {key: value for key, value in given.items() if value not in ("", None, False)}
    try:
        return parse({"type": name, **fields}, context.now).fields
    except QueryError as error:
        raise UsageError(error.message, help=help_of(error.details)) from error


def help_of(details: object) -> str:
    """Return the help text of an error of a query; empty when it has none."""
    found = details.get("help") if isinstance(details, dict) else None
    return found if isinstance(found, str) else ""


def said(error: Exception) -> InputError:
    """Return *error*, of a query, as what a command ends in."""
    details = getattr(error, "details", None)
    text = help_of(details)
    return InputError(f"{error}\n  help: {text}" if text else str(error))


def shown(path: str) -> str:
    """Return *path* as it may be printed."""
    from callgate.cli.text import visible  # noqa: PLC0415 - not for --help

    return visible(path)
