"""Rules that stand in the shade of others: they match calls, and another rule is always the one that decides."""

from __future__ import annotations

from typing import Any

from callgate.reviewer.analyze.usage import Usage


def shadowing(usage: Usage) -> list[dict[str, Any]]:
    """Return `[{"id", "action", "shadowed_by": [{"id", "count"}], "file", "line"}]`, by the order of the policy.

    It is told from the calls of the history: that no call at all could need the rule is `validate`'s to find.
    """
    return [
        {
            "id": rule.id, "action": rule.action,
            "shadowed_by": [{"id": name, "count": count} for name, count in usage.behind[rule.id].most_common()],
            "file": rule.source.file, "line": rule.source.line,
        }
        for rule in usage.unused if rule.id in usage.behind
    ]  # fmt: skip
