"""`callgate audit show`: one entry of the audit log in full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Mapping

import typer

from callgate.cli import options
from callgate.cli.audit_log import JsonOption, LogOption, log_path, sentences, state, unreadable, who
from callgate.cli.errors import EXIT_OK, UsageError

if TYPE_CHECKING:
    from rich.console import Console

_FIRST: Final = ("target_file", "reason", "rule_ids", "validation", "impact", "rollback_info", "commit", "checkpoint")
_APART: Final = frozenset({"sequence", "timestamp", "operation", "applied_by", "changes", "diff", "success", "dry_run",
                           "phase"})  # fmt: skip
_DIFF: Final = {"+": "green", "-": "red", "@": "cyan"}


def audit_show(
    entry: Annotated[str, typer.Argument(metavar="ENTRY", help="Its number, or the beginning of its hash.")],
    *,
    log: LogOption = "",
    json: JsonOption = False,
    no_color: options.NoColorOption = False,
) -> int:
    """Show one entry of the audit log in full: who, what, what came of it, and the difference it made.

      callgate audit show 12
      callgate audit show 9c1f0a6be7

    Raises:
        UsageError: no entry, or more than one, is meant; or the log that `--log` names is not there.
        InputError: the log cannot be read.
    """
    from callgate.cli.json_output import write  # noqa: PLC0415 - heavy imports stay inside (cheap --help)
    from callgate.cli.output import console  # noqa: PLC0415 - as above
    from callgate.journal.audit import find  # noqa: PLC0415 - as above

    path = log_path(log)
    try:
        found = find(path, entry)
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    if not found:
        advice = "a number, or at least four digits of a hash, as `callgate audit search --json` shows it"
        raise UsageError(f"no entry of the audit log is `{entry}`", help=advice)
    if len(found) > 1:
        names = ", ".join(f"{one['sequence']} ({str(one['hash'])[:12]})" for one in found[:5])
        raise UsageError(f"`{entry}` may be {len(found)} entries: {names}", help="give more digits of the hash")
    if json:
        write(found[0], no_color=no_color)
    else:
        show(console(no_color=no_color), found[0])
    return EXIT_OK


def show(out: Console, entry: Mapping[str, Any]) -> None:
    """Print *entry*; what it quotes can neither draw on the terminal nor be taken for markup."""
    from callgate.cli.output import say  # noqa: PLC0415 - heavy imports stay inside (cheap --help)

    say(out, (f"entry {entry['sequence']}", "bold"), f"  {entry.get('timestamp', '')}")
    say(out, f"  {'operation':<13} {entry.get('operation')}, {state(entry)}")
    say(out, f"  {'by':<13} {who(entry)}")
    for change in sentences(entry):
        say(out, f"  {'change':<13} {change}")
    shown = [name for name in _FIRST if entry.get(name)]
    shown += [name for name in sorted(entry) if name not in {*_FIRST, *_APART}]
    for name in shown:
        for number, line in enumerate(_lines(entry[name])):
            say(out, f"  {'' if number else name:<13} {line}")
    diff = entry.get("diff")
    if isinstance(diff, str) and diff:
        say(out, "")
        for line in diff.split("\n"):
            say(out, (line, _DIFF.get(line[:1], "")))


def _lines(value: object) -> list[str]:
    """Return a value in lines: a table with one line for each of its fields."""
    import json  # noqa: PLC0415 - heavy imports stay inside (cheap --help)

    if isinstance(value, str):
        return [value]
    if isinstance(value, dict) and value:
        return [f"{key}: {_lines(one)[0] if isinstance(one, str) else json.dumps(one)}" for key, one in value.items()]
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return value or ["none"]
    return [json.dumps(value)]
