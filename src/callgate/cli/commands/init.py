"""`callgate init`: write a starter policy."""

from __future__ import annotations

import os
import re
from enum import StrEnum
from typing import Annotated

import typer

from callgate.cli.errors import EXIT_OK, UsageError

PROJECT_FILE = ".callgate.toml"


LIMITS = """\
# What an agent may change by `callgate apply`, once you export DECISION_REVIEWER_ALLOW_WRITES=1 before you start it.
# Without this table it may make every change that is valid. To limit it, take the `#` away from lines that you want:
#
# [apply]
# operations = ["add_rule", "update_rule", "toggle_rule"]   # what it may do; all when unset
# rule_types = ["allow", "ask", "deny"]                     # which rules it may change
# broadest = "subcommand"          # its allow rules: "exact", "subcommand" with any arguments, "program", "tool"
# max_per_day = 20                 # changes in 24 hours
# require_person = "loosening"     # "never"; "loosening": what does not only tighten waits for you; "always"
#
# What waits for you: `callgate proposals list`. No operation changes this table.

"""
"""What a user policy starts with about agents; a project's file has no say in it."""


class Profile(StrEnum):
    """The shipped profiles, from careful to generous."""

    cautious = "cautious"
    standard = "standard"
    trusted = "trusted"


class Template(StrEnum):
    """The shipped starting points for one kind of work."""

    docs_writer = "docs-writer"
    tester = "tester"
    safe_git = "safe-git"


def init(
    profile: Annotated[
        Profile | None,
        typer.Option(
            help="cautious: reads in the project, read-only commands, `git add`; standard: and edits there, tests, "
            "builds, local git; trusted: and the project's own scripts. [default: cautious]",
            show_default=False,
        ),
    ] = None,
    template: Annotated[
        Template | None,
        typer.Option(help="A starting point for one kind of work, instead of a profile.", show_default=False),
    ] = None,
    project: Annotated[
        bool, typer.Option("--project", help=f"Write ./{PROJECT_FILE} (for this project) instead of the user policy.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file; a backup is kept.")] = False,
) -> int:
    """Write a starter policy that you then edit.

    Without --project the file is ~/.config/callgate/policy.toml, readable by you alone. A project's file may deny and
    ask at once; its allow rules count after `callgate trust`.

      callgate init
      callgate init --profile standard
      callgate init --template docs-writer --project

    Raises:
        UsageError: the file exists, both --profile and --template are given, or nothing can be written there or to the
            audit log.
    """
    import time  # noqa: PLC0415 - heavy imports stay inside (cheap --help)

    from callgate.cli import auditing  # noqa: PLC0415 - as above
    from callgate.cli.installing import timestamp  # noqa: PLC0415 - as above
    from callgate.cli.output import console, say  # noqa: PLC0415 - as above
    from callgate.host import places  # noqa: PLC0415 - as above

    if profile and template:
        raise UsageError("`--profile` and `--template` exclude each other", help="a template stands for a whole policy")
    name = (template or profile or Profile.cautious).value
    path = os.path.join(os.getcwd(), PROJECT_FILE) if project else places(os.environ).user_policy
    text = starter(name, project=project)
    if os.path.lexists(path):
        _check_replaceable(path, force=force)
    with auditing.loosening("init", path, [f"Wrote the starter policy `{name}` to {path}"]) as change:
        backup = _write(path, text, private=not project, force=force, stamp=timestamp(time.time()))
        if backup:
            change.changes.append(f"Kept the file that was there as {backup}")
    out = console()
    say(out, ("wrote", "green"), f" {path} ({name})")
    if backup:
        say(out, f"  backup: {backup}")
    for line in _next_steps(project):
        say(out, f"  next:   {line}")
    return EXIT_OK


def starter(name: str, *, project: bool) -> str:
    """The text of a starter policy: the shipped pack *name* under a header that says what to do with it.

    Raises:
        UsageError: the pack is missing from this installation.
    """
    package = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    path = f"{package}/policy/packs/{name}.toml"
    try:
        with open(path, encoding="utf-8") as file:
            pack = file.read()
    except OSError as error:
        raise UsageError(f"cannot read the shipped pack `{path}`: {error.strerror}", help="install again") from error
    if project:
        # Ids are unique over all files in force, and the user's own policy may come from the same pack.
        pack = re.sub(r'^(id = ")', r"\1project-", pack, flags=re.MULTILINE)
    validate = f"callgate validate {PROJECT_FILE}" if project else "callgate validate"
    lines = [
        f"# callgate policy, started from the pack `{name}`. It is yours now: edit, add and remove rules freely.",
        "# Deny beats ask beats allow; the order of rules does not matter; guardrails hold whatever stands here.",
        "#",
        f"#   {validate:<58} after every edit",
        '#   callgate explain --command "git push"                      what would happen, and which rule says so',
    ]
    if project:
        lines.append(f"#   callgate trust {PROJECT_FILE:<43} without it, allow rules of a project's file do not count")
    return "\n".join(lines) + "\n\n" + ("" if project else LIMITS) + pack


def _write(path: str, text: str, *, private: bool, force: bool, stamp: str) -> str:
    """Create *path*, or with *force* replace it; return the path of the backup, empty when there was no file."""
    from callgate.atomic import write_atomic, write_new  # noqa: PLC0415 - heavy imports stay inside

    mode = 0o600 if private else 0o644
    data = text.encode()
    try:
        os.makedirs(os.path.dirname(path), mode=0o700 if private else 0o755, exist_ok=True)
        if not os.path.lexists(path):
            write_new(path, data, mode=mode)
            return ""
        _check_replaceable(path, force=force)
        backup = _back_up(path, stamp)
        write_atomic(path, data, mode=mode)
    except OSError as error:
        raise UsageError(f"cannot write `{path}`: {error.strerror or error}", help="check its folder") from error
    return backup


def _check_replaceable(path: str, *, force: bool) -> None:
    if not force:
        advice = "edit it, or run this again with `--force` (a backup is kept)"
        raise UsageError(f"`{path}` exists already", help=advice)
    if os.path.islink(path) or not os.path.isfile(path):
        raise UsageError(f"`{path}` is not a regular file", help="move it away by hand, then run this again")


def _back_up(path: str, stamp: str) -> str:
    from callgate.atomic import read_regular, write_new  # noqa: PLC0415 - heavy imports stay inside

    data = read_regular(path, 1 << 26)
    for number in range(100):
        name = f"{path}.{stamp}-{number}.bak" if number else f"{path}.{stamp}.bak"
        try:
            write_new(name, data, mode=0o600)
        except FileExistsError:
            continue
        return name
    raise OSError(f"too many backups of `{path}`")


def _next_steps(project: bool) -> tuple[str, ...]:
    if project:
        return (f"callgate trust {PROJECT_FILE}", 'callgate explain --command "git status"')
    return ("callgate install claude-code", "callgate doctor")
