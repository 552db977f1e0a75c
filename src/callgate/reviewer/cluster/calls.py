"""Distinct calls of a history: each with how often it was made, how it was decided, and what a person said to it."""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import Final, Iterable, Mapping

from callgate.core.model import Observation, ToolCall
from callgate.reviewer.entry import Entry
from callgate.reviewer.recorded import call_of, is_whole, observation_of

MAX_CALLS: Final = 100_000
"""Distinct calls that are kept; more are only counted. At 1 KB each it bounds the memory."""

UNDECIDED: Final = frozenset({"passthrough", "default", "llm"})
"""Sources of a decision that no rule made."""

MAX_SESSIONS: Final = 16
"""Conversations of one call that are told apart."""


class Call:
    """One distinct call.

    Attributes:
        call: what was asked for.
        observation: what the engine knew of the host, the latest time; `None` when no line says.
        whole: the input was logged as it was sent.
        decisions: decision -> how often.
        by_guardrail: a guardrail decided some time.
        by_model: times that a model decided, and its answer was the end of it.
        approved: times that a person let it run; `refused` likewise.
        sessions: conversations that made it, at most 16.
        latest, earliest: seconds since the epoch.
        example_id: the id of the latest decision.
        rule_id: the rule that was named, the latest time.
        undecided: times that no rule, guardrail or check decided.
        guardrail: the latest that decided.
    """

    __slots__ = (
        "approved", "by_guardrail", "by_model", "call", "decisions", "earliest", "example_id", "guardrail", "latest",
        "observation", "refused", "rule_id", "sessions", "undecided", "whole",
    )  # fmt: skip

    def __init__(self, entry: Entry, observation: Observation | None) -> None:
        """Begin with the latest time that the call was made."""
        self.call: ToolCall = call_of(entry)
        self.observation = observation
        self.whole = is_whole(entry)
        self.decisions: dict[str, int] = {}
        self.by_guardrail = False
        self.by_model = 0
        self.approved = self.refused = 0
        self.sessions: set[str] = set()
        self.latest = self.earliest = entry.time
        self.example_id = entry.decision_id
        self.rule_id = entry.rule_id
        self.guardrail = entry.guardrail
        self.undecided = 0

    def add(self, entry: Entry, outcome: str) -> None:
        """Count one more time."""
        self.decisions[entry.decision] = self.decisions.get(entry.decision, 0) + 1
        self.by_guardrail = self.by_guardrail or entry.source == "guardrail" or bool(entry.guardrail)
        self.by_model += entry.source == "llm" and entry.decision in {"allow", "deny"}
        self.approved += outcome == "approved"
        self.refused += outcome == "refused"
        self.undecided += entry.source in UNDECIDED
        self.latest, self.earliest = max(self.latest, entry.time), min(self.earliest, entry.time)
        if len(self.sessions) < MAX_SESSIONS:
            self.sessions.add(entry.session_id)

    @property
    def count(self) -> int:
        """How often it was made."""
        return sum(self.decisions.values())

    @property
    def prompts(self) -> int:
        """How often no rule decided it: it asked, it went to the agent's own flow, or to the model."""
        return self.decisions.get("ask", 0) + self.decisions.get("passthrough", 0) + self.by_model

    @property
    def was_denied(self) -> bool:
        """Whether it was denied, refused by a person, or stopped by a guardrail, at any time."""
        return bool(self.decisions.get("deny") or self.refused or self.by_guardrail)


class Gathered:
    """What a history holds.

    Attributes:
        calls: the distinct calls, the latest first.
        total: decisions read.
        overflow: decisions on further distinct calls that were not kept.
        skipped: lines that could not be understood.
        earliest, latest: seconds since the epoch; 0 without decisions.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.calls: list[Call] = []
        self.total = self.overflow = self.skipped = 0
        self.earliest = self.latest = 0.0

    @property
    def days(self) -> float:
        """Days from the first to the last decision, at least one."""
        return max((self.latest - self.earliest) / 86_400, 1.0)


def gather(
    entries: Iterable[Entry], outcomes: Mapping[str, str] | None = None, *, tool: str = "", most: int = MAX_CALLS
) -> Gathered:
    """Fold *entries*, newest first, into distinct calls: same tool, input, cwd, permission mode and project.

    Args:
        entries: as `History.newest` yields them.
        outcomes: decision id -> `approved`, `refused`, `ran` or `unknown`: what the person did.
        tool: only calls of this tool; empty for all.
        most: distinct calls that are kept, and as many again that were denied or refused.
    """
    found = Gathered()
    known: dict[bytes, Call] = {}
    guarded: dict[tuple[str, ...], tuple[str, ...]] = {}
    said = outcomes or {}
    for entry in entries:
        if tool and entry.tool != tool:
            continue
        found.total += 1
        found.earliest = min(found.earliest or entry.time, entry.time)
        found.latest = max(found.latest, entry.time)
        key = key_of(entry)
        outcome = said.get(entry.decision_id, "unknown")
        call = known.get(key)
        if call is None:
            # What must not become allowed is kept beyond the bound: a rule is held against all of it.
            if len(known) >= (2 * most if _is_refusal(entry, outcome) else most):
                found.overflow += 1
                continue
            call = known[key] = Call(entry, shared(observation_of(entry), guarded))
            found.calls.append(call)
        call.add(entry, outcome)
    return found


def _is_refusal(entry: Entry, outcome: str) -> bool:
    return entry.decision == "deny" or entry.source == "guardrail" or outcome == "refused"


def key_of(entry: Entry) -> bytes:
    """Return what the same call has in common whenever it is made."""
    observation = entry.record.get("observation")
    where = observation.get("project") if isinstance(observation, dict) else None
    text = json.dumps([entry.tool, entry.input, entry.cwd, entry.mode, where], sort_keys=True, default=str)
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def shared(
    observation: Observation | None, guarded: dict[tuple[str, ...], tuple[str, ...]]
) -> Observation | None:  # fmt: skip
    """Return *observation* with the long list of protected paths kept once for all calls, in *guarded*."""
    if observation is None:
        return None
    protected = guarded.setdefault(observation.protected, observation.protected)
    return observation._replace(protected=protected)
