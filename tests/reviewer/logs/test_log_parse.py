"""DuckDB reads the lines, and says of each what Python says of it."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any, Iterator

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_logs import FAULTS, START, decisions, line, record

from callgate.core.model import Observation
from callgate.reviewer.entry import Entry, read
from callgate.reviewer.logs import parse as module
from callgate.reviewer.logs.columns import COLUMNS, WORLD, values
from callgate.reviewer.logs.database import connect
from callgate.reviewer.logs.parse import extent, parse


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
    """A connection and the folder that it may open."""
    folder = str(tmp_path_factory.mktemp("parse"))
    with contextlib.closing(connect(folder)) as connection:
        yield connection, folder


@pytest.fixture(autouse=True)
def _all_to_duckdb(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few lines are no reason to leave them to Python."""
    monkeypatch.setattr(module, "FEW", -1)


def parsed(base: tuple[duckdb.DuckDBPyConnection, str], data: bytes) -> tuple[list[tuple[Any, ...]], dict[str, int]]:
    """The rows of *data* with their inputs decoded, and what was skipped."""
    skipped = parse(*base, data)
    found = base[0].execute(f"SELECT {', '.join(COLUMNS)} FROM parsed ORDER BY line").fetchall()
    return [_decoded(one) for one in found], dict(skipped)


def _decoded(one: tuple[Any, ...]) -> tuple[Any, ...]:
    at = list(COLUMNS).index("input")
    return (*one[:at], json.loads(one[at]), *one[at + 1 :])


def wanted(data: bytes) -> list[tuple[Any, ...]]:
    """What Python makes of *data*."""
    return [_decoded(values(entry)) for entry in decisions(data)]


def test_lines_of_ours_are_left_to_duckdb(
    base: tuple[duckdb.DuckDBPyConnection, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fast way is taken: no usual line is decoded by Python, and the rows are the same."""
    data = b"\n".join(
        line(record(START + at, f"echo '{at}' \"ü\" | sort\n", complete=bool(at % 3))) for at in range(200)
    )
    rows = wanted(data)
    monkeypatch.setattr(module, "read", lambda _: pytest.fail("a usual line was decoded by Python"))
    assert parsed(base, data) == (rows, {})
    assert extent(base[0])[:4] == (200, 67, START, START + 199)


FIELDS = st.sampled_from(
    [
        *("timestamp", "tool_name", "tool_input", "decision", "decision_source", "reasoning", "rule_metadata"),
        *("review_flags", "decision_id", "session_id", "cwd", "permission_mode", "tool_use_id", "coverage"),
        *("latency_us", "guardrail", "observation", "unknown"),
    ]
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from(["deny", "2026-11-21T10:00:00+02:00", "2026-11-21", "2026-02-30T00:00:00Z", "\ud83d", "\0", ""])
    | st.sampled_from(["2026-11-21T23:59:60Z", "2026-11-21T24:00:00Z", "0000-01-01T00:00:00Z", "1e5", "null", "'; --"])
    | st.sampled_from(["2026-11-21T10:00:00.123456789Z", "2026-11-21T10:00:00,5Z", " 2026-11-21T10:00:00Z", "9999"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["command", "rule_id", "needs_review", "risk_level", "a", "\ud800", "'"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@given(
    changes=st.lists(st.dictionaries(FIELDS, JSON, max_size=3), min_size=1, max_size=6),
    faults=st.lists(st.sampled_from(FAULTS), max_size=4),
    ascii_only=st.booleans(),
)
def test_any_values_in_any_field(
    base: tuple[duckdb.DuckDBPyConnection, str], changes: list[dict[str, Any]], faults: list[bytes], ascii_only: bool
) -> None:
    """Whatever a field holds, both readers agree on whether it is a decision and on every column."""
    lines = []
    for number, change in enumerate(changes):
        text = json.dumps({**record(START + number), **change}, ensure_ascii=ascii_only)
        lines.append(text.encode("utf-8", "surrogatepass"))
    data = b"\n".join([*lines[:3], *faults, *lines[3:]])
    rows, skipped = parsed(base, data)
    assert repr(rows) == repr(wanted(data))
    reasons = [
        found for one in data.split(b"\n") if one.strip(b"\0 \t\r\n\v\f") and isinstance(found := read(one), str)
    ]
    assert sorted(reasons) == sorted(reason for reason, count in skipped.items() for _ in range(count))


@pytest.mark.parametrize("fault", FAULTS, ids=repr)
def test_a_fault_costs_its_own_line_only(base: tuple[duckdb.DuckDBPyConnection, str], fault: bytes) -> None:
    """The decisions around it are there, in their order."""
    before, behind = line(record(START, "a")), line(record(START + 1, "b"))
    rows, skipped = parsed(base, b"\n".join([before, fault, behind, fault]))
    assert [row[-1] for row in rows] == ["a", "b"]
    assert sum(skipped.values()) == (0 if not fault.strip(b"\0 \t\r\n\v\f") else 2)


def test_a_crash_leaves_nuls_in_front_of_a_decision(base: tuple[duckdb.DuckDBPyConnection, str]) -> None:
    """They are no part of the line, and the decision counts."""
    assert [row[-1] for row in parsed(base, b"\0" * 4_096 + line(record(START, "a")))[0]] == ["a"]


def test_a_line_of_a_megabyte_and_one_beyond_the_limit(
    base: tuple[duckdb.DuckDBPyConnection, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one is a decision like any other; the second one is told of."""
    monkeypatch.setattr(module, "MAX_LINE", 3_000_000)
    data = b"\n".join([line(record(START + n, "x" * size)) for n, size in enumerate((10, 1_500_000, 3_000_000, 20))])
    rows, skipped = parsed(base, data)
    assert [len(row[-1]) for row in rows] == [10, 1_500_000, 20]
    assert skipped == {"too long": 1}


def test_when_duckdb_fails_python_reads_on(
    base: tuple[duckdb.DuckDBPyConnection, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of DuckDB, or other lines than Python sees, and every line is decoded by Python."""
    data = b"\n".join([line(record(START, "a")), b"torn", line(record(START + 1, "b"))])
    monkeypatch.setattr(module, "_READ", "SELECT broken(?, ?)")
    assert parsed(base, data) == (wanted(data), {"not JSON": 1})
    monkeypatch.setattr(module, "_READ", "CREATE OR REPLACE TEMP TABLE raw AS SELECT 1 AS line WHERE ? <> 'x' OR ? > 0")
    assert parsed(base, data) == (wanted(data), {"not JSON": 1})


def test_nothing_is_left_behind(base: tuple[duckdb.DuckDBPyConnection, str]) -> None:
    """The copy of the log that DuckDB reads is deleted, also when it cannot be read."""
    parse(*base, b"torn\n")
    assert not list(Path(base[1]).glob("*.jsonl"))


def test_entries_are_read_as_text() -> None:
    """Bytes that look like UTF-16 are none: `json` would guess so."""
    text = json.dumps(record(START, "a"))
    assert read(text.encode("utf-16-le")) in ("not JSON", "not UTF-8")
    assert isinstance(read(b"\xef\xbb\xbf" + text.encode()), Entry)


_OTHERS: list[dict[str, Any]] = [
    {"command": "ls "}, {"cwd": "/q"}, {"cwd": None}, {"permission_mode": "plan"}, {"tool_name": "Read"},
    {"observation": {"home": "/h", "project": ""}}, {"observation": {"home": "/h", "project": "/p"}},
    {"tool_input": {"command": "ls", "x": 1}}, {"tool_input": {}}, {"cwd": "", "permission_mode": "/p"},
]  # fmt: skip
"""Each of these alone makes another call."""

_SAME: list[dict[str, Any]] = [
    {"session_id": "s9"}, {"decision": "deny"}, {"rule_metadata": None}, {"tool_use_id": "u"}, {"latency_us": 7},
    {"permission_mode": None}, {"reasoning": "x"},
]  # fmt: skip


@pytest.mark.parametrize("few", [-1, 1_000], ids=["duckdb", "python"])
def test_lines_of_one_call_share_a_digest(
    base: tuple[duckdb.DuckDBPyConnection, str], monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    """Tool, input, cwd, mode and project make a call; who asked when, and what came of it, do not."""
    monkeypatch.setattr(module, "FEW", few)
    records = [record(START, "ls", **more) if "command" not in more else record(START, **more) for more in _OTHERS]
    same = [record(START + at, "ls", **more) for at, more in enumerate(_SAME)]
    parse(*base, b"\n".join(map(line, [*same, *records])))
    calls = [one for (one,) in base[0].execute("SELECT call FROM parsed ORDER BY line").fetchall()]
    assert len(set(calls[: len(same)])) == 1
    assert len(set(calls)) == 1 + len(records)


_SEEN: dict[str, Any] = {
    "home": "/h", "project": "/p", "links": {}, "expansions": {}, "sweeps": {}, "shadowing": {}, "now": 1.0,
    "off_until": None, "protected": ["/h/.config"],
}  # fmt: skip
_WORLDS: list[dict[str, Any]] = [
    *({"observation": {**_SEEN, name: {"/p/a": None}}} for name in ("expansions", "sweeps", "shadowing")),
    {"observation": {**_SEEN, "links": {"/p/a": "/etc"}}}, {"observation": {**_SEEN, "home": "/g"}},
    {"observation": {**_SEEN, "project": "/q"}}, {"observation": {**_SEEN, "protected": []}}, {"observation": None},
    {"observation": _SEEN, "masked": ["tool_input.command: token"]},
    {"observation": _SEEN, "agent": "codex"},
]  # fmt: skip


@pytest.mark.parametrize("few", [-1, 1_000], ids=["duckdb", "python"])
def test_lines_of_one_world_share_a_digest(
    base: tuple[duckdb.DuckDBPyConnection, str], monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    """All that deciding again rests on, but for the moment and the switch, which are those of whoever asks."""
    monkeypatch.setattr(module, "FEW", few)
    same = [record(START, "ls", observation={**_SEEN, "now": 1.0 + at, "off_until": at}) for at in range(3)]
    others = [line(record(START, "ls")) if one.get("observation", 1) is None else line(record(START, "ls", **one))
              for one in _WORLDS]  # fmt: skip
    parse(*base, b"\n".join([*map(line, same), *others]))
    worlds = [one for (one,) in base[0].execute("SELECT world FROM parsed ORDER BY line").fetchall()]
    assert len(set(worlds[: len(same)])) == 1
    assert len(set(worlds)) == 1 + len(others)


def test_every_field_of_an_observation_is_part_of_a_world() -> None:
    """One that is added later must not be forgotten."""
    assert {*WORLD, "now", "off_until"} == set(Observation._fields)
