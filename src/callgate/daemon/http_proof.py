"""Whoever listens at the lane's port proves that it knows the token, before anybody tells it the token.

Another user of the machine who sits on the port would collect the token and could answer *allow*. So a question comes
first that only holders of the token can answer: a random number, and back comes its HMAC-SHA256 under the token.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from typing import Final

from callgate.agents.claude_code_http import ADDRESS, PROOF_PATH
from callgate.daemon.http_client import BadReplyError, exchange
from callgate.daemon.http_files import Lane

NONCE_HEADER: Final = "X-Callgate-Nonce"
NONCE: Final = re.compile(r"[0-9a-f]{32}")
SECONDS: Final = 1.0

_CONTEXT: Final = "callgate http lane 1"
_PAUSE: Final = 0.02


def proof(lane: Lane, nonce: str) -> str:
    """Return the answer to *nonce*: hexadecimal, 64 characters."""
    text = f"{_CONTEXT}\n{lane.port}\n{nonce}"
    return hmac.new(lane.token.encode("ascii"), text.encode("ascii"), hashlib.sha256).hexdigest()


def fault_of(lane: Lane, *, seconds: float = SECONDS) -> str:
    """Ask whoever listens at the lane's port; return why it is not our daemon, or nothing.

    Args:
        lane: its port and token.
        seconds: for all of it.
    """
    nonce = secrets.token_hex(16)
    there = f"{ADDRESS}:{lane.port}"
    try:
        reply = exchange(lane.port, "GET", PROOF_PATH, [(NONCE_HEADER, nonce)], seconds=seconds)
    except ConnectionRefusedError:
        return f"nobody listens at {there}"
    except (OSError, BadReplyError) as error:
        return f"what listens at {there} does not answer: {error}"
    if reply.status != 200 or not hmac.compare_digest(reply.body.strip(), proof(lane, nonce).encode("ascii")):
        return f"what listens at {there} does not know the token: another program, or another user's"
    return ""


def wait_for(lane: Lane, *, seconds: float) -> str:
    """As `fault_of`, again and again for at most *seconds* until the lane answers."""
    until = time.monotonic() + seconds
    while True:
        fault = fault_of(lane, seconds=max(0.05, min(SECONDS, until - time.monotonic())))
        if not fault or time.monotonic() >= until:
            return fault
        time.sleep(_PAUSE)
