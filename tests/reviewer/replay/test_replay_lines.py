"""The quick reader and the slow one say the same of every line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callgate.core.model import Observation, ToolCall, Verdict
from callgate.journal.records import build, timestamp
from callgate.reviewer.replay.calls import Call, Unusable, Where, read_line
from callgate.reviewer.replay.facts import Facts
from callgate.reviewer.replay.lines import Reader
from callgate.reviewer.replay.scan import Source, lines_of

WHERE = Where("/h", now=5.0)
SEEN = Observation("/h", "/p", now=100.0, protected=("/h/.config/callgate",))

ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 3), st.just(10**400), st.floats(allow_nan=False), st.text(max_size=4),
    st.just([]), st.just({}), st.just([1]), st.just({"a": 1}), st.just({"home": "/h"}), st.just("allow"),
    st.just("\ud800"), st.just("\0"), st.just("/p"), st.just({"command": "ls", "x": {"y": [1]}}),
)  # fmt: skip
FIELDS = st.sampled_from(
    ["timestamp", "tool_name", "tool_input", "decision", "observation", "cwd", "permission_mode", "masked", "error",
     "decision_id", "decision_source", "session_id", "units"]
)  # fmt: skip
SEEN_FIELDS = st.sampled_from(list(Observation._fields))


def a_record(tool_input: dict[str, Any] | None = None) -> dict[str, Any]:
    """A line as the journal writes it, decoded."""
    call = ToolCall("Bash", tool_input or {"command": "ls"}, "/p", "s")
    verdict = Verdict("ask", "why", "rule", 6, "full", decision_id="d1")
    record = build(call, verdict, None, SEEN, now=200.0).review
    decoded: dict[str, Any] = json.loads(json.dumps(record))
    return decoded


def same(line: bytes) -> bool:
    """Whether the quick reader, if it takes *line*, says what the slow one says; return whether it took it."""
    quick, slow = Reader().read(line), read_line(line, "log", WHERE)
    if quick is None:
        return False
    assert isinstance(slow, Call)
    assert slow.observation is not None
    assert not slow.masked
    assert (quick.time, quick.tool, quick.cwd, quick.mode, quick.decision, quick.decision_id) == (
        slow.time, slow.call.tool, slow.call.cwd, slow.call.mode, slow.logged, slow.decision_id,
    )  # fmt: skip
    assert json.loads(bytes(quick.input)) == slow.call.input
    seen = slow.observation
    assert (quick.seen.home, quick.seen.project, quick.seen.now) == (seen.home, seen.project, seen.now)
    assert json.loads(bytes(quick.seen.links)) == seen.links
    assert tuple(json.loads(bytes(quick.seen.protected))) == seen.protected
    return True


def test_an_ordinary_line_is_read_quickly() -> None:
    """What the journal writes every day takes the quick way."""
    assert same(json.dumps(a_record(), separators=(",", ":")).encode())


@settings(max_examples=400)
@given(FIELDS, ODD, st.booleans(), st.booleans())
def test_odd_fields(field: str, value: object, drop: bool, ascii_only: bool) -> None:
    """A field of any other type, or none at all: the quick reader agrees or leaves the line to the slow one."""
    record = a_record()
    if drop:
        del record[field]
    else:
        record[field] = value
    same(json.dumps(record, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass"))


@settings(max_examples=400)
@given(SEEN_FIELDS, ODD, st.booleans())
def test_odd_observations(field: str, value: object, drop: bool) -> None:
    """The same for each part of the observation."""
    record = a_record()
    if drop:
        del record["observation"][field]
    else:
        record["observation"][field] = value
    same(json.dumps(record).encode())


@pytest.mark.parametrize(
    "line",
    [
        b"", b"{", b"[]", b"null", b"\xff", b"\xef\xbb\xbf{}", b"[" * 100_000, b'{"a":' * 100_000, b"{}",
        b'{"timestamp":"2026-01-01T00:00:00Z","timestamp":1}',
    ],
    ids=lambda line: repr(line[:20]),
)  # fmt: skip
def test_no_line_of_ours(line: bytes) -> None:
    """What is no decision for the slow reader is none for the quick one."""
    assert Reader().read(line) is None
    assert isinstance(read_line(line, "log", WHERE), Unusable)


def test_the_last_of_two_equal_keys_counts() -> None:
    """Both readers take a key that occurs twice as its last value."""
    line = json.dumps(a_record()).replace('"decision": "ask"', '"decision": "allow", "decision": "deny"').encode()
    assert same(line)
    quick = Reader().read(line)
    assert quick is not None
    assert quick.decision == "deny"


@given(st.sampled_from(["command", "note", "description", "path"]), st.text(max_size=3), st.sampled_from(["", "note"]))
def test_digests_see_the_fields_that_decide(field: str, text: str, extra: str) -> None:
    """The quick digest changes exactly when a field that is looked at changes."""
    reader, facts = Reader(), Facts((extra,) if extra else ())
    lines = [json.dumps(a_record({"command": "ls", **more})).encode() for more in ({}, {field: text})]
    quick = [reader.read(line) for line in lines]
    if quick[0] is None or quick[1] is None:
        return  # a NUL: the slow reader has it
    first, second = (reader.digest(one, facts) for one in quick if one is not None)
    looked_at = field in ("command", "path") or field == extra
    assert (first != second) == (looked_at and (field, text) != ("command", "ls"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from([b"", b"a", b"bb" * 40, b"c" * 5]), max_size=8), st.booleans(), st.integers(1, 60))
def test_ranges_share_no_line_and_lose_none(tmp_path: Path, lines: list[bytes], ends: bool, size: int) -> None:
    """However a file is cut into ranges, each line is read once, at its offset."""
    data = b"\n".join(lines) + (b"\n" if ends else b"")
    file = tmp_path / "log"
    file.write_bytes(data)
    with file.open("rb") as stream:
        source = Source(stream.fileno(), "log", len(data))
        found = [pair for start in range(0, len(data), size) for pair in lines_of(source, start, start + size)]
    assert [line for _, line in sorted(found)] == (data[:-1] if data.endswith(b"\n") else data).split(b"\n")[
        : len(found)
    ]
    assert len(found) == len(data.split(b"\n")) - (data.endswith(b"\n") or not data)
    assert all(data[offset : offset + len(line or b"")] == line for offset, line in found)


def test_a_line_without_end_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line longer than any of ours is told of, not held in memory, and the next one is read."""
    monkeypatch.setattr("callgate.reviewer.replay.scan.MAX_LINE", 100)
    monkeypatch.setattr("callgate.reviewer.replay.scan._BLOCK", 64)
    file = tmp_path / "log"
    file.write_bytes(b"x" * 1_000 + b"\nabc\n")
    with file.open("rb") as stream:
        source = Source(stream.fileno(), "log", 1_005)
        assert list(lines_of(source, 0, 1_005)) == [(0, None), (1_001, b"abc")]
        assert list(lines_of(source, 50, 900)) == []


def test_times_are_read_alike() -> None:
    """The journal's own time stamp comes back as the time it was made from."""
    quick = Reader().read(json.dumps({**a_record(), "timestamp": timestamp(1_790_000_000.25)}).encode())
    assert quick is not None
    assert quick.time == 1_790_000_000.25
