"""Logs for tests: lines as our writers and the older hook write them, and strategies for logs with faults."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple, Sequence

from hypothesis import strategies as st

from callgate.journal.records import timestamp
from callgate.reviewer.entry import Entry, read

START = 1_795_255_200.0
"""2026-11-21T10:00:00Z"""

FAULTS = (
    b"", b"   ", b"\t\r", b"\x0b\x0c", b"\0" * 40, b'{"timestamp":"2026-11-2', b"[1, 2]", b'"text"', b"nonsense", b"{}",
    b'{"timestamp":"2026-11-21T10:00:00Z","tool_name":"Bash","decision":"maybe"}', b"\xff\xfe", b"{" * 50, b"null",
    b'{"timestamp":"soon","tool_name":"Bash","decision":"allow"}', b'{"a":1} {"b":2}', b"\xef\xbb\xbf", b"\x1b[2J",
    b'{"timestamp":"2026-11-21T10:00:00Z","tool_name":"B\xe9","decision":"allow"}',
)  # fmt: skip
"""Lines that tell of no decision."""


def record(at: float, command: str = "ls", *, complete: bool = True, **more: object) -> dict[str, Any]:
    """A line as a dict. Without *complete*, one of the operational log; None leaves a field out."""
    value: dict[str, Any] = {
        "timestamp": timestamp(at), "session_id": "s1", "tool_name": "Bash", "tool_input": {"command": command},
        "decision": "allow", "decision_source": "rule",
    }  # fmt: skip
    if complete:
        value |= {
            "cwd": "/p", "reasoning": "allowed by rule `ls`", "rule_metadata": {"rule_id": "ls", "rule_type": "allow"},
            "review_flags": {"needs_review": False, "risk_level": "low", "reasons": []},
            "decision_id": f"id-{at:.6f}-{command[:8]}", "tool_use_id": "t", "permission_mode": "default",
            "coverage": "full", "latency_us": 100, "guardrail": "",
        }  # fmt: skip
    value |= more
    return {name: one for name, one in value.items() if one is not None}


def line(value: dict[str, Any]) -> bytes:
    """A line without its end."""
    return json.dumps(value, separators=(",", ":")).encode()


def write(path: Path, values: Sequence[dict[str, Any]]) -> Path:
    """Write a log."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(line(value) + b"\n" for value in values))
    return path


def decisions(data: bytes) -> list[Entry]:
    """Every decision of a log, by the plainest way there is."""
    return [entry for one in data.split(b"\n") if isinstance(entry := read(one), Entry)]


class Log(NamedTuple):
    """One generated log."""

    complete: bool
    files: tuple[tuple[bytes, ...], ...]
    """Lines file by file, the oldest file first."""
    torn: bool
    """The last line has no end."""


_COMMANDS = st.sampled_from(["ls", "git push", "echo 'x'", 'say "ü"', "rm -rf /", "a\nb", "\u202e", "%_*"]) | st.text(
    st.characters(codec="utf-8"), max_size=12
)
_STEPS = st.sampled_from([0.0, 0.0, 0.000001, 0.4, 3.0, 30.0, 600.0, -0.5, -4.0])


@st.composite
def logs(draw: st.DrawFn, *, jumps: bool = False) -> list[Log]:
    """A review log and an operational log of the same and of other decisions, rotated, with faults in between.

    Stamps go forward, but for races of some seconds; with *jumps* a clock may also be wrong by hours.
    """
    steps = _STEPS | st.sampled_from([-7_200.0, 90_000.0]) if jumps else _STEPS
    count = draw(st.integers(0, 24))
    at, top = START, START
    both: list[tuple[bytes | None, bytes | None]] = []
    for number in range(count):
        step = draw(steps)
        at = at + step if jumps else max(at + step, top - 5.0)
        top = max(top, at)
        command, odd = draw(_COMMANDS), draw(st.sampled_from([{}, {}, {}, *_ODD]))
        more = {
            "session_id": f"s{draw(st.integers(1, 3))}",
            "decision": draw(st.sampled_from(["allow", "deny", "ask"])),
        }
        full = line(record(at, command, decision_id=f"d{number}", **{**more, **odd}))
        brief = {key: one for key, one in {**more, **odd}.items() if key in ("session_id", "decision", "tool_input")}
        short = line(record(at, command, complete=False, **brief))
        which = draw(st.sampled_from(["both", "both", "full", "short", "twice"]))
        both.append((full if which != "short" else None, short if which != "full" else None))
        if which == "twice":
            both.append((full, None))
        if draw(st.integers(0, 4)) == 0:
            both.append((draw(st.sampled_from(FAULTS)), None))
    found = []
    for complete in (True, False):
        lines = [one for pair in both if (one := pair[0 if complete else 1]) is not None]
        cut = sorted(draw(st.lists(st.integers(0, len(lines)), max_size=2)))
        parts = [lines[a:b] for a, b in zip([0, *cut], [*cut, len(lines)], strict=True)]
        found.append(Log(complete, tuple(map(tuple, parts)), draw(st.booleans())))
    return found


_ODD: tuple[dict[str, Any], ...] = (
    {"tool_input": {"command": "\ud800 half"}}, {"tool_input": {"command": ["no", "text"]}}, {"tool_input": None},
    {"tool_input": {"file_path": "/p/é", "n": 12345678901234567890123, "f": 1.0}}, {"latency_us": 1.5},
    {"latency_us": -3}, {"latency_us": "fast"}, {"rule_metadata": None}, {"rule_metadata": {"rule_id": 7}},
    {"review_flags": {"needs_review": True, "risk_level": "high"}}, {"review_flags": "no"}, {"decision_source": 3},
    {"reasoning": "nul \0 and \ud801"}, {"cwd": ["/"]}, {"permission_mode": ""}, {"guardrail": "destroy"},
    {"tool_input": {"a": [[[[{"b": "]["}]]]]}}, {"coverage": None}, {"latency_us": True}, {"latency_us": 10**30},
)  # fmt: skip


def put(folder: Path, found: Sequence[Log]) -> list[Path]:
    """Write generated logs into *folder*, rotated files under the names that the journal gives them."""
    paths = []
    for log in found:
        path = folder / ("review.jsonl" if log.complete else "decisions.jsonl")
        for number, lines in enumerate(log.files):
            last = number == len(log.files) - 1
            name = path if last else path.with_name(f"{path.name}.20261101T00000{number}Z")
            end = b"" if last and log.torn else b"\n"
            name.write_bytes(b"\n".join(lines) + end if lines else b"")
        paths.append(path)
    return paths


def reference(found: Sequence[Log]) -> list[Entry]:
    """The decisions of generated logs, each once, in no order: all lines read, then compared."""
    full = [entry for log in found if log.complete for part in log.files for one in part for entry in decisions(one)]
    short = [
        entry for log in found if not log.complete for part in log.files for one in part for entry in decisions(one)
    ]
    seen: dict[str, Entry] = {}
    for entry in full:
        seen.setdefault(entry.decision_id, entry)
    told = {_same(entry) for entry in full}
    return [*seen.values(), *(entry for entry in short if _same(entry) not in told)]


def _same(entry: Entry) -> str:
    return repr((entry.time, entry.session_id, entry.tool, entry.decision, entry.source, dict(entry.input)))
