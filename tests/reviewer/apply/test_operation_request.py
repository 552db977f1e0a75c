"""What is an operation, and what is refused as none, with every problem at once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.reviewer.apply.base import ApplyError
from callgate.reviewer.apply.registry import NAMES
from callgate.reviewer.apply.request import parse

RULE = {"id": "x", "tool": "Read"}


def refused(payload: object) -> ApplyError:
    """Return the error that *payload* ends in."""
    with pytest.raises(ApplyError) as caught:
        parse(payload if isinstance(payload, (str, bytes)) else json.dumps(payload))
    return caught.value


GOOD: list[dict[str, Any]] = [
    {"operation": "add_rule", "rule_type": "deny", "rule": RULE, "section": "git", "position": "before:a:b"},
    {"operation": "remove_rule", "id": "x"},
    {"operation": "update_rule", "id": "x", "changes": {"description": "two\nlines\tand a tab", "tool": None}},
    {"operation": "toggle_rule", "id": "x", "enabled": False},
    {"operation": "reorder_rule", "id": "x", "move_to": "start"},
    {"operation": "update_llm_config", "changes": {"model": "m", "actions": {"on_safe": None}}},
    {"operation": "update_llm_prompt", "prompt": "a\nb\n"},
    {"operation": "add_include", "file": "a.toml"},
    {"operation": "remove_include", "file": "a.toml"},
    {"operation": "batch", "operations": [{"operation": "remove_rule", "id": "x"}]},
    {"operation": "rollback", "to_commit": "HEAD~1"},
    {"operation": "validate"},
]


@pytest.mark.parametrize("payload", GOOD, ids=lambda payload: payload["operation"])
def test_every_operation_is_taken(payload: dict[str, Any]) -> None:
    """An operation as in the contract is taken as it is, as text and as bytes, by either name of its name."""
    fields = {name: value for name, value in payload.items() if name != "operation"}
    for spelled in (payload, {"type": payload["operation"], **fields}):
        text = json.dumps({**spelled, "target_file": "p.toml"})
        for data in (text, text.encode()):
            request = parse(data)
            assert (request.name, request.fields, request.target_file) == (payload["operation"], fields, "p.toml")


def test_all_twelve_are_tried() -> None:
    """The table above has each operation once."""
    assert [payload["operation"] for payload in GOOD] == list(NAMES)


def test_validate_takes_an_operation() -> None:
    """With `type` as the name, `operation` is what is to be validated; its file is that of the whole."""
    inner = {"operation": "remove_rule", "id": "x"}
    request = parse(json.dumps({"type": "validate", "operation": {**inner, "target_file": "p.toml"}}))
    assert (request.name, request.fields, request.target_file) == ("validate", {"operation": inner}, "p.toml")


def test_every_problem_is_told_at_once() -> None:
    """Fields, values and the content of the rule are all looked at before anything is refused."""
    error = refused(
        {
            "operation": "add_rule",
            "dry_run": True,
            "rule_type": "alow",
            "section": "apply",
            "positon": "end",
            "rule": {"idd": "x", "tool": 3, "tool_regex": "(", "command": ["a\0"], "path": None},
        }
    )
    assert error.error_type == "invalid_operation"
    assert error.message.endswith("(and 10 more problems)")
    assert {detail.field: detail.suggestion for detail in error.details} == {
        "dry_run": "it is an option of the command: `--dry-run`",
        "rule_type": "did you mean `allow`?",
        "section": "choose another name, such as `git`; without a section the rule goes to the flat array",
        "positon": "did you mean `position`?",
        "rule.command[0]": "leave it out",
        "rule.path": "leave the field out",
        "rule.idd": "did you mean `id`?",
        "rule.tool": 'write for example `tool = "Bash"`',
        "rule.tool_regex": "keep one of them",
        "rule.id": 'add a short name: `"id": "run-make"`',
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"rule": {"id": "x", "tool": "Read", "tool_regex": "^R"}},
        {"rule": {"id": "x", "command_regex": "("}},
        {"rule": {"tool": "Read"}},
        {"rule": {"id": "x", "tol": "Read", "tool": "Read"}},
        {"rule": {"id": " x", "tool": "Read"}},
        {"rule": {"id": "x"}},
    ],
    ids=json.dumps,
)
def test_a_well_formed_request_for_a_bad_rule_is_a_matter_of_validation(changes: dict[str, Any]) -> None:
    """What the schema of policies forbids blocks, as it would in the file; the request as such is fine."""
    error = refused({"operation": "add_rule", "rule_type": "allow", **changes})
    assert error.error_type == "blocking_validation"
    assert all(detail.field.startswith("rule") for detail in error.details)


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ("", "the operation is empty"),
        ("[]", "the operation is not a JSON object but an array"),
        ('{"operation":"validate","operation":"batch"}', "the key `operation` occurs twice: which one counts?"),
        ('{"operation":"toggle_rule","id":"x","id":"y","enabled":true}', "the key `id` occurs twice"),
        ('{"operation":"add_rule","rule_type":"allow","rule":{"id":"x","expires":NaN}}', "`NaN` is not a JSON number"),
        ('{"operation":"add_rule","rule":1e999}', "the number `1e999` is out of range"),
        ('{"operation":"remove_rule","id":"a\nb"}', "the operation is not JSON: invalid control character"),
        ('{"operation":' + "[" * 300 + "]" * 300 + "}", "the operation is nested deeper than 200 levels"),
        (b"\xff{}", "the operation is not UTF-8"),
        ('{"id":"x"}', "the operation names no `operation`"),
        ('{"operation":"add-rule"}', "there is no operation `add-rule`"),
        ('{"operation":"validate","type":"validate"}', "both `type` and `operation` name the operation"),
        ('{"operation":3}', "the operation has a number as its `operation`"),
        ('{"operation":"rollback"}', "`rollback` needs either `to_commit` or `to_backup`"),
        ('{"operation":"rollback","to_commit":"a","to_backup":"b"}', "`rollback` needs either"),
        ('{"operation":"remove_rule","id":"a\\u001b[2J"}', "`id` holds a control character (U+001B)"),
        ('{"operation":"remove_rule","id":"a\\u0085"}', "`id` holds a control character (U+0085)"),
        ('{"operation":"remove_rule","id":"\\ud83d"}', "`id` holds half of a character (U+D83D)"),
        ('{"operation":"remove_rule","id":""}', "`id` is empty"),
        ('{"operation":"remove_rule","id":7}', "`id` must be a text, not a number"),
        ('{"operation":"toggle_rule","id":"x","enabled":"false"}', "`enabled` must be true or false, not a text"),
        ('{"operation":"update_llm_prompt","prompt":"a\\r\\n"}', "`prompt` holds a control character (U+000D)"),
        ('{"operation":"update_rule","id":"x","changes":{}}', "`changes` changes nothing"),
        ('{"operation":"update_rule","id":"x","changes":{"id":"y"}}', "an `id` cannot be changed"),
        ('{"operation":"update_rule","id":"x","changes":{"id":null}}', "an `id` cannot be changed"),
        (
            '{"operation":"add_rule","rule_type":"allow","rule":{"id":"x","tool":"a\\nb"}}',
            "`rule.tool` holds a control",
        ),
        ('{"operation":"reorder_rule","id":"x","move_to":"before"}', "`before` is not a place"),
        ('{"operation":"batch","operations":[]}', "a batch has from 1 to 100 operations, not 0"),
        ('{"operation":"batch","operations":[{"operation":"validate"}]}', "`validate` cannot stand in a batch"),
        ('{"type":"validate","operation":{"operation":"rollback","to_commit":"x"}}', "`rollback` cannot be validated"),
    ],
)
def test_what_is_no_operation(payload: str | bytes, message: str) -> None:
    """Text that is no operation, or could be read as two, is refused with one sentence that says why."""
    error = refused(payload)
    assert error.error_type == "invalid_operation"
    assert error.message.startswith(message)
    assert error.details


def test_sizes_have_limits() -> None:
    """5 MB of JSON, a batch of 101, a number of 65 bits and a table in a table in a table … are refused."""
    assert "larger than 1,048,576 bytes" in refused('{"operation":"' + "x" * 5_000_000 + '"}').message
    toggle = {"operation": "toggle_rule", "id": "x", "enabled": True}
    assert "not 101" in refused({"operation": "batch", "operations": [toggle] * 101}).message
    assert len(parse(json.dumps({"operation": "batch", "operations": [toggle] * 100})).fields["operations"]) == 100
    changes = {"max_retries": 2**63}
    assert "out of range" in refused({"operation": "update_llm_config", "changes": changes}).message
    deep: object = "x"
    for _ in range(20):
        deep = {"a": deep}
    assert (
        "nested deeper"
        in refused({"operation": "add_rule", "rule_type": "allow", "rule": {**RULE, "path": deep}}).message
    )


def test_operations_of_a_batch_change_one_file() -> None:
    """A file named within is the file of the batch, or the batch is refused."""
    one = {"operation": "remove_rule", "id": "x", "target_file": "a"}
    assert parse(json.dumps({"operation": "batch", "operations": [one, one]})).target_file == "a"
    error = refused({"operation": "batch", "target_file": "b", "operations": [one]})
    assert [detail.field for detail in error.details] == ["operations[0].target_file"]


def test_messages_show_no_control_characters() -> None:
    """A key or a value that would move the cursor is shown without what moves it."""
    error = refused({"operation": "remove_rule", "id": "x", "a\x1b[2J\ud800": 1, "enabled\u202e": 2})
    assert all("".join(detail).isprintable() for detail in error.details)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    "rule rule_type section position id changes enabled move_to prompt file operations operation type to_commit "
    "to_backup target_file dry_run x".split()
)


@given(st.sampled_from(NAMES), st.dictionaries(FIELDS, JSON, max_size=5))
def test_any_json_is_an_operation_or_refused(name: str, fields: dict[str, Any]) -> None:
    """Whatever the fields hold, the answer is an operation with checked fields, or an error with its problems."""
    request, problem = None, None
    try:
        request = parse(json.dumps({"operation": name, **fields}))
    except ApplyError as error:
        problem = error
    if request is not None:
        assert set(request.fields) <= set(request.operation.fields)
        assert all(name in request.fields for name, required in request.operation.fields.items() if required)
    if problem is not None:
        assert problem.error_type in ("invalid_operation", "blocking_validation")
        assert problem.details
        assert all("".join(detail).isprintable() for detail in problem.details)


@given(st.binary(max_size=60) | st.text(max_size=60))
def test_any_text_is_an_operation_or_refused(payload: bytes | str) -> None:
    """No text makes the decoder fail in any other way than it says."""
    with pytest.raises(ApplyError):
        parse(payload)
