"""One daemon under load, and as its policy grows."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Sequence

from benchmarks import http, rules
from benchmarks.conversations import cpu_seconds, crowd, in_order
from benchmarks.figures import BenchError, Table, micros, percentile
from benchmarks.scratch import SCRIPT, World, bash, payload, prepare_hook

CLIENTS = (1, 8, 64)
_WARM_UP = 200
_RECORDED = 2_000


class Running(NamedTuple):
    """A daemon of the scratch world."""

    socket: str
    pid: int
    home: Path

    def frame(self, message: bytes, *arguments: str, cwd: str) -> bytes:
        """Return the frame of a call."""
        from callgate.daemon import protocol  # noqa: PLC0415 - the figures' tests need no callgate
        from callgate.daemon.asking import own_build  # noqa: PLC0415 - as above

        head = protocol.head(own_build(), cwd, arguments, [("HOME", str(self.home))])
        return protocol.pack(protocol.CALL, head, message)


@contextmanager
def running(world: World) -> Iterator[Running]:
    """Start a daemon for the home directory of `prepare_hook`, with its HTTP lane on, and stop it again.

    Raises:
        BenchError: it does not start.
    """
    from callgate.cli import daemons  # noqa: PLC0415 - the figures' tests need no callgate
    from callgate.daemon.asking import NoDaemonError  # noqa: PLC0415 - as above

    home = prepare_hook(world)
    http.switch_on(home, str(world.root / "run" / "gate.sock"))
    files = daemons.files_of(str(world.root / "run" / "gate.sock"), {})
    try:
        report, _ = daemons.start(files, 600, {"HOME": str(home)})
    except NoDaemonError as error:
        raise BenchError(f"the daemon does not start: {error}") from error
    try:
        yield Running(files.socket, int(report["pid"]), home)
    finally:
        daemons.stop(files)


def load(world: World, commands: Path, calls: int) -> Table:
    """Measure one daemon with 1, 8 and 64 clients at once, *calls* calls each.

    Args:
        world: the scratch world.
        commands: recorded commands; without them a few of our own are asked.
        calls: how many.

    Raises:
        BenchError: the daemon does not answer.
    """
    rows = []
    project = str(world.project)
    with running(world) as daemon:
        frames = [daemon.frame(message, cwd=project) for message in _messages(world, commands)]
        crowd(daemon.socket, frames, 1, _WARM_UP)
        for clients in CLIENTS:
            before = cpu_seconds(daemon.pid)
            found = crowd(daemon.socket, frames, clients, calls)
            cpu = (cpu_seconds(daemon.pid) - before) / calls
            rows.append(
                (
                    f"{clients}", f"{calls / found.seconds:,.0f}", micros(percentile(found.latencies, 0.5)),
                    micros(percentile(found.latencies, 0.99)), micros(cpu) if cpu else "-", f"{found.refused}",
                )
            )  # fmt: skip
    head = ("clients at once", "decisions/s", "p50", "p99", "daemon CPU per call", "refused")
    what = "recorded commands" if commands.exists() else "three calls"
    note = (
        f"{calls:,} calls each, over {what}, profile standard, each on a connection of its own, logged. "
        "The clients are one process in Python, which takes one of the cores."
    )
    return Table("One daemon", head, tuple(rows), (note,))


def growth(world: World, sizes: Sequence[int], turns: int) -> Table:
    """Measure what a hook's client waits for a warm daemon as rules grow, over the calls of the table of rules.

    Raises:
        BenchError: the daemon does not answer.
    """
    rows, base = [], 0.0
    project = str(world.project)
    with running(world) as daemon:
        for size in sizes:
            file = world.home("rules") / f"policy-{size}.toml"
            file.write_text(rules.generate(size), encoding="utf-8")
            _settle(file)
            times: list[float] = []
            for turn in range(turns + 1):
                found = in_order(
                    daemon.socket,
                    [
                        daemon.frame(payload(world, call.tool, call.input), f"--config={file}", cwd=project)
                        for call in rules.calls(project, turn)
                    ],
                )
                times += found if turn else []
            median = percentile(times, 0.5)
            base = base or median
            rows.append((f"{size:,}", micros(median), micros(percentile(times, 0.99)), f"{median / base:.2f}"))
    note = (
        f"{rules.CALLS} calls x {turns} to a warm daemon, one client: connecting, the check that every source of the "
        "policy is as it was, the decision, the answer."
    )
    return Table("A daemon as rules grow", ("rules", "p50", "p99", "p50 ratio"), tuple(rows), (note,))


def _messages(world: World, commands: Path) -> list[bytes]:
    if not commands.exists():
        readme = {"file_path": str(world.project / "README.md")}
        return [bash(world, "git status"), bash(world, SCRIPT), payload(world, "Read", readme)]
    found: dict[str, None] = {}
    with commands.open(encoding="utf-8") as file:
        for line in file:
            found[json.loads(line)["command"]] = None
            if len(found) == _RECORDED:
                break
    return [bash(world, command) for command in found]


def _settle(file: Path) -> None:
    """Make *file* look old: one that was written only just now is compared by content, too."""
    os.utime(file, (1, 1))
