"""The console script `decision_reviewer`: callgate's commands for looking at decisions, under their existing name."""

from __future__ import annotations

import os
import sys
from typing import Final, Mapping

COMMANDS: Final[Mapping[str, str]] = {
    "query": "query",
    "list": "list",
    "stats": "stats",
    "explain": "explain",
    "analyze": "analyze",
    "suggest-rules": "suggest-rules",
    "replay": "replay",
    "validate-config": "validate",
    "test": "test",
    "analyze-rule": "analyze-rule",
    "profile": "profile",
}
"""What exists: name here -> command of `callgate`."""

LATER: Final = frozenset({"apply"})
"""Names of the contract that this version does not have."""

USAGE = """usage: decision_reviewer COMMAND [OPTIONS]

query            ask the gate: what is configured, what would happen to a call and why, what happened (JSON)
list             show the newest decisions, and with -f those to come
stats            show what the decisions of some time add up to
explain          show how a tool call is decided: every stage, every part, what would make it allowed
analyze          what the log says: gaps, prompts that repeat, riskiest allows, idle rules, time saved (--html FILE)
suggest-rules    rules that would have saved most prompts, proven, as TOML
replay           decide the logged calls again by another policy: what would be newly allowed, denied, asked
validate-config  check a policy (--config FILE, else the one in force) and print what it holds
test             run the examples of rules and the test files of policies; JUnit, coverage of rules
analyze-rule     what one rule covers, which others speak of the same, and whether it can be got around
profile          what rules cost, and the worst input for each

`decision_reviewer COMMAND --help` tells more; `callgate --help` lists the full program.
"""


def main() -> None:
    """Run the command in `sys.argv` and end the process with its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(argv: list[str]) -> int:
    """Run one command line (without the program name) and return its exit code; 64 for what does not exist."""
    from callgate.cli import errors  # noqa: PLC0415 - beside the other late imports

    return errors.guard(lambda: _dispatch(argv), os.environ)


def _dispatch(argv: list[str]) -> int:
    from callgate.cli import app  # noqa: PLC0415 - loads typer
    from callgate.cli.errors import UsageError  # noqa: PLC0415 - as above

    if argv in (["--help"], ["-h"]):
        sys.stdout.write(USAGE)
        return 0
    if argv == ["--version"]:
        return app.run(argv, program="decision_reviewer")
    name = argv[0] if argv else ""
    if name in COMMANDS:
        return app.run([COMMANDS[name], *argv[1:]], program="decision_reviewer")
    if name in LATER:
        raise UsageError(f"`{name}` is not there yet in this version", help="run `decision_reviewer --help`")
    what = f"unknown command `{name}`" if name else "no command is given"
    raise UsageError(what, help="run `decision_reviewer --help`")
