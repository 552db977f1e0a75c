"""`callgate on`: switch auto-approval on again."""

from __future__ import annotations

import os

from callgate.cli.errors import EXIT_OK, UsageError


def on() -> int:
    """Switch auto-approval on again, and tell what the state was.

      callgate on

    Raises:
        UsageError: the switch file cannot be removed, or the audit log cannot be written.
    """
    import time  # noqa: PLC0415 - heavy imports stay inside (cheap --help)

    from callgate import switch  # noqa: PLC0415 - as above
    from callgate.cli import auditing  # noqa: PLC0415 - as above
    from callgate.cli.output import console, say  # noqa: PLC0415 - as above
    from callgate.host import places  # noqa: PLC0415 - as above

    now = time.time()
    path = places(os.environ).switch_file
    before = switch.read(path, now)
    out = console()
    if before.off_until is None and not before.fault:
        _remove(path)  # a moment that has passed may still stand there
        say(out, "auto-approval was on already")
        return EXIT_OK
    with auditing.loosening("switch_on", path, [f"Auto-approval is on; before: {switch.describe(before, now)}"]):
        _remove(path)
    say(out, ("auto-approval is on", "bold green"), f"; before: {switch.describe(before, now)}")
    return EXIT_OK


def _remove(path: str) -> None:
    from callgate import switch  # noqa: PLC0415 - heavy imports stay inside (cheap --help)

    try:
        switch.turn_on(path)
    except OSError as error:
        advice = f"look at it, then remove it by hand: rm -r '{path}'"
        raise UsageError(f"cannot remove `{path}`: {error.strerror or error}", help=advice) from error
