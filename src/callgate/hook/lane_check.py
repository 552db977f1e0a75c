"""The HTTP lane at the beginning of a session: have a daemon serve it, and say what keeps calls from it.

Claude Code goes on without a word when an HTTP hook does not answer: this is the last moment at which that can be told.
"""

from __future__ import annotations

import signal
from typing import Final, Mapping

from callgate.agents.claude_code_http import ADDRESS, TOKEN_VARIABLE
from callgate.daemon.http_files import LaneError, read_lane
from callgate.daemon.http_proof import wait_for
from callgate.daemon.starting import ensure
from callgate.doctor.fire_http import proxy_of
from callgate.host import Places

WAIT_SECONDS: Final = 3.0
"""For the daemon to start and to serve the lane; it takes less than one."""

_RESERVE_SECONDS: Final = 0.5
"""Of the hook's own deadline, for the rest of the answer: a warning that comes too late is none."""

_DOCTOR: Final = "run `callgate doctor` in a terminal"


def warning_of(places: Places, environ: Mapping[str, str]) -> str:
    """Return what the person is to be told; empty when calls reach the gate.

    Args:
        places: of the user.
        environ: of the hook, which is that of the host.
    """
    fault = _unserved(places, environ)
    if fault:
        return f"callgate does not judge the tool calls of this session: {fault}; {_DOCTOR}."
    proxy = proxy_of(environ, ADDRESS)
    if proxy:
        what = f"`{proxy}` sends them to a proxy; add {ADDRESS} to NO_PROXY"
        return f"callgate does not judge the tool calls of this session: {what}, or {_DOCTOR}."
    lane = read_lane(places)
    if lane is not None and environ.get(TOKEN_VARIABLE) != lane.token:
        what = f"{TOKEN_VARIABLE} is not the token of its HTTP lane"
        return f"callgate asks about each tool call of this session: {what}; {_DOCTOR}."
    return ""


def _unserved(places: Places, environ: Mapping[str, str]) -> str:
    try:
        lane = read_lane(places)
        if lane is None:
            return "its HTTP lane is off"
        ensure(lane.socket, environ)
    except LaneError as error:
        return str(error)
    except OSError as error:
        return f"no daemon can be started: {error.strerror or error}"
    return wait_for(lane, seconds=_patience())


def _patience() -> float:
    left = signal.getitimer(signal.ITIMER_REAL)[0]
    return max(0.1, min(WAIT_SECONDS, left - _RESERVE_SECONDS)) if left else WAIT_SECONDS
