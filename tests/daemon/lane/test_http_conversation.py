"""Connections to the lane: in order, out of order, and against it."""

from __future__ import annotations

import contextlib
import itertools
import time
from typing import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lane_world import ANSWER, Conversation, OwnLane, ask, request

from callgate.agents.claude_code_http import HOOK_PATH, OUTCOME_PATH
from callgate.daemon import http_conversation, http_server


@pytest.fixture
def own() -> Iterator[OwnLane]:
    """A lane with scripted answers."""
    with OwnLane() as lane:
        yield lane


def _until(condition: object, own: OwnLane) -> None:
    until = time.monotonic() + 20
    while not own.do(condition):  # type: ignore[arg-type] # a function
        assert time.monotonic() < until
        time.sleep(0.01)


def test_many_requests_over_one_connection(own: OwnLane) -> None:
    """A connection is kept, and each request gets its own answer."""
    with Conversation(own.lane.port) as one:
        for number in range(5):
            reply = one.say(request(own.lane, b'{"n":%d}' % number)).reply()
            assert (reply.status, reply.body) == (200, ANSWER)
            assert "connection" not in reply.headers
    assert [body for _, body in own.answers.seen] == [b'{"n":%d}' % number for number in range(5)]
    assert own.server.connections == 1


def test_requests_before_the_answers(own: OwnLane) -> None:
    """Requests that come all at once, or byte by byte, are answered in order."""
    bodies = [b'{"n":%d}' % number for number in range(20)]
    data = b"".join(request(own.lane, body) for body in bodies)
    with Conversation(own.lane.port) as one:
        one.say(data)
        assert [one.reply().body for _ in bodies] == [ANSWER] * 20
    with Conversation(own.lane.port) as one:
        for piece in (
            itertools.batched(data[: len(data) // 10], 7) if hasattr(itertools, "batched") else _pieces(data, 7)
        ):
            one.say(bytes(piece))
        assert one.reply().body == ANSWER
    assert [body for _, body in own.answers.seen[:20]] == bodies


def _pieces(data: bytes, size: int) -> list[bytes]:
    whole = data[: len(data) // 10]
    return [whole[at : at + size] for at in range(0, len(whole), size)]


def test_a_message_in_chunks(own: OwnLane) -> None:
    """A host may send chunks, and may wait to be told to go on."""
    head = request(own.lane, b"", content_length=None, transfer_encoding="chunked", expect="100-continue")
    with Conversation(own.lane.port) as one:
        assert one.say(head).reply().status == 100
        assert one.say(b'3\r\n{"a\r\n4\r\n":1}\r\n0\r\n\r\n').reply().body == ANSWER
    assert own.answers.seen[0][1] == b'{"a":1}'


def test_no_opinion_has_no_body(own: OwnLane) -> None:
    """An event that needs no decision is answered with 200 and nothing."""
    reply = ask(own.lane, path=OUTCOME_PATH)
    assert (reply.status, reply.body, reply.headers["content-length"]) == (200, b"", "0")
    assert own.answers.seen[0][0].listens


def test_a_wrong_token_is_asked_about(own: OwnLane) -> None:
    """A hook without the right token is not consent: the call is asked about, and the reason says what to do."""
    reply = ask(own.lane, b"x" * 100_000, authorization="Bearer x")
    assert reply.decision == "ask"
    assert "CALLGATE_HTTP_TOKEN" in reply.reason
    assert reply.headers["connection"] == "close"
    assert own.answers.seen == []
    assert own.server.refused == {"a wrong token": 1}
    assert "token" in own.statistics.faults[0].text
    assert ask(own.lane, path=OUTCOME_PATH, authorization="Bearer x").status == 401


def test_a_page_learns_nothing(own: OwnLane) -> None:
    """A browser's request is refused before its body, with nothing in the answer that a page could read."""
    for reply in (ask(own.lane, origin="https://evil.example"), ask(own.lane, host="evil.example")):
        assert reply.status in (403, 421)
        assert reply.body == b""
        assert not [name for name in reply.headers if name.startswith("access-control")]
    assert own.answers.seen == []


def test_too_large_to_be_judged(own: OwnLane, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than the hook takes is taken to its end, kept nowhere, and asked about; the connection goes on."""
    monkeypatch.setattr(http_conversation, "MAX_INPUT", 1000)
    with Conversation(own.lane.port) as one:
        assert one.say(request(own.lane, b"x" * 1_000_001)).reply().body == b'{"too":"large"}\n'
        assert one.say(request(own.lane)).reply().body == ANSWER
    assert own.server.buffered == 0


def test_an_event_that_is_too_large(own: OwnLane, monkeypatch: pytest.MonkeyPatch) -> None:
    """An event that needs no decision is refused when it is too large: the host goes on, as it would have."""
    monkeypatch.setattr(http_conversation, "MAX_EVENT", 1000)
    assert ask(own.lane, b"x" * 300_000, path=OUTCOME_PATH).status == 413
    assert own.server.buffered == 0


def test_too_much_at_once(own: OwnLane, monkeypatch: pytest.MonkeyPatch) -> None:
    """All connections together hold so much and no more; a call beyond that is asked about."""
    monkeypatch.setattr(http_conversation, "MAX_BUFFERED", 50_000)
    with Conversation(own.lane.port) as first, Conversation(own.lane.port) as second:
        first.say(request(own.lane, b"x" * 40_000, content_length="45000"))
        _until(lambda: own.server.buffered == 40_000, own)
        reply = second.say(request(own.lane, b"x" * 20_000)).reply()
        assert reply.decision == "ask"
        assert first.say(b"x" * 5_000).reply().body == ANSWER
    assert own.server.buffered == 0


def test_slow_senders(own: OwnLane, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests that never end are ended: with an *ask* where they are to decide, and others are served meanwhile."""
    monkeypatch.setattr(http_server, "PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(http_server, "SWEEP_SECONDS", 0.05)
    monkeypatch.setattr(http_server, "STRANGER_SECONDS", 0.2)
    whole = request(own.lane, b"{}" * 50)
    with Conversation(own.lane.port) as head, Conversation(own.lane.port) as body, Conversation(own.lane.port) as none:
        head.say(whole[:60])
        body.say(whole[:-1])
        assert ask(own.lane).body == ANSWER
        assert head.reply().decision == "ask"
        assert body.reply().decision == "ask"
        assert none.ended()
    _until(lambda: not own.server.open, own)
    assert own.server.buffered == 0
    assert own.server.refused["a request took too long"] == 2


def test_too_many_connections(own: OwnLane, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit strangers make room, the oldest first; who has shown the token stays."""
    monkeypatch.setattr(http_server, "MAX_CONNECTIONS", 5)
    with Conversation(own.lane.port) as known:
        assert known.say(request(own.lane)).reply().body == ANSWER
        strangers = [Conversation(own.lane.port).say(b"POST /slow") for _ in range(30)]
        _until(lambda: own.server.connections == 31, own)
        assert own.do(lambda: len(own.server.open)) <= 5
        assert known.say(request(own.lane)).reply().body == ANSWER
        assert ask(own.lane).body == ANSWER
        for one in strangers:
            one.__exit__()


def test_a_client_that_never_reads(own: OwnLane) -> None:
    """Answers that nobody takes do not pile up: the next requests of that connection wait."""
    own.answers.output = b"x" * 200_000
    with Conversation(own.lane.port) as one:
        one.say(request(own.lane) * 500)
        _until(lambda: len(own.answers.seen) > 0, own)
        time.sleep(0.2)
        assert own.do(lambda: len(own.answers.seen)) < 100
        assert ask(own.lane).status == 200


def test_an_answer_by_a_process(own: OwnLane) -> None:
    """What is not answered at once is answered later, others are served meanwhile, and requests stay in order."""
    own.answers.slow = True
    with Conversation(own.lane.port) as one:
        one.say(request(own.lane) + request(own.lane, b'{"second":1}'))
        _until(lambda: own.answers.handed_on == 1, own)
        own.answers.slow = False
        assert ask(own.lane).body == ANSWER
        own.do(own.answers.release.set)
        assert one.reply().body == b'{"late":true}\n'
        assert one.reply().body == ANSWER


def test_a_fault_of_ours(own: OwnLane) -> None:
    """What goes wrong in the daemon is asked about and told; the next request is served."""
    own.answers.broken = True
    reply = ask(own.lane)
    assert reply.decision == "ask"
    assert "on purpose" in reply.reason
    assert ask(own.lane, path=OUTCOME_PATH).status == 500
    assert "on purpose" in own.statistics.faults[0].text
    own.answers.broken = False
    assert ask(own.lane).body == ANSWER


def test_an_outdated_daemon_judges_nothing(own: OwnLane) -> None:
    """When the code on the disk is another, a process that runs it answers."""
    own.outdated = True
    own.do(own.answers.release.set)
    assert ask(own.lane).body == b'{"late":true}\n'
    assert own.answers.seen == []


def test_a_client_that_goes_takes_its_process_with_it(own: OwnLane) -> None:
    """Nobody waits any more: the process that looks for the answer is ended."""
    own.answers.slow = True
    with Conversation(own.lane.port) as one:
        one.say(request(own.lane))
        _until(lambda: own.answers.handed_on == 1, own)
    # Its end shows only when it is read for again, or written to.
    own.do(own.server.end)
    _until(lambda: own.answers.cancelled, own)


def test_leaving(own: OwnLane) -> None:
    """A lane that leaves ends what is idle, and answers what is under way."""
    own.answers.slow = True
    with Conversation(own.lane.port) as idle, Conversation(own.lane.port) as busy:
        own.answers.slow = False
        idle.say(request(own.lane)).reply()
        own.answers.slow = True
        busy.say(request(own.lane))
        _until(lambda: own.answers.handed_on == 1, own)
        own.do(own.server.leave)
        assert idle.ended()
        own.do(own.answers.release.set)
        reply = busy.reply()
        assert reply.body == b'{"late":true}\n'
        assert reply.headers["connection"] == "close"


NOT_HTTP = [
    b"\r\n\r\n",
    b"GET\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00",
    b"x" * 100_000,
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
]


@pytest.mark.parametrize("data", NOT_HTTP)
def test_not_for_the_hook(own: OwnLane, data: bytes) -> None:
    """What aims elsewhere gets no decision, and others are served."""
    with Conversation(own.lane.port) as one:
        one.say(data).finish()
        with contextlib.suppress(ConnectionError):
            assert one.reply().status >= 400
    assert ask(own.lane).body == ANSWER


START = f"POST {HOOK_PATH} HTTP/1.1\r\n".encode()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
@example(b"Host: 127.0.0.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n")
@example(b"X: " + b"y" * 200_000 + b"\r\n\r\n")
@example(b"Transfer-Encoding: gzip, chunked\r\n\r\n")
@example(b"Host : x\r\n\r\n")
@example(b" folded\r\n\r\n")
def test_whatever_aims_at_the_hook_is_never_consent(own: OwnLane, data: bytes) -> None:
    """A request to decide that cannot be read, or ends too soon, is an *ask*; only one of another host name is not."""
    with Conversation(own.lane.port) as one:
        reply = one.say(START + data).finish().reply()
    if reply.status == 421:  # it could be read, and names no host, or another
        assert b"\r\n\r\n" in START + data or b"\n\n" in data or b"\n\r\n" in data
    else:
        assert reply.decision == "ask"
