"""The console script `callgate`: the hook by the shortest way, every other command behind the error boundary."""

from __future__ import annotations

import gc
import os
import sys
from typing import NoReturn


def main() -> None:
    """Run the command in `sys.argv` and end the process with its exit code."""
    code = run(sys.argv[1:])
    if sys.argv[1:2] == ["hook"]:
        leave(code)
    sys.exit(code)


def leave(code: int) -> NoReturn:
    """End a hook process: everything is written, and tearing the interpreter down would cost another 4 ms a call."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:  # closed by the host
                stream.flush()
        except (OSError, ValueError):
            continue
    os._exit(code)


def run(argv: list[str]) -> int:
    """Run one command line (without the program name) and return its exit code."""
    if argv[:1] == ["hook"] and argv[1:] not in (["--help"], ["-h"]):
        return hook(argv[1:])
    from callgate.cli import app, errors  # noqa: PLC0415 - the hook must not pay for typer

    return errors.guard(lambda: app.run(argv), os.environ)


def hook(argv: list[str]) -> int:
    """Run the hook process; never let a failure of callgate look like consent.

    Hosts read a crash as *go on*. Where callgate cannot even be loaded the answer is therefore an explicit ask, and
    where it fails after it may have printed something it is exit code 2, which hosts take as a block.
    """
    gc.disable()  # one short-lived process: collecting its import-time objects costs 1.5 ms and frees nothing
    try:
        from callgate.hook.main import main as answer  # noqa: PLC0415 - an import failure must be answered too
    except BaseException as error:  # noqa: BLE001 - whatever keeps it from loading, the host must not read it as consent
        if "--session" in argv:
            return 0  # no event of the session takes a decision
        return cannot_answer(f"callgate cannot start: {type(error).__name__}: {error}")
    try:
        return answer(argv)
    except BaseException as error:  # noqa: BLE001 - as above
        sys.stderr.write(f"callgate failed: {type(error).__name__}: {error}; this call is blocked\n")
        return 2


def cannot_answer(fault: str) -> int:
    """Print an explicit *ask* that names *fault* (contract.md section 1) and return exit code 0."""
    import json  # noqa: PLC0415 - only a failure pays for it

    answer = {
        "hookSpecificOutput": {
            "hookEventName": "PreToolUse",
            "permissionDecision": "ask",
            "permissionDecisionReason": f"{fault}. Run `callgate doctor`."[:9000],
        },
        "suppressOutput": True,
    }
    sys.stdout.write(json.dumps(answer, separators=(",", ":")) + "\n")
    sys.stdout.flush()
    return 0
