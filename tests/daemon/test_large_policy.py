"""A policy that takes longer to read than a decision may take: it is read once, and warm for the calls that follow."""

from __future__ import annotations

import json
from typing import Any

from running_daemon import DaemonWorld

RULES = 12_000
"""As many take two to four times as long as a decision may."""


def test_a_large_policy_becomes_warm(running: DaemonWorld) -> None:
    """The first call may be left to its hook; afterwards the daemon answers, and the policy was read once."""
    rules = (f'[[allow]]\nid = "r{n}"\ncommand = ["p{n} *", "q{n} (a|b) *"]\n' for n in range(RULES))
    running.policy.write_text("".join(rules), encoding="utf-8")
    body = json.dumps(
        {"tool_name": "Bash", "tool_input": {"command": f"p{RULES - 1} x"}, "cwd": str(running.project)}
    ).encode()
    answers = [running.ask(body) for _ in range(4)]
    assert all(frame is not None and b'"allow"' in frame.body for frame in answers[1:])
    report: dict[str, Any] = running.report()
    (policy,) = [one for one in report["policies"] if one["cwd"] == str(running.project)]
    assert policy["loads"] == 1
