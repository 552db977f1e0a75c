"""One logged decision, whoever wrote the line: our review log, our operational log, or the older hook."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Final, Mapping, NamedTuple

DECISIONS: Final = ("allow", "deny", "ask", "passthrough")


class Entry(NamedTuple):
    """One decision. Texts are as logged, masked and from an agent: whatever shows them makes them visible first."""

    time: float
    """Seconds since the epoch, UTC."""
    timestamp: str
    """As the log has it."""
    tool: str
    input: Mapping[str, Any]
    decision: str
    source: str
    """`decision_source`: rule, llm, guardrail, …"""
    record: Mapping[str, Any]
    """The whole line; fields that only review lines have are looked up there."""

    @property
    def session_id(self) -> str:
        """The agent's conversation; empty when the line has none."""
        return _text(self.record.get("session_id"))

    @property
    def decision_id(self) -> str:
        """Empty for lines of the operational log and of the older hook."""
        return _text(self.record.get("decision_id"))

    @property
    def tool_use_id(self) -> str:
        """The agent's own number of the call; empty when it sent none."""
        return _text(self.record.get("tool_use_id"))

    @property
    def cwd(self) -> str:
        """Where the call was made; empty when the line does not say."""
        return _text(self.record.get("cwd"))

    @property
    def mode(self) -> str:
        """The agent's permission mode; `default` when the line does not say."""
        return _text(self.record.get("permission_mode")) or "default"

    @property
    def reasoning(self) -> str:
        """Why it was decided so; empty when the line does not say."""
        return _text(self.record.get("reasoning"))

    @property
    def rule_id(self) -> str:
        """The rule that decided, or empty."""
        return _text(_table(self.record.get("rule_metadata")).get("rule_id"))

    @property
    def guardrail(self) -> str:
        """The guardrail that decided, or empty."""
        return _text(self.record.get("guardrail"))

    @property
    def coverage(self) -> str:
        """`full`, `partial`, or empty for lines that do not say."""
        return _text(self.record.get("coverage"))

    @property
    def latency_us(self) -> int | None:
        """Microseconds that the decision took; `None` when the line does not say."""
        value = self.record.get("latency_us")
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    @property
    def needs_review(self) -> bool:
        """Whether the line is flagged for a person to look at."""
        return _table(self.record.get("review_flags")).get("needs_review") is True

    @property
    def command(self) -> str:
        """The shell command of the call; empty for other tools."""
        return _text(self.input.get("command"))


def decode(line: bytes) -> Entry | None:
    """Return the decision on *line*; `None` when it is torn, no JSON object, or not a decision."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return from_record(value) if isinstance(value, dict) else None


def from_record(record: Mapping[str, Any]) -> Entry | None:
    """Return the decision that *record*, a decoded line, tells of; `None` when a field that all lines have is odd."""
    tool, decision, stamp = record.get("tool_name"), record.get("decision"), record.get("timestamp")
    time = parse_time(stamp)
    if not isinstance(tool, str) or decision not in DECISIONS or time is None:
        return None
    return Entry(
        time, str(stamp), tool, _table(record.get("tool_input")), decision, _text(record.get("decision_source")), record
    )


def parse_time(value: object) -> float | None:
    """Return an ISO 8601 time as seconds since the epoch, UTC where it names no zone; `None` when it is none."""
    if not isinstance(value, str) or len(value) > 64:
        return None
    try:
        found = datetime.fromisoformat(value)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
