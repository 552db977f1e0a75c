"""Claude Code's protocol: what is a tool call, what is refused, and the exact bytes of an answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.agents import AGENTS
from callgate.agents.base import Agent
from callgate.agents.claude_code import MAX_DEPTH, MAX_REASON, ask_for, parse_input, render
from callgate.core.errors import InputError
from callgate.core.model import Decision, Verdict

FULL: dict[str, Any] = {
    "session_id": "abc123",
    "transcript_path": "/t.jsonl",
    "cwd": "/home/u/proj",
    "permission_mode": "plan",
    "hook_event_name": "PreToolUse",
    "tool_name": "Bash",
    "tool_input": {"command": "npm test", "timeout": 120000},
    "tool_use_id": "toolu_01ABC",
    "a_field_of_next_year": [1],
}


def verdict(decision: Decision = "allow", reason: str = "fine", notes: tuple[str, ...] = ()) -> Verdict:
    """Return a verdict of stage 7."""
    return Verdict(decision, reason, "rule", 7, "full", notes=notes)


def call_bytes(**changes: object) -> bytes:
    """Return a message with fields replaced; `...` leaves one out."""
    return json.dumps({key: value for key, value in {**FULL, **changes}.items() if value is not ...}).encode()


def test_a_message_becomes_a_call() -> None:
    """Every field of the host's message that the gate uses arrives in the call."""
    event = parse_input(json.dumps(FULL).encode())
    assert event.name == "PreToolUse"
    assert event.payload == FULL
    assert event.call is not None
    assert event.call._asdict() == {
        "tool": "Bash",
        "input": {"command": "npm test", "timeout": 120000},
        "cwd": "/home/u/proj",
        "session_id": "abc123",
        "tool_use_id": "toolu_01ABC",
        "agent": "claude-code",
        "mode": "plan",
    }


def test_optional_fields_may_be_missing() -> None:
    """A tool name alone is a call: no cwd, no input, the default mode, and the event of older hosts."""
    for data in (b'{"tool_name":"TodoWrite"}', b'{"tool_name":"TodoWrite","permission_mode":null,"session_id":null}'):
        event = parse_input(data)
        assert event.name == "PreToolUse"
        assert event.call is not None
        assert event.call == event.call._replace(input={}, cwd="", mode="default", session_id="", tool_use_id="")


@pytest.mark.parametrize("name", ["pretooluse", "PreToolUse", "preToolUse", ""])
def test_every_spelling_of_the_event_is_decided(name: str) -> None:
    """A host that spells PreToolUse its own way does not get a call past the gate."""
    event = parse_input(call_bytes(hook_event_name=name))
    assert event.name == "PreToolUse"
    assert event.call is not None


def test_other_events_carry_no_call() -> None:
    """An event that takes no decision is parsed, even without a tool, and answered with nothing."""
    event = parse_input(b'{"hook_event_name":"SessionStart","source":"startup"}')
    assert (event.name, event.call) == ("SessionStart", None)
    assert AGENTS["claude-code"]().render(verdict("deny"), event) == b""


def test_lone_surrogates_survive() -> None:
    """A lone surrogate in a command reaches the gate as it is."""
    event = parse_input(rb'{"tool_name":"Bash","tool_input":{"command":"echo \ud800"}}')
    assert event.call is not None
    assert event.call.input["command"] == "echo \ud800"


BAD_BYTES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "empty"),
    "blank": (b" \n\t", "empty"),
    "truncated": (call_bytes()[:-10], "not JSON"),
    "text": (b"hello", "not JSON"),
    "two objects": (call_bytes() + call_bytes(), "not JSON"),
    "array": (b"[]", "an array"),
    "string": (b'"x"', "a string"),
    "null": (b"null", "null"),
    "boolean": (b"true", "a boolean"),
    "number": (b"1", "a number"),
    "invalid UTF-8": (b'{"tool_name":"Bash\xff"}', "not UTF-8 (byte 18)"),
    "UTF-16": (call_bytes().decode().encode("utf-16"), "NUL"),
    "byte order mark": (b"\xef\xbb\xbf" + call_bytes(), "not JSON"),
    "NUL byte": (b'{"tool_name":"Bash\0"}', "NUL byte"),
    "NaN": (b'{"tool_name":"X","tool_input":{"n":NaN}}', "`NaN`"),
    "Infinity": (b'{"tool_name":"X","tool_input":{"n":-Infinity}}', "`-Infinity`"),
    "a number out of range": (b'{"tool_name":"X","tool_input":{"n":1e999}}', "`1e999`"),
    "a number of 5,000 digits": (b'{"tool_name":"X","n":' + b"9" * 5000 + b"}", "too many digits"),
    "nested a little too deep": (b'{"tool_name":"X","a":' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}", "nested"),
    "nested for the interpreter": (b'{"tool_name":"X","a":' + b"[" * 200_000, "nested"),
    "command twice": (b'{"tool_name":"Bash","tool_input":{"command":"ls","command":"rm -rf /"}}', "`command` twice"),
    "tool twice": (b'{"tool_name":"Read","tool_name":"Bash"}', "`tool_name` twice"),
    "the same key, escaped": (b'{"tool_name":"Read","tool_\\u006eame":"Bash"}', "`tool_name` twice"),
}


@pytest.mark.parametrize("case", BAD_BYTES)
def test_bytes_that_are_no_call_are_refused(case: str) -> None:
    """What is not exactly one JSON object with unique keys and JSON numbers is refused by name."""
    data, message = BAD_BYTES[case]
    with pytest.raises(InputError) as caught:
        parse_input(data)
    assert message in str(caught.value)


BAD_FIELDS: dict[str, tuple[dict[str, object], str]] = {
    "no tool": ({"tool_name": ...}, "no `tool_name`"),
    "null tool": ({"tool_name": None}, "no `tool_name`"),
    "empty tool": ({"tool_name": ""}, "non-empty string"),
    "blank tool": ({"tool_name": " "}, "non-empty string"),
    "tool list": ({"tool_name": ["Bash"]}, "non-empty string"),
    "tool with a NUL": ({"tool_name": "Bash\0"}, "NUL"),
    "input text": ({"tool_input": "ls"}, "`tool_input` is not an object but a string"),
    "input null": ({"tool_input": None}, "`tool_input` is not an object but null"),
    "cwd number": ({"cwd": 1}, "`cwd` is not a string but a number"),
    "cwd null": ({"cwd": None}, "`cwd`"),
    "cwd relative": ({"cwd": "proj"}, "not an absolute path"),
    "cwd with a NUL": ({"cwd": "/a\0"}, "NUL"),
    "event object": ({"hook_event_name": {}}, "`hook_event_name` is not a string but an object"),
    "mode boolean": ({"permission_mode": True}, "`permission_mode`"),
    "session number": ({"session_id": 1.5}, "`session_id`"),
    "no command": ({"tool_input": {}}, "`tool_input` of `Bash` has no `command`"),
    "command list": ({"tool_input": {"command": ["rm", "-rf", "/"]}}, "`command` of `Bash` is not a string"),
    "command null": ({"tool_input": {"command": None}}, "`command`"),
    "command with a NUL": ({"tool_input": {"command": "ls\0"}}, "NUL"),
    "no file": ({"tool_name": "Write", "tool_input": {"content": ""}}, "no `file_path`"),
    "file list": ({"tool_name": "Read", "tool_input": {"file_path": ["/x"]}}, "`file_path`"),
    "notebook number": ({"tool_name": "NotebookEdit", "tool_input": {"notebook_path": 1}}, "`notebook_path`"),
    "monitor command": ({"tool_name": "Monitor", "tool_input": {"command": {}}}, "`command` of `Monitor`"),
    "glob path": ({"tool_name": "Glob", "tool_input": {"pattern": "*", "path": 1}}, "`path` of `Glob`"),
    "url": ({"tool_name": "WebFetch", "tool_input": {"url": ["http://x"]}}, "`url`"),
}


@pytest.mark.parametrize("case", BAD_FIELDS)
def test_fields_of_the_wrong_type_are_refused(case: str) -> None:
    """A field that decides and is missing, of another type, or holds a NUL is refused by name."""
    changes, message = BAD_FIELDS[case]
    with pytest.raises(InputError) as caught:
        parse_input(call_bytes(**changes))
    assert message in str(caught.value)


def test_the_size_limit_is_exact() -> None:
    """A message of exactly the limit is taken; one byte more is not."""
    data = call_bytes()
    assert parse_input(data, limit=len(data)).call is not None
    with pytest.raises(InputError, match=f"larger than {len(data) - 1} bytes"):
        parse_input(data, limit=len(data) - 1)


def test_wide_input_is_not_deep() -> None:
    """Thousands of containers side by side, and braces inside text, are no reason to refuse."""
    event = parse_input(call_bytes(tool_name="Other", tool_input={"rows": [[] for _ in range(5000)], "t": "{[" * 999}))
    assert event.call is not None


@pytest.mark.parametrize("decision", ["allow", "deny", "ask"])
def test_a_decision_is_exactly_these_bytes(decision: Decision) -> None:
    """The answer is the contract's object on one line, compact, ASCII."""
    assert render(verdict(decision, 'rule `a` says "é"')) == (
        b'{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"' + decision.encode() + b'",'
        b'"permissionDecisionReason":"rule `a` says \\"\\u00e9\\""},"suppressOutput":true}\n'
    )


def test_no_opinion_prints_nothing() -> None:
    """A passthrough is no output at all; where output is demanded it is an ask."""
    assert render(verdict("passthrough")) == b""
    answer = json.loads(render(verdict("passthrough", "no rule"), always=True))["hookSpecificOutput"]
    assert (answer["permissionDecision"], answer["permissionDecisionReason"]) == ("ask", "no opinion: no rule")


def test_a_decision_that_does_not_exist_asks() -> None:
    """A verdict outside the vocabulary never reaches the host as it is."""
    broken = verdict()._replace(decision="defer")  # type: ignore[arg-type]
    assert json.loads(render(broken))["hookSpecificOutput"]["permissionDecision"] == "ask"


def test_a_failure_asks_and_names_itself() -> None:
    """The answer to what could not be judged is an ask that names the fault."""
    answer = json.loads(ask_for("input is empty"))["hookSpecificOutput"]
    assert answer["permissionDecision"] == "ask"
    assert answer["permissionDecisionReason"] == "callgate could not judge this call: input is empty"


def test_notes_follow_the_reason_once() -> None:
    """A note that the reason lacks is appended; one that it has is not repeated."""
    answer = json.loads(render(verdict("ask", "asks; policy broken", notes=("policy broken", "rule `w` warns"))))
    assert answer["hookSpecificOutput"]["permissionDecisionReason"] == "asks; policy broken; note: rule `w` warns"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("a\x1b[2Jb", r"a\u001b[2Jb"),
        ("a\nb\rc\td", r"a\u000ab\u000dc\u0009d"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("zero\u200bwidth", r"zero\u200bwidth"),
        ("\x9b31m", r"\u009b31m"),
        ("\U000e0041tag", r"\U000e0041tag"),
        ("a\ufe0f", r"a\ufe0f"),
        ("\u3164", r"\u3164"),
        ("\ud800", r"\ud800"),
        ("naïve 漢字 😀", "naïve 漢字 😀"),
    ],
)
def test_a_reason_cannot_draw_on_the_terminal(raw: str, shown: str) -> None:
    """Control, bidi and invisible characters of a reason are escaped; visible ones are not."""
    assert json.loads(render(verdict("deny", raw)))["hookSpecificOutput"]["permissionDecisionReason"] == shown


@pytest.mark.parametrize("char", ["a", "\x1b", "😀", "é"])
def test_a_reason_is_capped_as_the_host_counts(char: str) -> None:
    """However long a reason is, it has at most 9,000 UTF-16 units and says that it was cut."""
    for length in (MAX_REASON + 1, 1_000_000):
        reason = json.loads(render(verdict("deny", char * length)))["hookSpecificOutput"]["permissionDecisionReason"]
        assert len(reason.encode("utf-16-le")) <= 2 * MAX_REASON
        assert reason.endswith("(cut)")
    exact = json.loads(render(verdict("deny", "a" * MAX_REASON)))["hookSpecificOutput"]["permissionDecisionReason"]
    assert exact == "a" * MAX_REASON


def test_the_adapter_is_an_agent() -> None:
    """Every agent in the table says the name it stands under, parses and renders."""
    for name, load in AGENTS.items():
        agent: Agent = load()
        assert agent.name == name
        event = agent.parse(FULL)
        assert agent.render(verdict(), event) == render(verdict())


@given(st.binary(max_size=400))
def test_any_bytes_are_a_call_or_refused(data: bytes) -> None:
    """Parsing arbitrary bytes raises nothing but `InputError`."""
    fault = ""
    try:
        parse_input(data)
    except InputError as error:
        fault = str(error)
    assert json.loads(ask_for(fault))["hookSpecificOutput"]["permissionDecision"] == "ask"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.fixed_dictionaries(
        {"tool_name": st.sampled_from(["Bash", "Read", "Grep", "mcp__x__y"]) | _JSON},
        optional={
            "tool_input": st.dictionaries(st.sampled_from(["command", "file_path", "path", "q"]), _JSON) | _JSON,
            "cwd": st.just("/p") | _JSON,
            "hook_event_name": st.just("PreToolUse") | _JSON,
            "permission_mode": _JSON,
            "session_id": _JSON,
        },
    )
)
def test_any_object_is_a_call_or_refused(payload: dict[str, Any]) -> None:
    """Parsing an arbitrary object raises nothing but `InputError`, and a call is always well typed."""
    try:
        event = parse_input(json.dumps(payload).encode())
    except InputError:
        return
    if event.call is not None:
        assert event.call.tool.strip()
        assert all(isinstance(text, str) for text in (event.call.cwd, event.call.mode, event.call.session_id))
        assert event.call.tool != "Bash" or isinstance(event.call.input["command"], str)


@given(st.sampled_from(["allow", "deny", "ask", "passthrough"]), st.text(st.characters(codec=None)), st.booleans())
def test_an_answer_is_one_object_or_nothing(decision: Decision, reason: str, always: bool) -> None:
    """Whatever the reason, the answer is one line of printable ASCII JSON, or nothing for no opinion."""
    data = render(verdict(decision, reason), always=always)
    if not data:
        assert decision == "passthrough"
        assert not always
        return
    assert data.endswith(b"\n")
    assert data[:-1].decode("ascii").isprintable()
    answer = json.loads(data)["hookSpecificOutput"]
    assert answer["permissionDecision"] == ("ask" if decision == "passthrough" else decision)
    assert answer["permissionDecisionReason"].isprintable()
