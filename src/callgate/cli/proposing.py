"""What the commands of `callgate proposals` share: the store, who asks, and the pipeline of `apply`."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any, Mapping

from callgate.host import places
from callgate.reviewer.shown import visible

if TYPE_CHECKING:
    from rich.console import Console

    from callgate.actor import Actor
    from callgate.journal.audit import AuditEntry
    from callgate.reviewer.proposals import Apply, Asked, Proposal, Store

EXIT_REFUSED = 1


def open_store(environ: Mapping[str, str]) -> Store:
    """Return the user's proposals."""
    from callgate.reviewer.proposals import Store  # noqa: PLC0415 - not for --help

    return Store(places(environ).state_dir, time.time())


def asking(environ: Mapping[str, str]) -> Actor:
    """Return who runs this command."""
    from callgate.actor import identify  # noqa: PLC0415 - looks at processes

    return identify(environ)


def audit(entry: AuditEntry) -> None:
    """Write *entry* into the user's audit log.

    Raises:
        ProposalError: it cannot be written.
    """
    from callgate.journal.audit import append  # noqa: PLC0415 - only what decides needs it
    from callgate.reviewer.proposals import ProposalError  # noqa: PLC0415 - as above

    path = places(os.environ).audit_log
    try:
        append(path, entry, now=time.time())
    except (OSError, ValueError) as error:
        message = f"the audit log `{path}` cannot be written: {getattr(error, 'strerror', None) or error}"
        raise ProposalError(message, "nothing is decided without it: `callgate audit verify`") from error


def pipeline(environ: Mapping[str, str]) -> Apply:
    """Return the pipeline of `callgate apply`, run as whoever asks."""

    def run(asked: Asked) -> Mapping[str, Any]:
        import json  # noqa: PLC0415 - beside the other late imports
        from importlib import import_module  # noqa: PLC0415 - as above

        from callgate.cli.errors import record  # noqa: PLC0415 - as above

        context = import_module("callgate.reviewer.apply.context")
        boundary = import_module("callgate.reviewer.apply.boundary")
        options = context.Options(
            dry_run=asked.dry_run, force=asked.force, target_file=asked.target_file, reason=asked.reason
        )
        cwd = asked.cwd if os.path.isdir(asked.cwd) else os.getcwd()
        made = context.context_of(environ, cwd, options, applied_by="", now=time.time())
        payload = json.dumps(asked.operation).encode()
        answer: Mapping[str, Any] = boundary.answered(payload, made, lambda error: record(error, environ))
        return answer

    return run


def as_object(proposal: Proposal) -> dict[str, Any]:
    """Return *proposal* for programs: masked, and whether it is stale."""
    from callgate.reviewer.redact import masked  # noqa: PLC0415 - not for --help

    found: dict[str, Any] = masked({**proposal._asdict(), "reasons": list(proposal.reasons)})
    return {**found, "stale": is_stale(proposal)}


def is_stale(proposal: Proposal) -> bool:
    """Whether the target is no longer what the change was tried out on."""
    from callgate.reviewer.proposals import sha256_of  # noqa: PLC0415 - not for --help

    return proposal.status == "open" and sha256_of(proposal.target_file) != proposal.target_sha256


def age(seconds: float) -> str:
    """Return a span of time in its largest unit: `3 d`."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return "now"


def summary(proposal: Proposal) -> str:
    """Return what a proposal would change, on one line, hidden characters made visible."""
    from callgate.reviewer.redact import masked  # noqa: PLC0415 - as above

    changes = proposal.answer.get("changes")
    first = str(masked(changes[0])) if isinstance(changes, list) and changes else proposal.name
    more = len(changes) - 1 if isinstance(changes, list) else 0
    return visible(first.removeprefix("Would ")) + (f" (and {more} more)" if more > 0 else "")


def who(actor: Mapping[str, Any]) -> str:
    """Return who *actor* is, as they say and as the process showed, on one line."""
    kind = actor.get("agent") or actor.get("kind") or "unknown"
    claimed = actor.get("claimed")
    return visible(f"{claimed} ({kind})" if claimed else str(kind))


def show(proposal: Proposal, out: Console, now: float) -> None:
    """Print *proposal* with everything that a person needs to decide; hidden characters are made visible."""
    from callgate.cli.output import say  # noqa: PLC0415 - rich costs 40 ms

    seen = as_object(proposal)
    answer = seen["answer"]
    say(
        out, (f"{proposal.id}  {proposal.status}", "bold"), "  STALE: the target changed since" if seen["stale"] else ""
    )
    rows = [
        ("change", summary(proposal)),
        ("file", proposal.target_file),
        ("by", f"{who(proposal.actor)}, {age(now - proposal.created)} ago" + _times(proposal.times)),
        ("why", str(seen["why"])),
        *(("needs a person", reason) for reason in seen["reasons"]),
        *(("changes", str(one)) for one in _listed(answer.get("changes"))[1:]),
        *(("warning", _told(one)) for one in _listed(_table(answer.get("validation")).get("warnings"))),
        *(("impact", f"{key}: {value}") for key, value in _table(answer.get("impact_analysis")).items()),
        ("note", str(seen["note"])),
    ]
    for name, text in rows:
        if text:
            say(out, f"  {name + ':':<16}{visible(text)}")
    for line in str(seen["answer"].get("diff", "")).split("\n"):
        style = "green" if line.startswith("+") else "red" if line.startswith("-") else ""
        if line:
            say(out, "  ", (visible(line), style))


def _times(count: int) -> str:
    return f", {count} times" if count > 1 else ""


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _table(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _told(warning: object) -> str:
    found = _table(warning)
    text = found.get("message") or found.get("error")
    return f"{found.get('type', '')}: {text}" if text else str(warning)
