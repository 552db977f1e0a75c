"""The warm gates of one daemon: one for each environment, directory and policy file, bounded in number."""

from __future__ import annotations

import time
from typing import Final, Mapping

from callgate.daemon.warm import WarmGate, open_warm
from callgate.environ import trusted_environ

MAX_GATES: Final = 24
"""A gate with the rules of a busy project takes about a megabyte."""

MAX_FAULT: Final = 2_000
"""Characters of a policy's fault that are reported; a file may have thousands of mistakes."""

MAX_PATH: Final = 1_000
"""Characters of a path that are reported. All gates together stay below the largest frame, whatever clients send."""

LOOK_SECONDS: Final = 0.1
"""For looking at policies again, when somebody asks how they are: calls wait meanwhile."""

_Key = tuple[tuple[tuple[str, str], ...], str, str]


class Gates:
    """Opens gates, and keeps those that were used last."""

    def __init__(self) -> None:
        """Keep none yet."""
        self._gates: dict[_Key, WarmGate] = {}

    def open(self, environ: Mapping[str, str], cwd: str, config: str) -> WarmGate:
        """Return the gate for a hook with *environ*, called in *cwd*, that judges by the files as they are now.

        Args:
            environ: of the hook. What a checkout put there is left out, as it is for a hook process.
            cwd: of the call.
            config: a policy file that is used alone, or nothing.
        """
        trusted = trusted_environ(environ, cwd)
        # Which process of the agent asks makes no other gate.
        key = (tuple(sorted(pair for pair in trusted.items() if pair[0] != "CLAUDE_PID")), cwd, config)
        gate = self._gates.pop(key, None)
        if gate is None:
            while len(self._gates) >= MAX_GATES:
                del self._gates[next(iter(self._gates))]
            gate = open_warm(trusted, cwd, config)
        else:
            gate.refresh()
        self._gates[key] = gate  # the last place is the one that was used last
        return gate

    def forget(self) -> None:
        """Open every gate anew: a decision was broken off, and nothing is to rest on what it left behind."""
        self._gates.clear()

    def describe(self) -> list[dict[str, object]]:
        """Return for each gate, the one used last first, where it judges and by which policy, as the files are now.

        Gates whose turn does not come within `LOOK_SECONDS` are told of as they were at their last call.
        """
        until = time.monotonic() + LOOK_SECONDS
        return [
            self._described(key, gate, look=time.monotonic() < until)
            for key, gate in reversed(list(self._gates.items()))
        ]

    def _described(self, key: _Key, gate: WarmGate, *, look: bool) -> dict[str, object]:
        fault, revision = gate.fault, ""
        try:
            if look:
                gate.refresh()
                fault = gate.fault
            revision = gate.revision()
        except Exception as error:  # noqa: BLE001 - the boundary: the next call opens it anew, and asks if that fails
            fault = f"{type(error).__name__}: {error}"
            del self._gates[key]
        return {
            "cwd": gate.cwd[:MAX_PATH],
            "home": gate.places.home[:MAX_PATH],
            "config": key[2][:MAX_PATH],
            "revision": revision,
            "fault": fault[:MAX_FAULT],
            "loads": gate.loads,
        }
