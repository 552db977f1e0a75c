"""`callgate rules import`: a YAML rule set as TOML rules."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from callgate.cli.errors import EXIT_OK
from callgate.cli.rulefiles import read_text, write_new


def rules_import(
    file: Annotated[str, typer.Argument(metavar="FILE.yaml", help="The rule set; `-` for stdin.")],
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE.toml", help="Write a new file instead of printing.")
    ] = "",
) -> int:
    """Turn a YAML rule set into TOML rules, printed or written to a new file.

    A policy can also include the YAML file as it is: `[includes] files = ["team.yaml"]`. Exit code 78 when the rule
    set has faults; all of them are listed.

    Examples:
      callgate rules import team.yaml
      callgate rules import team.yaml --output team.toml
    """
    from callgate.policy.rulesets import import_rules  # noqa: PLC0415 - loads yaml

    toml = import_rules(read_text(file, sys.stdin.buffer), "" if file == "-" else file)
    if output:
        write_new(output, toml, os.environ)
    else:
        sys.stdout.write(toml)
    return EXIT_OK
