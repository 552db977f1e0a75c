"""What the lane makes of the head of a request."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.agents.claude_code_http import HOOK_PATH, OUTCOME_PATH, PROOF_PATH
from callgate.daemon.http_files import Lane
from callgate.daemon.http_proof import proof
from callgate.daemon.http_rules import Call, Proof, Refusal, aims_at_hook, judge

LANE = Lane(20_001, "/run/gate.sock", "T" * 43)
GOOD = {
    b"host": b"127.0.0.1:20001",
    b"authorization": b"Bearer " + b"T" * 43,
    b"content-type": b"application/json",
}
ASKS = "asks"


def _judge(
    method: bytes = b"POST", target: bytes = HOOK_PATH.encode(), **changes: bytes | list[bytes] | None
) -> Call | Refusal | Proof:
    headers: dict[bytes, bytes | list[bytes] | None] = {**GOOD}
    headers |= {name.replace("_", "-").encode(): value for name, value in changes.items()}
    pairs = [
        (name, one)
        for name, value in headers.items()
        if value is not None
        for one in (value if isinstance(value, list) else [value])
    ]
    return judge(method, target, pairs, LANE)


def test_a_message_with_the_token_is_a_call() -> None:
    """Token, host, type and path are right: it is judged."""
    assert _judge() == Call(listens=False, arguments=(), environ={})
    assert _judge(target=OUTCOME_PATH.encode()) == Call(listens=True, arguments=("--outcome",), environ={})


REFUSED: list[tuple[str, dict[str, object], int, bool]] = [
    ("no host", {"host": None}, 421, False),
    ("the name of this machine", {"host": b"localhost:20001"}, 421, False),
    ("a name that was bound anew", {"host": b"evil.example:20001"}, 421, False),
    ("another port", {"host": b"127.0.0.1:20002"}, 421, False),
    ("no port", {"host": b"127.0.0.1"}, 421, False),
    ("two hosts", {"host": [b"127.0.0.1:20001", b"evil.example"]}, 421, False),
    ("a page", {"origin": b"https://evil.example"}, 403, False),
    ("a page on this machine", {"origin": b"http://127.0.0.1:20001"}, 403, False),
    ("a page without an origin", {"origin": b"null"}, 403, False),
    ("a browser", {"sec_fetch_site": b"cross-site"}, 403, False),
    ("a link", {"referer": b"http://127.0.0.1:20001/"}, 403, False),
    ("another path", {"target": b"/"}, 404, False),
    ("a path that is not quite it", {"target": b"/callgate/hook/"}, 404, False),
    ("an absolute address", {"target": b"http://127.0.0.1:20001/callgate/hook"}, 404, False),
    ("a look at it", {"method": b"GET"}, 405, False),
    ("a question before a page may", {"method": b"OPTIONS"}, 405, False),
    ("no token", {"authorization": None}, 401, True),
    ("an empty token", {"authorization": b"Bearer"}, 401, True),
    ("a part of the token", {"authorization": b"Bearer " + b"T" * 42}, 401, True),
    ("more than the token", {"authorization": b"Bearer " + b"T" * 44}, 401, True),
    ("another scheme", {"authorization": b"Basic " + b"T" * 43}, 401, True),
    ("two tokens", {"authorization": [b"Bearer " + b"T" * 43, b"Bearer x"]}, 401, True),
    ("no type", {"content_type": None}, 415, True),
    ("a form", {"content_type": b"text/plain"}, 415, True),
    ("a compressed message", {"content_encoding": b"gzip"}, 415, True),
    ("a relative policy", {"target": b"/callgate/hook?config=x.toml"}, 400, True),
    ("another option", {"target": b"/callgate/hook?test-mode=1"}, 400, True),
    ("two policies", {"target": b"/callgate/hook?config=/a&config=/b"}, 400, True),
    ("a policy with a NUL", {"target": b"/callgate/hook?config=/a%00b"}, 400, True),
    ("a variable twice", {"x_callgate_codex_home": [b"/a", b"/b"]}, 400, True),
]


@pytest.mark.parametrize(("changes", "status", "asks"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_refused(changes: dict[str, object], status: int, asks: bool) -> None:
    """What no host can have sent is refused; what one can have sent, by whatever fault, is asked about."""
    found = _judge(**changes)  # type: ignore[arg-type] # the table has the right types
    assert isinstance(found, Refusal)
    assert (found.status, bool(found.why)) == (status, asks)


def test_what_headers_carry() -> None:
    """Variables that are not set come as nothing and count as unset; others are taken as they are."""
    found = _judge(
        x_callgate_claude_config_dir=b"/home/j\xfcrgen/.claude", x_callgate_codex_home=b"", x_callgate_home=b"/evil"
    )
    assert found == Call(False, (), {"CLAUDE_CONFIG_DIR": "/home/jürgen/.claude"})


def test_a_policy_file_in_the_address() -> None:
    """`--config` of a registration stands in its address, for calls to decide."""
    found = _judge(target=b"/callgate/hook?config=/home/u/my%20policy%26.toml")
    assert found == Call(False, ("--config", "/home/u/my policy&.toml"), {})


def test_whoever_has_the_token_proves_it() -> None:
    """The answer to a nonce is another for each port, token and nonce, and comes for a nonce alone."""
    nonce = "0" * 32
    found = judge(b"GET", PROOF_PATH.encode(), [(b"host", b"127.0.0.1:20001"), (b"x-callgate-nonce", b"0" * 32)], LANE)
    assert found == Proof(proof(LANE, nonce))
    others = {proof(LANE._replace(port=1), nonce), proof(LANE._replace(token="U" * 43), nonce), proof(LANE, "1" * 32)}
    assert len(others | {proof(LANE, nonce)}) == 4
    for bad in ([], [b"0" * 31], [b"0" * 32, b"0" * 32], [b"Z" * 32]):
        headers = [(b"host", b"127.0.0.1:20001"), *((b"x-callgate-nonce", one) for one in bad)]
        assert isinstance(judge(b"GET", PROOF_PATH.encode(), headers, LANE), Refusal)


def test_what_aims_at_the_hook() -> None:
    """A request that cannot be read is known by its first words alone."""
    assert aims_at_hook(b"POST /callgate/hook HTTP/1.1\r\n")
    assert aims_at_hook(b"POST /callgate/hook?config=/x HTTP")
    for other in (
        b"",
        b"POST /callgate/hook",
        b"POST /callgate/hooks HTTP",
        b"GET /callgate/hook HTTP",
        b"post /callgate",
    ):
        assert not aims_at_hook(other)


HEADER = st.tuples(
    st.sampled_from([*GOOD, b"origin", b"x-callgate-codex-home", b"content-encoding", b"x"]), st.binary(max_size=60)
)


@given(st.sampled_from([b"POST", b"GET"]), st.binary(max_size=40), st.lists(HEADER, max_size=8))
def test_no_call_without_the_token(method: bytes, query: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    """Whatever else a request has, without the token it is no call; and nothing raises."""
    others = [(name, value) for name, value in headers if value != GOOD[b"authorization"]]
    assert not isinstance(judge(method, HOOK_PATH.encode() + query, others, LANE), Call)
