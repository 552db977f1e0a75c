"""Rules that the history never used."""

from __future__ import annotations

from typing import Any

from callgate.reviewer.analyze.usage import Usage


def unused(usage: Usage) -> list[dict[str, Any]]:
    """Return `[{"id", "action", "description", "file", "line"}]`: no call used them, and none would do without them.

    A deny rule that was never used may be the most important one: nobody tried.
    """
    return [
        {
            "id": rule.id, "action": rule.action, "description": rule.description, "file": rule.source.file,
            "line": rule.source.line,
        }
        for rule in usage.unused if rule.id not in usage.behind
    ]  # fmt: skip
