"""A home, a project and a managed policy whose every source can be changed, and two gates over them: warm and cold."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from callgate import environ
from callgate.core.model import ToolCall
from callgate.daemon import gates
from callgate.daemon.warm import WarmGate
from callgate.gate import Gate, open_gate
from callgate.policy.loader import trust_file, untrust

ALLOW = '[[allow]]\nid = "{0}"\ncommand = "{0} *"\n'
"""A rule by the name of the program that it allows."""

DENY = '[[deny]]\nid = "no-{0}"\ncommand = "{0} *"\n'

BROKEN = "[[allow\n"

Shown = tuple[object, ...]


def allow(*names: str) -> str:
    """Return a policy that allows the programs *names*; those of one length are of one size."""
    return "".join(map(ALLOW.format, names))


def deny(*names: str) -> str:
    """Return a policy that denies the programs *names*."""
    return "".join(map(DENY.format, names))


class FreshWorld:
    """Files of a user, and the warm gates that are asked about them again and again.

    Attributes:
        home: home directory, reached by its name.
        project: of the calls; `cwd` is a directory in it.
        user: the user's policy file.
        rules: the project's policy file.
        managed: the managed policy file.
        environ: of the hook.
        config: the `--config` of the hook, or nothing.
        directory: of the calls.
        gates: the warm ones.
    """

    def __init__(self, root: Path, patch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.home = root / "home"
        self.project = self.home / "work/shop"
        self.cwd = self.project / "src"
        self.cwd.mkdir(parents=True)
        self.user = self.home / ".config/callgate/policy.toml"
        self.user.parent.mkdir(parents=True)
        self.rules = self.project / ".callgate.toml"
        self.managed = root / "etc/callgate/policy.toml"
        self.managed.parent.mkdir(parents=True)
        self.trust = self.user.parent / "trust.json"
        self.state = self.home / ".local/state/callgate"
        self.environ = {"HOME": str(self.home)}
        self.config = ""
        self.directory = str(self.cwd)
        managed = str(self.managed)
        patch.setattr(environ, "account_home", lambda: str(root / "account"))
        patch.setattr(gates, "open_warm", lambda *a: WarmGate(a[0], a[1], config=a[2], managed=managed))
        self.gates = gates.Gates()

    # What can be done to the sources

    def write(self, path: Path, text: str, *, like: Path | None = None) -> None:
        """Write *text* into the file at *path*, in place; with the times of *like* where that is given."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w") as file:
            file.write(text)
        if like is not None:
            state = like.stat()
            os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))

    def replace(self, path: Path, text: str) -> None:
        """Put a new file with *text* in place of what is at *path*."""
        other = path.with_name(path.name + ".new")
        self.write(other, text)
        other.replace(path)

    def link(self, path: Path, target: Path | str) -> None:
        """Put a symbolic link to *target* in place of what is at *path*."""
        other = path.with_name(path.name + ".link")
        other.symlink_to(target)
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        other.replace(path)

    def give_trust(self) -> None:
        """Trust the project's policy as it is now."""
        trust_file(str(self.trust), str(self.rules), str(self.home))

    def take_trust(self) -> None:
        """Take it back."""
        untrust(str(self.trust), str(self.rules), str(self.home))

    # What the gates say

    def probes(self) -> list[ToolCall]:
        """Return calls that show the rules, the stand-ins for them, and what self-protection guards."""
        cwd = self.directory
        commands = ["ls -la", "make all", "frob a", "cp a b", "rm -rf ~"]
        files = [self.user, self.root / "other/policy.toml", self.root / "other/trust.json", self.rules]
        files += [self.home / "config2/callgate/policy.toml", self.root / "moved/work/shop/.callgate.toml"]
        calls = [ToolCall("Bash", {"command": command}, cwd) for command in commands]
        return [*calls, *(ToolCall("Write", {"file_path": str(file), "content": ""}, cwd) for file in files)]

    def warm(self) -> list[Shown]:
        """Return what the warm gate says now, whatever it was asked before."""
        gate = self.gates.open(self.environ, self.directory, self.config)
        return self._shown(gate)

    def cold(self) -> list[Shown]:
        """Return what a process says that is started now."""
        gate = open_gate(self.environ, self.directory, config=self.config, managed=str(self.managed))
        return self._shown(gate)

    def status(self) -> dict[str, Any]:
        """Return what `callgate status` tells of the gate that was used last."""
        return self.gates.describe()[0]

    def call(self) -> None:
        """Make a call as the daemon does: decided, and the policy kept as the last good one."""
        gate = self.gates.open(self.environ, self.directory, self.config)
        gate.examine(self.probes()[0])
        gate.keep(gate.at(self.directory))

    def loads(self) -> int:
        """Return how often the gate of the current surroundings has read its policy."""
        return self.gates.open(self.environ, self.directory, self.config).loads

    def _shown(self, gate: Gate) -> list[Shown]:
        out: list[Shown] = []
        for call in self.probes():
            found = gate.examine(call)
            observation = found.observation
            verdict = found.verdict._replace(decision_id="", latency_us=0)
            protected = frozenset(observation.protected) if observation else None
            out.append((verdict, protected, observation.links if observation else None, found.error))
        world = gate.at(self.directory)
        logging = world.loaded.logging if world.loaded else None
        return [*out, (gate.fault, gate.problems, world.policy.revision, world.fault, logging, gate.loaded)]
