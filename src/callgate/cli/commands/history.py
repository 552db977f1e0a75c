"""`callgate history`: who changed a policy file, when, why, and what became of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from callgate.cli import options
from callgate.cli.errors import EXIT_OK, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from callgate.reviewer.apply.history import History, Row

MAX_LIMIT = 1000
MAX_MISSING = 3
"""Archives that are told of: who keeps them elsewhere may have many there."""


def history(
    file: Annotated[
        str | None,
        typer.Argument(metavar="[FILE]", help="A policy file; without one: those in force here.", show_default=False),
    ] = None,
    *,
    limit: Annotated[int, typer.Option("--limit", "-n", metavar="N", help="At most that many changes.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")] = False,
    no_color: options.NoColorOption = False,
) -> int:
    """List the changes of a policy file: when, who, what, why, with which effect, and where the old content is.

    They come from the commits of its Git repository, from its backups and from the audit log. A commit that looks like
    one of callgate's and is not in your audit log is marked `not audited`: a colleague made it, or somebody made it up.

    Examples:
      callgate history
      callgate history ~/.config/callgate/policy.toml
      callgate history --json -n 100

    With --json: {"files": [{"file", "changes": [{"when", "who", "what", "operation", "rule_ids", "reason", "impact",
    "kind", "commit", "backup_file", "audited", "by_callgate"}], "notes": []}]}, newest first. `kind` is commit, backup
    (made instead of one), or record (only the audit log knows of it any more).

    Raises:
        UsageError: there is no such file, or no policy file at all.
    """
    from callgate.host import places  # noqa: PLC0415 - not for --help
    from callgate.journal.audit import Recent, recent  # noqa: PLC0415 - as above
    from callgate.reviewer.apply.history import MAX_ENTRIES, collect  # noqa: PLC0415 - as above

    if not 1 <= limit <= MAX_LIMIT:
        raise UsageError(f"`--limit {limit}` is not between 1 and {MAX_LIMIT}", help="leave it out for 20")
    try:
        audited = recent(places(os.environ).audit_log, MAX_ENTRIES)
        notes = _missing(audited.missing)
    except OSError as error:
        audited, notes = Recent((), ()), (f"the audit log cannot be read: {error}",)
    found = [collect(path, os.environ, audited.entries, limit) for path in _files(file)]
    if file is not None and not found[0].rows and not os.path.lexists(found[0].file):
        raise UsageError(f"there is no file `{file}`, and no change of one is known", help="check the path")
    found = [one._replace(notes=(*one.notes, *notes)) for one in found]
    if as_json:
        from callgate.cli.json_output import write  # noqa: PLC0415 - one of the two

        write({"files": [_object(one) for one in found]}, no_color=no_color)
        return EXIT_OK
    from callgate.cli.output import console  # noqa: PLC0415 - rich costs 40 ms

    out = console(no_color=no_color)
    for number, one in enumerate(found):
        _show(one, out, first=number == 0)
    return EXIT_OK


def _files(given: str | None) -> list[str]:
    """Return real paths: of the file that was named (which may be deleted by now), or of those in force."""
    if given is not None:
        path = os.path.realpath(given)
        if os.path.isdir(path):
            raise UsageError(f"`{given}` is a directory", help="name a policy file")
        return [path]
    from callgate.host import places  # noqa: PLC0415 - not for --help
    from callgate.observe import project_root  # noqa: PLC0415 - as above
    from callgate.policy.loader import discover  # noqa: PLC0415 - as above

    home, cwd = places(os.environ).home, os.getcwd()
    found = discover(os.environ, home, cwd, project_root(os.environ, cwd, home))
    paths = [os.path.realpath(one.path) for one in found if one.layer != "builtin" and os.path.exists(one.path)]
    if not paths:
        raise UsageError("no policy file is in force here", help="name one, or write one with `callgate init`")
    return list(dict.fromkeys(paths))


def _missing(archives: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(
        f"an archive of the audit log is not read, so its changes count as not audited: `{name[:200]}`"
        " is not beside the log, or cannot be read"
        for name in archives[:MAX_MISSING]
    )


def _object(found: History) -> dict[str, Any]:
    changes = [{**row._asdict(), "rule_ids": list(row.rule_ids)} for row in found.rows]
    return {"file": found.file, "changes": changes, "notes": list(found.notes)}


def _show(found: History, out: Console, *, first: bool) -> None:
    from callgate.cli.output import say  # noqa: PLC0415 - rich costs 40 ms

    if not first:
        say(out, "")
    say(out, (found.file, "bold"))
    if not found.rows:
        say(out, "  no change is known")
    for row in found.rows:
        _row(row, out)
    for note in found.notes:
        say(out, ("  note: ", "yellow"), note)


def _row(row: Row, out: Console) -> None:
    from callgate.cli.output import say  # noqa: PLC0415 - as above
    from callgate.cli.text import visible  # noqa: PLC0415 - as above

    where = row.commit[:12] if row.commit else row.kind
    mark = ("  not audited", "yellow") if row.by_callgate and not row.audited else ""
    say(
        out,
        f"  {visible(row.when)}  ",
        (f"{where:<12}", "cyan"),
        f"  {visible(row.who) or '?'}: {visible(row.what)}",
        mark,
    )
    for name, text in (("why", row.reason), ("effect", row.impact), ("before", row.backup_file)):
        if text:
            say(out, f"      {name}: {visible(text)}")
