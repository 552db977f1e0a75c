"""One recorded call through one hook process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import Final, Sequence

from callgate.cli.demo.trace import Step
from callgate.cli.demo.world import DemoWorld

HOOK_SECONDS: Final = 30
"""How long one hook process may take before the demo gives up on it."""


def cold() -> tuple[str, ...]:
    """Return the command of the hook that decides by itself."""
    return sys.executable, "-I", "-m", "callgate", "hook"


def ask_hook(step: Step, world: DemoWorld, command: Sequence[str]) -> tuple[str, str, float]:
    """Start the hook by *command*, as a registration does; return decision, reason and milliseconds."""
    environ = world.environ(os.environ.get("PATH", os.defpath))
    start = time.perf_counter()
    try:
        done = subprocess.run(  # noqa: S603 - our own program; the recorded command is only its input
            command,
            input=step.message,
            env=environ,
            cwd=world.project,
            capture_output=True,
            timeout=HOOK_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "failed", f"no answer within {HOOK_SECONDS} s", HOOK_SECONDS * 1000.0
    spent = (time.perf_counter() - start) * 1000
    decision, reason = _read_answer(done)
    return decision, reason, spent


def _read_answer(done: subprocess.CompletedProcess[bytes]) -> tuple[str, str]:
    if done.returncode != 0:
        return "failed", f"exit code {done.returncode}: {done.stderr.decode(errors='replace').strip()[:300]}"
    if not done.stdout.strip():
        return "passthrough", "no rule covers it: the agent's own permission flow goes on"
    try:
        answer = json.loads(done.stdout)["hookSpecificOutput"]
        return str(answer["permissionDecision"]), str(answer["permissionDecisionReason"])
    except (ValueError, KeyError, TypeError):
        return "failed", f"not an answer: {done.stdout[:200]!r}"
