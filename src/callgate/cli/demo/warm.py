"""The recorded calls once more, the way that an installation answers them: a client, and a daemon that is warm."""

from __future__ import annotations

import os
import sys
from statistics import median
from typing import NamedTuple, Sequence

from callgate.agents.transports import TITLES, Launch
from callgate.cli import daemons
from callgate.cli.demo.playing import ask_hook
from callgate.cli.demo.trace import Step
from callgate.cli.demo.world import DemoWorld
from callgate.daemon.asking import NoDaemonError, own_build
from callgate.daemon.runtime import runtime_at
from callgate.hook import client, native

IDLE_SECONDS = 60


class Warm(NamedTuple):
    """How that went."""

    client: str = ""
    """What people call the client."""
    process_ms: float = 0.0
    """Milliseconds from starting the client to its end, the median."""
    fell: int = 0
    """Calls that the daemon did not answer in time, on a busy machine: the client decided as if there were none."""
    absent: str = ""
    """Why no daemon can run here."""
    fault: str = ""
    """Which answer was another."""


def play_warm(world: DemoWorld, directory: str, played: Sequence[tuple[Step, str]]) -> Warm:
    """Send every step through a client of a daemon that is started for it, and stopped again.

    Args:
        world: of the demo.
        directory: scratch, for the socket and the native client.
        played: the steps with what the hook without a daemon decided.
    """
    files = runtime_at(f"{os.path.realpath(directory)}/run/gate.sock")
    try:
        daemons.start(files, IDLE_SECONDS, {"HOME": world.home})
    except (NoDaemonError, OSError) as error:
        return Warm(absent=str(error))
    try:
        launch = _launch(directory, files.socket)
        found = [(step, expected, *ask_hook(step, world, launch.words())) for step, expected in played]
        answered = daemons.report_of(files)["calls"]
    except (NoDaemonError, OSError) as error:
        return Warm(absent=str(error))
    finally:
        daemons.stop(files)
    other = next((f"{step.summary}: {decision}, not {expected}" for step, expected, decision, *_ in found
                  if decision != expected), "")  # fmt: skip
    fell = max(0, len(found) - answered)
    return Warm(TITLES[launch.transport], median(spent for *_, spent in found), fell, fault=other)


def _launch(directory: str, socket: str) -> Launch:
    """Return the fastest client that can be had here."""
    binary = f"{os.path.realpath(directory)}/bin/{native.NAME}"
    if native.make(binary, sys.executable, own_build(), environ=os.environ):
        return Launch("python", sys.executable, os.path.abspath(client.__file__), socket)
    return Launch("native", sys.executable, binary, socket)
