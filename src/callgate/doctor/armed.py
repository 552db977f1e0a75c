"""Firing synthetic calls through the installed command, exactly as registered: does it deny, ask and answer in time?

Nothing that a synthetic call names is ever run: the hook only judges it.
"""

from __future__ import annotations

import json
import os
import shutil
from typing import Iterator, Mapping, NamedTuple

from callgate.doctor import http_lane, transports
from callgate.doctor.fire import Shot, command_line, fire
from callgate.doctor.fire_http import allowed_variables, fire_http
from callgate.doctor.in_force import InForce, Registered, session_environ
from callgate.doctor.model import SESSION, Finding, World
from callgate.doctor.registration import reinstall

SLOW = 0.25
"""Seconds; the median of the rounds above this is reported."""

ROUNDS = 5
CATASTROPHE = "rm -rf /"
"""A guardrail of every policy denies this."""

HARMLESS = "pwd"
HOST_TIMEOUT = 600.0
"""Seconds that the host waits when a registration sets no `timeout`."""

MALFORMED = b'{"session_id":"' + SESSION.encode() + b'","hook_event_name":"PreToolUse","tool_name":7'
"""Cut off in the middle, and of a wrong type before that."""


class Target(NamedTuple):
    """A registration made ready to fire."""

    one: Registered
    argv: list[str]
    environ: Mapping[str, str]
    bound: float
    """Seconds per call: the shorter of the host's timeout and ours."""
    limit: float
    """The host's timeout."""
    allowed: frozenset[str] | None = None
    """For an HTTP hook: the variables that settings let into headers."""

    def shoot(self, data: bytes, cwd: str) -> Shot:
        """Fire once, with *data* as the message."""
        if self.one.handler.by_http:
            spec = self.one.handler.spec
            return fire_http(spec, data, environ=self.environ, allowed=self.allowed, timeout=self.bound)
        return fire(self.argv, data, environ=self.environ, cwd=cwd, timeout=self.bound)


def check(world: World, force: InForce, *, denies_by_default: bool = False) -> Iterator[Finding]:
    """Yield what firing each registration of callgate shows.

    Args:
        world: where and for how long.
        force: the registrations.
        denies_by_default: the policy denies what no rule covers, so the harmless call may be denied, too.
    """
    for one in force.gates:
        if one.handler.by_http:
            yield from _by_http(world, force, one, denies_by_default)
            continue
        argv = command_line(one.handler.spec, world.cwd)
        if argv is None:
            yield Finding("armed", "fail", f"{one.label} names no command", mend(one))
            continue
        if not may_fire(world, one):
            yield _stranger(one)
            continue
        limit = _limit(one)
        environ = session_environ(world, force.sources, everything=world.fire_all)
        target = Target(one, argv, environ, min(world.timeout, limit), limit)
        faults = list(_startable(target))
        yield from faults
        if not faults:
            yield from _volley(world, target, denies_by_default)
            yield from _without_daemon(world, target)


def _by_http(world: World, force: InForce, one: Registered, denies_by_default: bool) -> Iterator[Finding]:
    """Fire at an HTTP hook, once it is proved that our daemon is there: anybody else would get the token."""
    fault = http_lane.unreachable(world, one)
    if fault:
        yield Finding("armed", "fail", f"not fired: {fault}: {one.label}", reinstall(one))
        return
    limit = _limit(one)
    environ = session_environ(world, force.sources, everything=world.fire_all)
    target = Target(one, [], environ, min(world.timeout, limit), limit, allowed_variables(force.sources))
    yield from _volley(world, target, denies_by_default)


def payload(command: str, cwd: str, number: int) -> bytes:
    """The stdin of a synthetic Bash call."""
    call = {
        "session_id": SESSION,
        "transcript_path": "",
        "cwd": cwd,
        "permission_mode": "default",
        "hook_event_name": "PreToolUse",
        "tool_name": "Bash",
        "tool_input": {"command": command, "description": "synthetic call of callgate doctor"},
        "tool_use_id": f"{SESSION}-{number}",
    }
    return json.dumps(call).encode()


def may_fire(world: World, one: Registered) -> bool:
    """Whether starting the registered command runs nothing that merely came with a checkout.

    The user's and the administrator's settings are theirs. A project's settings may have been cloned with it and name
    any program: those are started only when they run the very installation that is running now.
    """
    if one.source.scope in ("user", "managed") or world.fire_all:
        return True
    form = one.handler.form
    if one.handler.spec.get("args") is None or form is None or not transports.trusted_client(world, one, form):
        return False
    words = form.command
    script = os.path.join(os.path.dirname(world.python), "callgate")
    return (words[0] == world.python and words[1:5] == ("-I", "-m", "callgate", "hook")) or (
        words[0] == script and words[1:2] == ("hook",)
    )


def mend(one: Registered) -> str:
    """The command that registers it anew."""
    if one.handler.by_http:
        return reinstall(one)
    if one.source.scope == "managed":
        return "ask whoever manages these settings"
    suffix = "" if one.source.scope == "user" else f" --scope {one.source.scope}"
    return f"callgate install claude-code{suffix}"


def _stranger(one: Registered) -> Finding:
    what = f"not fired, because a checkout may bring such settings and another program than this one: {one.label}"
    return Finding("armed", "warn", what, f"{mend(one)}, or read it and run `callgate doctor --fire-all`")


def _limit(one: Registered) -> float:
    value = one.handler.spec.get("timeout")
    return float(value) if isinstance(value, (int, float)) and 0 < value < HOST_TIMEOUT else HOST_TIMEOUT


def _startable(target: Target) -> Iterator[Finding]:
    """Name the plain reasons why a command cannot start, more precisely than its failure would."""
    words = target.one.handler.words
    program = target.argv[0] if target.one.handler.spec.get("args") is not None else (words[0] if words else "")
    found = shutil.which(program, path=target.environ.get("PATH"))
    if "/" in program and not os.path.lexists(program):
        yield Finding(
            "armed",
            "fail",
            f"`{program}` does not exist, so every call goes unjudged: {target.one.label}",
            mend(target.one),
        )
    elif "/" in program and found is None:
        yield Finding(
            "armed",
            "fail",
            f"`{program}` is not executable, so every call goes unjudged: {target.one.label}",
            f"chmod +x '{program}', or {mend(target.one)}",
        )
    elif found is None and target.one.handler.spec.get("args") is not None:
        yield Finding(
            "armed",
            "fail",
            f"`{program}` is not on PATH, so every call goes unjudged: {target.one.label}",
            mend(target.one),
        )
    else:
        yield from _importable(target)


def _importable(target: Target) -> Iterator[Finding]:
    """Name an interpreter that is gone or has no callgate; behind a client, what happens without the daemon."""
    form = target.one.handler.form
    if form is None or form.command[1:4] != ("-I", "-m", "callgate"):
        return
    python = form.command[0]
    if form.own and not os.access(python, os.X_OK):
        what = f"`{python}`, which decides without the daemon, cannot be started: every such call is asked about"
        yield Finding("armed", "fail", what, mend(target.one))
        return
    probe = [python, "-I", "-c", "import callgate.cli.main"]
    shot = fire(probe, b"", environ=target.environ, cwd="/", timeout=target.bound)
    if shot.effect == "proceeds":
        without = " without the daemon" if form.own else ""
        what = f"`{python}` cannot import callgate ({shot.why}), so every call{without} goes unjudged"
        yield Finding("armed", "fail", what, mend(target.one))


def _volley(world: World, target: Target, denies_by_default: bool) -> Iterator[Finding]:
    """Fire the three kinds of call, then measure; stop measuring a hook that hangs."""
    number = 0

    def shoot(data: bytes) -> Shot:
        return target.shoot(data, world.cwd)

    catastrophe = shoot(payload(CATASTROPHE, world.cwd, number))
    if catastrophe.effect == "deny" and catastrophe.by_json:
        yield Finding("armed", "ok", f"denies `{CATASTROPHE}`: {target.one.label}")
    elif catastrophe.effect == "deny":
        yield _locked(target, catastrophe)
        return
    else:
        yield _disarmed(target, f"`{CATASTROPHE}` was not denied", catastrophe)
    malformed = shoot(MALFORMED)
    if malformed.effect in ("ask", "deny"):
        yield Finding("armed", "ok", f"malformed input {malformed.why.replace('answered', 'is answered')}")
    else:
        yield _disarmed(target, "malformed input counts as consent", malformed)
    rounds = []
    for number in range(1, ROUNDS + 1):
        rounds.append(shoot(payload(HARMLESS, world.cwd, number)))
        if rounds[-1].timed_out:
            break
    yield from _harmless(target, rounds[0], denies_by_default)
    yield _speed(target, rounds)


def _without_daemon(world: World, target: Target) -> Iterator[Finding]:
    """Fire the command that a client becomes, which the shots through the client may never have reached."""
    form = target.one.handler.form
    if form is None or not form.own or target.one.handler.spec.get("args") is None:
        return
    argv = [word.replace("${CLAUDE_PROJECT_DIR}", world.cwd) for word in form.alone]
    for what, data in ((f"`{CATASTROPHE}`", payload(CATASTROPHE, world.cwd, 0)), ("malformed input", MALFORMED)):
        shot = fire(argv, data, environ=target.environ, cwd=world.cwd, timeout=target.bound)
        if shot.effect not in ("deny", "ask"):
            yield _disarmed(target, f"without the daemon, {what} counts as consent", shot)
            return
    yield Finding("armed", "ok", f"without the daemon it is armed, too: {target.one.label}")


def _disarmed(target: Target, what: str, shot: Shot) -> Finding:
    why = f"{shot.why} ({shot.reason})" if shot.reason else shot.why
    return Finding("disarmed", "fail", f"{what}: the hook {why}: {target.one.label}", mend(target.one))


def _locked(target: Target, shot: Shot) -> Finding:
    what = f"the hook blocks without judging ({shot.why}); every call is refused: {target.one.label}"
    return Finding("armed", "fail", what, mend(target.one))


def _harmless(target: Target, shot: Shot, denies_by_default: bool) -> Iterator[Finding]:
    if shot.effect == "deny":
        expected = denies_by_default and shot.by_json
        what = f"even `{HARMLESS}` is denied ({shot.reason or shot.why}): {target.one.label}"
        yield Finding("armed", "warn" if expected else "fail", what, f'callgate explain --command "{HARMLESS}"')
    elif shot.effect == "proceeds":
        yield _disarmed(target, f"`{HARMLESS}` got no answer", shot)


def _speed(target: Target, rounds: list[Shot]) -> Finding:
    times = sorted(shot.seconds for shot in rounds)
    median, worst = times[len(times) // 2], times[-1]
    figures = f"{len(times)} calls: median {median * 1000:.0f} ms, worst {worst * 1000:.0f} ms"
    if any(shot.timed_out for shot in rounds):
        what = f"no answer within {target.bound:g} s ({figures}); past {target.limit:g} s the host goes on without one"
        return Finding(
            "slow", "fail", what, "callgate doctor --timeout 30s (if it merely is slow), then " + mend(target.one)
        )
    if worst > target.limit / 2:
        what = f"close to the host's timeout of {target.limit:g} s: {figures}"
        return Finding("slow", "fail", what, mend(target.one))
    if median > SLOW:
        advice = "python -m compileall of the package, fewer rules with look-around, or a less busy machine"
        return Finding("slow", "warn", f"slow: {figures}", advice)
    return Finding("speed", "ok", f"{figures} (the host waits {target.limit:g} s)")
