"""Calling a registered HTTP hook as the host would, and reading its answer as the host would.

The host's rules, measured with release 2.1.329: every status but 2xx, a connection that is refused or cut, and a body
that is no JSON are *consent*; 2xx without a body is no opinion.
"""

from __future__ import annotations

import re
import time
from typing import Iterator, Mapping
from urllib.parse import urlsplit

from callgate.agents.claude_code_http import port_of
from callgate.daemon.http_client import BadReplyError, exchange
from callgate.doctor.fire import Shot, interpret
from callgate.doctor.in_force import Source

_NAME = re.compile(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))")
_LEFT_OUT = re.compile(r"[^\t\x20-\x7e\x80-\xff]")
_PROXIES = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy")
"""Any of them counts for a hook's address, although that is plain `http`."""


def fire_http(
    spec: Mapping[str, object],
    body: bytes,
    *,
    environ: Mapping[str, str],
    allowed: frozenset[str] | None,
    timeout: float,
) -> Shot:
    """Call the hook that *spec* registers once with *body*; nothing that answers ever raises.

    Args:
        spec: a handler of ours.
        body: the message.
        environ: of the host.
        allowed: the variables that settings let into headers; `None` when they do not say.
        timeout: seconds for all of it.
    """
    start = time.monotonic()
    where = urlsplit(str(spec.get("url")))
    target = where.path + (f"?{where.query}" if where.query else "")
    try:
        reply = exchange(port_of(spec), "POST", target, _headers(spec, environ, allowed), body, seconds=timeout)
    except TimeoutError:
        return Shot("proceeds", f"gave no answer within {timeout:g} s", time.monotonic() - start, timed_out=True)
    except (OSError, BadReplyError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or error
        return Shot("proceeds", f"cannot be reached: {why}", time.monotonic() - start)
    seconds = time.monotonic() - start
    if not 200 <= reply.status < 300:
        return Shot("proceeds", f"answered with status {reply.status}", seconds)
    return interpret(0, reply.body)._replace(seconds=seconds)


def _headers(
    spec: Mapping[str, object], environ: Mapping[str, str], allowed: frozenset[str] | None
) -> Iterator[tuple[str, str]]:
    yield "Content-Type", "application/json"
    table, listed = spec.get("headers"), spec.get("allowedEnvVars")
    names = {str(one) for one in listed} if isinstance(listed, list) else set()
    if allowed is not None:
        names &= allowed

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        return environ.get(name, "") if name in names else ""

    for header, text in table.items() if isinstance(table, dict) else ():
        if isinstance(text, str):
            yield str(header), _LEFT_OUT.sub("", _NAME.sub(value, text)).strip()


def allowed_variables(sources: tuple[Source, ...]) -> frozenset[str] | None:
    """Return what all `httpHookAllowedEnvVars` together let into headers; `None` when there is none, and all may."""
    return _union(sources, "httpHookAllowedEnvVars")


def called(sources: tuple[Source, ...], url: str) -> bool:
    """Whether the host calls *url* at all, by all `allowedHttpHookUrls` together."""
    patterns = _union(sources, "allowedHttpHookUrls")
    if patterns is None:
        return True
    return any(re.fullmatch(".*".join(map(re.escape, one.split("*"))), url) for one in patterns)


def _union(sources: tuple[Source, ...], key: str) -> frozenset[str] | None:
    """The host joins the lists of all settings files; an empty one lets nothing through, unless another does."""
    lists = [value for one in sources if isinstance(value := one.top.get(key), list)]
    return frozenset(str(item) for one in lists for item in one) if lists else None


def proxy_of(environ: Mapping[str, str], address: str) -> str:
    """Return the variable that sends the host's call to a proxy instead of *address*; empty when none does."""
    named = next((name for name in _PROXIES if environ.get(name)), "")
    spared = f"{environ.get('NO_PROXY', '')},{environ.get('no_proxy', '')}".replace(",", " ").split()
    return "" if {"*", address} & set(spared) else named
