"""A scratch world to replay in: a home with a policy, a project, and a log that the real journal wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Sequence

import pytest

from callgate.core.model import ToolCall
from callgate.gate import Gate, open_gate
from callgate.reviewer.replay.calls import Where
from callgate.reviewer.replay.compare import Baseline, Report
from callgate.reviewer.replay.policies import Setting, Variant, setting_of
from callgate.reviewer.replay.run import replay
from callgate.reviewer.replay.scan import People, Window
from callgate.reviewer.replay.sources import opened
from callgate.reviewer.replay.workers import Job

NOW = 1_790_000_000.0

POLICY = """
[[allow]]
id = "read-project"
operations = ["read"]
path = "<project>/**"

[[allow]]
id = "run-pytest"
command = "pytest *"

[[ask]]
id = "push-asks"
command = "git push *"

[[deny]]
id = "no-secrets"
path = "**/.env"
"""


class Place:
    """A home and a project below one temporary directory."""

    def __init__(self, root: Path) -> None:
        self.home = root / "home"
        self.project = root / "project"
        self.log = self.home / ".local/state/callgate/review.jsonl"
        (self.project / "src").mkdir(parents=True)
        (self.project / ".git").mkdir()
        self.policy(POLICY)

    def policy(self, text: str) -> None:
        """Write the user's policy."""
        file = self.home / ".config/callgate/policy.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def gate(self) -> Gate:
        """The gate of this home, in the project, without a managed policy."""
        return open_gate({"HOME": str(self.home)}, str(self.project), managed="")

    def setting(self) -> Setting:
        """Where the policy comes from."""
        return setting_of(self.gate(), NOW)

    def shell(self, command: str, cwd: str = "") -> ToolCall:
        """A Bash call in the project."""
        return ToolCall("Bash", {"command": command}, cwd or str(self.project), "session")

    def decide(self, *calls: ToolCall) -> None:
        """Decide *calls* as the hook does; they go into the log."""
        gate = self.gate()
        for call in calls:
            gate.answer(call)

    def job(self, new: Variant = Variant(), old: Variant | None = None, **more: Any) -> Job:
        """A replay in this world."""
        where = Where(str(self.home), now=NOW)
        return Job(self.setting(), old, new, more.get("where", where), more.get("window", Window()),
                   more.get("people", People()))  # fmt: skip

    def replay(
        self, new: Variant = Variant(), baseline: Baseline = "logged", files: Sequence[Path] = (), **more: Any
    ) -> Report:
        """Replay the log (or *files*) and return what changes."""
        job = self.job(new, Variant() if baseline == "current" else None, **more)
        with opened([str(file) for file in files or (self.log,)], more.get("kind", "log")) as sources:
            return replay(job, sources, baseline, workers=more.get("workers", 1))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A world of its own."""
    return Place(tmp_path)

