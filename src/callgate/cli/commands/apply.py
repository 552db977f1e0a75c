"""`callgate apply`: one change of a policy file as JSON, checked, written and recorded (contract.md section 5)."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, Callable

import typer

from callgate.cli import options
from callgate.cli.errors import EXIT_OK, UsageError, report

if TYPE_CHECKING:
    from callgate.cli.json_output import Style
    from callgate.reviewer.apply.context import Options

EXIT_ERROR = 1


def apply(
    text: Annotated[str | None, typer.Argument(metavar="[JSON|-]", help="The operation, or `-` for stdin.")] = None,
    *,
    json_text: Annotated[str | None, typer.Option("--json", metavar="JSON", help="The same as the argument.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change and what it would mean; write nothing.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Make the change in spite of warnings.")] = False,
    target_file: Annotated[
        str, typer.Option("--target-file", metavar="PATH", help="The policy file, unless the operation names it.")
    ] = "",
    no_commit: Annotated[
        bool, typer.Option("--no-commit", help="Keep a backup instead of making a Git commit.")
    ] = False,
    applied_by: Annotated[
        str, typer.Option("--applied-by", metavar="NAME", help="Who makes the change (DECISION_REVIEWER_APPLIED_BY).")
    ] = "",
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why, for the commit and the audit log.")
    ] = "",
    compact: Annotated[bool, typer.Option("--compact", help="The answer on one line.")] = False,
    pretty: Annotated[bool, typer.Option("--pretty", help="The answer indented.")] = False,
    no_color: options.NoColorOption = False,
) -> int:
    """Change a policy file: validated as a whole, written in one step, committed or backed up, audited.

    Needs DECISION_REVIEWER_ALLOW_WRITES=1, for a dry run as well. The answer is indented and coloured on a terminal,
    one line otherwise. Exit code: 0 when it is done; 1 with {"success": false, "error", "error_type", "details"}.

    Examples:
      callgate apply --dry-run --json '{"operation": "toggle_rule", "target_file": "policy.toml", "id": "x", "enabled": false}'
      callgate apply --target-file ~/.config/callgate/policy.toml < add-rule.json
      callgate apply --json '{"operation": "rollback", "target_file": "policy.toml", "to_commit": "3f2a91c"}'

    docs/apply.md has every operation with its fields, and every error.
    """  # noqa: E501 - a command that is copied must stand on one line
    from callgate.cli.json_output import write  # noqa: PLC0415 - not for --help
    from callgate.reviewer.apply.context import Options  # noqa: PLC0415 - as above

    if compact and pretty:
        raise UsageError("`--compact` and `--pretty` exclude each other", help="name one of them")
    style: Style = "compact" if compact else "pretty" if pretty else "auto"
    asked = Options(dry_run, force, target_file, not no_commit, reason)
    answered = _answer(lambda: _given(text, json_text, sys.stdin.buffer), asked, applied_by)
    write(answered, style=style, no_color=no_color)
    return EXIT_OK if answered["success"] else EXIT_ERROR


def _given(text: str | None, json_text: str | None, stdin: BinaryIO) -> bytes:
    from callgate.reviewer.query.decode import MAX_BYTES  # noqa: PLC0415 - not for --help

    if text is not None and json_text is not None:
        raise UsageError("the operation is given twice: `--json` and an argument", help="keep one of them")
    word = text if json_text is None else json_text
    if word is None and stdin.isatty():
        example = """callgate apply --dry-run --json '{"operation": "validate", "target_file": "policy.toml"}'"""
        raise UsageError("no operation is given", help=f"say for example `{example}`; docs/apply.md has every one")
    if word is None or word == "-":
        return stdin.read(MAX_BYTES + 1)
    return os.fsencode(word)


def _answer(read: Callable[[], bytes], asked: Options, applied_by: str) -> dict[str, Any]:
    """Return the answer; the gate of the environment is looked at before anything that was given."""
    from callgate.cli.errors import record  # noqa: PLC0415 - not for --help
    from callgate.reviewer.apply import answer  # noqa: PLC0415 - as above
    from callgate.reviewer.apply.boundary import answered, internal, name_of  # noqa: PLC0415 - as above
    from callgate.reviewer.apply.context import context_of  # noqa: PLC0415 - as above
    from callgate.reviewer.apply.limits import WHY_CLOSED, closed, gate_open  # noqa: PLC0415 - as above

    try:
        context = context_of(os.environ, os.getcwd(), asked, applied_by=applied_by, now=time.time())
    except Exception as error:  # noqa: BLE001 - the boundary, as in `answered`
        return internal("", error, lambda one: record(one, os.environ))
    if not gate_open(context.environ):
        refusal = closed(context.actor)
        report(f"ERROR: {refusal.message}\n{WHY_CLOSED}")
        return answer.failure(name_of(read()), refusal, {})
    return answered(read(), context, lambda one: record(one, os.environ))
