"""`callgate rules export`: the policy's rules as a YAML rule set."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from callgate.cli import options
from callgate.cli.errors import EXIT_OK, report
from callgate.cli.rulefiles import write_new


def rules_export(
    *,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE.yaml", help="Write a new file instead of printing.")
    ] = "",
    config: options.ConfigOption = "",
    profile: options.ProfileOption = "",
    home: options.HomeOption = "",
    project: options.ProjectOption = "",
    cwd: options.CwdOption = "",
) -> int:
    """Print the rules in force as a YAML rule set, or write them to a new file.

    YAML rule sets cannot say everything that TOML rules can: each rule that is left out is named on stderr, with why.

    Examples:
      callgate rules export
      callgate rules export --config team.toml --output team.yaml
    """
    from callgate.cli.policies import load_world  # noqa: PLC0415 - loads the policy code
    from callgate.cli.world import World  # noqa: PLC0415 - as above
    from callgate.policy.rulesets import export_rules  # noqa: PLC0415 - loads yaml

    loaded = load_world(World(config, profile, home, project, cwd).absolute(), os.environ)
    text, skipped = export_rules(loaded.rules)
    if output:
        write_new(output, text, os.environ)
    else:
        sys.stdout.write(text)
    for rule, why in skipped:
        report(f"warning: rule `{rule}` is left out: {why}")
    return EXIT_OK
