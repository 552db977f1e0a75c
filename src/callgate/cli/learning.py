"""What `suggest-rules` and `analyze` share: the window of the log, the calls in it, and who judges them."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Annotated, Callable, Mapping

import typer

from callgate.cli.errors import UsageError
from callgate.core.errors import InputError

if TYPE_CHECKING:
    from callgate.cli.world import World
    from callgate.reviewer.cluster.calls import Gathered
    from callgate.reviewer.judge import Judge

SinceOption = Annotated[
    str, typer.Option("--since", metavar="TIME", help="Only calls since: 24h, 7d, 2w, or 2026-11-01T00:00:00Z.")
]
LogOption = Annotated[
    list[str] | None, typer.Option("--log", metavar="FILE", help="Read this log and not the policy's; repeatable.")
]
OneToolOption = Annotated[str, typer.Option("--tool", metavar="NAME", help="Only calls of this tool.")]
LimitOption = Annotated[int, typer.Option("--limit", metavar="N", min=1, max=100, help="Suggest at most N rules.")]


def since_when(text: str, now: float) -> float | None:
    """Return the moment that *text* names as seconds since the epoch; `None` when it is empty.

    Raises:
        UsageError: it is no time.
    """
    from callgate.reviewer.query.times import time_of  # noqa: PLC0415 - not for --help

    if not text:
        return None
    found = time_of(text, now)
    if found is None:
        raise UsageError(f"`{text}` is not a time", help="write `24h`, `7d`, `2w`, or `2026-11-01T00:00:00Z`")
    return found


def read_window(
    world: World, environ: Mapping[str, str], *, since: str, logs: list[str] | None, tool: str
) -> tuple[Judge, Gathered]:  # fmt: skip
    """Return who judges, and the distinct calls of the window.

    Raises:
        UsageError: *since* is no time.
        InputError: there is no log, or it cannot be read.
        PolicyError: the policy is broken.
    """
    from callgate.cli.world import open_sound_world  # noqa: PLC0415 - not for --help
    from callgate.reviewer.evidence import read_calls  # noqa: PLC0415 - as above
    from callgate.reviewer.judge import Judge  # noqa: PLC0415 - as above

    start = since_when(since, time.time())
    gate = open_sound_world(world, environ)
    if gate.loaded is None:
        raise InputError("the policy could not be loaded; run `callgate validate`")
    try:
        found = read_calls(gate, [os.path.abspath(log) for log in logs or ()], since=start, tool=tool)
    except OSError as error:
        what = f"{error.strerror}: `{error.filename}`" if error.filename else str(error)
        raise InputError(f"{what}; name a log with `--log FILE`") from error
    return Judge(gate, gate.loaded), found


def teller() -> Callable[[str], None] | None:
    """Return what shows progress on a terminal's stderr, one line that is written over; `None` elsewhere."""
    if not sys.stderr.isatty():
        return None

    def tell(text: str) -> None:
        from callgate.cli.text import clip  # noqa: PLC0415 - as above

        sys.stderr.write(f"\r\x1b[K{clip(text, 78)}" if text else "\r\x1b[K")
        sys.stderr.flush()

    return tell
