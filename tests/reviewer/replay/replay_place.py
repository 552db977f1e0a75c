"""A scratch world to replay in: a home with a policy, a project, and a log that the real journal wrote."""

from __future__ import annotations

from pathlib import Path

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
TODAY, ALWAYS, NOBODY = Variant(), Window(), People()

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

    def job(
        self, new: Variant = TODAY, old: Variant | None = None, *, window: Window = ALWAYS, people: People = NOBODY
    ) -> Job:
        """A replay in this world."""
        return Job(self.setting(), old, new, Where(str(self.home), now=NOW), window, people)

    def replay(
        self, new: Variant = TODAY, baseline: Baseline = "logged", *, workers: int = 1, window: Window = ALWAYS,
        people: People = NOBODY,
    ) -> Report:  # fmt: skip
        """Replay the log and return what changes."""
        job = self.job(new, TODAY if baseline == "current" else None, window=window, people=people)
        with opened([str(self.log)], "log") as sources:
            return replay(job, sources, baseline, workers=workers)
