"""`callgate untrust`: take trust away from a project's policy file."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from callgate.cli.errors import EXIT_OK


def untrust(
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE]...", help="Policy files; without any: those of this project.", show_default=False
        ),
    ] = None,
) -> int:
    """Take trust away from a project's policy file and what it includes; deny and ask rules still hold.

      callgate untrust
      callgate untrust .callgate.toml

    A file that is gone can be named, too.

    Raises:
        UsageError: this project has no policy file.
        PolicyError: the trust store cannot be read or written.
    """
    from callgate.cli import auditing, trusting  # noqa: PLC0415 - heavy imports stay inside (cheap --help)
    from callgate.cli.output import console, say  # noqa: PLC0415 - as above
    from callgate.host import places  # noqa: PLC0415 - as above
    from callgate.policy import loader  # noqa: PLC0415 - as above

    where = places(os.environ)
    out = console()
    for path in files or trusting.project_files(os.environ, where, os.getcwd()):
        removed = loader.untrust(where.trust_file, os.path.abspath(path), where.home)
        for name in removed:
            say(out, ("no longer trusted", "yellow"), f" {name}")
        if removed:
            auditing.tightened("untrust", os.path.abspath(path), [f"No longer trusted: {name}" for name in removed])
        if not removed:
            say(out, f"was not trusted: {os.path.abspath(path)}")
    return EXIT_OK
