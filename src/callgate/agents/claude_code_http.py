"""Claude Code's `http` hooks: what callgate registers, and what the host then sends. Pure.

Measured with release 2.1.329: `$NAME` in a header becomes the variable's value when `allowedEnvVars` names it, from the
host's own environment with the `env` of all settings files laid over it (a checkout's, too). A variable that is not
set becomes nothing, control characters and characters beyond U+00FF are left out. `CLAUDE_PROJECT_DIR` is
not set there.
"""

from __future__ import annotations

import re
from typing import Final, Mapping
from urllib.parse import parse_qsl, quote, urlsplit

ADDRESS: Final = "127.0.0.1"
"""The only address that the lane is served on, and the only one that a registration names."""

HOOK_PATH: Final = "/callgate/hook"
"""Calls to decide. Whatever comes here from a host is answered with a decision, if only *ask*."""

OUTCOME_PATH: Final = "/callgate/outcome"
"""Events that need no decision."""

PROOF_PATH: Final = "/callgate/proof"
"""Who listens shows here that it knows the token, without being told."""

TOKEN_VARIABLE: Final = "CALLGATE_HTTP_TOKEN"  # noqa: S105 - the name of a variable
"""What the host's environment must hold."""

PASSED: Final = (
    "CLAUDE_PERMISSIONS_CONFIG", "CLAUDE_CONFIG_DIR", "CODEX_HOME", "CLAUDE_CODE_SESSION_ATTENDED",
    "CLAUDE_CODE_ENTRYPOINT",
)  # fmt: skip
"""What else a decision, and the notes on a call, depend on of the host's environment. Home and state directory are
those of the daemon: a header cannot carry every path, and a path that was cut would be another user's."""

MAX_TRANSCRIPT_NAME: Final = 200
"""Characters; the host cuts longer names of a project's directory."""

_NOT_PLAIN = re.compile(r"[^a-zA-Z0-9]")


def header_of(variable: str) -> str:
    """Return the name of the header that carries *variable*."""
    return "X-Callgate-" + variable.replace("_", "-").title()


def url(port: int, path: str, config: str = "") -> str:
    """Return the address of a hook; *config* is a policy file that is used alone, or nothing."""
    return f"http://{ADDRESS}:{port}{path}" + (f"?config={quote(config, safe='/')}" if config else "")


def http_handler(port: int, path: str, timeout: int, config: str = "") -> dict[str, object]:
    """Return our handler: where to, and the headers with the token and what it passes on.

    Args:
        port: of the lane.
        path: `HOOK_PATH` or `OUTCOME_PATH`.
        timeout: seconds that the host waits.
        config: policy file that is used alone, or nothing.
    """
    headers = {"Authorization": f"Bearer ${TOKEN_VARIABLE}"}
    headers |= {header_of(name): f"${name}" for name in PASSED}
    return {
        "type": "http",
        "url": url(port, path, config),
        "headers": headers,
        "allowedEnvVars": [TOKEN_VARIABLE, *PASSED],
        "timeout": timeout,
    }


def path_of(spec: Mapping[str, object]) -> str:
    """Return the path that a handler of type `http` calls at this machine if it is one of ours, else nothing."""
    where = spec.get("url")
    if spec.get("type") != "http" or not isinstance(where, str):
        return ""
    try:
        parts = urlsplit(where)
        mine = parts.scheme == "http" and parts.hostname == ADDRESS and parts.path in (HOOK_PATH, OUTCOME_PATH)
    except ValueError:  # no address at all
        return ""
    return parts.path if mine else ""


def port_of(spec: Mapping[str, object]) -> int:
    """Return the port that a handler of ours calls; 0 when it names none that can be."""
    try:
        return urlsplit(str(spec.get("url"))).port or 0
    except ValueError:
        return 0


def config_in(spec: Mapping[str, object]) -> str:
    """Return the policy file that a handler of ours names, or nothing."""
    try:
        return config_of(urlsplit(str(spec.get("url"))).query)
    except ValueError:
        return ""


def config_of(query: str) -> str:
    """Return the policy file that the query of such an address names, or nothing.

    Raises:
        ValueError: anything else stands there.
    """
    if not query:
        return ""
    pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=1)
    if len(pairs) != 1 or pairs[0][0] != "config" or not pairs[0][1].startswith(("/", "~")):
        raise ValueError("the address has more than one absolute `config`")
    if "\0" in pairs[0][1]:
        raise ValueError("the path of `config` has a NUL character")
    return pairs[0][1]


def project_of(transcript: object, cwd: object) -> str:
    """Return the directory that the session began in, as far as *transcript* and *cwd* of a message tell; or nothing.

    The host keeps a session's transcript in a directory that is named after the one it began in, with a dash for each
    UTF-16 unit that is no letter or digit. Whichever of *cwd* and the directories above it has that name, is it.
    """
    if not isinstance(transcript, str) or not isinstance(cwd, str) or not cwd.startswith("/") or "\0" in cwd:
        return ""
    wanted = transcript.rpartition("/")[0].rpartition("/")[2]
    if not wanted.startswith("-") or len(wanted) > MAX_TRANSCRIPT_NAME:
        return ""
    current = cwd.rstrip("/")
    while current:
        units = len(current.encode("utf-16-le", "surrogatepass")) // 2
        if units < len(wanted):
            return ""
        if units == len(wanted):
            return current if _named(current) == wanted else ""
        current = current.rpartition("/")[0]
    return ""


def _named(path: str) -> str:
    return _NOT_PLAIN.sub(lambda match: "--" if ord(match[0]) > 0xFFFF else "-", path)
