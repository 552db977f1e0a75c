"""Distinct calls of a history: each with how often it was made, how it was decided, and what a person said to it."""

from __future__ import annotations

from typing import Final, Iterable, Literal, Mapping

from callgate.core.model import Observation, ToolCall
from callgate.reviewer.cluster.known import Fact, key_of
from callgate.reviewer.entry import Entry

MAX_CALLS: Final = 100_000
"""Distinct calls that are kept; more are only counted. At 1 KB each it bounds the memory."""

UNDECIDED: Final = frozenset({"passthrough", "default", "llm"})
"""Sources of a decision that no rule made."""

MAX_SESSIONS: Final = 16
"""Conversations of one call that are told apart."""

MANY_SESSIONS: Final = 4
"""With so many conversations in a history, what only one of them asked for is a one-off, however often it did."""

Sessions = Literal["all", "two", "none"]
"""Conversations of one call that must be told: up to `MAX_SESSIONS`; whether there is more than one; none. Names take
time to count in long logs."""

_MAX_UNSPLIT: Final = 4_000
"""Characters of names that were not told apart yet."""


class Call:
    """One distinct call.

    Attributes:
        fact: what it was, the latest time.
        decisions: decision -> how often.
        by_guardrail: a guardrail decided some time.
        by_model: times that a model decided, and its answer was the end of it.
        approved: times that a person let it run; `refused` likewise.
        latest, earliest: seconds since the epoch.
        rule_id: the rule that was named, the latest time.
        was_denied: it was denied, refused by a person, or stopped by a guardrail, at any time.
        prompts: times that no rule decided it: it asked, it went to the agent's own flow, or to the model.
        undecided: times that no rule, guardrail or check decided.
    """

    __slots__ = (
        "_heard", "approved", "by_guardrail", "by_model", "decisions", "earliest", "fact",
        "latest", "prompts", "refused", "rule_id", "undecided", "was_denied",
    )  # fmt: skip

    def __init__(self, fact: Fact, time: float, rule_id: str) -> None:
        """Begin with the latest time that the call was made."""
        self.fact = fact
        self.decisions: dict[str, int] = {}
        self.by_guardrail = self.was_denied = False
        self.by_model = 0
        self.approved = self.refused = 0
        self._heard: str | tuple[int, int] | set[object] | None = None
        self.latest = self.earliest = time
        self.rule_id = rule_id
        self.prompts = self.undecided = 0

    def add(self, entry: Entry, outcome: str) -> None:
        """Count one more time."""
        self.decisions[entry.decision] = self.decisions.get(entry.decision, 0) + 1
        if entry.source == "guardrail" or entry.guardrail:
            self.by_guardrail = self.was_denied = True
        if entry.decision == "deny" or outcome == "refused":
            self.was_denied = True
        by_model = entry.source == "llm" and entry.decision in {"allow", "deny"}
        self.by_model += by_model
        self.prompts += by_model or entry.decision in {"ask", "passthrough"}
        self.approved += outcome == "approved"
        self.refused += outcome == "refused"
        self.undecided += entry.source in UNDECIDED
        self.latest, self.earliest = max(self.latest, entry.time), min(self.earliest, entry.time)
        if len(self.sessions) < MAX_SESSIONS:
            self.sessions.add(entry.session_id)

    def hear(self, names: str | None, least: int | None, most: int | None) -> None:
        """Count conversations.

        Args:
            names: a line each; they are told apart when somebody asks for them.
            least: of their numbers, where these are told instead.
            most: likewise; those between are not told apart.
        """
        heard = self._heard
        if least is not None and most is not None:
            if isinstance(heard, tuple):
                least, most = min(least, heard[0]), max(most, heard[1])
            self._heard = least, most
        elif names is not None:
            self._heard = names if heard is None else "\n".join([*map(str, self.sessions), names])
            if len(self._heard) > _MAX_UNSPLIT:
                self.sessions  # noqa: B018 - takes them apart

    @property
    def sessions(self) -> set[object]:
        """Conversations that made it, at most 16; or two of them, where more is not asked for."""
        heard = self._heard
        if isinstance(heard, tuple):
            return set(heard)
        if not isinstance(heard, set):
            heard = self._heard = set() if heard is None else set(heard.split("\n"))
            while len(heard) > MAX_SESSIONS:
                heard.pop()
        return heard

    @property
    def call(self) -> ToolCall:
        """What was asked for."""
        return self.fact.call

    @property
    def observation(self) -> Observation | None:
        """What the engine knew of the host, the latest time; `None` when no line says."""
        return self.fact.observation

    @property
    def whole(self) -> bool:
        """The input was logged as it was sent."""
        return self.fact.whole

    @property
    def count(self) -> int:
        """How often it was made."""
        return sum(self.decisions.values())


class Gathered:
    """What a history holds.

    Attributes:
        calls: the distinct calls, the latest first.
        total: decisions read.
        overflow: decisions on further distinct calls that were not kept.
        skipped: lines that could not be understood.
        sessions: conversations, where the calls do not tell how many there are; else 0.
        earliest, latest: seconds since the epoch; 0 without decisions.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.calls: list[Call] = []
        self.total = self.overflow = self.skipped = self.sessions = 0
        self.earliest = self.latest = 0.0

    def has_sessions(self, least: int) -> bool:
        """Whether there are *least* conversations, or more."""
        seen: set[object] = set()
        for call in self.calls:
            seen |= call.sessions
            if len(seen) >= least:
                return True
        return self.sessions >= least

    @property
    def days(self) -> float:
        """Days from the first to the last decision, at least one."""
        return max((self.latest - self.earliest) / 86_400, 1.0)


def gather(
    entries: Iterable[Entry], outcomes: Mapping[str, str] | None = None, *, tool: str = "", decision: str = "",
    most: int = MAX_CALLS,
) -> Gathered:  # fmt: skip
    """Fold *entries*, newest first, into distinct calls: same tool, input, cwd, permission mode and project.

    Args:
        entries: as `History.newest` yields them.
        outcomes: decision id -> `approved`, `refused`, `ran` or `unknown`: what the person did.
        tool: only calls of this tool; empty for all.
        decision: only the times that they came out so; empty for all.
        most: distinct calls that are kept, and as many again that were denied or refused.
    """
    found = Gathered()
    known: dict[bytes, Call] = {}
    shared: dict[str, Observation] = {}
    said = outcomes or {}
    for entry in entries:
        if (tool and entry.tool != tool) or (decision and entry.decision != decision):
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
            call = known[key] = Call(Fact(entry, shared), entry.time, entry.rule_id)
            found.calls.append(call)
        call.add(entry, outcome)
    return found


def _is_refusal(entry: Entry, outcome: str) -> bool:
    return entry.decision == "deny" or entry.source == "guardrail" or outcome == "refused"
