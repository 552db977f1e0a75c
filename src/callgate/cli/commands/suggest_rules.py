"""`callgate suggest-rules`: rules that would have saved most prompts, proven, as TOML."""

from __future__ import annotations

import json
import os
import sys
from typing import Annotated

import typer

from callgate.cli import learning, options
from callgate.cli.errors import EXIT_OK


def suggest_rules(
    *,
    since: learning.SinceOption = "",
    tool: learning.OneToolOption = "",
    limit: learning.LimitOption = 10,
    log: learning.LogOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")] = False,
    config: options.ConfigOption = "",
    profile: options.ProfileOption = "",
    home: options.HomeOption = "",
    project: options.ProjectOption = "",
    cwd: options.CwdOption = "",
    no_color: options.NoColorOption = False,
) -> int:
    """Suggest allow rules from the calls that no rule decided: as TOML, each with what it saves, its risk and why.

    Nothing is changed. Every rule was loaded, decided again on the logged calls with what was observed then, attacked
    with hostile variants, and allows nothing that was denied or that a person refused. docs/learning.md says how, and
    what is never suggested. Read the examples before you keep a rule: an agent wrote the calls.

    Examples:
      callgate suggest-rules --since 7d
      callgate suggest-rules --limit 3 > suggested.toml && callgate validate suggested.toml
      callgate suggest-rules --json

    With --json: {"suggestions": [{"pattern", "count", "risk", "suggested_rule", "rule_type", "reasons", "calls",
    "per_week", "examples", "near_misses", "toml"}], "prompts", "saved", "left_out", "days", "decisions", "not_kept",
    "skipped_lines", "apply"}; `apply` is the operation that adds them all.

    Raises:
        UsageError: the command line is wrong.
        InputError: there is no log.
        PolicyError: the policy is broken.
    """
    from callgate.cli.world import World  # noqa: PLC0415 - not for --help
    from callgate.reviewer.suggest.rank import suggest  # noqa: PLC0415 - as above
    from callgate.reviewer.suggest.summary import report_object, report_toml  # noqa: PLC0415 - as above

    del no_color  # all commands take it; TOML has no colours
    world = World(config, profile, home, project, cwd).absolute()
    judge, calls = learning.read_window(world, os.environ, since=since, logs=log, tool=tool)
    tell = learning.teller()
    made = suggest(judge, calls, limit=limit, progress=tell)
    if tell is not None:
        tell("")
    sys.stdout.write(json.dumps(report_object(made), indent=2) + "\n" if as_json else report_toml(made))
    return EXIT_OK
