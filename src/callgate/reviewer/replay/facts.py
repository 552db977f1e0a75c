"""What a decision depends on, as one digest: two calls with the same digest are decided alike, and decided once."""

from __future__ import annotations

import json
from bisect import bisect_right
from hashlib import blake2b
from typing import Any, Final, Iterable, NamedTuple

from callgate.core.model import Observation, Rule
from callgate.reviewer.replay.calls import Call

FIELDS: Final = (
    *("command", "dangerouslyDisableSandbox", "file_path", "notebook_path", "path", "pattern", "glob", "url"),
    *("prompt", "subagent_type"),
)
"""All fields that the analysis, the stages and the matchers of rules look at, but for `input_regex`
(tests/reviewer/replay/test_facts.py reads the engine for them)."""

KNOWN_TOOLS: Final = frozenset(
    {
        *("Bash", "Monitor", "Read", "Write", "Edit", "MultiEdit", "NotebookEdit", "Glob", "Grep", "LS"),
        *("WebFetch", "WebSearch"),
    }
)
"""Tools of which the gate looks at no other field. Of others (MCP) it looks for paths in the whole input."""

DIGEST: Final = 16
"""Bytes of a digest: by chance, no two of 10^12 calls share one."""


class Facts(NamedTuple):
    """What the rules of all policies in play look at beyond the call itself."""

    fields: tuple[str, ...] = ()
    """Fields that some `input_regex` names, beside `FIELDS`."""
    expiries: tuple[float, ...] = ()
    """When rules expire, in order, each once."""

    def age(self, now: float) -> int:
        """Return how many of the rules that expire have expired at *now*."""
        return bisect_right(self.expiries, now)


def facts_of(rules: Iterable[Rule]) -> Facts:
    """Return the facts of *rules*, of however many policies."""
    fields: set[str] = set()
    expiries: set[float] = set()
    for rule in rules:
        fields.update(field for field, _ in rule.input_regex)
        if rule.expires is not None:
            expiries.add(rule.expires)
    return Facts(tuple(sorted(fields.difference(FIELDS))), tuple(sorted(expiries)))


def digest_of(call: Call, facts: Facts) -> bytes:
    """Return the 16 bytes that stand for everything which decides *call*."""
    one = call.call
    given: dict[str, Any] = dict(one.input)
    if one.tool in KNOWN_TOOLS:
        given = {name: given[name] for name in (*FIELDS, *facts.fields) if name in given}
    now = call.observation.now if call.observation else call.time
    parts = (one.tool, given, one.cwd, one.mode, call.project, _seen(call.observation), facts.age(now))
    return blake2b(json.dumps(parts, sort_keys=True).encode("ascii"), digest_size=DIGEST).digest()


def is_off(observation: Observation) -> bool:
    """Whether auto-approval was switched off at the moment of the call, as `engine.case.Case.off` has it."""
    return observation.off_until is not None and observation.now < observation.off_until


def _seen(seen: Observation | None) -> object:
    if seen is None:
        return None
    return (
        *(seen.home, seen.project, dict(seen.links), dict(seen.expansions), dict(seen.sweeps), dict(seen.shadowing)),
        *(is_off(seen), seen.protected),
    )
