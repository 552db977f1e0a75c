"""The commit message of a change, and reading it back.

A message is a subject, an empty line, and one line for each fact. Values come from operations that an agent wrote:
whatever could end a line is shown as an escape, so that no value can add a line of its own.
"""

from __future__ import annotations

from typing import Final, Mapping, NamedTuple, Sequence

from callgate.reviewer.shown import visible

KEYS: Final = ("Operation", "Rule ID", "Applied by", "Timestamp", "Validation", "Audit-Head")
"""The lines that every message has, in this order (contract.md section 5)."""

EXTRA: Final = ("Audit-Log", "Reason", "Impact")
"""The lines that a message may have besides."""

NONE: Final = "none"
"""Stands for a value that there is not: a change without a rule, the head of an empty audit log."""

_SUBJECT: Final = 160
_VALUE: Final = 500
_PREFIX: Final = "feat(config): "


class Facts(NamedTuple):
    """What a message tells."""

    operation: str
    subject: str
    """`Add allow rule 'x'`."""
    rule_ids: Sequence[str]
    applied_by: str
    timestamp: str
    """RFC 3339, UTC."""
    validation: str
    """`passed`, `passed with 2 warnings`."""
    audit_head: str
    """The hash of the newest audit entry before this change; it anchors the audit log in the commit."""
    audit_log: str = ""
    """Which audit log that is, where several people commit."""
    reason: str = ""
    impact: str = ""


def build(facts: Facts) -> str:
    """Return the whole message; it ends in a newline, and no value spreads over a second line."""
    ids = ", ".join(facts.rule_ids) or NONE
    values = (facts.operation, ids, facts.applied_by, facts.timestamp, facts.validation, facts.audit_head or NONE)
    lines = [f"{key}: {_line(value, _VALUE) or NONE}" for key, value in zip(KEYS, values, strict=True)]
    extra = (facts.audit_log, facts.reason, facts.impact)
    lines += [f"{key}: {_line(value, _VALUE)}" for key, value in zip(EXTRA, extra, strict=True) if value]
    return f"{_PREFIX}{_line(facts.subject, _SUBJECT) or NONE}\n\n" + "\n".join(lines) + "\n"


def read(message: str) -> Mapping[str, str] | None:
    """Return the facts of a message that `build` made, with `Subject`; `None` for any other message.

    That somebody wrote these lines by hand cannot be told from the message; the audit log tells.
    """
    subject, _, body = message.partition("\n\n")
    found: dict[str, str] = {}
    for line in body.rstrip("\n").split("\n"):
        key, colon, value = line.partition(": ")
        if not colon or key in found or key not in (*KEYS, *EXTRA):
            return None
        found[key] = value
    if not subject.startswith(_PREFIX) or "\n" in subject or tuple(found)[: len(KEYS)] != KEYS:
        return None
    return {"Subject": subject.removeprefix(_PREFIX), **found}


def _line(text: str, limit: int) -> str:
    """Return *text* as a part of one line: hidden characters and line ends are escapes, and it is cut at *limit*."""
    shown = visible(text[: limit + 1]).strip()
    return shown if len(shown) <= limit else shown[: limit - 1] + "\u2026"
