"""`callgate analyze-rule`: what one rule covers, which others speak of the same, and whether it can be got around."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from callgate.cli import options
from callgate.cli.errors import EXIT_OK

EXIT_BYPASSED = 1


def analyze_rule(
    rule_id: Annotated[str, typer.Option("--rule-id", metavar="ID", help="The rule.", show_default=False)],
    *,
    calls: Annotated[
        list[str] | None,
        typer.Option(
            "--call", metavar="TEXT", help="A command (or path) that the rule decides, to start from; again for more."
        ),
    ] = None,
    fail: Annotated[
        bool, typer.Option("--fail-on-bypass", help="Exit with 1 when the rule can be got around.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")] = False,
    config: options.ConfigOption = "",
    profile: options.ProfileOption = "",
    home: options.HomeOption = "",
    project: options.ProjectOption = "",
    cwd: options.CwdOption = "",
    no_color: options.NoColorOption = False,
) -> int:
    """Analyze one rule: what it covers in words, which rules speak of the same calls, and bypass attempts.

    From calls that the rule decides (its examples, calls made up from its patterns, and those given with --call)
    hundreds of others are made: by chaining, substitution, quoting, environment, options, paths, look-alikes. Each is
    judged by the very gate, with the whole policy. Nothing is run, nothing is logged.

    A *bypass* of an allow rule is allowed and does something that the rule does not say. An *evasion* of a deny or ask
    rule does the same as the original and is allowed; it is undecided when callgate can neither refuse nor allow it.

    Exit code: 0, or 1 with --fail-on-bypass when there is a bypass or an evasion.

    Examples:
      callgate analyze-rule --rule-id git-local
      callgate analyze-rule --rule-id no-secrets --call "cat config/.env" --json
    """
    from callgate.cli.ruleids import rule_called  # noqa: PLC0415 - not for --help
    from callgate.cli.world import World, open_sound_world  # noqa: PLC0415 - as above
    from callgate.reviewer.analyse.rule import analyse_rule  # noqa: PLC0415 - loads the engine

    world = World(config, profile, home, project, cwd).absolute()
    gate = open_sound_world(world, os.environ)
    assert gate.loaded is not None  # noqa: S101 - INVARIANT: a sound world has its policy
    rule = rule_called(rule_id, gate.loaded)
    found = analyse_rule(gate, rule, world.cwd, calls or ())
    if as_json:
        from callgate.cli.json_output import write  # noqa: PLC0415 - one of the two
        from callgate.reviewer.analyse.rule import as_object  # noqa: PLC0415 - as above

        write(as_object(found), style="pretty", no_color=no_color)
    else:
        from callgate.cli.output import console  # noqa: PLC0415 - rich costs 40 ms
        from callgate.cli.ruleanalysis import show  # noqa: PLC0415 - as above

        show(found, console(no_color=no_color))
    return EXIT_BYPASSED if fail and found.attempts.allowed else EXIT_OK
