"""How often something was asked for, and in how many conversations: what is a one-off, and what is a habit."""

from __future__ import annotations

from typing import Final, Generic, Hashable, Iterable, TypeVar

from callgate.reviewer.cluster.calls import Call

ONE_OFF: Final = 3
"""Prompts; what was asked for less often is a one-off."""

MANY_SESSIONS: Final = 4
"""With so many conversations in a history, what only one of them asked for is a one-off, however often it did."""

Key = TypeVar("Key", bound=Hashable)


class Support(Generic[Key]):
    """Prompts and conversations by key."""

    def __init__(self, *, many: bool) -> None:
        """Begin with nothing; *many*: the history has `MANY_SESSIONS` or more."""
        self._many = many
        self.prompts: dict[Key, int] = {}
        self._sessions: dict[Key, set[str]] = {}

    def add(self, key: Key, call: Call) -> None:
        """Count the prompts of *call* for *key*."""
        self.prompts[key] = self.prompts.get(key, 0) + call.prompts
        self._sessions.setdefault(key, set()).update(call.sessions)

    def is_usual(self, key: Key) -> bool:
        """Whether *key* is no one-off."""
        enough = len(self._sessions.get(key, ())) > 1 or not self._many
        return enough and self.prompts.get(key, 0) >= ONE_OFF

    def usual(self, most: int) -> list[Key]:
        """Return at most *most* keys that are no one-off, the most frequent first, by text where equal."""
        kept = [key for key in self.prompts if self.is_usual(key)]
        return sorted(kept, key=lambda key: (-self.prompts[key], str(key)))[:most]


def are_many(calls: Iterable[Call]) -> bool:
    """Whether *calls* come from `MANY_SESSIONS` or more."""
    seen: set[str] = set()
    for call in calls:
        seen |= call.sessions
        if len(seen) >= MANY_SESSIONS:
            return True
    return False
