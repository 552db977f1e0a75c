"""A decision as a row: the columns that DuckDB holds, and the dict that a query answers.

There is one truth for both: `row(entry)`. What is not in Unicode (half of a surrogate pair, which JSON can spell and
DuckDB cannot hold) is U+FFFD in a row; a text that the line does not have is null.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final, Mapping, Sequence

from callgate.reviewer.entry import Entry

COLUMNS: Final[Mapping[str, str]] = {
    "time_us": "BIGINT",
    "complete": "BOOLEAN",
    "timestamp": "VARCHAR",
    "tool": "VARCHAR",
    "decision": "VARCHAR",
    "source": "VARCHAR",
    "rule_id": "VARCHAR",
    "reasoning": "VARCHAR",
    "decision_id": "VARCHAR",
    "session_id": "VARCHAR",
    "cwd": "VARCHAR",
    "mode": "VARCHAR",
    "tool_use_id": "VARCHAR",
    "coverage": "VARCHAR",
    "guardrail": "VARCHAR",
    "risk_level": "VARCHAR",
    "needs_review": "BOOLEAN",
    "latency_us": "BIGINT",
    "project": "VARCHAR",
    "input": "VARCHAR",
    "command": "VARCHAR",
}
"""Column -> type in DuckDB. `input` is JSON; `command` is its `command` where that is a text; `project` is that of the
observation, and empty where there was none to trust."""

ANSWERED: Final = (
    *("timestamp", "tool", "decision", "source", "rule_id", "input", "reasoning", "decision_id"),
    *("session_id", "cwd", "mode", "tool_use_id", "coverage", "guardrail", "risk_level", "needs_review", "latency_us"),
)
"""The fields of a row as `log` answers them: those of contract.md section 4 first."""

WORLD: Final = ("home", "project", "links", "expansions", "sweeps", "shadowing", "protected")
"""The fields of a line's observation that deciding its call again rests on: all that `Observation` has, but the moment
and the switch, which are those of whoever asks."""

_HALVES: Final = re.compile("[\ud800-\udfff]")


def row(entry: Entry) -> dict[str, Any]:
    """Return the fields `ANSWERED` of *entry*."""
    text = input_text(entry)
    clean = storable(text)
    return {
        "timestamp": entry.timestamp,
        "tool": storable(entry.tool),
        "decision": entry.decision,
        "source": _shown(entry.source),
        "rule_id": _shown(entry.rule_id),
        "input": entry.input if clean is text else json.loads(clean),
        "reasoning": _shown(entry.reasoning),
        "decision_id": _shown(entry.decision_id),
        "session_id": _shown(entry.session_id),
        "cwd": _shown(entry.cwd),
        "mode": _shown(entry.record.get("permission_mode")),
        "tool_use_id": _shown(entry.tool_use_id),
        "coverage": _shown(entry.coverage),
        "guardrail": _shown(entry.guardrail),
        "risk_level": _shown(entry.risk_level),
        "needs_review": entry.needs_review,
        "latency_us": entry.latency_us,
    }


def values(entry: Entry) -> tuple[Any, ...]:
    """Return the values of *entry* in the order of `COLUMNS`."""
    found = row(entry)
    found["time_us"] = round(entry.time * 1_000_000)
    found["complete"] = entry.complete
    found["project"] = storable(project) if isinstance(project := project_of(entry), str) else None
    found["command"] = command_of(found)
    found["input"] = storable(input_text(entry))
    return tuple(found[name] for name in COLUMNS)


def world_of(entry: Entry) -> str:
    """Return as text what else deciding the call of *entry* again rests on: two worlds that differ have two texts."""
    record = entry.record
    observation = record.get("observation")
    seen = observation if isinstance(observation, dict) else {}
    said = [record.get("agent"), record.get("masked"), isinstance(observation, dict), *map(seen.get, WORLD)]
    return json.dumps(said)  # ASCII: DuckDB takes no half of a surrogate pair


def project_of(entry: Entry) -> object:
    """Return what the line says of the project; `None` when it says nothing."""
    observation = entry.record.get("observation")
    return observation.get("project") if isinstance(observation, dict) else None


def from_columns(names: Sequence[str], record: Sequence[Any]) -> dict[str, Any]:
    """Return the row that *record*, the columns *names* of a line, is."""
    found = dict(zip(names, record, strict=True))
    if "input" in found:
        found["input"] = json.loads(found["input"])
    return found


def command_of(found: Mapping[str, Any]) -> str | None:
    """Return the shell command of a row; `None` for other tools."""
    command = found["input"].get("command")
    return command if isinstance(command, str) else None


def input_text(entry: Entry) -> str:
    """Return the input as JSON, characters as they are."""
    return json.dumps(entry.input, ensure_ascii=False, separators=(",", ":"))


def storable(text: str) -> str:
    """Return *text* without halves of surrogate pairs."""
    return text if text.isascii() else _HALVES.sub("\ufffd", text)


def _shown(value: object) -> str | None:
    return storable(value) or None if isinstance(value, str) else None
