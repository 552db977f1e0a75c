"""`callgate query`: one question as JSON, one answer as JSON (contract.md section 4)."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from callgate.cli import options
from callgate.cli.errors import EXIT_OK, UsageError

if TYPE_CHECKING:
    from callgate.cli.json_output import Style
    from callgate.cli.world import World
    from callgate.reviewer.query.base import Context

EXIT_ERROR = 1


def query(
    text: Annotated[str | None, typer.Argument(metavar="[JSON|-]", help="The query, or `-` for stdin.")] = None,
    *,
    json_text: Annotated[str | None, typer.Option("--json", metavar="JSON", help="The same as the argument.")] = None,
    log: Annotated[
        list[str] | None, typer.Option("--log", metavar="FILE", help="Read this log and not the policy's; repeatable.")
    ] = None,
    compact: Annotated[bool, typer.Option("--compact", help="The answer on one line.")] = False,
    pretty: Annotated[bool, typer.Option("--pretty", help="The answer indented.")] = False,
    config: options.ConfigOption = "",
    profile: options.ProfileOption = "",
    home: options.HomeOption = "",
    project: options.ProjectOption = "",
    cwd: options.CwdOption = "",
    mode: options.ModeOption = "",
    no_color: options.NoColorOption = False,
) -> int:
    """Ask the gate: what is configured, what would happen to a call and why, what happened. Changes nothing.

    The answer is indented and coloured on a terminal, one line otherwise. Exit code: 0 with an answer; 1 with
    {"error": {"code", "message", "details"}} on stdout.

    Examples:
      callgate query '{"type": "match_test", "tool": "Bash", "input": {"command": "git push"}}'
      callgate query '{"type": "rule", "filter": "deny", "tool": "Bash", "with_source": true}'
      callgate query '{"type": "explain", "decision_id": "9c1f0a6be7d24c55"}'
      echo '{"type": "config", "full": true}' | callgate query

    docs/query.md has every type with its fields and an example.
    """
    from callgate.cli.json_output import write  # noqa: PLC0415 - not for --help
    from callgate.cli.world import World  # noqa: PLC0415 - as above

    if compact and pretty:
        raise UsageError("`--compact` and `--pretty` exclude each other", help="name one of them")
    style: Style = "compact" if compact else "pretty" if pretty else "auto"
    world = World(config, profile, home, project, cwd, mode).absolute()
    data = _given(text, json_text, sys.stdin.buffer)
    answered = _answer(data, world, tuple(os.path.abspath(file) for file in log or ()))
    write(answered, style=style, no_color=no_color)
    return EXIT_ERROR if "error" in answered else EXIT_OK


def _given(text: str | None, json_text: str | None, stdin: BinaryIO) -> bytes:
    from callgate.reviewer.query.decode import MAX_BYTES  # noqa: PLC0415 - not for --help

    if text is not None and json_text is not None:
        raise UsageError("the query is given twice: `--json` and an argument", help="keep one of them")
    word = text if json_text is None else json_text
    if word is None and stdin.isatty():
        example = """callgate query '{"type": "rule_count"}'"""
        raise UsageError("no query is given", help=f"say for example `{example}`; docs/query.md has every type")
    if word is None or word == "-":
        return stdin.read(MAX_BYTES + 1)
    return os.fsencode(word)


def _answer(data: bytes, world: World, logs: tuple[str, ...]) -> dict[str, Any]:
    """Return the answer or the error object; whatever goes wrong inside is `internal_error`, and is written down."""
    from callgate.reviewer.query.answer import answer, error_object  # noqa: PLC0415 - not for --help
    from callgate.reviewer.query.base import QueryError  # noqa: PLC0415 - as above

    try:
        return answer(data, lambda now: _context(world, now, logs))
    except UsageError:
        raise
    except Exception as error:  # noqa: BLE001 - the boundary: who asks in JSON is answered in JSON
        from callgate.cli.errors import record  # noqa: PLC0415 - only a failure of ours

        where = record(error, os.environ)
        details = {"help": "this is a bug: please report it, with the error log", "error_log": where or None}
        message = f"callgate failed: {type(error).__name__}: {str(error)[:500]}"
        return error_object(QueryError("internal_error", message, details))


def _context(world: World, now: float, logs: tuple[str, ...]) -> Context:
    from callgate.cli.world import open_world  # noqa: PLC0415 - not for --help
    from callgate.core.errors import PolicyError  # noqa: PLC0415 - as above
    from callgate.reviewer.query.base import Context, QueryError  # noqa: PLC0415 - as above

    if world.config and not os.path.lexists(world.config):
        details = {"file": world.config, "help": "check the path that follows `--config`"}
        raise QueryError("config_not_found", f"there is no policy file `{world.config}`", details)
    try:
        gate = open_world(world, os.environ)
    except PolicyError as error:  # only a profile that does not exist: what is wrong with files is the gate's to say
        problem = error.problems[0]
        raise QueryError("config_not_found", problem.message, {"help": problem.help}) from error
    return Context(gate, now, logs, cwd=world.cwd, mode=world.mode)
