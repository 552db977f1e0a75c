"""`callgate profile`: what rules cost, and the worst input for each."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from callgate.cli import options
from callgate.cli.errors import EXIT_OK, UsageError
from callgate.core.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console

    from callgate.cli.world import World
    from callgate.core.model import ToolCall
    from callgate.reviewer.analyse.cost import Cost, Costs

SEARCHED: Final = 40
"""Without --rule-id, the worst input is searched for in policies of at most so many rules."""

MAX_INPUT_SHOWN: Final = 60


def profile(
    rule_id: Annotated[str, typer.Option("--rule-id", metavar="ID", help="Only this rule.")] = "",
    *,
    jsonl: Annotated[
        str,
        typer.Option("--jsonl", metavar="FILE", help="Measure on these calls, too (lines of `check --jsonl`)."),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")] = False,
    config: options.ConfigOption = "",
    pack: options.ProfileOption = "",
    home: options.HomeOption = "",
    project: options.ProjectOption = "",
    cwd: options.CwdOption = "",
    no_color: options.NoColorOption = False,
) -> int:
    """Measure what rules cost: nanoseconds for one call, median and worst, and the input on which a rule is slowest.

    Each rule is measured by itself (less what a policy without rules takes) on ordinary calls, on calls made up from
    the rules, on the newest calls of your log, and on those of --jsonl. The worst input is searched for by growing and
    changing the slowest of them. The share is of a whole decision on the same calls. In the gate, patterns of a kind
    are matched in one pass: a decision costs less than the sum of its rules. Nothing is run, nothing is logged.

    Examples:
      callgate profile
      callgate profile --rule-id no-secrets
      callgate profile --jsonl calls.jsonl --json
    """
    from callgate.cli.ruleids import rule_called  # noqa: PLC0415 - not for --help
    from callgate.cli.world import World, open_sound_world  # noqa: PLC0415 - as above
    from callgate.reviewer.analyse.corpus import corpus  # noqa: PLC0415 - loads the engine
    from callgate.reviewer.analyse.cost import measure  # noqa: PLC0415 - as above

    world = World(config, pack, home, project, cwd).absolute()
    given = _given(jsonl, world) if jsonl else []
    gate = open_sound_world(world, os.environ)
    assert gate.loaded is not None  # noqa: S101 - INVARIANT: a sound world has its policy
    rules = (rule_called(rule_id, gate.loaded),) if rule_id else gate.loaded.rules
    found = measure(gate, rules, corpus(gate, world.cwd, given), search=bool(rule_id) or len(rules) <= SEARCHED)
    if as_json:
        from callgate.cli.json_output import write  # noqa: PLC0415 - one of the two

        write(_as_object(found), style="pretty", no_color=no_color)
        return EXIT_OK
    from callgate.cli.output import console  # noqa: PLC0415 - rich costs 40 ms

    _show(found, console(no_color=no_color))
    return EXIT_OK


def _given(path: str, world: World) -> list[ToolCall]:
    """Return the calls of a JSON Lines file.

    Raises:
        UsageError: the file cannot be read.
        InputError: a line is not a call.
    """
    from callgate.cli.calls import read_lines  # noqa: PLC0415 - only with --jsonl

    found: list[ToolCall] = []
    try:
        with open(path, "rb") as stream:
            for line in read_lines(stream, world):
                if line.call is None:
                    raise InputError(f"`{path}`: {line.fault}")
                found.append(line.call)
    except OSError as error:
        raise UsageError(f"cannot read `{path}`: {error.strerror or error}", help="name a file of calls") from error
    return found


def _as_object(found: Costs) -> dict[str, Any]:
    from callgate.reviewer.redact import masked  # noqa: PLC0415 - only for JSON

    answer: dict[str, Any] = {
        "calls": found.calls,
        "decision_median_ns": found.decision_median_ns,
        "rules": [
            {
                "rule": one.rule.id,
                "action": one.rule.action,
                "engines": list(one.engines),
                "median_ns": one.median_ns,
                "p99_ns": one.p99_ns,
                "worst_ns": one.worst_ns,
                "worst_input": one.worst_input,
                "share": round(one.share, 4),
            }
            for one in found.rules
        ],
    }
    copy: dict[str, Any] = masked(answer)
    return copy


def _show(found: Costs, out: Console) -> None:
    from callgate.cli.output import say, show_table  # noqa: PLC0415 - rich costs 40 ms

    say(out, f"{found.calls:,} calls, a decision takes {_time(found.decision_median_ns)} (median)")
    columns = ("rule", "action", "engine", "median", "p99", "worst", "share", "worst input")
    show_table(out, columns, [_row(one) for one in found.rules])


def _row(one: Cost) -> tuple[str, ...]:
    from callgate.cli.text import clip  # noqa: PLC0415 - loaded by then

    size = f" ({len(one.worst_input):,} characters)" if len(one.worst_input) > MAX_INPUT_SHOWN else ""
    return (
        one.rule.id, one.rule.action, ", ".join(one.engines), _time(one.median_ns), _time(one.p99_ns),
        _time(one.worst_ns), f"{one.share:.1%}", clip(one.worst_input, MAX_INPUT_SHOWN) + size,
    )  # fmt: skip


def _time(nanoseconds: int) -> str:
    if nanoseconds < 10_000:
        return f"{nanoseconds:,} ns"
    return f"{nanoseconds / 1_000:,.1f} us" if nanoseconds < 10_000_000 else f"{nanoseconds / 1_000_000:,.1f} ms"
