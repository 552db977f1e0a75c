"""`callgate import claude-settings`: the permission rules of Claude Code as callgate rules."""

from __future__ import annotations

import json
import os
import sys
from enum import StrEnum
from typing import Annotated, Any, NamedTuple

import typer

from callgate.cli import options
from callgate.cli.errors import EXIT_OK, report
from callgate.core.errors import InputError


class Scope(StrEnum):
    """Whose settings are read."""

    managed = "managed"
    user = "user"
    project = "project"
    local = "local"


def import_claude_settings(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE…]", help="Settings files; without any, those of the usual places."),
    ] = None,
    *,
    scope: Annotated[
        list[Scope] | None,
        typer.Option(
            "--scope", help="Of the usual places, only these (repeatable). [default: all]", show_default=False
        ),
    ] = None,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE.toml", help="Write the rules to a file instead of printing.")
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Let --output replace a file.")] = False,
    include_dangerous: Annotated[
        bool, typer.Option("--include-dangerous", help="Enable dangerous rules as well; they are switched off else.")
    ] = False,
    exact: Annotated[
        bool, typer.Option("--exact", help="Make no patterns of one-off commands that differ in a file name.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print rules and report as one JSON object.")] = False,
    home: options.HomeOption = "",
    project: options.ProjectOption = "",
) -> int:
    """Turn the permission rules of Claude Code settings into callgate rules.

    Reads `permissions` of ~/.claude/settings.json, of .claude/settings.json and .claude/settings.local.json of the
    project, and of the managed settings. Prints TOML for you to read and save; the report on stderr says which rules
    are dangerous (they come switched off), dead, folded, or cannot be expressed. Nothing is put in force.

    What bash runs is compared, not its spelling: there an allow is never wider than in Claude Code, a deny or ask never
    narrower. Only patterns made of several one-off commands cover more; the report names them, --exact makes none.

    Examples:
      callgate import claude-settings --scope user
      callgate import claude-settings --scope project --scope local --output claude-rules.toml
      callgate import claude-settings team/settings.json --json

    Raises:
        InputError: a file cannot be read or is no settings file, or there is none.
        UsageError: the output file exists already, or is a policy in force.
    """
    places = Looked(files or [], [one.value for one in scope or Scope], home, project)
    found = _read(places, include_dangerous=include_dangerous, generalise=not exact)
    if output:
        _write(output, found.toml, force=force)
    elif not as_json:
        sys.stdout.write(found.toml)
    if as_json:
        sys.stdout.write(json.dumps(found.as_object, indent=2) + "\n")
    else:
        sys.stdout.flush()
        report(found.as_text)
    return EXIT_OK


class Looked(NamedTuple):
    """Which files to read."""

    files: list[str]
    scopes: list[str]
    home: str
    project: str


class Found(NamedTuple):
    """What came out."""

    toml: str
    as_text: str
    as_object: dict[str, Any]


def _read(looked: Looked, *, include_dangerous: bool, generalise: bool) -> Found:
    from callgate.cli import claude_settings_files as settings_files  # noqa: PLC0415 - not for --help
    from callgate.cli.claude_settings_report import as_object, as_text  # noqa: PLC0415 - as above
    from callgate.cli.text import visible_lines  # noqa: PLC0415 - as above
    from callgate.journal import secrets  # noqa: PLC0415 - as above
    from callgate.policy.importers.claude_settings import translate  # noqa: PLC0415 - as above
    from callgate.policy.importers.claude_settings_model import World  # noqa: PLC0415 - as above
    from callgate.policy.importers.claude_settings_render import render  # noqa: PLC0415 - as above

    where = settings_files.look(os.environ, looked.home, looked.project)
    files = looked.files
    sources = settings_files.named(files, where) if files else settings_files.usual(where, looked.scopes)
    if not any(source.found for source in sources):
        names = ", ".join(source.path for source in sources)
        raise InputError(f"no settings of Claude Code: looked for {names}\n  help: name a file")
    world = World(where.home, lambda text: secrets.find(text)[0])
    statements = [statement for source in sources for statement in source.statements]
    imported = translate(statements, world, include_dangerous=include_dangerous, generalise=generalise)
    # What still could draw on a terminal stands in strings and comments only: there, an escape means the same.
    toml = visible_lines(render(imported, [source.origin.name for source in sources if source.found]))
    _check(toml)
    text = as_text(sources, imported, world, include_dangerous=include_dangerous)
    return Found(toml, text, as_object(sources, imported, world, toml))


def _check(toml: str) -> None:
    """Load what was made: it must be a sound policy, whatever stood in the settings.

    Raises:
        InputError: it would be larger than a policy may be.
        PolicyError: it is not sound; a fault of the translation.
    """
    from callgate.policy.loader import load_text  # noqa: PLC0415 - loads the policy code

    if len(toml.encode()) > 1 << 20:
        raise InputError("the rules would be larger than a policy may be\n  help: remove the one-off commands first")
    load_text(toml, "/imported.toml")


def _write(path: str, toml: str, *, force: bool) -> None:
    from callgate.cli.rulefiles import replace, write_new  # noqa: PLC0415 - only with --output

    if force and os.path.lexists(path):
        replace(path, toml, os.environ)
    else:
        write_new(path, toml, os.environ)
    report(f"wrote {path}")
