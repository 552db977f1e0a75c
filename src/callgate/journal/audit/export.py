"""The audit log as one JSON array, or as a table that a spreadsheet opens without running anything."""

from __future__ import annotations

import json
from typing import Any, Final, Iterable, Iterator, Literal, Mapping

from callgate.agents.visible import visible

Format = Literal["json", "csv"]

COLUMNS: Final = (
    *("sequence", "timestamp", "operation", "phase", "success", "dry_run", "applied_by", "actor_kind", "actor_agent"),
    *("actor_user", "actor_host", "target_file", "changes", "rule_ids", "reason", "commit", "validation"),
    *("rollback_info", "impact", "prev", "hash"),
)
"""Of the table, in their order."""

_FORMULA: Final = frozenset("=+-@\t\r\n|%\uff1d\uff0b\uff0d\uff20")
"""What a cell must not begin with: spreadsheets take it, also in full width, for a formula (OWASP, CSV injection)."""


def export(entries: Iterable[Mapping[str, Any]], form: Format) -> Iterator[str]:
    r"""Yield *entries* as text, piece by piece.

    `json` has the entries as they are, so that each can still be verified. In `csv` (RFC 4180) a cell that a
    spreadsheet would take for a formula has a `'` in front, and characters that nobody sees are written as `\uXXXX`.
    """
    return _json(entries) if form == "json" else _csv(entries)


def _json(entries: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    before = "[\n"
    for entry in entries:
        yield before + json.dumps(entry, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
        before = ",\n"
    yield "\n]\n" if before != "[\n" else "[]\n"


def _csv(entries: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    yield ",".join(COLUMNS) + "\r\n"
    for entry in entries:
        yield ",".join(map(cell, _row(entry))) + "\r\n"


def _row(entry: Mapping[str, Any]) -> Iterator[object]:
    actor = entry.get("actor")
    who: Mapping[str, Any] = actor if isinstance(actor, dict) else {}
    for name in COLUMNS:
        yield who.get(name.removeprefix("actor_")) if name.startswith("actor_") else entry.get(name)


def cell(value: object) -> str:
    """Return *value* as one cell, quoted."""
    if value is None:
        text = ""
    elif isinstance(value, str):
        text = visible(value)
    elif isinstance(value, list) and all(isinstance(one, str) for one in value):
        text = "; ".join(map(visible, value))
    else:
        text = json.dumps(value, sort_keys=True, ensure_ascii=True)
    if not isinstance(value, (int, float)) and text.lstrip()[:1] in _FORMULA and text.strip():
        text = "'" + text
    return '"' + text.replace('"', '""') + '"'
