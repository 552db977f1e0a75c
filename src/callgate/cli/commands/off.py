"""`callgate off`: switch auto-approval off."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from callgate.cli.errors import EXIT_OK, UsageError


def off(
    duration: Annotated[
        str, typer.Option("--for", metavar="TIME", help="How long: 90s, 10m, 2h, 1d. Without it: until `callgate on`.")
    ] = "",
) -> int:
    """Switch auto-approval off: whatever would be allowed asks you instead.

    Denies and guardrails hold all the same, and calls that no rule covers ask, too. It only ever tightens: a switch
    that is off for longer stays off for longer. It holds for every project and session of yours.

      callgate off
      callgate off --for 10m

    Raises:
        UsageError: the time cannot be read, or the state directory cannot be written.
    """
    import time  # noqa: PLC0415 - heavy imports stay inside (cheap --help)

    from callgate import switch  # noqa: PLC0415 - as above
    from callgate.cli import auditing  # noqa: PLC0415 - as above
    from callgate.cli.output import console, say  # noqa: PLC0415 - as above
    from callgate.host import places  # noqa: PLC0415 - as above

    now = time.time()
    try:
        until = now + switch.parse_duration(duration) if duration else switch.FOREVER
    except ValueError as error:
        raise UsageError(str(error), help="write it like `90s`, `10m`, `2h` or `1d`") from error
    path = places(os.environ).switch_file
    before = switch.read(path, now).off_until
    if before is not None:
        until = max(until, before)  # INVARIANT: `off` never loosens, so an agent may run it; only `on` ends it early
    try:
        switch.turn_off(path, until)
    except OSError as error:
        raise UsageError(f"cannot write `{path}`: {error.strerror or error}", help="check its folder") from error
    told = switch.describe(switch.read(path, now), now)
    if until != before:
        auditing.tightened("switch_off", path, [f"A{told[1:]}"])
    say(console(), (told, "bold yellow"))
    return EXIT_OK
