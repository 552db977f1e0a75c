"""What the HTTP lane makes of the head of a request. Pure.

A host takes every status but 2xx for *go on*. So whatever may come from a host, be it a wrong token or a header that
is too long, is answered with 200 and an explicit *ask*; a browser gets a refusal, and nobody learns anything from it.
"""

from __future__ import annotations

import hmac
from typing import Final, Iterable, NamedTuple

from callgate.agents.claude_code_http import (
    ADDRESS,
    HOOK_PATH,
    OUTCOME_PATH,
    PASSED,
    PROOF_PATH,
    TOKEN_VARIABLE,
    config_of,
    header_of,
)
from callgate.daemon.http_files import Lane
from callgate.daemon.http_proof import NONCE, NONCE_HEADER, proof

Headers = Iterable[tuple[bytes, bytes]]
"""Names in lower case, values without the space around them."""

_VARIABLES: Final = {header_of(name).lower().encode(): name for name in PASSED}
_BROWSERS: Final = (b"origin", b"referer", b"sec-fetch-site", b"sec-fetch-mode", b"sec-fetch-dest")
"""Every browser sends one of these with every request that a page can cause; a host sends none."""

WRONG_TOKEN: Final = (
    f"its HTTP hook came without the right token: {TOKEN_VARIABLE} is not set where Claude Code was started, or "
    "something changed it; `callgate doctor` says what to do"
)


class Call(NamedTuple):
    """A message of a host that holds the token."""

    listens: bool
    """For an event that needs no decision."""
    arguments: tuple[str, ...]
    """Of the hook."""
    environ: dict[str, str]
    """What the headers carry of the host's environment."""


class Refusal(NamedTuple):
    """Not answered. On the path of the hook it becomes an *ask* that says `why`."""

    status: int
    name: str
    """For the counts; one of a few."""
    why: str = ""
    """For the person who is asked; empty where no host can be the sender."""


class Proof(NamedTuple):
    """The answer to a nonce."""

    text: str


def judge(method: bytes, target: bytes, headers: Headers, lane: Lane) -> Call | Refusal | Proof:
    """Return what the head of a request asks for."""
    fields: dict[bytes, list[bytes]] = {}
    for name, value in headers:
        fields.setdefault(name, []).append(value)
    if fields.get(b"host") != [f"{ADDRESS}:{lane.port}".encode()]:
        return Refusal(421, "another host name")
    if any(name in fields for name in _BROWSERS):
        return Refusal(403, "a browser")
    path, _, query = target.partition(b"?")
    if path == PROOF_PATH.encode():
        return _proof(method, fields, lane)
    if path not in (HOOK_PATH.encode(), OUTCOME_PATH.encode()):
        return Refusal(404, "no such path")
    if method != b"POST":
        return Refusal(405, "another method")
    return _call(path == OUTCOME_PATH.encode(), query, fields, lane)


def aims_at_hook(data: bytes) -> bool:
    """Whether *data*, the beginning of a request that cannot be read, is one to decide a call."""
    start = f"POST {HOOK_PATH}".encode()
    return data.startswith(start) and data[len(start) : len(start) + 1] in (b" ", b"?")


def _proof(method: bytes, fields: dict[bytes, list[bytes]], lane: Lane) -> Proof | Refusal:
    nonces = fields.get(NONCE_HEADER.lower().encode(), [])
    if method != b"GET" or len(nonces) != 1:
        return Refusal(400, "no nonce")
    nonce = nonces[0].decode("latin-1")
    return Proof(proof(lane, nonce)) if NONCE.fullmatch(nonce) else Refusal(400, "no nonce")


def _call(listens: bool, query: bytes, fields: dict[bytes, list[bytes]], lane: Lane) -> Call | Refusal:
    given = fields.get(b"authorization", [])
    # One comparison whatever came, so that the time tells nothing.
    if not hmac.compare_digest(b"\0".join(given), f"Bearer {lane.token}".encode()):
        return Refusal(401, "a wrong token", WRONG_TOKEN)
    kinds = fields.get(b"content-type", [])
    if len(kinds) != 1 or kinds[0].partition(b";")[0].strip().lower() != b"application/json":
        return Refusal(415, "another content type", "the message is not `application/json`")
    if fields.get(b"content-encoding", [b"identity"]) != [b"identity"]:
        return Refusal(415, "another content type", "the message is compressed")
    environ: dict[str, str] = {}
    for header, variable in _VARIABLES.items():
        values = fields.get(header, [])
        if len(values) > 1:
            return Refusal(400, "a header twice", f"the header of {variable} came twice")
        if values and values[0]:
            environ[variable] = values[0].decode("latin-1")
    try:
        config = config_of(query.decode("ascii"))
    except ValueError:
        return Refusal(400, "a wrong address", "the address in the registration is not one that `install` writes")
    arguments = ("--config", config) if config and not listens else ()
    return Call(listens, (*arguments, "--outcome") if listens else arguments, environ)
