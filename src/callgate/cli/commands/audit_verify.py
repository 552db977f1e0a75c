"""`callgate audit verify`: is the audit log whole?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callgate.cli import options
from callgate.cli.audit_log import (
    EXIT_FAULTS,
    JsonOption,
    LogOption,
    NoGitOption,
    RepoOption,
    fault_json,
    fault_line,
    find_anchors,
    log_path,
    unreadable,
)
from callgate.cli.errors import EXIT_OK

if TYPE_CHECKING:
    from callgate.journal.audit import Report
    from callgate.journal.audit.anchors import Anchors


def audit_verify(
    *,
    log: LogOption = "",
    repo: RepoOption = None,
    no_git: NoGitOption = False,
    json: JsonOption = False,
    no_color: options.NoColorOption = False,
) -> int:
    """Verify the audit log: that no entry was edited, removed, moved, inserted or cut off, and where.

    Each entry carries the hash of the one before. The end of the log is held against the head file in the state
    directory, and against the heads in the messages of commits: in the repositories of the files that entries name, of
    your policy and of the current directory. Archives beside the log are verified with it.

      callgate audit verify
      callgate audit verify --repo ~/dotfiles
      callgate audit verify --json

    Exit code 0 when the log is whole, 1 with faults. docs/audit.md says what that proves, and how to verify by hand.

    Raises:
        UsageError: the log that `--log` names is not there.
        InputError: the log cannot be read.
    """
    from callgate.cli.json_output import write  # noqa: PLC0415 - heavy imports stay inside (cheap --help)
    from callgate.journal.audit import check  # noqa: PLC0415 - as above
    from callgate.journal.audit.anchors import Anchors  # noqa: PLC0415 - as above

    path = log_path(log)
    try:
        found = Anchors((), (), ()) if no_git else find_anchors(path, repo or ())
        report = check(path, found.anchors)
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    if json:
        write(_answer(path, report, found), no_color=no_color)
    else:
        _show(path, report, found, no_color=no_color)
    return EXIT_FAULTS if report.faults else EXIT_OK


def _answer(path: str, report: Report, found: Anchors) -> dict[str, object]:
    return {
        "ok": not report.faults,
        "log": path,
        "entries": report.entries,
        "head": report.head,
        "archives": list(report.archives),
        "anchors": report.anchors,
        "repositories": list(found.repositories),
        "faults": [fault_json(fault) for fault in report.faults],
        "notes": [*map(fault_json, report.notes), *({"problem": text} for text in found.faults)],
    }


def _show(path: str, report: Report, found: Anchors, *, no_color: bool) -> None:
    from callgate.cli.output import console, say  # noqa: PLC0415 - heavy imports stay inside (cheap --help)

    out = console(no_color=no_color)
    for fault in report.faults:
        say(out, ("fault  ", "bold red"), fault_line(fault, path))
    for text in (*(fault_line(note, path) for note in report.notes), *found.faults):
        say(out, ("note   ", "yellow"), text)
    counts = ", ".join(
        _count(number, name)
        for number, name in ((report.entries, "entry"), (len(report.archives), "archive"))
        if number or name == "entry"
    )
    held = f"{counts}; {_count(report.anchors, 'head')} in commits"
    if report.faults:
        say(out, (f"{_count(len(report.faults), 'fault')}", "bold red"), f" in {path}: {held}")
    else:
        say(out, ("the audit log is whole", "bold green"), f": {held} ({path})")


def _count(number: int, word: str) -> str:
    plural = f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"
    return f"{number} {word if number == 1 else plural}"
