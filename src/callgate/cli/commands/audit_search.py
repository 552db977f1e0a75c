"""`callgate audit search`: which changes were made?"""

from __future__ import annotations

from typing import Annotated, Any, Mapping, Sequence

import typer

from callgate.cli import options
from callgate.cli.audit_log import (
    JsonOption,
    LogOption,
    SinceOption,
    UntilOption,
    log_path,
    moment,
    sentences,
    state,
    unreadable,
    who,
)
from callgate.cli.errors import EXIT_OK

_WIDE = 100


def audit_search(
    text: Annotated[str, typer.Argument(metavar="[TEXT]", help="Part of any text of an entry.")] = "",
    *,
    operation: Annotated[
        str, typer.Option("--operation", metavar="NAME", help="Only this one: trust, switch_on, add_rule, …")
    ] = "",
    by: Annotated[
        str, typer.Option("--by", metavar="TEXT", help="Part of who asked: name, account, agent, `agent` or `person`.")
    ] = "",
    target: Annotated[str, typer.Option("--target", metavar="TEXT", help="Part of the changed file's path.")] = "",
    since: SinceOption = "",
    until: UntilOption = "",
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=0, help="At most that many; 0 for all.")] = 50,
    log: LogOption = "",
    json: JsonOption = False,
    no_color: options.NoColorOption = False,
) -> int:
    """List changes of the gate, newest first: what was asked, what came of it, by whom, to which file.

    Texts are looked for without regard to case, in archives too. What loosens the gate has two entries, one before and
    one after it was done; the first is only listed (`begun`) where the second is not. --json has all of them.

      callgate audit search
      callgate audit search --by agent --since 7d
      callgate audit search --operation trust my-project

    Nothing is verified here: `callgate audit verify` does that.

    Raises:
        UsageError: a time cannot be read, or the log that `--log` names is not there.
        InputError: the log cannot be read.
    """
    import time  # noqa: PLC0415 - heavy imports stay inside (cheap --help)

    from callgate.cli.json_output import write  # noqa: PLC0415 - as above
    from callgate.journal.audit import Wanted, search  # noqa: PLC0415 - as above

    now = time.time()
    path = log_path(log)
    wanted = Wanted(text, operation, by, target, moment(since, now, "--since"), moment(until, now, "--until"))
    try:
        found = search(path, wanted, limit=limit)
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    if json:
        write({"result_count": len(found), "results": found}, no_color=no_color)
    else:
        _show(found, no_color=no_color)
    return EXIT_OK


def _show(found: Sequence[Mapping[str, Any]], *, no_color: bool) -> None:
    from callgate.cli.output import console, say, show_table  # noqa: PLC0415 - heavy imports stay inside
    from callgate.cli.text import clip  # noqa: PLC0415 - as above

    out = console(no_color=no_color)
    if not found:
        say(out, "no entry of the audit log is like that")
        return
    rows = []
    finished = {entry.get("begun") for entry in found}
    for entry in found:
        if entry["hash"] in finished:
            continue  # its result is in the list
        told = "; ".join(sentences(entry)) or str(entry.get("target_file", ""))
        cells = (entry["sequence"], str(entry.get("timestamp", ""))[:19], entry.get("operation"), state(entry))
        rows.append([*(str(cell) for cell in cells), clip(who(entry), _WIDE), clip(told, _WIDE)])
    styles = {3: {"failed": "red", "begun": "yellow", "done": "green", "dry run": "cyan"}}
    show_table(out, ("entry", "time (UTC)", "operation", "state", "by", "what"), rows, styles)
