"""The scripted model itself: were it wrong, the end-to-end tests would prove nothing."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any

import pytest

from .model_server import FINAL_TEXT, ModelServer, ToolResult, ToolUse, stream_events

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = "printf 'é \U0001f600 \"quoted\"' && ls a-file-with-a-rather-long-name"
SCRIPT = [
    [ToolUse("toolu_a", "Bash", {"command": COMMAND})],
    [ToolUse("toolu_b", "Read", {"file_path": "/b"}), ToolUse("toolu_c", "Read", {"file_path": "/c"})],
]


@pytest.fixture
def model() -> Iterator[ModelServer]:
    """A model that is listening."""
    with ModelServer(SCRIPT) as server:
        yield server


def _conversation(*done: str) -> dict[str, Any]:
    """A request that carries a result for each id in *done*."""
    blocks = [{"type": "tool_result", "tool_use_id": each, "content": f"result of {each}"} for each in done]
    return {"model": "m", "tools": [{"name": "Bash"}], "messages": [{"role": "user", "content": blocks}]}


def _ask(model: ModelServer, method: str, path: str, body: bytes = b"") -> tuple[int, str]:
    connection = HTTPConnection(model.url.removeprefix("http://"), timeout=10)
    try:
        connection.request(method, path, body)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def test_turns_advance_only_when_every_result_is_back(model: ModelServer) -> None:
    """A turn is repeated until each of its calls has a result, and each message has an id of its own."""
    answers = [model.answer(_conversation(*done)) for done in ((), ("toolu_a",), ("toolu_a", "toolu_c"))]
    last = model.answer(_conversation("toolu_a", "toolu_b", "toolu_c"))

    assert [[block["id"] for block in answer["content"]] for answer in answers] == [
        ["toolu_a"],
        ["toolu_b", "toolu_c"],
        ["toolu_b", "toolu_c"],
    ]
    assert (last["content"], last["stop_reason"]) == ([{"type": "text", "text": FINAL_TEXT}], "end_turn")
    assert len({answer["id"] for answer in [*answers, last]}) == 4


def test_results_are_recorded_with_their_error_flag(model: ModelServer) -> None:
    """What came back for a call is kept as text, whether it was sent as a string or as blocks."""
    request = _conversation("toolu_a")
    blocks = [{"type": "text", "text": "no"}, {"type": "text", "text": "way"}]
    result = {"type": "tool_result", "tool_use_id": "toolu_b", "is_error": True, "content": blocks}
    request["messages"][0]["content"].append(result)

    model.answer(request)

    assert model.results == {
        "toolu_a": ToolResult(is_error=False, content="result of toolu_a"),
        "toolu_b": ToolResult(is_error=True, content="no\nway"),
    }


def test_a_question_without_tools_does_not_move_the_script(model: ModelServer) -> None:
    """The client's own questions (a title, a summary) get plain text."""
    answer = model.answer({"messages": [{"role": "user", "content": "a title, please"}]})

    assert answer["content"] == [{"type": "text", "text": FINAL_TEXT}]
    assert model.answer(_conversation())["content"][0]["id"] == "toolu_a"


def test_a_streamed_input_adds_up_to_the_scripted_one(model: ModelServer) -> None:
    """The pieces of `input_json_delta`, joined, are the call's input."""
    events = list(stream_events(model.answer(_conversation())))
    pieces = [data["delta"]["partial_json"] for name, data in events if name == "content_block_delta"]

    assert len(pieces) > 1
    assert json.loads("".join(pieces)) == {"command": COMMAND}
    assert [name for name, _ in events if name != "content_block_delta"] == [
        "message_start",
        "content_block_start",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "says"),
    [
        ("HEAD", "/", b"", 200, ""),
        ("GET", "/api/anything", b"", 404, "not_found_error"),
        ("POST", "/v1/messages/count_tokens?beta=true", b"{}", 200, "input_tokens"),
        ("POST", "/v1/elsewhere", b"{}", 404, "not_found_error"),
        ("POST", "/v1/messages", b"{", 400, "invalid_request_error"),
        ("POST", "/v1/messages?beta=true", b'{"messages": []}', 200, FINAL_TEXT),
        ("POST", "/v1/messages", b'{"messages": [], "stream": true}', 200, "event: message_stop"),
    ],
)
def test_every_kind_of_request_is_answered(
    model: ModelServer, method: str, path: str, body: bytes, status: int, says: str
) -> None:
    """The client's side requests get an answer that it understands, never a hang."""
    answered, text = _ask(model, method, path, body)

    assert answered == status
    assert says in text
