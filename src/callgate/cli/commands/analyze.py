"""`callgate analyze`: what the log says about the policy, for people; `--html` writes it as one page."""

from __future__ import annotations

import json
import os
import sys
from typing import Annotated

import typer

from callgate.cli import learning, options
from callgate.cli.errors import EXIT_OK
from callgate.cli.errors import report as note
from callgate.core.errors import InputError


def analyze(
    *,
    since: learning.SinceOption = "",
    tool: learning.OneToolOption = "",
    limit: learning.LimitOption = 5,
    log: learning.LogOption = None,
    html: Annotated[str, typer.Option("--html", metavar="FILE", help="Write the report as one HTML page.")] = "",
    seconds: Annotated[
        float, typer.Option("--seconds-per-prompt", min=0.1, max=3600, help="What a prompt costs a person.")
    ] = 10.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")] = False,
    config: options.ConfigOption = "",
    profile: options.ProfileOption = "",
    home: options.HomeOption = "",
    project: options.ProjectOption = "",
    cwd: options.CwdOption = "",
    no_color: options.NoColorOption = False,
) -> int:
    """Show what the log says about the policy: gaps, prompts that repeat, riskiest allows, idle rules, time saved.

    Nothing is changed. The calls are decided again under the policy in force, with what was observed when they were
    made. Hours rest on an assumption, `--seconds-per-prompt`.

    Examples:
      callgate analyze --since 7d
      callgate analyze --html report.html
      callgate analyze --json

    With --json: {"window", "savings", "gaps", "suggestions", "repeats", "risky", "unused", "shadowing", "used"}.

    Raises:
        UsageError: the command line is wrong.
        InputError: there is no log, or the page cannot be written.
        PolicyError: the policy is broken.
    """
    from callgate.cli.world import World  # noqa: PLC0415 - not for --help
    from callgate.reviewer.analyze.report import analyse  # noqa: PLC0415 - as above

    world = World(config, profile, home, project, cwd).absolute()
    judge, calls = learning.read_window(world, os.environ, since=since, logs=log, tool=tool)
    tell = learning.teller()
    report = analyse(judge, calls, limit=limit, seconds_per_prompt=seconds, progress=tell)
    if tell is not None:
        tell("")
    if html:
        _write(html, report)
    if as_json:
        sys.stdout.write(json.dumps(report, indent=2) + "\n")
    elif not html:
        from callgate.cli.analysis import show  # noqa: PLC0415 - rich costs 40 ms
        from callgate.cli.output import console  # noqa: PLC0415 - as above

        show(report, console(no_color=no_color))
    return EXIT_OK


def _write(file: str, report: dict[str, object]) -> None:
    """Write the page (0600: a log may hold what is nobody else's business); one that is there is replaced."""
    from callgate.atomic import write_atomic  # noqa: PLC0415 - only here
    from callgate.reviewer.analyze.page import page  # noqa: PLC0415 - as above

    try:
        write_atomic(os.path.abspath(file), page(report).encode("utf-8", "backslashreplace"), mode=0o600)
    except OSError as error:
        raise InputError(f"the page cannot be written: {error.strerror}: `{file}`") from error
    note(f"wrote `{file}`")
