"""A model that says exactly what a test scripts: the Anthropic Messages API on loopback, streamed.

A script is a list of turns, each a list of `ToolUse`. The server keeps no position: the turn that it plays is
the first one with a call whose result the client has not sent back, so a repeated request gets the same turn
again. When every call has its result, it says `FINAL_TEXT` and ends.
"""

from __future__ import annotations

import itertools
import json
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple, Self
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import TracebackType

FINAL_TEXT = "script finished"
"""What the model says after the last turn; the client reports it as its `result`."""

_IDLE_SECONDS = 60.0
_POLL_SECONDS = 0.02
_PIECE = 24
_USAGE = {"input_tokens": 10, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 5}


class ToolUse(NamedTuple):
    """One call that the model asks for."""

    id: str
    """Unique in the script; the client hands it to hooks as `tool_use_id`."""
    name: str
    """Tool name as the client spells it."""
    input: Mapping[str, Any]


class ToolResult(NamedTuple):
    """What the client sent back for one call."""

    is_error: bool
    content: str
    """All text of the result, blocks joined by newlines."""


class ModelServer:
    """The scripted model; a context manager, serving on a free port of 127.0.0.1 while it is open."""

    def __init__(self, turns: Sequence[Sequence[ToolUse]]) -> None:
        self._turns = turns
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, self))
        self._http.daemon_threads = True
        self._thread = threading.Thread(
            target=self._http.serve_forever, args=(_POLL_SECONDS,), name="model-server", daemon=True
        )
        self.results: dict[str, ToolResult] = {}
        """Id of a call -> the result that came back."""
        self.offered: list[str] = []
        """Names of the tools that the client offered last."""
        self.requests: list[str] = []
        """Every request line seen (`POST /v1/messages`), in order of arrival, for a failed test's message."""

    @property
    def url(self) -> str:
        """Base address for `ANTHROPIC_BASE_URL`."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(timeout=5)

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return the whole message that answers one Messages API request, after noting the results in it."""
        with self._lock:
            number = next(self._numbers)
            blocks: list[dict[str, Any]] = []
            # Without tools it is one of the client's own questions (a title, a summary), not the conversation.
            if request.get("tools"):
                self.offered = [str(tool.get("name")) for tool in request["tools"]]
                self.results.update(_results_in(request))
                blocks = self._next_turn()
        tools = bool(blocks)
        return {
            "id": f"msg_{number:06d}",
            "type": "message",
            "role": "assistant",
            "model": str(request.get("model", "scripted")),
            "content": blocks or [{"type": "text", "text": FINAL_TEXT}],
            "stop_reason": "tool_use" if tools else "end_turn",
            "stop_sequence": None,
            "usage": dict(_USAGE),
        }

    def _next_turn(self) -> list[dict[str, Any]]:
        for turn in self._turns:
            if any(call.id not in self.results for call in turn):
                return [{"type": "tool_use", "id": call.id, "name": call.name, "input": call.input} for call in turn]
        return []


def stream_events(message: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the (event name, data) pairs that stream `message`, tool inputs in pieces as the real API sends them."""
    opening = {**message, "content": [], "stop_reason": None}
    yield "message_start", {"type": "message_start", "message": opening}
    for index, block in enumerate(message["content"]):
        if block["type"] == "tool_use":
            text = json.dumps(block["input"])
            start = {**block, "input": {}}
            deltas = [
                {"type": "input_json_delta", "partial_json": text[at : at + _PIECE]}
                for at in range(0, len(text), _PIECE)
            ]
        else:
            start = {"type": "text", "text": ""}
            deltas = [{"type": "text_delta", "text": block["text"]}]
        yield "content_block_start", {"type": "content_block_start", "index": index, "content_block": start}
        for delta in deltas:
            yield "content_block_delta", {"type": "content_block_delta", "index": index, "delta": delta}
        yield "content_block_stop", {"type": "content_block_stop", "index": index}
    end = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield "message_delta", {"type": "message_delta", "delta": end, "usage": {"output_tokens": 5}}
    yield "message_stop", {"type": "message_stop"}


def _results_in(request: Mapping[str, Any]) -> dict[str, ToolResult]:
    found: dict[str, ToolResult] = {}
    for message in request.get("messages", []):
        content = message.get("content")
        for block in content if isinstance(content, list) else []:
            if block.get("type") == "tool_result":
                result = ToolResult(bool(block.get("is_error", False)), _text_of(block.get("content", "")))
                found[str(block["tool_use_id"])] = result
    return found


def _text_of(content: object) -> str:
    if isinstance(content, str):
        return content
    blocks = content if isinstance(content, list) else []
    return "\n".join(str(block.get("text", "")) for block in blocks if isinstance(block, dict))


class _Handler(BaseHTTPRequestHandler):
    """One connection of the client."""

    protocol_version = "HTTP/1.1"
    timeout = _IDLE_SECONDS

    def __init__(self, model: ModelServer, *arguments: Any) -> None:  # noqa: ANN401 - passed on to the base class
        self._model = model
        super().__init__(*arguments)  # which serves the connection, and returns when it is done

    def do_HEAD(self) -> None:
        """Answer the client's reachability probe."""
        self._model.requests.append(f"HEAD {self.path}")
        self._send(200, b"")

    def do_GET(self) -> None:
        """Answer anything but the Messages API: there is nothing else here."""
        self._model.requests.append(f"GET {self.path}")
        self._send(404, _error("not_found_error", f"no `{self.path}` on the scripted model"))

    def do_POST(self) -> None:
        """Play the next turn, or count tokens."""
        self._model.requests.append(f"POST {self.path}")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urlsplit(self.path).path
        if path == "/v1/messages":
            try:
                request = json.loads(body)
            except ValueError as error:
                self._send(400, _error("invalid_request_error", str(error)))
                return
            self._reply(self._model.answer(request), streamed=bool(request.get("stream")))
        elif path == "/v1/messages/count_tokens":
            self._send(200, json.dumps({"input_tokens": 10}).encode())
        else:
            self._send(404, _error("not_found_error", f"no `{path}` on the scripted model"))

    def _reply(self, message: Mapping[str, Any], *, streamed: bool) -> None:
        if not streamed:
            self._send(200, json.dumps(message).encode())
            return
        events = stream_events(message)
        text = "".join(f"event: {name}\ndata: {json.dumps(data)}\n\n" for name, data in events)
        self._send(200, text.encode(), kind="text/event-stream")

    def _send(self, status: int, body: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Keep standard error for the test's own words."""


def _error(kind: str, message: str) -> bytes:
    return json.dumps({"type": "error", "error": {"type": kind, "message": message}}).encode()
