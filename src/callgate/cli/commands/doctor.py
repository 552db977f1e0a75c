"""`callgate doctor`: prove that the gate is armed, and say how to mend what is not."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from callgate.cli.errors import UsageError

if TYPE_CHECKING:
    from callgate.doctor.model import Finding, World

MARKS = {"ok": ("ok  ", "green"), "warn": ("warn", "bold yellow"), "fail": ("FAIL", "bold red")}


class DoctorScope(StrEnum):
    """Which settings files are looked at."""

    all = "all"
    managed = "managed"
    user = "user"
    project = "project"
    local = "local"


def doctor(
    scope: Annotated[DoctorScope, typer.Option(help="Look at these settings only.")] = DoctorScope.all,
    json_output: Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")] = False,
    timeout: Annotated[str, typer.Option(metavar="TIME", help="How long one synthetic call may take.")] = "5s",
    fire_all: Annotated[
        bool,
        typer.Option("--fire-all", help="Also start programs that only a project's settings name. Read them first."),
    ] = False,
) -> int:
    """Check the whole installation, and fire synthetic calls through the installed hook to prove that it is armed.

    Looks for a hook that is missing, disabled, not executable, shadowed, slow or disarmed, for a policy that does not
    load or is not trusted, for files that others can write, and for a switch that is off. Each finding says how to
    mend it. Nothing that a synthetic call names is run; the calls are logged with the session id `callgate-doctor`.

      callgate doctor
      callgate doctor --scope user --json

    Exit code 0 when all is well or only warned about, 1 when something fails.

    Raises:
        UsageError: the time cannot be read, or `--fire-all` is given without a terminal.
    """
    from callgate.doctor.model import this_world  # noqa: PLC0415 - heavy imports stay inside (cheap --help)
    from callgate.switch import parse_duration  # noqa: PLC0415 - as above

    try:
        seconds = parse_duration(timeout)
    except ValueError as error:
        raise UsageError(str(error), help="write it like `5s`") from error
    if fire_all and not sys.stdin.isatty():
        # Rules let an agent run `callgate doctor`; it must not become a way to start what a checkout brought.
        raise UsageError("`--fire-all` needs a terminal", help="run it yourself, after reading the project's settings")
    world = this_world(os.environ, os.getcwd(), scope=scope.value, timeout=seconds, fire_all=fire_all)
    return as_json(world) if json_output else as_text(world)


def as_text(world: World) -> int:
    """Print the findings as they come, what to mend below each, and a summary; return the exit code."""
    from callgate.cli.output import console, say  # noqa: PLC0415 - heavy imports stay inside (cheap --help)
    from callgate.doctor.run import examine, exit_code  # noqa: PLC0415 - as above

    out = console()
    findings: list[Finding] = []
    for finding in examine(world):
        findings.append(finding)
        say(out, MARKS[finding.level], f"  {finding.check:<12}  ", _indented(finding.what))
        if finding.mend:
            say(out, " " * 20, ("mend: ", "bold"), _indented(finding.mend))
    counts = {level: sum(one.level == level for one in findings) for level in MARKS}
    code = exit_code(findings)
    verdict = ("something is broken", "bold red") if code else ("callgate is armed", "bold green")
    say(out, verdict, f": {counts['ok']} ok, {counts['warn']} to look at, {counts['fail']} failed")
    return code


def as_json(world: World) -> int:
    """Print `{"ok": bool, "findings": [{"check","level","what","mend"}]}`; return the exit code."""
    import json  # noqa: PLC0415 - heavy imports stay inside (cheap --help)

    from callgate.doctor.run import examine, exit_code  # noqa: PLC0415 - as above

    findings = list(examine(world))
    code = exit_code(findings)
    sys.stdout.write(json.dumps({"ok": code == 0, "findings": [one._asdict() for one in findings]}) + "\n")
    return code


def _indented(text: str) -> str:
    return text.replace("\n", "\n" + " " * 20)
