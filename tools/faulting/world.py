"""A policy file with everything around it: a home, a state directory, an audit log, and Git when wanted."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import time
import warnings
from pathlib import Path
from typing import Any, Mapping, NamedTuple

from callgate.atomic import write_all
from callgate.reviewer.apply.setting import Audit, Setting
from callgate.reviewer.apply.system import OS, Os
from callgate.reviewer.apply.transaction import Request

OLD = b'# mine\n[[allow]]\nid = "a"\ncommand = "ls *"\n'
NEW = OLD + b'\n[[allow]]\nid = "b"\ncommand = "cat *"\n'
NAME = "policies/policy.toml"


class World(NamedTuple):
    """The directories of one world; all below `root`."""

    root: Path

    @property
    def home(self) -> Path:
        """HOME; it has a `.gitconfig` with an identity."""
        return self.root / "home"

    @property
    def state(self) -> Path:
        """The state directory."""
        return self.root / "state"

    @property
    def project(self) -> Path:
        """The repository, or a plain directory."""
        return self.root / "project"

    @property
    def target(self) -> Path:
        """The policy file."""
        return self.project / NAME

    @property
    def audit_file(self) -> Path:
        """The audit log: JSON Lines."""
        return self.root / "audit.jsonl"

    def environ(self) -> dict[str, str]:
        """Return the environment of this world's user."""
        return {"HOME": str(self.home), "PATH": os.environ.get("PATH", os.defpath), "GIT_CONFIG_NOSYSTEM": "1"}

    def git(self, *words: str) -> str:
        """Run the git program in the project and return what it prints."""
        done = subprocess.run(
            ["git", *words], cwd=self.project, env=self.environ(), capture_output=True, check=True, timeout=60
        )
        return done.stdout.decode()

    def init(self) -> None:
        """Make the project a repository, without the sample hooks: every run copies all of it."""
        self.git("init", "-q", "-b", "main", "--template=")

    def entries(self) -> list[dict[str, Any]]:
        """Return the audit log."""
        if not self.audit_file.exists():
            return []
        return [json.loads(line) for line in self.audit_file.read_text().splitlines()]

    def setting(self, calls: Os = OS, *, lock_wait: float = 5.0) -> Setting:
        """Return the surroundings of a change in this world."""
        return Setting(
            str(self.state), self.environ(), audit_of(str(self.audit_file)), calls=calls, lock_wait=lock_wait
        )


def make_world(root: Path, *, git: bool) -> World:
    """Make a world below *root*: the policy file, in a repository with one commit when *git*."""
    world = World(root.resolve())
    world.home.mkdir(parents=True)
    world.target.parent.mkdir(parents=True)
    (world.home / ".gitconfig").write_text("[user]\n\tname = A Person\n\temail = person@example.invalid\n")
    world.target.write_bytes(OLD)
    (world.project / "other.txt").write_text("other\n")
    if git:
        world.init()
        world.git("add", ".")
        world.git("commit", "-q", "-m", "first")
    return world


def request(data: bytes = NEW, *, commit: bool = True, **more: Any) -> Request:  # noqa: ANN401 - any field of a request
    """Return a change that writes *data*."""
    entry = {"operation": "add_rule", "changes": ["Added rule 'b'"], "target_file": "policy.toml"}
    told = Request(data, "add_rule", "Add allow rule 'b'", ("b",), "tester", "passed", entry, commit=commit)
    return told._replace(**more)


def fork() -> int:
    """Fork, as `os.fork`, in a process that may have other threads.

    Newer versions of Python warn of that. Those of a test runner hold no lock that a change needs.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def hasty(calls: Os) -> Os:
    """Return *calls* with a clock that runs a thousand times faster: no walk waits for a lock to become stale."""
    return calls._replace(monotonic=lambda: time.monotonic() * 1000, sleep=lambda seconds: time.sleep(seconds / 1000))


def audit_of(path: str) -> Audit:
    """Return a small audit log at *path*: one line for each entry, each line with the hash of all before it."""

    def head() -> str:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest() if os.path.exists(path) else "0" * 64

    def record(entry: Mapping[str, Any]) -> None:
        line = json.dumps({**entry, "prev": head()}).encode() + b"\n"
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        size = os.fstat(handle).st_size
        try:
            write_all(handle, line)
            os.fsync(handle)
        except OSError:
            os.ftruncate(handle, size)
            raise
        finally:
            os.close(handle)

    def holds(change_id: str) -> bool:
        if not os.path.exists(path):
            return False
        return any(json.loads(line)["change_id"] == change_id for line in Path(path).read_text().splitlines())

    return Audit(head, record, holds, log_id="0123456789abcdef")
