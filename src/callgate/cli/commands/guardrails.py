"""`callgate guardrails`: what is stopped whatever the policy says, and what asks unless a rule allows it."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from callgate.cli import options
from callgate.cli.errors import EXIT_OK, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from callgate.engine.guardrails.catalogue import Entry


def guardrails(
    name: Annotated[str, typer.Argument(metavar="[ID]", help="Show one guardrail with its examples.")] = "",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")] = False,
    no_color: options.NoColorOption = False,
) -> int:
    """List the guardrails: what each stops, and what to do instead.

    A guardrail of stage 1 or 2 holds whatever a policy says. One of stage 7 asks, unless an allow rule names the act.

    Examples:
      callgate guardrails
      callgate guardrails destroy
      callgate guardrails --json

    With --json: {"guardrails": [{"id", "stage", "decision", "lifted_by", "summary", "instead", "examples": {"trips",
    "misses", "instead"}}]}.

    Raises:
        UsageError: there is no guardrail of that name.
    """
    from callgate.engine.guardrails.catalogue import catalogue  # noqa: PLC0415 - not for --help

    entries = catalogue()
    if name:
        entries = tuple(entry for entry in entries if entry.id == name)
        if not entries:
            raise UsageError(f"there is no guardrail `{name}`", help="`callgate guardrails` lists them")
    if as_json:
        sys.stdout.write(json.dumps({"guardrails": [_object(entry) for entry in entries]}, indent=2) + "\n")
        return EXIT_OK
    from callgate.cli.output import console  # noqa: PLC0415 - rich costs 40 ms

    out = console(no_color=no_color)
    if name:
        _page(entries[0], out)
    else:
        _table(entries, out)
    return EXIT_OK


def _object(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "stage": entry.stage,
        "decision": entry.decision,
        "lifted_by": entry.lifted,
        "summary": entry.summary,
        "instead": entry.instead,
        "examples": {
            "trips": list(entry.examples.trips),
            "misses": list(entry.examples.misses),
            "instead": entry.examples.instead,
        },
    }


def _table(entries: tuple[Entry, ...], out: Console) -> None:
    from callgate.cli.output import DECISION_STYLE, say, show_table  # noqa: PLC0415 - rich costs 40 ms

    rows = [(entry.id, entry.decision, str(entry.stage), entry.summary) for entry in entries]
    show_table(out, ("guardrail", "decision", "stage", "stops a call that"), rows, {1: DECISION_STYLE})
    say(out, "")
    say(
        out,
        "`callgate guardrails ID` shows one with examples. An allow rule lifts those of stage 7, nothing the others.",
    )


def _page(entry: Entry, out: Console) -> None:
    from callgate.cli.output import DECISION_STYLE, say  # noqa: PLC0415 - rich costs 40 ms

    say(out, (entry.id, "bold"), f"  {entry.summary}")
    say(out, "  decision   ", (entry.decision, DECISION_STYLE[entry.decision]), f", in stage {entry.stage}")
    say(out, f"  lifted by  {entry.lifted}")
    say(out, f"  instead    {entry.instead}")
    for title, examples in (("trips on", entry.examples.trips), ("but not on", entry.examples.misses)):
        say(out, "")
        say(out, (title, "bold"))
        for example in examples:
            say(out, f"  {example}")
    say(out, "")
    say(out, ("do instead", "bold"))
    say(out, f"  {entry.examples.instead}")
