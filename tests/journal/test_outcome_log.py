"""The outcome log: what a line says, what it does not say, and that it joins the decision's own line."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.core.model import ToolCall, Verdict
from callgate.journal import records
from callgate.journal.append import Limits, rotated
from callgate.journal.outcomes import DIGEST_LENGTH, Outcome, build, input_digest, record

NOW = 1_795_000_000.0
VERDICT = Verdict("ask", "r", "rule", 6, "full")

TEXT = st.text() | st.sampled_from(["Bearer abcdef0123456789", "TOKEN=hunter2hunter2", "ghp_" + "a1" * 18, "-p 'x'"])
INPUTS = st.dictionaries(
    st.text() | st.sampled_from(["command", "password", "api_key", "env"]),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
        max_leaves=12,
    ),
    max_size=5,
)


@given(INPUTS)
def test_the_digest_can_be_computed_from_the_log(tool_input: dict[str, Any]) -> None:
    """For every input, the outcome's digest is that of the decision's line as read back from the file."""
    line = records.build(ToolCall("Bash", tool_input, "/"), VERDICT, None, None, now=NOW).review
    read = json.loads(json.dumps(line))
    outcome = build(Outcome("requested", "s", "Bash", tool_input), now=NOW)
    assert outcome["input_digest"] == input_digest(read["tool_input"])


@given(st.lists(st.tuples(st.text(), st.integers()), max_size=6))
def test_the_digest_does_not_depend_on_the_order_of_fields(pairs: list[tuple[str, int]]) -> None:
    """Two hosts that spell one input in another order mean the same."""
    assert input_digest(dict(pairs)) == input_digest(dict(reversed([*dict(pairs).items()])))


def test_secrets_are_not_digested() -> None:
    """Two inputs that differ in a masked secret have one digest, so nobody can try secrets against it."""
    digests = {
        build(Outcome("ran", "s", "Bash", {"command": f"PASSWORD={secret} deploy"}), now=NOW)["input_digest"]
        for secret in ("hunter2x", "hunter3y")
    }
    assert len(digests) == 1
    assert len(digests.pop()) == DIGEST_LENGTH


def test_a_line_is_ascii_and_whole(tmp_path: Path) -> None:
    """Control characters, lone surrogates and line ends stay escaped in one line of a private file."""
    path = tmp_path / "state" / "outcomes.jsonl"
    assert record(str(path), Outcome("ran", "s\n\x1b[2J", "T\udc80", {"a": "\u2028"}, "id\r"), now=NOW) == ""
    data = path.read_bytes()
    assert data.isascii()
    assert data.count(b"\n") == 1
    assert not {0x1B, 0x0D} & {*data}
    assert json.loads(data)["tool_use_id"] == "id\r"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_log_rotates(tmp_path: Path) -> None:
    """It is rotated like the decision logs."""
    path = str(tmp_path / "outcomes.jsonl")
    for number in range(4):
        record(path, Outcome("ran", "s", "Bash", {}, str(number)), now=NOW + number, limits=Limits(max_bytes=300))
    assert rotated(path)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1: "a", "1": "b"}, ("a", 1), [[[]] * 200] * 200])
def test_odd_values_have_a_digest(value: object) -> None:
    """What JSON cannot hold, or is too much of it, is masked to something that it can."""
    assert len(build(Outcome("ran", "s", "Bash", {"x": value}), now=NOW)["input_digest"]) == DIGEST_LENGTH
