"""One logged decision, whoever wrote the line: our review log, our operational log, or the older hook."""

from __future__ import annotations

import json
from typing import Any, Final, Literal, Mapping, NamedTuple

from callgate.times import parse_time

DECISIONS: Final = ("allow", "deny", "ask", "passthrough")

MAX_LATENCY_US: Final = 10**15 - 1
"""A larger number of microseconds (31 years) is none."""

Fault = Literal["not UTF-8", "not JSON", "not an object", "not a decision", "too long"]
"""Why a line is skipped. A line that was torn by a crash is `not JSON`, unless the tear went through a character."""


PADDING: Final = b"\0 \t\r\n\v\f"
"""A line of nothing else is no line."""


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
        sound = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_LATENCY_US
        return value if sound else None

    @property
    def needs_review(self) -> bool:
        """Whether the line is flagged for a person to look at."""
        return _table(self.record.get("review_flags")).get("needs_review") is True

    @property
    def risk_level(self) -> str:
        """`low`, `medium`, `high`: how urgent a look at it is; empty for lines that do not say."""
        return _text(_table(self.record.get("review_flags")).get("risk_level"))

    @property
    def complete(self) -> bool:
        """Whether it is a line of a review log: one of an operational log may tell of the same decision."""
        return isinstance(self.record.get("reasoning"), str) or bool(self.decision_id)

    @property
    def command(self) -> str:
        """The shell command of the call; empty for other tools."""
        return _text(self.input.get("command"))


def decode(line: bytes) -> Entry | None:
    """Return the decision on *line*; `None` when it is torn, no JSON object, or not a decision."""
    found = read(line)
    return found if isinstance(found, Entry) else None


def read(line: bytes) -> Entry | Fault:
    """Return the decision on *line*, or why there is none. NULs around it, which a crash leaves behind, are no part."""
    try:
        # As text: given bytes, `json` would guess UTF-16 from a NUL, and take surrogates that are no characters.
        value = json.loads(line.strip(PADDING).decode("utf-8").removeprefix("\ufeff"))
    except UnicodeDecodeError:
        return "not UTF-8"
    except (ValueError, RecursionError):
        return "not JSON"
    if not isinstance(value, dict):
        return "not an object"
    return from_record(value) or "not a decision"


def from_record(record: Mapping[str, Any]) -> Entry | None:
    """Return the decision that *record*, a decoded line, tells of; `None` when a field that all lines have is odd."""
    tool, decision, stamp = record.get("tool_name"), record.get("decision"), record.get("timestamp")
    time = parse_time(stamp)
    if not isinstance(tool, str) or decision not in DECISIONS or time is None:
        return None
    return Entry(
        time, str(stamp), tool, _table(record.get("tool_input")), decision, _text(record.get("decision_source")), record
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
