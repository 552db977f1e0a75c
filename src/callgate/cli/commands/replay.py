"""`callgate replay`: what would another policy have decided of everything that was asked so far?"""

from __future__ import annotations

import json
import os
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from callgate.cli import options
from callgate.cli.errors import EXIT_OK

if TYPE_CHECKING:
    from callgate.reviewer.replay.compare import Report

EXIT_FOUND = 1
"""Something was found that `--fail-on` names."""


class Versus(StrEnum):
    """What new decisions are compared with."""

    current = "current"
    logged = "logged"


class FailOn(StrEnum):
    """What makes the exit code 1."""

    newly_allowed = "newly-allowed"
    newly_denied = "newly-denied"
    newly_asked = "newly-asked"
    no_longer_decided = "no-longer-decided"
    contradictions = "contradictions"
    any = "any"


SinceOption = Annotated[
    str, typer.Option("--since", metavar="TIME", help="Calls from then on: 24h, 30d, 2w, or ISO 8601.")
]
UntilOption = Annotated[str, typer.Option("--until", metavar="TIME", help="Calls before then.")]
PolicyOption = Annotated[
    str, typer.Option("--policy", metavar="FILE", help="This file in place of the user's and the projects' files.")
]
ProfileOption = Annotated[
    str, typer.Option("--profile", metavar="NAME", help="A shipped profile in place of those files.")
]
WithOption = Annotated[
    list[str] | None,
    typer.Option("--with-rule", metavar="JSON", help="Add this rule (an `add_rule` of apply); again for more."),
]
WithoutOption = Annotated[
    list[str] | None, typer.Option("--without-rule", metavar="ID", help="Take this rule away; again for more.")
]
BaselineOption = Annotated[
    Versus | None,
    typer.Option("--baseline", help="Compare with today's policy, or with what was logged (default: see above)."),
]
TraceOption = Annotated[
    str, typer.Option("--trace", metavar="FILE", help="Replay the calls in FILE (JSON Lines; `-` for stdin).")
]
TranscriptsOption = Annotated[
    str, typer.Option("--transcripts", metavar="DIR", help="Replay Claude Code's transcripts below DIR.")
]
LogOption = Annotated[
    list[str] | None, typer.Option("--log", metavar="FILE", help="Replay this review log; again for more.")
]
FailOption = Annotated[
    list[FailOn] | None, typer.Option("--fail-on", help="Exit with 1 when there is any; again for more.")
]
SamplesOption = Annotated[int, typer.Option("--samples", metavar="N", min=0, max=100, help="Examples for each group.")]
JobsOption = Annotated[
    int, typer.Option("--jobs", metavar="N", min=0, max=64, help="Processes (default: one for each core).")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")]
ConfigOption = Annotated[
    str, typer.Option("--config", metavar="FILE", help="Today's policy is this file alone; its log is replayed.")
]
ProjectOption = Annotated[
    str, typer.Option("--project", metavar="DIR", help="The project root of calls that do not say theirs.")
]


def replay(
    *,
    since: SinceOption = "",
    until: UntilOption = "",
    policy: PolicyOption = "",
    profile: ProfileOption = "",
    with_rule: WithOption = None,
    without_rule: WithoutOption = None,
    baseline: BaselineOption = None,
    trace: TraceOption = "",
    transcripts: TranscriptsOption = "",
    log: LogOption = None,
    fail_on: FailOption = None,
    samples: SamplesOption = 3,
    jobs: JobsOption = 0,
    as_json: JsonOption = False,
    config: ConfigOption = "",
    home: options.HomeOption = "",
    project: ProjectOption = "",
    no_color: options.NoColorOption = False,
) -> int:
    """Replay history through another policy: what would be newly allowed, denied, asked, or no longer decided.

    Each logged call is analysed anew and decided with what the gate saw of the host at the time; today's files are
    not looked at, nothing is run, nothing is logged. Changes against a person's decision come first.
    A change is compared with today's policy; without one, today's policy is compared with what was logged. The
    managed policy always stays in force.

    Exit code: 0, 1 when something is found that --fail-on names, 64 wrong usage, 65 unreadable calls, 78 bad policy.

    Examples:
      callgate replay --since 30d
      callgate replay --with-rule '{"rule_type": "allow", "rule": {"id": "make", "command": "make test"}}'
      callgate replay --without-rule push-asks --json
      callgate replay --policy team.toml --fail-on newly-allowed
      callgate replay --trace calls.jsonl --profile standard
      callgate replay --transcripts ~/.claude/projects

    A line of --trace is {"command": "...", "cwd"?: "..."} or {"tool": "...", "input": {...}, "cwd"?: "..."}.
    """
    from callgate.cli.replaying import Asked, run  # noqa: PLC0415 - not for --help
    from callgate.cli.world import World  # noqa: PLC0415 - as above

    world = World(config, "", home, project).absolute()
    asked = Asked(
        since, until, policy, profile, tuple(with_rule or ()), tuple(without_rule or ()),
        baseline.value if baseline else "", trace, transcripts, tuple(log or ()), samples, jobs,
    )  # fmt: skip
    report = run(world, asked, os.environ, no_color=no_color)
    _print(report, as_json=as_json, no_color=no_color)
    return EXIT_FOUND if _found(report).intersection(fail_on or ()) else EXIT_OK


def _print(report: Report, *, as_json: bool, no_color: bool) -> None:
    if as_json:
        from callgate.reviewer.replay.report import as_object  # noqa: PLC0415 - one of the two

        sys.stdout.write(json.dumps(as_object(report), indent=2) + "\n")
        return
    from callgate.cli.output import console  # noqa: PLC0415 - rich costs 40 ms
    from callgate.cli.replay_text import show  # noqa: PLC0415 - as above

    show(report, console(no_color=no_color))


def _found(report: Report) -> set[FailOn]:
    """Return what `--fail-on` can name that there is."""
    kinds = {one.value.replace("-", "_"): one for one in FailOn}
    found = {kinds[kind] for kind, groups in report.changes.items() if groups}
    if report.contradictions:
        found.add(FailOn.contradictions)
    return found | {FailOn.any} if found else found
