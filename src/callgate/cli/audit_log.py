"""What the commands of `callgate audit` share: the log they look at, times, and how an entry is shown."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any, Final, Iterable, Mapping

import typer

from callgate.cli.errors import UsageError
from callgate.core.errors import InputError

if TYPE_CHECKING:
    from callgate.journal.audit import Fault
    from callgate.journal.audit.anchors import Anchors

EXIT_FAULTS: Final = 1

LogOption = Annotated[str, typer.Option("--log", metavar="FILE", help="Look at this log instead of yours.")]
SinceOption = Annotated[str, typer.Option("--since", metavar="TIME", help="Not older: 24h, 7d, 2w ago, or ISO 8601.")]
UntilOption = Annotated[str, typer.Option("--until", metavar="TIME", help="Not newer; written like --since.")]
RepoOption = Annotated[
    list[str] | None,
    typer.Option("--repo", metavar="DIR", help="Look for heads in the commits of this repository, too; repeatable."),
]
NoGitOption = Annotated[bool, typer.Option("--no-git", help="Do not look for heads in commits.")]
JsonOption = Annotated[bool, typer.Option("--json", help="The answer as JSON.")]


def log_path(log: str) -> str:
    """Return the log that is meant, absolute.

    Raises:
        UsageError: one is named and is not there.
    """
    from callgate.host import places  # noqa: PLC0415 - heavy imports stay inside (cheap --help)

    if not log:
        return places(os.environ).audit_log
    if not os.path.lexists(log):
        raise UsageError(f"there is no audit log `{log}`", help="check the path that follows `--log`")
    return os.path.abspath(log)


def unreadable(path: str, error: OSError | ValueError) -> InputError:
    """Return the error for a log that cannot be read."""
    reason = (isinstance(error, OSError) and error.strerror) or str(error)
    return InputError(f"the audit log `{path}` cannot be read: {reason}")


def moment(text: str, now: float, option: str) -> float | None:
    """Return a time of the command line as seconds since the epoch; `None` for the empty text.

    Raises:
        UsageError: it is no time.
    """
    from callgate.reviewer.query.times import HELP, time_of  # noqa: PLC0415 - heavy imports stay inside (cheap --help)

    if not text:
        return None
    found = time_of(text, now)
    if found is None:
        raise UsageError(f"`{option}` must be a time, not `{text[:80]}`", help=HELP)
    return found


def find_anchors(path: str, repositories: Iterable[str]) -> Anchors:
    """Return the heads in commits, in the repositories of changed files, of policies, and in *repositories*.

    Args:
        path: the log; its entries name the files that were changed.
        repositories: further directories.

    Raises:
        OSError: the log cannot be read.
    """
    from callgate.host import places  # noqa: PLC0415 - heavy imports stay inside (cheap --help)
    from callgate.journal.audit import read  # noqa: PLC0415 - as above
    from callgate.journal.audit.anchors import anchors_of  # noqa: PLC0415 - as above
    from callgate.times import parse_time  # noqa: PLC0415 - as above

    entries = read(path)
    targets = {str(entry.get("target_file")) for entry in entries}
    policies = [places(os.environ).user_policy]
    with suppress(OSError):  # the current directory may be gone
        policies.append(os.getcwd())
    wanted = [*map(os.path.abspath, repositories), *policies, *sorted(one for one in targets if one.startswith("/"))]
    times = [when for entry in entries if (when := parse_time(entry.get("timestamp"))) is not None]
    return anchors_of(wanted, since=min(times, default=None))


def fault_json(fault: Fault) -> dict[str, Any]:
    """Return *fault* as JSON; what it does not have is `null`."""
    return {
        "problem": fault.problem,
        "file": fault.file,
        "line": fault.line or None,
        "sequence": fault.sequence or None,
        "timestamp": fault.timestamp or None,
    }


def fault_line(fault: Fault, log: str) -> str:
    """Return *fault* on one line: where, then what."""
    where = [] if fault.file == log else [fault.file]
    where += [f"line {fault.line}"] if fault.line else []
    where += [f"entry {fault.sequence}"] if fault.sequence else []
    where += [fault.timestamp] if fault.timestamp else []
    return f"{', '.join(where)}: {fault.problem}" if where else fault.problem


def state(entry: Mapping[str, Any]) -> str:
    """Return what came of an entry, in one word: `done`, `failed`, `begun`, `dry run`."""
    if entry.get("dry_run") is True:
        return "dry run"
    if entry.get("phase") == "begun":
        return "begun"
    return "done" if entry.get("success") is True else "failed"


def who(entry: Mapping[str, Any]) -> str:
    """Return who asked: the name that they gave, and what the process showed where that is no person."""
    actor = entry.get("actor")
    shown: Mapping[str, Any] = actor if isinstance(actor, dict) else {}
    kind, name = shown.get("kind"), str(entry.get("applied_by", ""))
    if kind == "agent":
        return f"{name} (agent {shown.get('agent', '')})"
    return f"{name} ({kind})" if isinstance(kind, str) and kind != "person" else name


def sentences(entry: Mapping[str, Any]) -> list[str]:
    """Return the `changes` of an entry, whatever they are."""
    changes = entry.get("changes")
    return [str(change) for change in changes] if isinstance(changes, list) else [str(changes)] if changes else []
