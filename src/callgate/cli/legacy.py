"""The console script `claude-code-permissions-hook`: callgate under the name that existing set-ups call.

`run` is a hook process. Claude Code takes exit code 2 as a block and every other failure as consent, so a wrong
command line may neither exit like a parser does nor say nothing: it answers an explicit *ask* that names the fault.
"""

from __future__ import annotations

import os
import sys

from callgate.cli.main import leave

USAGE = """usage: claude-code-permissions-hook run --config FILE [--test-mode]
       claude-code-permissions-hook validate --config FILE
       claude-code-permissions-hook --version

run       answer one PreToolUse call of Claude Code: JSON on stdin, decision on stdout
validate  check a policy file and print what it holds; exit 0 when it is good, 78 when not

`callgate` is the full program: `callgate --help`.
"""


def main() -> None:
    """Run the command in `sys.argv` and end the process with its exit code."""
    code = run(sys.argv[1:])
    if sys.argv[1:2] == ["run"]:
        leave(code)
    sys.exit(code)


def run(argv: list[str]) -> int:
    """Run one command line (without the program name) and return its exit code."""
    if argv[:1] == ["run"] and argv[1:] not in (["--help"], ["-h"]):
        return _hook(argv[1:])
    if argv in (["--help"], ["-h"]) or (argv[:1] in (["run"], ["validate"]) and argv[1:] in (["--help"], ["-h"])):
        sys.stdout.write(USAGE)
        return 0
    if argv in (["--version"], ["-V"]):
        from callgate import __version__  # noqa: PLC0415 - only here

        sys.stdout.write(f"claude-code-permissions-hook (callgate {__version__})\n")
        return 0
    from callgate.cli import errors  # noqa: PLC0415 - the hook must not pay for it

    return errors.guard(lambda: _other(argv), os.environ)


def _hook(argv: list[str]) -> int:
    from callgate.cli import main as program  # noqa: PLC0415 - beside the other late imports

    config, _, fault = parse_options(argv)
    # The hook itself refuses what is wrong: it asks, names the fault and logs it. It would go on without `--config`,
    # though, and listen for outcomes, which here are mistakes in the registration: an option without its file is one
    # that it refuses.
    refused = fault and "--outcome" not in argv
    return program.hook(argv if config or refused else [*argv, "--config"])


def _other(argv: list[str]) -> int:
    from callgate.cli.errors import UsageError  # noqa: PLC0415 - see `run`

    if argv[:1] != ["validate"]:
        what = f"unknown command `{argv[0]}`" if argv else "no command is given"
        raise UsageError(what, help="run `claude-code-permissions-hook --help`")
    config, test_mode, fault = parse_options(argv[1:])
    if fault or test_mode or not config:
        why = fault or ("`--test-mode` belongs to `run`" if test_mode else "`validate` needs `--config FILE`")
        raise UsageError(why, help="run `claude-code-permissions-hook --help`")
    from callgate.cli.commands.validate import validate  # noqa: PLC0415 - loads typer

    return validate(file=config)


def parse_options(argv: list[str]) -> tuple[str, bool, str]:
    """Read `--config FILE`, `--config=FILE` and `--test-mode`.

    Returns:
        The file (empty when not given), whether it is test mode, and what is wrong (empty when nothing is).
    """
    config, test_mode, rest = "", False, list(argv)
    while rest:
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        if word == "--test-mode":
            test_mode = True
        elif name == "--config":
            config = value if equals else rest.pop(0) if rest else ""
            if not config:
                return "", test_mode, "`--config` needs a file"
        else:
            return config, test_mode, f"unknown option `{word}`"
    return config, test_mode, ""
