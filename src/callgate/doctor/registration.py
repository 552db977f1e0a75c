"""Checks on the settings as written: is the hook registered, for every tool, in a form whose answer counts?"""

from __future__ import annotations

import os
from typing import Iterator

from callgate.agents.registration import LISTEN, SESSION, kept_options
from callgate.doctor.in_force import InForce, Registered, variables
from callgate.doctor.model import Finding, Level, World

INSTALL = "callgate install claude-code"

ACTING = (
    "Bash",
    "PowerShell",
    "Monitor",
    "Write",
    "Edit",
    "MultiEdit",
    "NotebookEdit",
    "WebFetch",
    "mcp__server__tool",
)
"""Tools that change or send something: a matcher that misses one of them leaves a hole."""

LOOKING = ("Read", "Glob", "Grep", "WebSearch", "Task", "Agent")
"""Tools that only look; a matcher that misses them still leaves secrets unguarded."""

_EXACT = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_- ,|")

STEERING = (
    "CLAUDE_PERMISSIONS_CONFIG",
    "HOME",
    "XDG_STATE_HOME",
    "XDG_CONFIG_HOME",
    "BASH_ENV",
    "ENV",
    "PATH",
)
"""Variables that choose the policy, the state or the program; `LD_*`, `DYLD_*` and `PYTHON*` come on top."""


def check(world: World, force: InForce) -> Iterator[Finding]:
    """Yield the findings about settings files, registrations and what surrounds them."""
    for source in force.sources:
        if source.fault:
            yield Finding("settings", "fail", f"a settings file is unusable: {source.fault}", "mend that file by hand")
    yield from _missing(world, force)
    yield from _several(force)
    for one in force.gates:
        yield from _shape(one)
        yield from _matcher(one)
    yield from _others(force)
    yield from _environment(force)


def _missing(world: World, force: InForce) -> Iterator[Finding]:
    for one, why in force.disabled:
        if one.handler.gate:
            advice = f"remove {why}, or ask whoever manages it" if one.source.scope != "managed" else "ask its author"
            yield Finding("disabled", "fail", f"the host does not run {one.label}: {why}", advice)
    if force.gates:
        for one in force.gates:
            yield Finding("registration", "ok", f"registered: {one.label}")
        return
    if not any(one.handler.gate for one, _ in force.disabled):
        where = "in any settings file" if world.scope == "all" else f"in the {world.scope} settings"
        yield Finding("registration", "fail", f"callgate is not registered {where}", INSTALL)


def _several(force: InForce) -> Iterator[Finding]:
    gates = force.gates
    if len(gates) > 1:
        labels = "; ".join(one.label for one in gates)
        yield Finding(
            "shadowed",
            "warn",
            f"callgate is registered {len(gates)} times, each call is decided as often: {labels}",
            "keep one: " + " or ".join(f"callgate uninstall claude-code --scope {s}" for s in _scopes(gates)),
        )
    for one in force.repeated:
        if one.handler.gate:
            yield Finding("registration", "ok", f"repeated (the host runs it once): {one.label}")


def _scopes(gates: tuple[Registered, ...]) -> list[str]:
    return sorted({one.source.scope for one in gates if one.source.scope != "managed"}) or ["user"]


def _shape(one: Registered) -> Iterator[Finding]:
    """Forms of a handler whose answer the host ignores, or does not always ask for."""
    spec, mend = one.handler.spec, reinstall(one)
    if spec.get("type") != "command" and not one.handler.by_http:
        yield Finding("disarmed", "fail", f"{one.label} has the type `{spec.get('type')}`, not `command`", mend)
    for field in ("async", "asyncRewake"):
        if spec.get(field):
            yield Finding("disarmed", "fail", f"{one.label} is `{field}`: the host ignores its decision", mend)
    if spec.get("if"):
        yield Finding("disarmed", "fail", f"{one.label} has an `if`: calls that it does not match are not judged", mend)
    words = one.handler.words
    command = form.command if (form := one.handler.form) is not None else words
    if LISTEN in words or SESSION in words:
        what = f"{one.label} only listens when its input is broken: the host takes that for consent"
        yield Finding("disarmed", "fail", what, mend)
    if "--test-mode" in words:
        yield Finding("registration", "warn", f"{one.label} runs in test mode", mend)
    options = " ".join(kept_options(one.handler))
    if options and one.source.scope in ("project", "local"):
        what = f"{one.label} is registered by the project with `{options}`: a checkout chooses the policy"
        yield Finding("registration", "fail", what, mend)
    if one.handler.by_http:
        return
    if spec.get("args") is None:
        yield Finding(
            "registration", "warn", f"{one.label} is in shell form: a shell starts first, which is slower", mend
        )
    elif "-m" in command and not any(_isolated(word) for word in command[1 : command.index("-m")]):
        what = f"{one.label} runs Python without `-I`: PYTHONPATH of a project's `env` settings gets code into it"
        yield Finding("registration", "warn", what, mend)


def _isolated(word: str) -> bool:
    return word.startswith("-") and not word.startswith("--") and "I" in word


def _matcher(one: Registered) -> Iterator[Finding]:
    if one.handler.matches_all:
        return
    mend = reinstall(one)
    matcher = one.handler.matcher
    if not isinstance(matcher, str):
        yield Finding("shadowed", "fail", f"{one.label} has a matcher that is no text", mend)
        return
    missed = missed_tools(matcher)
    if missed is None:
        yield Finding("shadowed", "warn", f"{one.label} has the matcher `{matcher}`: cannot tell what it misses", mend)
    elif missed:
        level: Level = "fail" if set(missed) & set(ACTING) else "warn"
        what = f"{one.label} has the matcher `{matcher}`, which misses {', '.join(missed)}"
        yield Finding("shadowed", level, what, mend)
    else:
        what = f"{one.label} has the matcher `{matcher}`: tools that come later may escape it"
        yield Finding("shadowed", "warn", what, mend)


def missed_tools(matcher: str) -> list[str] | None:
    """The known tools that *matcher* does not take, by the host's rules; `None` when the pattern cannot be read here.

    A matcher of plain characters is a list of exact names, anything else an unanchored regular expression.
    """
    tools = (*ACTING, *LOOKING)
    if set(matcher) <= _EXACT:
        names = {name.strip() for name in matcher.replace(",", "|").split("|")}
        return [tool for tool in tools if tool not in names]
    import re2  # noqa: PLC0415 - linear time: the pattern comes from a file that a checkout may bring

    options = re2.Options()
    options.log_errors = False
    try:
        pattern = re2.compile(matcher, options)
    except (re2.error, ValueError):  # ValueError: a lone surrogate, which JSON can carry
        return None
    return [tool for tool in tools if not pattern.search(tool)]


def _others(force: InForce) -> Iterator[Finding]:
    """Name the other hooks: the strictest answer wins, so they cannot lift ours, but they can rewrite the input."""
    for one in force.registered:
        if not one.handler.gate:
            kind = one.handler.spec.get("type")
            what = f"another PreToolUse hook ({kind}) also answers: {one.label}"
            yield Finding("others", "ok", what + "; it cannot lift a deny or ask, but it can rewrite a tool's input")


def _environment(force: InForce) -> Iterator[Finding]:
    """Name variables that project settings smuggle into the hook's process."""
    for source in force.sources:
        if source.scope not in ("project", "local"):
            continue
        names = sorted(name for name in variables(source) if _steers(name))
        if names:
            listed = ", ".join(f"`{name}`" for name in names)
            what = f"`env` in {source.path} sets {listed} for every hook: it chooses the policy or the code"
            yield Finding("environment", "fail", what, f"remove it from {source.path}")


def _steers(name: str) -> bool:
    return name in STEERING or name.startswith(("LD_", "DYLD_", "PYTHON", "CALLGATE_", "DECISION_REVIEWER_"))


def reinstall(one: Registered) -> str:
    """The command that registers it anew, with the transport that it has where that was somebody's wish."""
    if one.source.scope == "managed":
        return f"ask whoever manages {os.path.dirname(one.source.path)}"
    transport = " --transport http" if one.handler.by_http else ""
    return (INSTALL if one.source.scope == "user" else f"{INSTALL} --scope {one.source.scope}") + transport
