"""The world of a soak: a home directory, projects with policies that change, and a daemon that a hook would start."""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path
from typing import Any

from callgate.daemon import protocol
from callgate.daemon.asking import NoDaemonError, ask, own_build
from callgate.daemon.protocol import CALL, STATUS, STOP
from callgate.daemon.runtime import runtime_at
from callgate.daemon.starting import ensure

PROJECTS = 5
WORDS = ("ls -la", "git status", "cat README.md", "cp a b", "make test", "rm -rf build", "grep -rn x . | head -5")
"""Commands where no recorded ones are at hand."""

_ID = re.compile(rb'"tool_use_id":"w(\d+)-(\d+)"')
_NAMES = ("ls", "git", "make", "grep", "cat")


class SoakWorld:
    """Files of one user below *root*, whose path must be short (that of a socket has to be)."""

    def __init__(self, root: Path, commands: list[str]) -> None:
        self.root = root
        self.commands = commands
        self.home = root / "home"
        self.projects = [self.home / f"p{number}" for number in range(PROJECTS)]
        for project in self.projects:
            (project / ".git").mkdir(parents=True)
        (self.home / ".config/callgate").mkdir(parents=True)
        (root / "run").mkdir(mode=0o700)
        self.files = runtime_at(f"{root}/run/callgate/gate.sock")
        self.environ = {"HOME": str(self.home), "XDG_RUNTIME_DIR": f"{root}/run"}
        self.state = self.home / ".local/state/callgate"
        self.edits = 0
        self.edit()

    # The daemon

    def start(self) -> dict[str, Any]:
        """Start a daemon as a hook does; return its report."""
        fault = ensure(self.files.socket, self.environ)
        if fault:
            raise OSError(fault)
        until = time.monotonic() + 60
        while True:
            try:
                return self.report()
            except NoDaemonError:
                if time.monotonic() > until:
                    raise
            time.sleep(0.02)

    def report(self) -> dict[str, Any]:
        """Return what the daemon says of itself."""
        report: dict[str, Any] = json.loads(ask(self.files, STATUS, seconds=30).body)
        return report

    def stop(self) -> None:
        """Have the daemon leave, and wait until its lines are written."""
        ask(self.files, STOP, seconds=30)
        while os.path.lexists(self.files.socket) or self._held():
            time.sleep(0.05)

    def _held(self) -> bool:
        from callgate.cli.daemons import running  # noqa: PLC0415 - once, at the end

        return running(self.files)

    # Calls

    def heads(self) -> list[bytes]:
        """Return the head of a call for each project: the last of them names a policy file of its own."""
        environ = list(self.environ.items())
        plain = [protocol.head(own_build(), str(project), (), environ) for project in self.projects]
        plain[-1] = protocol.head(own_build(), "/", ("--config", f"{self.root}/alone.toml"), environ)
        return plain

    def frame(self, heads: list[bytes], worker: int, number: int) -> bytes:
        """Return the call *number* of *worker* as bytes."""
        project = number % PROJECTS
        body = {
            "hook_event_name": "PreToolUse",
            "session_id": f"s{worker}",
            "tool_use_id": f"w{worker}-{number}",
            "cwd": str(self.projects[project]),
            "tool_name": "Bash",
            "tool_input": {"command": self.commands[(number * 7 + worker * 1013) % len(self.commands)]},
        }
        if number % 10 == 9:
            body["tool_name"] = "Read"
            body["tool_input"] = {"file_path": f"{self.projects[project]}/src/{number % 50}.py"}
        return protocol.pack(CALL, heads[project], json.dumps(body).encode())

    # What changes

    def edit(self) -> None:
        """Change a policy: the user's, a project's, or the one that is used alone, in place or by a new file."""
        number, self.edits = self.edits, self.edits + 1
        allowed, denied = _NAMES[number % 5], _NAMES[(number + 2) % 5]
        text = f'[[allow]]\nid = "a{number}"\ncommand = "{allowed} *"\n'
        text += f'[[deny]]\nid = "d{number}"\ncommand = "{denied} *"\n'
        text += "x = [\n" if number % 17 == 16 else ""
        target = (
            self.home / ".config/callgate/policy.toml",
            self.projects[number % PROJECTS] / ".callgate.toml",
            self.root / "alone.toml",
        )[number % 3]
        if number % 2:
            target.with_name("new.toml").write_text(text)
            target.with_name("new.toml").replace(target)
        else:
            target.write_text(text)

    # What is written

    def collect(self, seen: list[bytearray], *, everything: bool = False) -> int:
        """Count the lines of rotated logs in *seen* (worker -> number of the call -> lines), and remove those logs.

        Args:
            seen: is added to.
            everything: the log itself, too; nobody may write it any more.

        Returns:
            Lines.
        """
        lines = 0
        for file in sorted(self.state.glob("*.jsonl*")) if self.state.is_dir() else []:
            current = file.name.endswith(".jsonl")
            if current and not everything:
                continue
            if file.name.startswith("review."):
                with file.open("rb") as log:
                    for line in log:
                        found = _ID.search(line)
                        if found is None or not line.endswith(b"}\n"):
                            continue
                        lines += 1
                        seen[int(found[1])][int(found[2])] += 1
            file.unlink()
        return lines
