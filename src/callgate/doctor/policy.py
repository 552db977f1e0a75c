"""Checks on the policy in force: does it load, does the project's file count, is the switch off?"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Iterator

from callgate import switch
from callgate.doctor.model import Finding, World

if TYPE_CHECKING:
    from callgate.gate import Gate
    from callgate.policy.loader import LoadedPolicy

MAX_WARNINGS = 10
"""More warnings than this are counted; `callgate validate` lists them all."""


def check(world: World, gate: Gate) -> Iterator[Finding]:
    """Yield findings about the policy files that *gate* was opened with, and about the switch."""
    if gate.fault:
        what = f"the policy is broken; guardrails and the last good policy hold meanwhile: {gate.fault}"
        yield Finding("policy", "fail", what, "mend what it names, then: callgate validate")
    if gate.loaded is not None:
        yield from _loaded(gate.loaded, broken=bool(gate.fault))
    yield from switch_state(world)


def _loaded(loaded: LoadedPolicy, *, broken: bool) -> Iterator[Finding]:
    files = ", ".join(f"{source.path} ({source.layer})" for source in loaded.sources)
    if not broken:
        yield Finding("policy", "ok", f"{len(loaded.rules)} rules in force, revision {loaded.revision}: {files}")
    if all(source.layer == "builtin" for source in loaded.sources):
        yield Finding(
            "policy", "ok", "no policy file of your own: a shipped profile is in force; `callgate init` writes one"
        )
    for problem in loaded.warnings[:MAX_WARNINGS]:
        where = ":".join(str(part) for part in (problem.file, problem.line) if part)
        check = "trust" if problem.message.startswith("not trusted") else "policy"
        yield Finding(check, "warn", f"{where}: {problem.message}", problem.help or "callgate validate")
    if len(loaded.warnings) > MAX_WARNINGS:
        more = len(loaded.warnings) - MAX_WARNINGS
        yield Finding("policy", "warn", f"{more} more warnings", "callgate validate")


def switch_state(world: World) -> Iterator[Finding]:
    """Yield whether auto-approval is on."""
    now = time.time()
    state = switch.read(world.places.switch_file, now)
    if state.off_until is None:
        yield Finding("switch", "ok", "auto-approval is on")
    else:
        yield Finding("switch", "warn", switch.describe(state, now), "callgate on")
