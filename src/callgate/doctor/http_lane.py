"""Checks on the HTTP lane: every link between the host and the daemon, for each that breaks is consent to the host."""

from __future__ import annotations

import os
from typing import Iterator

from callgate.agents.claude_code_http import ADDRESS, PASSED, TOKEN_VARIABLE, port_of
from callgate.daemon.http_files import Lane, LaneError, read_lane, token_file
from callgate.daemon.http_proof import fault_of
from callgate.doctor.fire_http import allowed_variables, called, proxy_of
from callgate.doctor.in_force import InForce, Registered, session_environ, variables
from callgate.doctor.model import Finding, World
from callgate.doctor.registration import reinstall
from callgate.environ import trusted_environ
from callgate.host import places

TRADE = (
    "HTTP hooks fail open: whenever the daemon does not answer, Claude Code goes on without a word, and until it runs "
    "again another user of this machine could answer at its port; a project's settings can switch such hooks off, too"
)

UNJUDGED = "so every call goes unjudged"


def check(world: World, force: InForce) -> Iterator[Finding]:
    """Yield what is wrong between the host and the lane, and what the lane trades; nothing where nobody uses it."""
    gates = [one for one in force.gates if one.handler.by_http]
    for one in gates:
        yield from _link(world, force, one)
    if gates:
        yield Finding("http", "warn", TRADE, "callgate install claude-code   (hooks that decide without the daemon)")


def unreachable(world: World, one: Registered) -> str:
    """Why no call may be sent to where *one* points: there is no lane, or not it is there. Empty when it is."""
    try:
        lane = read_lane(places(trusted_environ(world.environ, world.cwd)))
    except LaneError as error:
        return str(error)
    if lane is None:
        return "the lane is off: no daemon serves it"
    if port_of(one.handler.spec) != lane.port:
        return f"it calls port {port_of(one.handler.spec)}, and the lane is at port {lane.port}"
    return fault_of(lane)


def _link(world: World, force: InForce, one: Registered) -> Iterator[Finding]:
    fault = unreachable(world, one)
    if fault:
        owner = listener_uid(port_of(one.handler.spec))
        whose = f" (user id {owner})" if owner not in (-1, os.geteuid()) else ""
        mend = reinstall(one) if "port" in fault or "lane is off" in fault else "callgate daemon restart"
        yield Finding("http", "fail", f"{fault}{whose}, {UNJUDGED}: {one.label}", mend)
    else:
        yield Finding("http", "ok", f"our daemon listens at {ADDRESS}:{port_of(one.handler.spec)}: it knows the token")
    yield from _address(force, one)
    yield from _proxies(world, force)
    if not fault or "listens" in fault:
        lane = read_lane(places(trusted_environ(world.environ, world.cwd)))
        if lane is not None:
            yield from _token(world, force, lane)


def _address(force: InForce, one: Registered) -> Iterator[Finding]:
    url = str(one.handler.spec.get("url"))
    if not called(force.sources, url):
        files = _with(force, "allowedHttpHookUrls")
        what = f"`allowedHttpHookUrls` in {files} does not name {url}: the host does not call it, {UNJUDGED}"
        yield Finding("http", "fail", what, f'add "{url}" to that list in your user settings, or remove the list')


def _proxies(world: World, force: InForce) -> Iterator[Finding]:
    variable = proxy_of(session_environ(world, force.sources, everything=True), ADDRESS)
    if variable:
        what = f"`{variable}` sends hooks to a proxy, their calls and their token with them, {UNJUDGED}"
        yield Finding("http", "fail", what, f"add {ADDRESS} to NO_PROXY where Claude Code is started")


def _token(world: World, force: InForce, lane: Lane) -> Iterator[Finding]:
    """What the host puts into the headers."""
    environ = session_environ(world, force.sources, everything=False)
    allowed = allowed_variables(force.sources)
    missing = [name for name in (TOKEN_VARIABLE, *PASSED) if allowed is not None and name not in allowed]
    files = _with(force, "httpHookAllowedEnvVars")
    if TOKEN_VARIABLE in missing:
        what = f"`httpHookAllowedEnvVars` in {files} does not name {TOKEN_VARIABLE}: every call is asked about"
        yield Finding("http", "fail", what, f'add "{TOKEN_VARIABLE}" to that list in your user settings')
    elif missing:
        what = f"`httpHookAllowedEnvVars` in {files} does not name {', '.join(missing)}: the lane does not know them"
        yield Finding("http", "warn", what, "add them to that list in your user settings")
    path = token_file(places(trusted_environ(world.environ, world.cwd)))
    line = f'export {TOKEN_VARIABLE}="$(cat {path})"'
    said = environ.get(TOKEN_VARIABLE, "")
    if said != lane.token:
        what = f"{TOKEN_VARIABLE} is not set here" if not said else f"{TOKEN_VARIABLE} is not the token of the lane"
        mend = f"start Claude Code where this line has run, from your shell's profile: {line}"
        yield Finding("http", "fail", f"{what}: every call is asked about", mend)
    for source in force.sources:
        if TOKEN_VARIABLE in variables(source) and source.scope != "managed":
            what = f"the token stands in {source.path}, which others may read, or which is committed"
            yield Finding("http", "warn", what, f"remove it there; put {line} into your shell's profile")
    odd = [name for name in PASSED if not environ.get(name, "").isascii()]
    if odd:
        what = f"{', '.join(odd)} cannot be passed on by HTTP: a header has no such characters"
        yield Finding("http", "fail", what, "use a path of plain characters, or another transport")


def _with(force: InForce, key: str) -> str:
    return ", ".join(one.path for one in force.sources if key in one.top)


def listener_uid(port: int, table: str = "/proc/net/tcp") -> int:
    """Return the user id of whoever listens at *port* of 127.0.0.1 or of all addresses; -1 when it cannot be told."""
    wanted = {f"{address}:{port:04X}" for address in ("0100007F", "00000000")}
    try:
        with open(table, encoding="ascii", errors="replace") as file:
            for line in file:
                words = line.split()
                if len(words) > 7 and words[1] in wanted and words[3] == "0A" and words[7].isdigit():
                    return int(words[7])
    except OSError:
        return -1
    return -1
