"""`callgate check`: what would the gate answer? One call, or a stream of them (contract.md section 6)."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, Final, Mapping

import typer

from callgate.cli import options
from callgate.cli.errors import EXIT_OK, UsageError
from callgate.core.model import Verdict

if TYPE_CHECKING:
    from callgate.cli.world import World
    from callgate.gate import Gate

EXIT_CODES: Final[Mapping[str, int]] = {"allow": 0, "deny": 2, "ask": 3, "passthrough": 4}
"""Decision -> exit code of a single check."""


def check(
    text: Annotated[
        str | None, typer.Argument(metavar="[JSON|FILE|-]", help="A call as JSON, `-` for stdin; with --jsonl a FILE.")
    ] = None,
    *,
    tool: options.ToolOption = "",
    command: options.CommandOption = None,
    path: options.PathOption = None,
    json_text: Annotated[str | None, typer.Option("--json", metavar="JSON", help="The call as a JSON object.")] = None,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Many calls: one JSON object per line, from stdin or FILE.")
    ] = False,
    config: options.ConfigOption = "",
    profile: options.ProfileOption = "",
    home: options.HomeOption = "",
    project: options.ProjectOption = "",
    cwd: options.CwdOption = "",
    mode: options.ModeOption = "",
    no_color: options.NoColorOption = False,
) -> int:
    """Tell what the gate would answer to a tool call. Nothing is run, nothing is logged.

    Exit code: 0 allow, 2 deny, 3 ask, 4 no opinion; 64 wrong usage, 65 bad input, 78 bad policy.

    Examples:
      callgate check --command "git status && rm -rf build"
      callgate check --tool Read --path ~/.ssh/id_rsa
      callgate check --json '{"tool": "Bash", "input": {"command": "ls"}}'
      callgate check --jsonl calls.jsonl --profile standard

    A line of --jsonl is {"id"?, "tool"?: "Bash", "command"? or "input"?: {...}, "cwd"?, "mode"?}, or a message as the
    agent sends it. Each gives one line, in order and at once: {"id", "decision", "stage", "rule", "reason",
    "coverage"}. A line that is not a call gets the decision "ask" and a reason that names it; the exit code is 0.
    """
    from callgate.cli.calls import Given, read_call  # noqa: PLC0415 - not for --help
    from callgate.cli.world import World, open_sound_world  # noqa: PLC0415 - as above

    world = World(config, profile, home, project, cwd, mode).absolute()
    given = Given(tool, command, path, json_text if json_text is not None else text)
    if json_text is not None and text is not None:
        raise UsageError("a call is given twice: `--json` and an argument", help="keep one of them")
    if jsonl:
        if tool or command is not None or path is not None or json_text is not None:
            raise UsageError(
                "`--jsonl` reads its calls from stdin or FILE", help="leave out the options of a single call"
            )
        return _stream(world, text or "-")
    call = read_call(given, world, sys.stdin.buffer)
    gate = open_sound_world(world, os.environ)
    verdict = gate.decide(call)
    _show(verdict, no_color=no_color)
    return EXIT_CODES[verdict.decision]


def as_row(given_id: object, verdict: Verdict) -> dict[str, Any]:
    """Return *verdict* as a line of `--jsonl`; `rule` is the id of the rule or guardrail that decided, or `None`."""
    return {
        "id": given_id,
        "decision": verdict.decision,
        "stage": verdict.stage,
        "rule": verdict.rule.id if verdict.rule else verdict.guardrail or None,
        "reason": verdict.reason,
        "coverage": verdict.coverage,
    }


def _stream(world: World, name: str) -> int:
    from callgate.cli.world import open_sound_world  # noqa: PLC0415 - not for --help
    from callgate.core.errors import InputError  # noqa: PLC0415 - as above

    gate = open_sound_world(world, os.environ)
    gate.settle()
    if name == "-":
        return _answer_lines(gate, world, sys.stdin.buffer)
    with contextlib.ExitStack() as stack:
        try:
            stream = stack.enter_context(open(name, "rb"))
        except OSError as error:
            raise InputError(f"cannot read `{name}`: {error.strerror or error}") from error
        return _answer_lines(gate, world, stream)


def _answer_lines(gate: Gate, world: World, stream: BinaryIO) -> int:
    from callgate.cli.calls import read_lines  # noqa: PLC0415 - not for --help

    out = sys.stdout.buffer
    for line in read_lines(stream, world):
        row = as_row(line.id, gate.decide(line.call)) if line.call else _fault_row(line.id, line.fault)
        out.write(json.dumps(row, separators=(",", ":")).encode("ascii") + b"\n")
        out.flush()
    return EXIT_OK


def _fault_row(given_id: object, fault: str) -> dict[str, Any]:
    """Return the answer to a line that is not a call: never silence, never an allow."""
    return {"id": given_id, "decision": "ask", "stage": None, "rule": None, "reason": fault, "coverage": "partial"}


def _show(verdict: Verdict, *, no_color: bool) -> None:
    from callgate.cli.output import DECISION_STYLE, console, say  # noqa: PLC0415 - rich costs 40 ms

    out = console(no_color=no_color)
    word = "no opinion" if verdict.decision == "passthrough" else verdict.decision
    say(out, (word, DECISION_STYLE[verdict.decision]), f"  {verdict.reason}")
    if verdict.rule:
        source = verdict.rule.source
        say(out, f"  rule      {verdict.rule.id} ({source.file}:{source.line})")
    elif verdict.guardrail:
        say(out, f"  guardrail {verdict.guardrail}")
    say(out, f"  stage     {verdict.stage}")
    say(out, f"  coverage  {verdict.coverage}")
    for note in verdict.notes:
        say(out, f"  note      {note}")
