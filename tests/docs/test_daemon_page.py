"""docs/daemon.md names every field, metric, kind of frame, file and limit, with the numbers of the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Mapping

import pytest
from made_reports import made

from callgate.daemon import answers, gates, journaling, limits, protocol, reports, running, runtime, server, starting
from callgate.daemon.metrics import metrics
from callgate.daemon.runtime import Runtime
from callgate.daemon.service import EXIT_ANEW, service
from callgate.daemon.stopping import STOP_SECONDS

PAGE = (Path(__file__).parents[2] / "docs/daemon.md").read_text(encoding="utf-8")


def names(shape: object) -> set[str]:
    """Every name of a field in a shape, at any depth."""
    if isinstance(shape, list | tuple):
        return set().union(*map(names, shape))
    if isinstance(shape, Mapping):
        own = {key for key in shape if isinstance(key, str)}
        return own.union(*map(names, shape.values()))
    return set()


def test_every_field_of_the_report_is_described() -> None:
    """What programs may rely on stands there by its name; and what is there is in every report."""
    fields = names(reports._SHAPE) | set(made())  # noqa: SLF001 - the shape is the list of them
    assert {name for name in fields if f"`{name}`" not in PAGE} == set()


def test_every_metric_is_listed() -> None:
    """By name and type, and no other."""
    exposed = dict(re.findall(r"^# TYPE (\S+) (\S+)$", metrics(made(http={"on": True}), [(10, 0)]), re.MULTILINE))
    rows = re.findall(r"^\| ((?:`callgate_\w+`(?:, )?)+) \| (\w+) \|", PAGE, re.MULTILINE)
    listed = {name: kind for cell, kind in rows for name in re.findall(r"`(\w+)`", cell)}
    assert listed == exposed


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        (protocol.CALL, "a call"), (protocol.STATUS, "how is the daemon"), (protocol.RETIRE, "leave, if"),
        (protocol.STOP, "leave"), (protocol.METRICS, "for monitoring"), (protocol.ANSWER, "the answer"),
        (protocol.OTHER_BUILD, "another build"), (protocol.REFUSED, "no answer"),
    ],
)  # fmt: skip
def test_every_kind_of_frame_is_listed(kind: int, word: str) -> None:
    """By its number."""
    table = PAGE.partition("\n| kind |")[2].partition("\n\n")[0]
    (row,) = re.findall(rf"^\| {kind} \| (.*)$", table, re.MULTILINE)
    assert word in row


LIMITS = {
    "one call": (f"{protocol.MAX_BODY >> 20} MiB", f"{protocol.MAX_HEAD >> 10} KiB"),
    "one decision": (f"{answers.DEADLINE_SECONDS * 1000:.0f} ms",),
    "one conversation": (f"{server.PATIENCE_SECONDS:.0f} s",),
    "conversations at once": (str(server.MAX_CONNECTIONS),),
    "requests that are not whole yet": (f"{server.MAX_BUFFERED >> 20} MiB",),
    "compiled policies": (str(gates.MAX_GATES),),
    "memory": (f"{limits.MEMORY_BYTES // 10**6} MB",),
    "a full disk": (f"{journaling.MAX_WAITING >> 20} MiB", "every second"),
    "more decisions than can be written": (
        f"{journaling.MAX_QUEUE:,}",
        f"{journaling.MAX_QUEUE_BYTES >> 20} MiB",
        f"{journaling.CROWDED:,}",
        f"{journaling.CROWDED_BYTES >> 20} MiB",
    ),
}


@pytest.mark.parametrize("what", LIMITS)
def test_every_limit_is_that_of_the_code(what: str) -> None:
    """A changed number is a changed page."""
    (row,) = re.findall(rf"^\| {what}.*$", PAGE, re.MULTILINE)
    for number in LIMITS[what]:
        assert number in row


def test_times_and_codes() -> None:
    """Idle time, patience with a daemon that is to leave, exit code, length of the path."""
    assert starting.IDLE_SECONDS == 3_600
    assert "after an hour without a call" in PAGE
    assert f"has not left after {STOP_SECONDS:.0f} seconds is killed" in PAGE
    assert running.FLUSH_SECONDS < STOP_SECONDS
    assert f"told to or for want of calls, {EXIT_ANEW}\n" in PAGE
    assert f"may have {runtime.MAX_SOCKET_PATH} bytes" in PAGE


def test_every_file_is_listed() -> None:
    """Those in the runtime directory, and those of the service."""
    files = Runtime("/d")
    cells = re.findall(r"^\| (`gate\..*?) \| 0600 \|", PAGE, re.MULTILINE)
    listed = {name for cell in cells for name in re.findall(r"`(.*?)`", cell)}
    wanted = (files.socket, files.lock, files.counters, f"{files.counters}.mark", files.log)
    assert listed == {path.removeprefix("/d/") for path in wanted}
    for platform in ("linux", "darwin"):
        assert f"`{service(platform, '~', '/p', '/s', '/l').path}`" in PAGE
