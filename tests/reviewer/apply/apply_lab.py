"""A home, a project and a log of their own, and `apply` in this process as `callgate apply` runs it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from callgate.actor import Actor
from callgate.host import places
from callgate.policy.loader import trust_file
from callgate.reviewer.apply.boundary import answered
from callgate.reviewer.apply.context import Context, Options, root_of

PERSON = Actor("anna", "person", terminal=True)
AGENT = Actor("claude", "agent", "claude-code")

USER = """\
# mine
[[allow]]
id = "git-log"
command = "git log *"   # read only

[[ask]]
id = "git-push"
command = "git push *"

[[deny]]
id = "no-curl"
command = "curl *"
"""

PROJECT = """\
[[allow]]
id = "unit-tests"
command = "pytest tests/*"
"""


class Lab(NamedTuple):
    """One world. The user's policy is `home/.config/callgate/policy.toml`, the project's `project/.callgate.toml`."""

    home: Path
    project: Path
    environ: dict[str, str]

    @property
    def user(self) -> Path:
        """The user's policy."""
        return self.home / ".config/callgate/policy.toml"

    @property
    def own(self) -> Path:
        """The project's policy."""
        return self.project / ".callgate.toml"

    def apply(
        self,
        operation: object,
        actor: Actor = PERSON,
        *,
        now: float | None = None,
        managed: str = "",
        **options: Any,  # noqa: ANN401 - those of `Options`
    ) -> dict[str, Any]:
        """Return the answer to *operation*; a failure of callgate itself is raised."""

        def fail(error: Exception) -> str:
            raise error

        data = operation if isinstance(operation, bytes) else json.dumps(operation).encode()
        return answered(data, self.context(actor, now=now, managed=managed, **options), fail)

    def context(
        self,
        actor: Actor = PERSON,
        *,
        now: float | None = None,
        managed: str = "",
        **options: Any,  # noqa: ANN401 - those of `Options`
    ) -> Context:
        """Return the surroundings of *actor* in the project."""
        where = places(self.environ)._replace(managed_policy=managed)
        cwd = str(self.project)
        moment = time.time() if now is None else now
        root = root_of(self.environ, cwd, where.home)
        return Context(self.environ, cwd, root, where, actor, Options(**options), moment)

    def git(self, *words: str) -> str:
        """Run git in the project and return what it printed."""
        done = subprocess.run(
            ["git", *words], cwd=self.project, env=self.environ, capture_output=True, text=True, check=True, timeout=60
        )
        return done.stdout

    def trust(self) -> None:
        """Trust the project's policy as it is."""
        trust_file(places(self.environ).trust_file, str(self.own), str(self.home))

    def audit(self) -> list[dict[str, Any]]:
        """Return the entries of the audit log, oldest first."""
        log = Path(places(self.environ).audit_log)
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    def log(self, *calls: tuple[str, str, str]) -> None:
        """Write (command, decision, rule) as logged decisions, a minute apart, the newest now."""
        path = Path(places(self.environ).review_log_file)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:
            for number, (command, decision, rule) in enumerate(calls):
                when = datetime.fromtimestamp(time.time() - 60 * (len(calls) - number), UTC).isoformat()
                record = {
                    "timestamp": when, "session_id": "s1", "tool_name": "Bash", "tool_input": {"command": command},
                    "decision": decision, "decision_source": "rule" if rule else "passthrough",
                    "cwd": str(self.project),
                    "decision_id": f"{number:016x}", "tool_use_id": f"t{number}", "permission_mode": "default",
                    "rule_metadata": {"rule_id": rule} if rule else None,
                }  # fmt: skip
                file.write(json.dumps(record) + "\n")

    def plain(self, answer: object) -> str:
        """Return *answer* as JSON without what differs from one run to the next."""
        text = json.dumps(answer, indent=1, ensure_ascii=False) + "\n"
        text = text.replace(str(self.project), "PROJECT").replace(str(self.home), "HOME")
        text = re.sub(r"\b[0-9a-f]{64}\b", "SHA256", re.sub(r"\b[0-9a-f]{40}\b", "COMMIT", text))
        return re.sub(r"\d{8}T\d{6}Z(-\d+)?", "STAMP", text)


def make_lab(base: Path, *, git: bool = False, user: str = USER, project: str = "") -> Lab:
    """Make a world in *base*; with *git* the project is a repository with one commit."""
    home, root = base / "home", base / "project"
    (home / ".config/callgate").mkdir(parents=True)
    root.mkdir()
    environ = {
        "HOME": str(home), "PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Test Person", "GIT_AUTHOR_EMAIL": "test@example.invalid",
        "GIT_COMMITTER_NAME": "Test Person", "GIT_COMMITTER_EMAIL": "test@example.invalid",
        "CLAUDE_PROJECT_DIR": str(root),
    }  # fmt: skip
    lab = Lab(home, root, environ)
    lab.user.write_text(user)
    if project or git:
        lab.own.write_text(project or PROJECT)
    if git:
        lab.git("init", "-q", "-b", "main")
        lab.git("add", ".")
        lab.git("commit", "-q", "-m", "first")
    return lab


def add_allow(rule_id: str = "make", command: str = "make build", target: str = ".callgate.toml") -> dict[str, Any]:
    """Return an operation that adds an allow rule."""
    return {"operation": "add_rule", "target_file": target, "rule_type": "allow",
            "rule": {"id": rule_id, "command": command}}  # fmt: skip
