"""`callgate trust`: let the allow rules of a project's policy file count."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from callgate.cli.errors import EXIT_OK

if TYPE_CHECKING:
    from rich.console import Console

    from callgate.cli.trusting import Subject
    from callgate.host import Places

ACTIONS = ("deny", "ask", "allow")
EXIT_DECLINED = 1


def trust(
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE]...", help="Policy files; without any: those of this project.", show_default=False
        ),
    ] = None,
    list_them: Annotated[
        bool, typer.Option("--list", help="Show what is trusted, and what has changed since.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for a confirmation on a terminal.")] = False,
) -> int:
    """Trust a project's policy file, so that its allow rules and settings count.

    A project's file came with the project: its deny and ask rules hold at once, but what it allows counts only after
    you have looked at it. This shows what would count, then pins the content of the file and of everything it
    includes. Any change to one of them ends the trust.

      callgate trust
      callgate trust .callgate.toml
      callgate trust --list

    Exit code 0 when trusted, 1 when you declined, 78 when a file has errors.

    Raises:
        UsageError: this project has no policy file, or the audit log cannot be written.
        PolicyError: every problem of every file; nothing is trusted then.
    """
    from callgate.cli import trusting  # noqa: PLC0415 - heavy imports stay inside (cheap --help)
    from callgate.cli.output import console, say  # noqa: PLC0415 - as above
    from callgate.host import places  # noqa: PLC0415 - as above

    where = places(os.environ)
    out = console()
    if list_them:
        return show_store(out, where)
    cwd = os.getcwd()
    paths = [os.path.abspath(path) for path in files or trusting.project_files(os.environ, where, cwd)]
    subjects = [trusting.examine(path, where) for path in paths]
    for subject in subjects:
        show(out, subject)
    if not yes and sys.stdin.isatty() and not typer.confirm("Trust this?"):
        say(out, "nothing was trusted")
        return EXIT_DECLINED
    for subject in subjects:
        pin(subject, where)
        say(out, ("trusted", "green"), f" {subject.path}")
    return EXIT_OK


def pin(subject: Subject, where: Places) -> None:
    """Put the files of *subject* into the trust store, audited; what is trusted already stays as it is.

    Raises:
        UsageError: the audit log cannot be written; nothing is trusted then.
        PolicyError: a file changed since it was shown, or the trust store is at fault.
    """
    from callgate.cli import auditing, trusting  # noqa: PLC0415 - heavy imports stay inside (cheap --help)
    from callgate.policy.loader import read_trust, trust_file, untrust  # noqa: PLC0415 - as above

    if read_trust(where.trust_file).items() >= subject.pins.items():
        return
    changes = [f"Trusted {path} (sha256 {digest})" for path, digest in subject.pins.items()]
    with auditing.loosening("trust", subject.path, changes):
        pinned = dict(trust_file(where.trust_file, subject.path, where.home))
        if pinned != subject.pins:
            untrust(where.trust_file, subject.path, where.home)
            raise trusting.changed(subject.path)


def show(out: Console, subject: Subject) -> None:
    """Print what *subject* would add: its files, its rules by action, each allow rule, its settings."""
    from callgate.cli.output import say  # noqa: PLC0415 - heavy imports stay inside (cheap --help)
    from callgate.cli.trusting import one_line, tables  # noqa: PLC0415 - as above

    rules = subject.loaded.rules
    counts = ", ".join(f"{sum(rule.action == action for rule in rules)} {action}" for action in ACTIONS)
    say(out, (subject.path, "bold"), f": {counts}")
    for path, digest in subject.pins.items():
        say(out, f"  file   {path}  sha256 {digest[:16]}")
    for rule in rules:
        if rule.action == "allow":
            say(out, "  ", ("allow", "green"), f"  {one_line(rule)}  (line {rule.source.line})")
    for line in tables(subject.loaded):
        say(out, f"  {line}")
    for problem in subject.loaded.warnings:
        say(out, ("  warning: ", "yellow"), problem.message)


def show_store(out: Console, where: Places) -> int:
    """Print every pinned file and whether it still is what was trusted; return the exit code."""
    import hashlib  # noqa: PLC0415 - heavy imports stay inside (cheap --help)

    from callgate.atomic import read_regular  # noqa: PLC0415 - as above
    from callgate.cli.output import say  # noqa: PLC0415 - as above
    from callgate.policy.loader import read_trust  # noqa: PLC0415 - as above

    store = read_trust(where.trust_file)
    for path, digest in sorted(store.items()):
        try:
            now = hashlib.sha256(read_regular(path, 1 << 24)).hexdigest()
        except OSError:
            now = ""
        state = ("trusted", "green") if now == digest else (("changed" if now else "missing"), "yellow")
        say(out, (f"{state[0]:<8}", state[1]), path)
    if not store:
        say(out, "nothing is trusted")
    return EXIT_OK
