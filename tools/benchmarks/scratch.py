"""The scratch world of one run: a project, home directories, and the payloads that an agent would send."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Mapping, NamedTuple, Sequence

from benchmarks.figures import BenchError

TIMEOUT = 60
"""Seconds for any single process."""

# What an agent does when it looks around and tests, forty times; the standard profile allows all of it.
_STEPS = r"""
ls -la src
cat src/app_{n}.py
grep -rn 'def main' src --include='*.py'
sed -n '{n},40p' README.md
head -n {n} README.md
wc -l src/*.py
git log --oneline -{n}
git diff --stat
find src -name '*_{n}.py'
python -m pytest -q tests/test_{n}.py
git show HEAD~{n} --stat
sort README.md | head -{n}
awk '{{ print $1 }}' README.md
test -f src/app_{n}.py && echo yes
diff src/app_1.py src/app_{n}.py
cut -d, -f{n} data.csv
tail -n {n} README.md > out_{n}.txt
stat README.md
ruff check src
echo step {n}
""".strip().splitlines()

SCRIPT = "\n".join(_STEPS[i % len(_STEPS)].format(n=i // len(_STEPS) + 2) for i in range(40))
"""A Bash call with forty lines of commands."""

DANGER = "rm -rf /"
"""What no gate lets pass in silence: proof that the process under test looks at the command at all."""


class World(NamedTuple):
    """Directories of one run; all below one temporary directory."""

    root: Path
    project: Path

    def home(self, name: str) -> Path:
        """Return the home directory of one program under test, made when needed."""
        path = self.root / "homes" / name
        path.mkdir(parents=True, exist_ok=True)
        return path


def make_world(root: Path) -> World:
    """Make a small project (a directory with `.git` and a few files) in *root*."""
    project = root / "project"
    (project / ".git").mkdir(parents=True)
    (project / "src").mkdir()
    for name in ("README.md", "data.csv", *(f"src/app_{n}.py" for n in range(1, 5))):
        (project / name).write_text("def main(): ...\n", encoding="utf-8")
    return World(root, project)


def environ(home: Path) -> dict[str, str]:
    """Return the whole environment of a process under test."""
    return {"HOME": str(home), "PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"}


def payload(world: World, tool: str, tool_input: Mapping[str, object]) -> bytes:
    """Return what Claude Code writes to a PreToolUse hook."""
    event = {
        "session_id": "benchmark", "transcript_path": str(world.root / "transcript.jsonl"), "cwd": str(world.project),
        "permission_mode": "default", "hook_event_name": "PreToolUse", "tool_name": tool, "tool_input": tool_input,
    }  # fmt: skip
    return json.dumps(event).encode()


def bash(world: World, command: str) -> bytes:
    """Return the payload of a Bash call."""
    return payload(world, "Bash", {"command": command})


def run(world: World, home: Path, words: Sequence[str], data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run *words* in the project with *home* as HOME.

    Raises:
        BenchError: it cannot be started, or does not end in time.
    """
    try:
        return subprocess.run(
            words, input=data, capture_output=True, cwd=world.project, env=environ(home), timeout=TIMEOUT, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BenchError(f"`{' '.join(words)}`: {error}") from error


def decision(done: subprocess.CompletedProcess[bytes]) -> str:
    """Return the `permissionDecision` that a hook printed; empty when it had no opinion.

    Raises:
        BenchError: it failed, or printed something else.
    """
    if done.returncode != 0:
        raise BenchError(f"exit code {done.returncode}: {done.stderr.decode(errors='replace').strip()[-200:]}")
    if not done.stdout.strip():
        return ""
    try:
        return str(json.loads(done.stdout)["hookSpecificOutput"]["permissionDecision"])
    except (ValueError, KeyError, TypeError) as error:
        raise BenchError(f"no decision in `{done.stdout[:200]!r}`") from error


def hook_words() -> list[str]:
    """Return the command line that `callgate install` registers for this interpreter."""
    from callgate.agents.registration import registration  # noqa: PLC0415 - the figures' tests need no callgate

    spec = registration(sys.executable)
    arguments = spec["args"]
    if not isinstance(arguments, list):
        raise BenchError("the registration has no arguments")
    return [str(spec["command"]), *map(str, arguments)]


def prepare_hook(world: World) -> Path:
    """Write the standard profile into a home directory of its own and check that the hook answers by it.

    Raises:
        BenchError: the hook does not give the answers that this benchmark is about.
    """
    home = world.home("callgate")
    if (home / ".config").exists():
        return home  # an earlier table has prepared it
    done = run(world, home, [sys.executable, "-I", "-m", "callgate", "init", "--profile", "standard"])
    if done.returncode != 0:
        raise BenchError(f"`callgate init` failed: {done.stderr.decode(errors='replace')}")
    readme = {"file_path": str(world.project / "README.md")}
    for data, expected in (
        (bash(world, "git status"), "allow"), (bash(world, SCRIPT), "allow"), (payload(world, "Read", readme), "allow"),
        (bash(world, DANGER), "deny"),
    ):  # fmt: skip
        answer = run(world, home, hook_words(), data)
        if decision(answer) != expected:
            raise BenchError(f"the hook does not answer `{expected}`: {answer.stdout.decode()}")
    return home
